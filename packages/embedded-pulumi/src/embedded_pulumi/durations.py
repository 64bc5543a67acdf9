"""Go's notation of a duration, which Pulumi and the AWS provider use: `90s`, `10m`, `1h30m`."""

from __future__ import annotations

import re

_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(rf"(\d+(?:\.\d+)?)({'|'.join(_UNIT_SECONDS)})")


def seconds_of(duration: str) -> float:
    """The seconds of a duration; `0` needs no unit.

    Raises:
        ValueError: it is not a duration.
    """
    parts = _PART.findall(duration)
    if duration != "0" and (not parts or "".join(number + unit for number, unit in parts) != duration):
        raise ValueError(f"not a duration: {duration!r}; accepted: such as 90s, 5m or 1h30m")
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
