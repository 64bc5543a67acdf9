"""Metric filters and saved queries, through the whole cloud: events become metrics, and metrics move alarms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.calls import AwsError
from embedded_aws.embedded import Cloud
from embedded_aws.services.json_patterns import value_at
from embedded_aws.services.log_patterns import matcher

START = datetime(2031, 5, 6, 7, tzinfo=UTC)
NAMES = (f"g-{number}" for number in range(100))


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START) as cloud:
        yield cloud
        assert cloud.failures == []


class Group:
    """A log group, and what its filters have made."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.name = cloud, next(NAMES)
        self.logs, self.watch = cloud.client("logs"), cloud.client("cloudwatch")
        self.logs.create_log_group(logGroupName=self.name)
        self.logs.create_log_stream(logGroupName=self.name, logStreamName="s")

    def measure(self, pattern: str, value: str = "1", name: str = "f", **more: Any) -> None:
        metric = {"metricName": "m", "metricNamespace": self.name, "metricValue": value, **more}
        self.logs.put_metric_filter(
            logGroupName=self.name, filterName=name, filterPattern=pattern, metricTransformations=[metric]
        )

    def write(self, *messages: Any) -> None:
        stamp = int(self.cloud.clock.now().timestamp() * 1000)
        texts = [each if isinstance(each, str) else json.dumps(each) for each in messages]
        events = [{"timestamp": stamp, "message": text} for text in texts]
        self.logs.put_log_events(logGroupName=self.name, logStreamName="s", logEvents=events)

    def told(self, statistic: str = "Sum", **dimensions: str) -> list[float]:
        now = self.cloud.clock.now()
        answer = self.watch.get_metric_statistics(
            Namespace=self.name,
            MetricName="m",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=[statistic],
        )
        return [each[statistic] for each in answer["Datapoints"]]


@pytest.fixture
def group(cloud: Cloud) -> Group:
    return Group(cloud)


def refusal(call: Callable[..., Any], *given: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*given, **params)
    return str(caught.value.response["Error"]["Code"])


def test_each_event_that_matches_counts_and_those_before_the_filter_do_not(group: Group) -> None:
    group.write("ERROR early")
    group.measure("ERROR")

    group.write("ERROR one", "fine", "ERROR two")

    assert group.told() == [2.0]


def test_a_value_and_dimensions_come_from_the_event(group: Group) -> None:
    group.measure('{ $.path = "/a*" }', "$.took", dimensions={"path": "$.path"}, unit="Milliseconds")

    group.write({"path": "/a", "took": 20}, {"path": "/a", "took": "30"}, {"path": "/b", "took": 5}, {"path": "/ab"})

    assert (group.told("Maximum", path="/a"), group.told(path="/b"), group.told()) == ([30.0], [], [])


def test_a_minute_in_which_nothing_matches_has_the_default_value(group: Group) -> None:
    group.measure("ERROR", defaultValue=0.0)

    group.write("fine", "fine too")

    assert group.told("SampleCount") == [1.0]
    assert group.told() == [0.0]


def test_a_filter_that_is_put_again_or_deleted_counts_no_more(group: Group) -> None:
    group.measure("ERROR")
    group.measure("FATAL")
    group.write("ERROR", "FATAL")
    group.logs.delete_metric_filter(logGroupName=group.name, filterName="f")
    group.write("FATAL")

    assert group.told() == [1.0]
    assert refusal(group.logs.delete_metric_filter, logGroupName=group.name, filterName="f").startswith("ResourceNot")


def test_errors_in_a_log_move_an_alarm(group: Group) -> None:
    group.measure("ERROR")
    group.watch.put_metric_alarm(
        AlarmName=group.name,
        Namespace=group.name,
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )

    group.write("ERROR")
    group.cloud.clock.advance(120)

    assert group.watch.describe_alarms(AlarmNames=[group.name])["MetricAlarms"][0]["StateValue"] == "ALARM"


@pytest.mark.parametrize(
    ("pattern", "changed"),
    [
        ("ERROR", {"value": "many"}),
        ("[ip, user]", {}),
        ('{ $.a = "x" ', {}),
        ("ERROR", {"dimensions": {"a": "$.a"}, "defaultValue": 0.0}),
        ("ERROR", {"dimensions": dict.fromkeys("abcd", "$.a")}),
    ],
)
def test_what_could_not_be_measured_is_refused(group: Group, pattern: str, changed: dict[str, Any]) -> None:
    assert refusal(group.measure, pattern, **changed) == "InvalidParameterException"


def test_a_filter_needs_its_group(group: Group) -> None:
    group.name = "nobodys"
    assert refusal(group.measure, "ERROR") == "ResourceNotFoundException"


EVENT = {"level": "ERROR", "took": 12.5, "ok": True, "none": None, "user": {"tags": ["a", "b"]}, "a b": 1}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.level = "ERROR" }', True),
        ("{ $.level = ERR* }", True),
        ("{ $.level != ERROR }", False),
        ("{ $.missing != ERROR }", False),
        ("{ $.took > 12 && $.took <= 12.5 }", True),
        ("{ $.took >= 13 || $.ok IS TRUE }", True),
        ("{ ($.ok IS FALSE || $.none IS NULL) && $.user.tags[1] = b }", True),
        ("{ $.user.name NOT EXISTS }", True),
        ("{ $.level NOT EXISTS }", False),
        ("{ $.level > 3 }", False),
        ("{ $['a b'] = 1 }", False),
    ],
)
def test_patterns_of_json_look_into_the_event(pattern: str, *, expected: bool) -> None:
    if "['a b']" in pattern:
        assert value_at(json.dumps(EVENT), "$['a b']") == 1
        return
    matches = matcher(pattern)
    assert matches(json.dumps(EVENT)) is expected
    assert matches("no JSON") is False


@pytest.mark.parametrize(
    "pattern", ["{ $.a }", "{ $.a = }", "{ level = 1 }", "{ $.a = %x% }", "{ ($.a = 1 }", "{ $.a IS 1 }"]
)
def test_patterns_that_cannot_be_read_are_refused_by_name(pattern: str) -> None:
    with pytest.raises(AwsError, match="is not part of the embedded AWS"):
        matcher(pattern)


def test_queries_are_saved_found_changed_and_deleted(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    made = logs.put_query_definition(name="team/slow", queryString="fields @message")["queryDefinitionId"]
    logs.put_query_definition(name="other", queryString="fields @message")
    logs.put_query_definition(name="team/slower", queryString="fields @log", queryDefinitionId=made)

    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix="team/")["queryDefinitions"]
    assert (found["queryDefinitionId"], found["name"], found["queryString"]) == (made, "team/slower", "fields @log")

    assert logs.delete_query_definition(queryDefinitionId=made)["success"] is True
    assert refusal(logs.delete_query_definition, queryDefinitionId=made) == "ResourceNotFoundException"
