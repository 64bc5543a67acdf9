"""Log streams as CloudWatch Logs has them, their events, and the keys of log groups.

moto accepts any name of a stream and any token, and gives a group no new key. It tells the events of one stream after
those of another, and takes a filter pattern that it cannot read for one that everything matches.

Source: API CreateLogStream, DescribeLogStreams, AssociateKmsKey, DisassociateKmsKey and GetLogEvents; API
FilterLogEvents (`interleaved`: "Starting on June 17, 2019, this parameter is ignored and the value is assumed to be
true"); CloudWatch Logs user guide, "Filter pattern syntax".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import log_streams
from embedded_aws.services.log_patterns import matcher

MOST_EVENTS = 10_000
"""What a page of FilterLogEvents has at most, and unless asked otherwise."""


def routes() -> Routes:
    """The calls that are looked at here and then left to moto, or answered here."""
    return {
        ("logs", "CreateLogStream"): _create,
        ("logs", "DescribeLogStreams"): _describe,
        ("logs", "FilterLogEvents"): _filter_events,
        ("logs", "GetLogEvents"): _get_events,
        ("logs", "AssociateKmsKey"): _set_key,
        ("logs", "DisassociateKmsKey"): _set_key,
    }


def _filter_events(call: Call) -> dict[str, Any]:
    """The events of a group's streams in the order of their times."""
    params = call.params
    group = _group(call, params.get("logGroupName") or params.get("logGroupIdentifier", ""))
    names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix")
    if names and prefix:
        raise _invalid("The parameters logStreamNames and logStreamNamePrefix must not both be given.")
    if any(each not in group.streams for each in names or []):
        raise _no_such("stream")
    matches = matcher(params.get("filterPattern", ""))
    begin, end = params.get("startTime", 0), params.get("endTime", 0)
    events = [
        event
        for name in names or [each for each in group.streams if each.startswith(prefix or "")]
        for event in group.streams[name].filter_log_events(begin, end, "")
        if matches(event["message"])
    ]
    events.sort(key=lambda event: event["timestamp"])
    return _page(events, params.get("limit", MOST_EVENTS), params.get("nextToken"))


def _page(events: Sequence[dict[str, Any]], size: int, token: str | None) -> dict[str, Any]:
    """One page; its token is the id of its last event. A token of none is answered with nothing, as AWS does."""
    ids = [event["eventId"] for event in events]
    if token is not None and token not in ids:
        return {"events": [], "searchedLogStreams": []}
    begin = 0 if token is None else ids.index(token) + 1
    shown = list(events[begin : begin + size])
    answer: dict[str, Any] = {"events": shown, "searchedLogStreams": []}
    return answer | ({"nextToken": shown[-1]["eventId"]} if begin + size < len(events) else {})


def _get_events(call: Call) -> dict[str, Any]:
    """Where there is no stream moto says that there is no group."""
    params = call.params
    group = _group(call, params.get("logGroupName") or params.get("logGroupIdentifier", ""))
    if params["logStreamName"] not in group.streams:
        raise _no_such("stream")
    return call.forward()


def _group(call: Call, name_or_arn: str) -> Any:
    name = name_or_arn.partition(":log-group:")[2] or name_or_arn
    group = get_backend("logs")[call.caller.account][call.region].groups.get(name.removesuffix(":*"))
    if group is None:
        raise _no_such("group")
    return group


def _no_such(what: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"The specified log {what} does not exist.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def _set_key(call: Call) -> dict[str, Any]:
    """Give a group a key, or take its key from it."""
    params = call.params
    group = _group(call, params.get("logGroupName") or params.get("resourceIdentifier", ""))
    group.kms_key_id = params.get("kmsKeyId")
    return {}


def _create(call: Call) -> dict[str, Any]:
    log_streams.check_name(call.params["logStreamName"])
    try:
        return call.forward()
    except AwsError as error:
        if error.code == "ResourceAlreadyExistsException":  # moto says that the group exists
            raise log_streams.exists() from error
        raise


def _describe(call: Call) -> dict[str, Any]:
    """A token leads to at least one stream; where it leads to none it was never given, or its stream is deleted."""
    found = call.forward()
    if call.params.get("nextToken") and not found.get("logStreams"):
        raise log_streams.invalid_token()
    return found
