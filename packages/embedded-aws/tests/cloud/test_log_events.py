"""FilterLogEvents as those read it who follow a log: `aws logs tail` of version 2, and whoever polls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_aws.embedded import Cloud

START = datetime(2031, 5, 6, 7, tzinfo=UTC)
NOW = int(START.timestamp() * 1000)


@pytest.fixture(scope="module")
def logs() -> Iterator[Any]:
    with Cloud(start=START) as cloud:
        yield cloud.client("logs")
        assert cloud.failures == []


@pytest.fixture
def write(logs: Any) -> Iterator[Callable[[str, int, str], None]]:
    """Writes a line, so many milliseconds after the start, to a stream of the group `g`."""
    logs.create_log_group(logGroupName="g")
    streams: set[str] = set()

    def put(stream: str, after: int, message: str) -> None:
        if stream not in streams:
            logs.create_log_stream(logGroupName="g", logStreamName=stream)
            streams.add(stream)
        logs.put_log_events(
            logGroupName="g", logStreamName=stream, logEvents=[{"timestamp": NOW + after, "message": message}]
        )

    yield put
    logs.delete_log_group(logGroupName="g")


def messages(logs: Any, **params: Any) -> list[str]:
    return [each["message"] for each in logs.filter_log_events(logGroupName="g", **params)["events"]]


def refused(logs: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        logs.filter_log_events(**{"logGroupName": "g", **params})
    code: str = caught.value.response["Error"]["Code"]
    return code


def test_events_of_all_streams_come_in_the_order_of_their_times(logs: Any, write: Callable[..., None]) -> None:
    for stream, after in (("b", 1), ("a", 2), ("b", 3), ("a", 0)):
        write(stream, after, f"{stream}{after}")

    assert messages(logs) == ["a0", "b1", "a2", "b3"]
    assert messages(logs, interleaved=False) == ["a0", "b1", "a2", "b3"]
    assert messages(logs, startTime=NOW + 1, endTime=NOW + 2) == ["b1", "a2"]
    assert messages(logs, logStreamNamePrefix="b") == ["b1", "b3"]
    assert messages(logs, logStreamNames=["a"]) == ["a0", "a2"]
    assert messages(logs, logStreamNamePrefix="c") == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=12), size=st.integers(1, 5))
def test_whoever_follows_a_log_sees_each_event_once(logs: Any, events: list[tuple[str, int]], size: int) -> None:
    """As `aws logs tail --follow` does it: from the last time on, without the events that were shown."""
    logs.create_log_group(logGroupName="h")
    for stream in "abc":
        logs.create_log_stream(logGroupName="h", logStreamName=stream)
    seen: list[str] = []
    shown: set[str] = set()
    begin = NOW
    for number, (stream, after) in enumerate(sorted(events, key=lambda each: each[1])):
        line = [{"timestamp": NOW + after, "message": str(number)}]
        logs.put_log_events(logGroupName="h", logStreamName=stream, logEvents=line)
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="h", startTime=begin, PaginationConfig={"PageSize": size}
        )
        for event in (each for page in pages for each in page["events"]):
            if event["eventId"] not in shown:
                shown.add(event["eventId"])
                seen.append(event["message"])
                begin = max(begin, event["timestamp"])
    logs.delete_log_group(logGroupName="h")

    assert seen == [str(number) for number in range(len(events))]


def test_a_pattern_that_cannot_be_read_is_refused_and_not_ignored(logs: Any, write: Callable[..., None]) -> None:
    write("a", 0, "an ERROR in line 7")
    write("a", 1, "all is well")

    assert messages(logs, filterPattern="ERROR") == ["an ERROR in line 7"]
    assert messages(logs, filterPattern='"ERROR in" line') == ["an ERROR in line 7"]
    assert messages(logs, filterPattern="?ERROR ?well") == ["an ERROR in line 7", "all is well"]
    assert messages(logs, filterPattern="in -well") == ["an ERROR in line 7"]
    for pattern in ("{ $.level }", "[level, text]", "%ERR.*%", '"open'):
        assert refused(logs, filterPattern=pattern) == "InvalidParameterException"


def test_what_is_not_there_is_named(logs: Any, write: Callable[..., None]) -> None:
    write("a", 0, "x")

    assert refused(logs, logGroupName="none") == "ResourceNotFoundException"
    assert refused(logs, logStreamNames=["none"]) == "ResourceNotFoundException"
    assert refused(logs, logStreamNames=["a"], logStreamNamePrefix="a") == "InvalidParameterException"
    with pytest.raises(ClientError, match="log stream does not exist"):
        logs.get_log_events(logGroupName="g", logStreamName="none")
