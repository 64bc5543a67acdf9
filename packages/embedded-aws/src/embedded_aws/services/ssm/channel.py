"""The data channel of a session: what the session-manager-plugin and an agent say to each other over a websocket.

The client opens it with the session's token. The agent's side here shakes hands, says what kind of instance this is,
and closes the channel: there is no machine, and so no shell.

Source: aws/session-manager-plugin 1.2.0, src/message/clientmessage.go and messageparser.go (the frames),
src/datachannel/streaming.go (the handshake, and what closes a channel); read 2026-11-30.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from embedded_aws.websocket import WebSocket

HEADER = struct.Struct(">I32sIQqQ16s32sI")
HEADER_LENGTH = HEADER.size
FRAME_VERSION = 1
INPUT, OUTPUT, ACKNOWLEDGE, CLOSED = "input_stream_data", "output_stream_data", "acknowledge", "channel_closed"
DATA, HANDSHAKE_REQUEST, HANDSHAKE_RESPONSE, HANDSHAKE_COMPLETE = 1, 5, 6, 7
"""Kinds of payload."""

SHELL = "Standard_Stream"
FIRST, LAST = 1, 2
"""Flags: the first message of a stream, and its last."""

Milliseconds: TypeAlias = Callable[[], int]
"""The time since 1970."""


@dataclass(frozen=True)
class Frame:
    """One message between client and agent.

    Attributes:
        kind: Such as `output_stream_data`.
        number: Its place among its sender's messages of a stream, from 0.
        payload_kind: What the payload is.
    """

    kind: str
    number: int
    payload_kind: int
    payload: bytes
    created: int
    id: UUID
    flags: int = 0

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        swapped = self.id.bytes[8:] + self.id.bytes[:8]
        digest = hashlib.sha256(self.payload).digest()
        header = HEADER.pack(
            HEADER_LENGTH,
            self.kind.encode(),
            FRAME_VERSION,
            self.created,
            self.number,
            self.flags,
            swapped,
            digest,
            self.payload_kind,
        )
        return header + struct.pack(">I", len(self.payload)) + self.payload

    @classmethod
    def decoded(cls, message: bytes) -> Frame:
        """Read a frame. Raises ValueError: it is none, or its payload is not what its digest says."""
        if len(message) < HEADER_LENGTH + 4:
            raise ValueError("it is shorter than a frame's header")
        length, kind, _, created, number, flags, swapped, digest, payload_kind = HEADER.unpack_from(message)
        payload = message[length + 4 :]
        if hashlib.sha256(payload).digest() != digest:
            raise ValueError("the payload is not what the digest says")
        identity = UUID(bytes=swapped[8:] + swapped[:8])
        return cls(kind.strip(b"\0 ").decode(), number, payload_kind, payload, created, identity, flags)


class AgentSide:
    """The agent's side of one channel.

    Args:
        agent_version: What the agent calls itself.
    """

    def __init__(self, socket: WebSocket, session_id: str, target: str, agent_version: str, now: Milliseconds) -> None:
        self._socket = socket
        self._session_id = session_id
        self._target = target
        self._agent_version = agent_version
        self._now = now
        self._sent = 0

    def converse(self, text: str) -> None:
        """Shake hands, show the client a text, and close the channel; returns early if the client goes away."""
        kinds = {"ActionType": "SessionType", "ActionParameters": {"SessionType": SHELL, "Properties": None}}
        asked = {"AgentVersion": self._agent_version, "RequestedClientActions": [kinds]}
        self._send_json(HANDSHAKE_REQUEST, asked)
        if not self._await_handshake():
            return
        self._send_json(HANDSHAKE_COMPLETE, {"HandshakeTimeToComplete": 0, "CustomerMessage": ""})
        self._send(DATA, text.encode())
        self._close()

    def _await_handshake(self) -> bool:
        """Read what the client says until it has answered the handshake; False if it goes away instead."""
        while (message := self._socket.receive()) is not None:
            try:
                frame = Frame.decoded(message)
            except ValueError:
                return False
            if frame.kind == INPUT:
                self._acknowledge(frame)
                if frame.payload_kind == HANDSHAKE_RESPONSE:
                    return True
        return False

    def _acknowledge(self, frame: Frame) -> None:
        told = {
            "AcknowledgedMessageType": frame.kind,
            "AcknowledgedMessageId": str(frame.id),
            "AcknowledgedMessageSequenceNumber": frame.number,
            "IsSequentialMessage": True,
        }
        self._socket.send(Frame(ACKNOWLEDGE, 0, 0, json.dumps(told).encode(), self._now(), uuid4()).encoded())

    def _close(self) -> None:
        identity = uuid4()
        told = {
            "MessageId": str(identity),
            "CreatedDate": str(self._now()),
            "DestinationId": self._target,
            "SessionId": self._session_id,
            "MessageType": CLOSED,
            "SchemaVersion": 1,
            "Output": "",
        }
        self._socket.send(
            Frame(CLOSED, self._sent, 0, json.dumps(told).encode(), self._now(), identity, LAST).encoded()
        )
        self._socket.close()

    def _send_json(self, payload_kind: int, document: dict[str, Any]) -> None:
        self._send(payload_kind, json.dumps(document).encode())

    def _send(self, payload_kind: int, payload: bytes) -> None:
        flags = FIRST if self._sent == 0 else 0
        self._socket.send(Frame(OUTPUT, self._sent, payload_kind, payload, self._now(), uuid4(), flags).encoded())
        self._sent += 1
