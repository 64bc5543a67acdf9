"""The cloud answers to the user who runs it and to nobody else on the machine."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from embedded_aws import peers
from embedded_aws.httpd import LoopbackServer

NOBODY = 65534

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who owns a connection")


def greet(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    made = LoopbackServer(greet)
    yield made
    made.close()


def ask(address: tuple[str, int]) -> bytes:
    """What the server answers; nothing if it hangs up."""
    with socket.socket() as client:
        client.settimeout(10)
        try:
            client.connect(address)
            client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            return client.makefile("rb").read()
        except ConnectionError:
            return b""


def as_somebody_else(act: Callable[[], bytes]) -> bytes:
    """What comes of it in a process of another user."""
    here, there = os.pipe()
    if os.fork() == 0:
        try:
            os.setuid(NOBODY)
            os.write(there, act())
        finally:
            os._exit(0)
    os.close(there)
    os.wait()
    with os.fdopen(here, "rb") as stream:
        return stream.read()


def test_its_own_user_is_answered(server: LoopbackServer) -> None:
    assert ask(server.address).endswith(b"hello")


@pytest.mark.skipif(os.getuid() != peers.ROOT, reason="only root can become another user")
def test_another_user_is_hung_up_on(server: LoopbackServer) -> None:
    assert as_somebody_else(lambda: ask(server.address)) == b""


def test_the_owner_of_a_connection_is_known_until_its_process_lets_go_of_it() -> None:
    """An orphan would otherwise pass for root's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        client = socket.create_connection(address)
        accepted, peer = listener.accept()
        assert peers.owner(peer, address) == os.getuid()
        client.close()
        assert peers.owner(peer, address) is None
        accepted.close()


def test_a_connection_that_does_not_exist_has_no_owner() -> None:
    assert peers.owner(("127.0.0.1", 1), ("127.0.0.1", 2)) is None
