"""Metric filters of log groups: each event that matches becomes a sample of a metric, at the event's time.

moto keeps filters and looks at no event, keeps a filter that is put again twice, and takes any group and pattern.

A default value is a sample for each minute of a batch of events in which none matches: AWS looks at whole minutes, of
which a batch may be a part. Events that were there before the filter are not looked at, as on AWS.

Source: CloudWatch Logs user guide, "Creating metrics from log events using filters" and "Publishing numerical values
found in log entries"; API PutMetricFilter (100 filters a group; no default value with dimensions; 3 dimensions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.cloudwatch.metrics import put_metrics
from embedded_aws.services.json_patterns import value_at
from embedded_aws.services.log_patterns import matcher

_MOST = 100
_MOST_DIMENSIONS = 3
_MINUTE = 60_000  # milliseconds


def routes() -> Routes:
    """The calls that are looked at here, and then left to moto."""
    return {
        ("logs", "PutMetricFilter"): _put,
        ("logs", "DeleteMetricFilter"): _delete,
        ("logs", "PutLogEvents"): _put_events,
    }


def _put(call: Call) -> dict[str, Any]:
    params, backend = call.params, _backend(call.caller.account, call.region)
    group, name = params["logGroupName"], params["filterName"]
    if group not in backend.groups:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    matcher(params["filterPattern"])
    for each in params["metricTransformations"]:
        _check(each)
    others = [each for each in _filters(backend, group) if each["filterName"] != name]
    if len(others) >= _MOST:
        raise AwsError("LimitExceededException", f"A log group has at most {_MOST} metric filters.")
    backend.delete_metric_filter(name, group)
    return call.forward()


def _check(transformation: Mapping[str, Any]) -> None:
    dimensions = transformation.get("dimensions") or {}
    if len(dimensions) > _MOST_DIMENSIONS:
        raise _invalid(f"A metric has at most {_MOST_DIMENSIONS} dimensions of a metric filter.")
    if dimensions and transformation.get("defaultValue") is not None:
        raise _invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
    for selector in (transformation["metricValue"], *dimensions.values()):
        if selector.startswith("$"):
            value_at("{}", selector)
    if not transformation["metricValue"].startswith("$") and _number(transformation["metricValue"]) is None:
        raise _invalid(
            f"Invalid metric transformation: {transformation['metricValue']!r} is neither number nor selector."
        )


def _delete(call: Call) -> dict[str, Any]:
    params, backend = call.params, _backend(call.caller.account, call.region)
    names = [each["filterName"] for each in _filters(backend, params["logGroupName"])]
    if params["filterName"] not in names:
        raise AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")
    return call.forward()


def _put_events(call: Call) -> dict[str, Any]:
    answer = call.forward()
    if not answer.get("rejectedLogEventsInfo"):
        measure(call.caller.account, call.region, call.params["logGroupName"], call.params["logEvents"])
    return answer


def measure(account: str, region: str, group: str, events: Iterable[Mapping[str, Any]]) -> None:
    """Make samples of new events of a group. Hold the cloud's lock.

    Args:
        account: The account of the group.
        region: Its region.
        group: Its name.
        events: Each with a `timestamp` in milliseconds and a `message`.
    """
    batch = list(events)
    for each in _filters(_backend(account, region), group):
        matches = matcher(each["filterPattern"])
        matching = [event for event in batch if matches(event["message"])]
        for transformation in each["metricTransformations"]:
            _measure_one(account, region, transformation, batch, matching)


def _measure_one(
    account: str,
    region: str,
    transformation: Mapping[str, Any],
    batch: list[Mapping[str, Any]],
    matching: list[Mapping[str, Any]],
) -> None:
    samples = [(event["timestamp"], *_sample(transformation, event["message"])) for event in matching]
    default = transformation.get("defaultValue")
    if default is not None:
        minutes: dict[int, bool] = defaultdict(bool)
        for event in batch:
            minutes[event["timestamp"] // _MINUTE * _MINUTE] |= event in matching
        samples += [(minute, default, {}) for minute, matched in minutes.items() if not matched]
    for stamp, value, dimensions in samples:
        if value is not None:
            put_metrics(
                account,
                region,
                {transformation["metricName"]: (float(value), transformation.get("unit") or "None")},
                namespace=transformation["metricNamespace"],
                dimensions=dimensions,
                when=datetime.fromtimestamp(stamp / 1000, UTC),
            )


def _sample(transformation: Mapping[str, Any], message: str) -> tuple[float | None, dict[str, str]]:
    """The value that an event gives, None if it has no number there, and its dimensions: those that it has."""
    said = transformation["metricValue"]
    value = _number(value_at(message, said) if said.startswith("$") else said)
    wished = transformation.get("dimensions") or {}
    found = {name: value_at(message, selector) for name, selector in wished.items()}
    return value, {name: str(each) for name, each in found.items() if each is not None}


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _filters(backend: Any, group: str) -> list[dict[str, Any]]:
    return list(backend.describe_metric_filters(log_group_name=group))


def _backend(account: str, region: str) -> Any:
    return get_backend("logs")[account][region]


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
