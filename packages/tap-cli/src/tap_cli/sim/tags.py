"""Reading what operators write into tags: times of RFC 3339 and the switch, apart from the healer's own reading.

Only what is beyond doubt is read; None stands for everything else, and nobody is blamed over it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|([+-])(\d\d):(\d\d))", re.IGNORECASE
)
"""RFC 3339, section 5.6 ("T" and "Z" may be lower case); seconds may be left out, as the switch's end does."""
OFF_UNTIL = re.compile(r"off\s+until\s+(\S+)", re.IGNORECASE)
ZERO = timedelta(0)


def is_ahead(text: str, now: datetime) -> bool | None:
    """Whether a time lies ahead of now; None if the text is no time.

    A time that UTC's calendar cannot hold (the last evening of 9999, west of Greenwich) is compared at its own offset.
    """
    found = RFC_3339.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.group(1, 2, 3, 4, 5))
    sign, hours, minutes = found.group(7, 8, 9)
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    try:
        local = datetime(year, month, day, hour, minute, int(found.group(6) or 0), tzinfo=UTC)
        here = (now.astimezone(timezone(offset)) if offset else now).replace(tzinfo=UTC)
    except ValueError:
        return None
    return local > here


def is_off(switch: str, now: datetime) -> bool:
    """Whether the group's tag switches the healer off now."""
    words = switch.strip().lower()
    if words == "off":
        return True
    until = OFF_UNTIL.fullmatch(words)
    return until is not None and is_ahead(until.group(1), now) is True
