"""The user at the other end of a loopback connection, as the kernel knows it.

The cloud verifies no signatures, and who may call it may run code in it, as a function. A port on loopback is open to
every user of the machine, so the cloud accepts connections of its own user only.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import Any

ROOT = 0

_SOCK_DIAG = 4  # linux/netlink.h: NETLINK_SOCK_DIAG
_BY_FAMILY = 20  # linux/sock_diag.h: SOCK_DIAG_BY_FAMILY, type of the question and of its answer
_REQUEST = 1  # linux/netlink.h: NLM_F_REQUEST: one socket, not a dump
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_QUESTION = struct.Struct("=BBBxI")  # inet_diag_req_v2: family, protocol, extensions, states
_SOCKET = struct.Struct("!HH4s12x4s12xIII")  # inet_diag_sockid: ports and addresses in network order, interface, cookie
_ANSWER = struct.Struct("=BBBB48xIIIII")  # inet_diag_msg: family, state, timer, retransmits, .., queues, uid, inode
_ANY_STATE = _ANY_COOKIE = 0xFFFFFFFF

Address = tuple[str, int]


class OwnUserOnly:
    """For a socketserver: hangs up on other users of this machine, before a byte of theirs is read."""

    server_address: Any

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - socketserver's signature
        """Whether the connection is served."""
        return may_call(client_address, self.server_address)


def may_call(client: Address, server: Address) -> bool:
    """Whether the client is ours: of the user who runs this process, or root, who may do everything anyway.

    Only Linux tells; elsewhere everybody on the machine may call, as SECURITY.md says.
    """
    return sys.platform != "linux" or owner(client, server) in {os.getuid(), ROOT}


def owner(client: Address, server: Address) -> int | None:
    """The user id of the process that holds the client's end of a TCP connection; None if there is no such end.

    Args:
        client: Address and port of the client's end, as `accept` returns it.
        server: Address and port of ours.
    """
    question = _QUESTION.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, _ANY_STATE) + _SOCKET.pack(
        client[1],
        server[1],
        socket.inet_aton(client[0]),
        socket.inet_aton(server[0]),
        0,
        _ANY_COOKIE,
        _ANY_COOKIE,
    )
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
        kernel.send(_HEADER.pack(_HEADER.size + len(question), _BY_FAMILY, _REQUEST, 1, 0) + question)
        answer = kernel.recv(4096)
    _, type_, *_ = _HEADER.unpack_from(answer)
    if type_ != _BY_FAMILY:  # an error: there is no such socket
        return None
    *_, uid, inode = _ANSWER.unpack_from(answer, _HEADER.size)
    # A socket whose process has let go of it has no inode, and root's id: whoever sent something and left was somebody.
    return int(uid) if inode else None
