"""Filters: EC2's, with its pages, and those of DescribeScalingActivities.

EC2: AND between filter names, OR between values, `*` and `?` in values.

Source: EC2 user guide, "Filtering considerations": the result must match all filters and any of a filter's values,
at most 50 filters a call with 200 values in all; values are case-sensitive; `*` is zero or more characters, `?` is zero
or one; a backslash takes their meaning away. API DescribeScalingActivities: `ActivityIds`; the filters `Status`,
`StartTimeLowerBound` and `StartTimeUpperBound`; only activities of the last six weeks are ever told.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from embedded_aws.fleet import Activity
from embedded_aws.fleet.activities import KEPT
from embedded_aws.in_process.errors import AwsError

Item = TypeVar("Item")

Facts: TypeAlias = Mapping[str, Callable[[Item], Iterable[str]]]
"""Filter name to what an item shows under it: none, one or many values."""

MAX_FILTERS = 50
MAX_FILTER_VALUES = 200
WILDCARDS = {"*": ".*", "?": ".?"}


def select(items: Iterable[Item], filters: Sequence[Mapping[str, Any]], facts: Facts[Item]) -> list[Item]:
    """The items that match every filter, in their order.

    Args:
        items: What to choose from.
        filters: boto3-shaped: `{"Name": ..., "Values": [...]}`.
        facts: The filters that this API knows.

    Raises:
        AwsError: a filter is not known, has no value, or there are too many.
    """
    _check(filters, facts)
    tests = [(facts[each["Name"]], [_pattern(value) for value in each["Values"]]) for each in filters]
    return [
        item
        for item in items
        if all(any(each.fullmatch(value) for value in fact(item) for each in patterns) for fact, patterns in tests)
    ]


def _check(filters: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
    if len(filters) > MAX_FILTERS or sum(len(each.get("Values", [])) for each in filters) > MAX_FILTER_VALUES:
        limit = f"The maximum number of filter values is {MAX_FILTER_VALUES}, in {MAX_FILTERS} filters"
        raise AwsError("FilterLimitExceeded", limit)
    for each in filters:
        if each.get("Name") not in facts:
            raise AwsError("InvalidParameterValue", f"The filter '{each.get('Name')}' is invalid")
        if not each.get("Values"):
            raise AwsError("InvalidParameterValue", "The filter 'null' is invalid")


@lru_cache(maxsize=1024)
def _pattern(value: str) -> re.Pattern[str]:
    """One filter value as a regular expression: a backslash and what follows, a wildcard, or a plain character."""
    parts = re.findall(r"\\.|.", value, flags=re.DOTALL)
    return re.compile("".join(WILDCARDS.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


def page(
    items: Iterable[Item], key: Callable[[Item], str], *, size: int, token: str | None
) -> tuple[list[Item], str | None]:
    """One page of `items` in the order of `key`, and the token of the next one (None: that was the last).

    A token names the last item before its page, so that items which come or go in between are neither shown twice nor
    skipped.

    Raises:
        AwsError: the token is not one of ours.
    """
    after = "" if token is None else _open_token(token)
    rest = sorted((item for item in items if key(item) > after), key=key)
    shown = rest[:size]
    if len(rest) <= size:
        return shown, None
    return shown, base64.urlsafe_b64encode(f"after:{key(shown[-1])}".encode()).decode()


def _open_token(token: str) -> str:
    try:
        label, _, key = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, UnicodeError):
        label, key = "", ""
    if label != "after":
        raise invalid_token()
    return key


def invalid_token() -> AwsError:
    """EC2's answer to a token of which it knows nothing."""
    return AwsError("InvalidPaginationToken", "The specified pagination token is not valid")


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
