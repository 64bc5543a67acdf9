"""What the text of a condition value stands for: a number, a moment, a truth, bytes, a range of addresses.

Each function answers None for a text that is none of these, and never raises: both texts come from outside, the one
from a policy, the other from a request.

Source: IAM User Guide, "Condition operators"; W3C's note on date and time formats, to which it refers.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?", re.ASCII)
_MONTH_LENGTH = len("2026-01")
_TRUTHS = {"true": True, "false": False}


def number(text: str) -> Decimal | None:
    """Digits, a sign and a point ("an integer or decimal value"), and no `1e3`, `NaN` or `1_000`."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def date(text: str) -> datetime | None:
    """A form of ISO 8601 that W3C's note has, or seconds since 1970; without a zone it is UTC.

    A year alone is four digits, which are seconds.
    """
    seconds = number(text)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(float(seconds), UTC)
        if not _DATE.fullmatch(text):
            return None
        parsed = datetime.fromisoformat(f"{text}-01" if len(text) == _MONTH_LENGTH else text)
    except (ValueError, OverflowError, OSError):  # month 13, or a year that no calendar has
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def truth(text: str) -> bool | None:
    """`true` or `false`, in any case."""
    return _TRUTHS.get(text.lower())


def decoded(text: str) -> bytes | None:
    """Bytes from base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: the text is not ASCII
        return None


def network(text: str) -> IpNetwork | None:
    """A range of addresses in CIDR notation, or one address; bits below the prefix are left out."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
