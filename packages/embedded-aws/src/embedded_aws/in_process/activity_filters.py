"""Which scaling activities a DescribeScalingActivities call asks for.

Source: API DescribeScalingActivities: `ActivityIds`; the filters `Status`, `StartTimeLowerBound` and
`StartTimeUpperBound`; only activities of the last six weeks are ever told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from embedded_aws.fleet import Activity
from embedded_aws.fleet.activities import KEPT
from embedded_aws.in_process.errors import AwsError


def is_wanted(done: Activity, params: Mapping[str, Any], now: datetime) -> bool:
    """Whether a call with these parameters asks for an activity.

    Raises:
        AwsError: `ValidationError`, a filter that there is not, or a time that is none.
    """
    ids = params.get("ActivityIds")
    if (ids and done.id not in ids) or done.start < now - KEPT:
        return False
    return all(_passes(done, each["Name"], each.get("Values", [])) for each in params.get("Filters", []))


def _passes(done: Activity, name: str, values: Sequence[str]) -> bool:
    if name == "Status":
        return done.status.value in values
    if name == "StartTimeLowerBound":
        return all(done.start >= _time(value) for value in values)
    if name == "StartTimeUpperBound":
        return all(done.start <= _time(value) for value in values)
    raise AwsError("ValidationError", f"Filter name {name} is not valid.")


def _time(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise AwsError("ValidationError", f"{value} is not a time in ISO 8601.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
