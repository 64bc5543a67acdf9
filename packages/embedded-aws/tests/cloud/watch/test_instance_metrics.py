"""EC2's metrics of instances: a point for each minute in which one ran, by instance and by group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.clock import Clock
from embedded_aws.embedded import Cloud
from embedded_aws.services.cloudwatch.instance_metrics import InstanceMetrics, Reading, Seen
from embedded_aws.services.cloudwatch.load import IDLE, GivenLoad, Loads
from embedded_aws.services.cloudwatch.metrics import MetricKey

START = datetime(2031, 5, 6, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
CPU, FAILED = "CPUUtilization", "StatusCheckFailed"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A cloud with a group `watched` of two instances with detailed monitoring, ten minutes old."""
    with Cloud(start=START) as cloud:
        ec2 = cloud.client("ec2")
        image = cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
        data = {"ImageId": image, "InstanceType": "t3.micro", "Monitoring": {"Enabled": True}}
        ec2.create_launch_template(LaunchTemplateName="watched", LaunchTemplateData=data)
        cloud.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName="watched",
            MinSize=0,
            MaxSize=3,
            DesiredCapacity=2,
            VPCZoneIdentifier=ec2.describe_subnets()["Subnets"][0]["SubnetId"],
            LaunchTemplate={"LaunchTemplateName": "watched", "Version": "1"},
        )
        cloud.clock.advance(600)
        yield cloud
        assert cloud.failures == []


def points(cloud: Cloud, name: str, begin: datetime, **dimension: str) -> list[dict[str, Any]]:
    """What GetMetricStatistics says of each minute; GetMetricData has to say the same."""
    ((key, value),) = dimension.items()
    metric = {"Namespace": "AWS/EC2", "MetricName": name, "Dimensions": [{"Name": key, "Value": value}]}
    window = {"StartTime": begin, "EndTime": cloud.clock.now() + MINUTE}
    watch = cloud.client("cloudwatch")
    told = watch.get_metric_statistics(
        **metric, **window, Period=60, Statistics=["Average", "Maximum", "SampleCount", "Sum"]
    )["Datapoints"]
    asked = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}
    (data,) = watch.get_metric_data(MetricDataQueries=[asked], ScanBy="TimestampAscending", **window)[
        "MetricDataResults"
    ]
    told = sorted(told, key=lambda each: each["Timestamp"])
    assert list(zip(data["Timestamps"], data["Values"], strict=True)) == [
        (each["Timestamp"], each["Average"]) for each in told
    ]
    return told


def members(cloud: Cloud) -> list[str]:
    group = cloud.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]
    return sorted(each["InstanceId"] for each in group["Instances"])


def test_an_idle_group_reports_each_minute_and_each_of_its_instances_does(cloud: Cloud) -> None:
    begin = cloud.clock.now()
    cloud.clock.advance(180)

    group = points(cloud, CPU, begin, AutoScalingGroupName="watched")
    one = points(cloud, CPU, begin, InstanceId=members(cloud)[0])

    minutes = [begin + MINUTE * number for number in range(4)]
    assert [each["Timestamp"] for each in group] == [each["Timestamp"] for each in one] == minutes
    assert {(each["Average"], each["SampleCount"]) for each in group} == {(IDLE, 2)}
    assert {(each["Average"], each["SampleCount"]) for each in one} == {(IDLE, 1)}


def test_the_metrics_are_listed(cloud: Cloud) -> None:
    listed = cloud.client("cloudwatch").list_metrics(Namespace="AWS/EC2", MetricName=CPU)["Metrics"]

    found = {(each["Dimensions"][0]["Name"], each["Dimensions"][0]["Value"]) for each in listed}
    assert found >= {("AutoScalingGroupName", "watched"), *(("InstanceId", each) for each in members(cloud))}


def test_a_failed_check_shows_from_the_next_minute_until_it_passes(cloud: Cloud) -> None:
    begin, broken = cloud.clock.now(), members(cloud)[0]
    cloud.clock.advance(30)
    cloud.break_instance(broken, "instance")
    cloud.clock.advance(60)
    cloud.autoscaling.repair_instance(broken)
    cloud.clock.advance(60)

    def sums(name: str, **dimension: str) -> list[float]:
        return [each["Sum"] for each in points(cloud, name, begin, **dimension)]

    assert sums(FAILED, InstanceId=broken) == [0, 1, 0]
    assert sums(f"{FAILED}_Instance", InstanceId=broken) == [0, 1, 0]
    assert sums(f"{FAILED}_System", InstanceId=broken) == [0, 0, 0]
    assert [(each["Maximum"], each["Average"]) for each in points(cloud, FAILED, begin, AutoScalingGroupName="watched")
            ] == [(0, 0), (1, 0.5), (0, 0)]  # fmt: skip
    cloud.clock.advance(30)


def test_without_detailed_monitoring_cpu_comes_each_five_minutes_and_nothing_while_stopped(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    image = cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
    begin = cloud.clock.now()
    launched = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    instance = launched["Instances"][0]["InstanceId"]
    cloud.clock.advance(660)
    ec2.stop_instances(InstanceIds=[instance])
    cloud.clock.advance(660)

    cpu = [each["Timestamp"] for each in points(cloud, CPU, begin, InstanceId=instance)]
    checks = [each["Timestamp"] for each in points(cloud, FAILED, begin, InstanceId=instance)]

    assert len(cpu) == 2
    assert all(each.minute % 5 == 0 for each in cpu)
    assert len(checks) == 11
    assert max(checks) <= begin + 11 * MINUTE
    ec2.terminate_instances(InstanceIds=[instance])


def test_an_alarm_on_an_idle_group_has_data(cloud: Cloud) -> None:
    watch = cloud.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="high",
        Namespace="AWS/EC2",
        MetricName=CPU,
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": "watched"}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=3,
        Threshold=70,
        ComparisonOperator="GreaterThanThreshold",
    )
    (fresh,) = watch.describe_alarms(AlarmNames=["high"])["MetricAlarms"]
    cloud.clock.advance(120)
    (later,) = watch.describe_alarms(AlarmNames=["high"])["MetricAlarms"]
    watch.delete_alarms(AlarmNames=["high"])

    assert (fresh["StateValue"], later["StateValue"]) == ("INSUFFICIENT_DATA", "OK")


class Region:
    """A region whose instances change as a list of steps says, one step a minute."""

    def __init__(self, steps: list[dict[str, bool]]) -> None:
        self.steps, self.step = steps, 0

    @property
    def running(self) -> dict[str, bool]:
        return self.steps[min(self.step, len(self.steps) - 1)]

    def changes(self) -> dict[str, Any]:
        return {"r": tuple(sorted(self.running.items()))}

    def look(self, _: str) -> Iterable[Seen]:
        return [Seen(each, "g", Reading(1, 1, int(bad), 0, int(bad), 0)) for each, bad in self.running.items()]


STEPS = st.lists(st.dictionaries(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=12)


@given(steps=STEPS)
def test_each_minute_tells_what_ran_in_it(steps: list[dict[str, bool]]) -> None:
    """Whatever was launched, terminated, broken and repaired: the points are those of a look at each minute."""
    clock, region = Clock(START), Region(steps)
    metrics = InstanceMetrics(clock, look=region.look, changes=region.changes, load=Loads().at)
    for number in range(len(steps)):
        region.step = number
        metrics.observe(clock.now())
        clock.advance(60)

    for key, value in (("InstanceId", "a"), ("InstanceId", "b"), ("AutoScalingGroupName", "g")):
        metric = MetricKey("AWS/EC2", FAILED, frozenset({(key, value)}))
        found = metrics.samples("r", metric, START, clock.now())
        expected = [
            (START + MINUTE * number, sum(counted.values()), len(counted))
            for number, step in enumerate(steps)
            if (counted := step if value == "g" else {each: bad for each, bad in step.items() if each == value})
        ]
        assert [(each.time, each.total, each.count) for each in found] == expected


@given(
    loads=st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 100), st.none() | st.integers(1, 10)), min_size=1, max_size=5
    )
)
def test_a_load_counts_until_it_ends_and_then_the_one_before(loads: list[tuple[int, int, int | None]]) -> None:
    given_loads = Loads()
    loads.sort(key=lambda each: each[0])
    for since, percent, lasting in loads:
        until = None if lasting is None else START + MINUTE * (since + lasting)
        given_loads.give("r", "g", GivenLoad(percent, START + MINUTE * since, until))

    for minute in range(40):
        holding = [
            percent
            for since, percent, lasting in loads
            if since < minute and (lasting is None or minute <= since + lasting)
        ]
        assert given_loads.at("r", "g", START + MINUTE * minute) == (holding[-1] if holding else IDLE)
    assert given_loads.at("r", None, START) == IDLE
