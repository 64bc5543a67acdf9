"""What looks like a secret in a text, and what is called like one."""

from __future__ import annotations

import base64
import binascii
import email
import re
import zlib

_SHAPES = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password": re.compile(
        r"(?i)(?<![a-z])(?:password|passwd|pwd|secret[_-]?key|api[_-]?key|auth[_-]?token)\s*[=:]\s*[\"']?[^\s\"'${}]{6,}"
    ),
    "a GitHub token": re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36}\b"),
}

GZIP = b"\x1f\x8b"
LONGEST = 10_000_000  # bytes of compressed user data that are looked at

_CALLED_LIKE_ONE = re.compile(r"(?i)(?:^|_)(?:password|passwd|secret|token|api_?key|private_?key|credentials?)$")


def secrets_in(text: object) -> list[str]:
    """What a text seems to hold, in words; never the secret itself."""
    return [words for words, shape in _SHAPES.items() if isinstance(text, str) and shape.search(text)]


def is_called_like_a_secret(name: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    return bool(_CALLED_LIKE_ONE.search(name))


def user_data(text: object, encoded: object) -> str:
    """An instance's user data in clear, given as text or in base64; empty if there is none, or it is not known.

    What is compressed is uncompressed, and of a MIME document it is the text of all parts, as cloud-init sees it.
    """
    for candidate in (encoded, text):
        if isinstance(candidate, str):
            try:
                return _in_clear(base64.b64decode(candidate, validate=True))
            except (binascii.Error, UnicodeDecodeError):
                return candidate
    return ""


def _in_clear(raw: bytes) -> str:
    if raw.startswith(GZIP):
        try:
            raw = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(raw, LONGEST)
        except zlib.error:
            return ""
    text = raw.decode()
    if not text.lower().startswith(("content-type: multipart", "mime-version:")):
        return text
    parts = [each for each in email.message_from_string(text).walk() if not each.is_multipart()]
    payloads = [each.get_payload(decode=True) for each in parts]
    return "\n".join(each.decode(errors="replace") for each in payloads if isinstance(each, bytes))
