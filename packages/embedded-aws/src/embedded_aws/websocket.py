"""A websocket on a connection of `httpd`: the opening handshake, and whole messages in and out.

Source: RFC 6455, sections 4.2.2 (handshake), 5.2 (framing), 5.4 (fragmentation), 5.5 (control frames).
"""

from __future__ import annotations

import base64
import hashlib
import struct
from io import BufferedIOBase

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FINAL, MASKED = 0x80, 0x80
LENGTH_IN_TWO_BYTES, LENGTH_IN_EIGHT = 126, 127
MOST_BYTES = 1 << 20
"""The longest message that is read; a longer one ends the connection."""


def accepted(key: str) -> str:
    """The Sec-WebSocket-Accept that answers a client's Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key.encode() + MAGIC, usedforsecurity=False).digest()).decode()


class WebSocket:
    """The server's end, after the handshake."""

    def __init__(self, reader: BufferedIOBase, writer: BufferedIOBase) -> None:
        self._reader = reader
        self._writer = writer

    def receive(self) -> bytes | None:
        """The next message, put together from its fragments; None when the other side has gone or closes."""
        message = b""
        while True:
            opcode, final, payload = self._frame()
            if opcode == CLOSE:
                return None
            if opcode == PING:
                self._send(PONG, payload)
            elif opcode in {CONTINUATION, TEXT, BINARY}:
                message += payload
                if final or len(message) > MOST_BYTES:
                    return message if len(message) <= MOST_BYTES else None

    def send(self, message: bytes) -> None:
        """Send one binary message."""
        self._send(BINARY, message)

    def close(self) -> None:
        """Say that there is no more to come."""
        self._send(CLOSE, struct.pack(">H", 1000))

    def _frame(self) -> tuple[int, bool, bytes]:
        """One frame: its opcode, whether it is the last of its message, and what it carries."""
        head = self._reader.read(2)
        if len(head) < 2:  # noqa: PLR2004 - the shortest header
            return CLOSE, True, b""
        length = head[1] & ~MASKED
        if length == LENGTH_IN_TWO_BYTES:
            (length,) = struct.unpack(">H", self._reader.read(2))
        elif length == LENGTH_IN_EIGHT:
            (length,) = struct.unpack(">Q", self._reader.read(8))
        if length > MOST_BYTES or not head[1] & MASKED:  # a client masks whatever it sends
            return CLOSE, True, b""
        mask = self._reader.read(4)
        payload = self._reader.read(length)
        return head[0] & 0xF, bool(head[0] & FINAL), bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))

    def _send(self, opcode: int, payload: bytes) -> None:
        length = len(payload)
        if length < LENGTH_IN_TWO_BYTES:
            head = struct.pack(">BB", FINAL | opcode, length)
        elif length < 1 << 16:
            head = struct.pack(">BBH", FINAL | opcode, LENGTH_IN_TWO_BYTES, length)
        else:
            head = struct.pack(">BBQ", FINAL | opcode, LENGTH_IN_EIGHT, length)
        self._writer.write(head + payload)
        self._writer.flush()
