"""Metric data in cloud time: stored, read back as CloudWatch does, and fed by AWS's own services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.calls import AwsError
from embedded_aws.services.cloudwatch.group_metrics import GroupMetrics
from embedded_aws.services.cloudwatch.metrics import MetricKey
from embedded_aws.services.cloudwatch.statistics import Sample, compute, is_significant

REGION = "us-east-1"
MINUTE = timedelta(minutes=1)


def put(world: Any, *data: dict[str, Any], namespace: str = "tap/Test") -> None:
    world.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=list(data))


def read(world: Any, *statistics: str, minutes: int = 5, period: int = 60, **options: Any) -> list[dict[str, Any]]:
    now = world.clock.now()
    asked = {"Namespace": "tap/Test", "MetricName": "M", "Period": period, "StartTime": now - MINUTE * minutes}
    kinds = {"Statistics": list(statistics)} if statistics else {}
    answer = world.client("cloudwatch").get_metric_statistics(**asked, EndTime=now + MINUTE, **kinds, **options)
    points: list[dict[str, Any]] = answer["Datapoints"]
    return points


def query(name: str = "m", stat: str = "Sum", **metric: Any) -> dict[str, Any]:
    of = {"Namespace": "tap/Test", "MetricName": "M"} | metric
    return {"Id": name, "MetricStat": {"Metric": of, "Period": 60, "Stat": stat}}


def get(world: Any, *queries: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    now = world.clock.now()
    window = {"StartTime": now - MINUTE * 10, "EndTime": now + MINUTE}
    answer = world.client("cloudwatch").get_metric_data(MetricDataQueries=list(queries), **window, **options)
    return {each["Id"]: each for each in answer["MetricDataResults"]}


def on_the_minute(world: Any) -> None:
    world.clock.advance(-world.clock.now().timestamp() % 60)


def test_data_without_a_time_are_stamped_with_cloud_time(world: Any) -> None:
    on_the_minute(world)
    put(world, {"MetricName": "M", "Value": 5})

    (point,) = read(world, "Average")

    assert (point["Timestamp"], point["Average"]) == (world.clock.now(), 5.0)


def test_data_with_a_time_keep_it(world: Any) -> None:
    on_the_minute(world)
    put(world, {"MetricName": "M", "Value": 5, "Timestamp": world.clock.now() - MINUTE * 3})

    (point,) = read(world, "Sum")

    assert point["Timestamp"] == world.clock.now() - MINUTE * 3


def test_all_statistics_of_values_counts_and_sets_are_right(world: Any) -> None:
    on_the_minute(world)
    put(world, {"MetricName": "M", "Values": [1.0, 4.0], "Counts": [3.0, 1.0]})
    put(world, {"MetricName": "M", "StatisticValues": {"SampleCount": 2, "Sum": 5, "Minimum": 0, "Maximum": 5}})

    (point,) = read(world, "Average", "Sum", "Minimum", "Maximum", "SampleCount")

    shown = {name: point[name] for name in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")}
    assert shown == {"Average": 2.0, "Sum": 12.0, "Minimum": 0.0, "Maximum": 5.0, "SampleCount": 6.0}


def test_periods_are_counted_from_whole_minutes_not_from_the_query(world: Any) -> None:
    on_the_minute(world)
    put(world, {"MetricName": "M", "Value": 1})
    world.clock.advance(59)
    put(world, {"MetricName": "M", "Value": 1})
    world.clock.advance(30)

    assert [point["Sum"] for point in read(world, "Sum")] == [2.0]


def test_another_set_of_dimensions_is_another_metric(world: Any) -> None:
    on_the_minute(world)
    dimensions = [{"Name": "G", "Value": "1"}, {"Name": "Z", "Value": "a"}]
    put(world, {"MetricName": "M", "Value": 1}, {"MetricName": "M", "Value": 10, "Dimensions": dimensions})

    assert [point["Sum"] for point in read(world, "Sum")] == [1.0]
    assert [point["Sum"] for point in read(world, "Sum", Dimensions=dimensions)] == [10.0]
    assert read(world, "Sum", Dimensions=dimensions[:1]) == []


def test_a_unit_narrows_the_data(world: Any) -> None:
    on_the_minute(world)
    put(world, {"MetricName": "M", "Value": 1, "Unit": "Count"}, {"MetricName": "M", "Value": 10, "Unit": "Percent"})

    assert [point["Sum"] for point in read(world, "Sum", Unit="Count")] == [1.0]


def test_percentiles_are_extended_statistics(world: Any) -> None:
    on_the_minute(world)
    put(world, {"MetricName": "M", "Values": [float(value) for value in range(101)]})

    (point,) = read(world, ExtendedStatistics=["p90", "p99.5"])

    assert point["ExtendedStatistics"] == {"p90": 90.0, "p99.5": 99.5}


def test_metric_data_come_newest_first_unless_asked_otherwise(world: Any) -> None:
    on_the_minute(world)
    for value in (1, 2):
        put(world, {"MetricName": "M", "Value": value})
        world.clock.advance(60)

    assert get(world, query())["m"]["Values"] == [2.0, 1.0]
    assert get(world, query(), ScanBy="TimestampAscending")["m"]["Values"] == [1.0, 2.0]


def test_expressions_work_on_other_queries_which_may_stay_hidden(world: Any) -> None:
    on_the_minute(world)
    put(world, {"MetricName": "M", "Value": 6}, {"MetricName": "N", "Value": 3})
    hidden = [query("m") | {"ReturnData": False}, query("n", MetricName="N") | {"ReturnData": False}]

    answers = get(world, *hidden, {"Id": "e", "Expression": "m / n"})

    assert set(answers) == {"e"}
    assert answers["e"]["Values"] == [2.0]


@pytest.mark.parametrize(
    "expression", ["SEARCH('x', 'Sum', 60)", "SELECT AVG(M) FROM N", "m1 AND m2", "m ** 2", "nope"]
)
def test_what_metric_math_does_not_know_is_an_error(world: Any, expression: str) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        get(world, query(), {"Id": "e", "Expression": expression})


def test_the_namespaces_of_aws_cannot_be_written(world: Any) -> None:
    with pytest.raises(ClientError, match="AWS/"):
        put(world, {"MetricName": "M", "Value": 1}, namespace="AWS/EC2")


def test_each_metric_is_listed_once(world: Any) -> None:
    dimensions = [{"Name": "G", "Value": "1"}, {"Name": "Z", "Value": "a"}]
    for _ in range(3):
        put(world, {"MetricName": "M", "Value": 1, "Dimensions": dimensions}, {"MetricName": "N", "Value": 1})
    cloudwatch = world.client("cloudwatch")

    assert [each["MetricName"] for each in cloudwatch.list_metrics(Namespace="tap/Test")["Metrics"]] == ["M", "N"]
    found = cloudwatch.list_metrics(Dimensions=[{"Name": "Z"}])["Metrics"]
    assert [each["Dimensions"] for each in found] == [dimensions]


def test_the_sizes_of_a_group_are_a_point_a_minute_where_enabled(world: Any) -> None:
    enabled = {"tap": {"GroupInServiceInstances": 3.0}, "quiet": {}}
    metrics = GroupMetrics(
        world.clock,
        world.store,
        groups=lambda: [(REGION, "tap"), (REGION, "quiet")],
        sizes=lambda _, group: enabled[group],
    )
    on_the_minute(world)
    start = world.clock.now()
    metrics.start()

    world.clock.advance(180)

    def times(group: str) -> list[Any]:
        dimensions = frozenset({("AutoScalingGroupName", group)})
        metric = MetricKey("AWS/AutoScaling", "GroupInServiceInstances", dimensions)
        return [each.time for each in world.store.samples(REGION, metric, start, world.clock.now() + MINUTE)]

    assert times("tap") == [start + MINUTE * number for number in (1, 2, 3)]
    assert times("quiet") == []


VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def samples(values: list[float]) -> list[Sample]:
    return [Sample(NOON, value, value, value, 1) for value in values]


@given(values=VALUES, rank=st.integers(0, 99))
def test_a_percentile_lies_between_the_extremes_and_rises_with_its_rank(values: list[float], rank: int) -> None:
    data = samples(values)
    lower, higher = compute(f"p{rank}", data), compute("p100", data)

    assert lower is not None
    assert higher == max(values)
    assert min(values) <= lower <= max(values)


@given(values=VALUES)
def test_the_median_and_the_extremes_are_percentiles(values: list[float]) -> None:
    data = samples(values)

    assert compute("p0", data) == compute("Minimum", data)
    assert compute("p100", data) == compute("Maximum", data)


def test_a_statistic_set_hides_percentiles_unless_its_values_are_equal() -> None:
    spread = Sample(NOON, 1, 5, 6, 2)
    equal = Sample(NOON, 3, 3, 6, 2)

    assert compute("p50", [spread]) is None
    assert compute("p50", [equal]) == 3


def test_no_samples_have_no_statistic() -> None:
    assert [compute(name, []) for name in ("Average", "Sum", "SampleCount", "p50")] == [None] * 4


@pytest.mark.parametrize("name", ["average", "p101", "tm99", "IQM"])
def test_an_unknown_statistic_is_refused_by_name(name: str) -> None:
    with pytest.raises(AwsError, match=name):
        compute(name, [])


@pytest.mark.parametrize(
    ("statistic", "count", "expected"),
    [
        ("p90", 99, False),
        ("p90", 100, True),
        ("p10", 99, False),
        ("p10", 100, True),
        ("p50", 20, True),
        ("Sum", 1, True),
    ],
)
def test_a_percentile_means_something_from_a_number_of_samples_on(
    statistic: str, count: int, *, expected: bool
) -> None:
    assert is_significant(statistic, count) is expected
