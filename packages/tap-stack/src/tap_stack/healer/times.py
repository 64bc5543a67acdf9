"""Times as RFC 3339 writes them: in events, in tags, and in the names of the healer's own log streams."""

from __future__ import annotations

import re
from datetime import UTC, datetime

RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
"""RFC 3339, section 5.6: the letters in any case. Seconds may be left out, as people do when they write by hand."""

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def parse(text: object) -> datetime | None:
    """A time with its offset, in UTC; None if the text is none. A time without an offset could mean any hour.

    What lies before the year 1 or after the year 9999 in UTC is the earliest or the latest time that there is.
    """
    found = RFC3339.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    day, minute, seconds, fraction, offset = found.groups()
    try:
        value = datetime.fromisoformat(f"{day}T{minute}{seconds or ':00'}{fraction or ''}{offset.upper()}")
    except ValueError:
        return None
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return LATEST if value.year == LATEST.year else EARLIEST


def written(moment: datetime) -> str:
    """A time as the healer writes it, such as `2026-12-01T06:00:00Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
