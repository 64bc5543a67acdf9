"""One alarm on one metric, and what the tests do with it and see of it."""

from __future__ import annotations

from typing import Any

from embedded_aws.account import ACCOUNT

REGION = "us-east-1"
ALARM_ARN = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:cpu"
SCALE_UP = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1:autoScalingGroupName/tap:policyName/up"
DIMENSIONS = [{"Name": "AutoScalingGroupName", "Value": "tap"}]


def put_alarm(world: Any, **options: Any) -> None:
    alarm = {
        "AlarmName": "cpu",
        "Namespace": "tap/Test",
        "MetricName": "Cpu",
        "Dimensions": DIMENSIONS,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 70.0,
        "ComparisonOperator": "GreaterThanThreshold",
    } | options
    world.client("cloudwatch").put_metric_alarm(**{name: value for name, value in alarm.items() if value is not None})


def put(world: Any, value: float, **datum: Any) -> None:
    data = {"MetricName": "Cpu", "Dimensions": DIMENSIONS, "Value": value} | datum
    world.client("cloudwatch").put_metric_data(Namespace="tap/Test", MetricData=[data])


def pass_minutes(world: Any, *values: float | None) -> None:
    """A datum at the beginning of each minute (None: no datum), then that minute."""
    world.clock.advance(-world.clock.now().timestamp() % 60)
    for value in values:
        if value is not None:
            put(world, value)
        world.clock.advance(60)


def alarm(world: Any) -> dict[str, Any]:
    found: dict[str, Any] = world.client("cloudwatch").describe_alarms(AlarmNames=["cpu"])["MetricAlarms"][0]
    return found


def state(world: Any) -> str:
    return str(alarm(world)["StateValue"])


def topic(world: Any, **attributes: str) -> str:
    return str(world.client("sns").create_topic(Name="alerts", Attributes=attributes)["TopicArn"])


def subscribed(world: Any, topic_arn: str) -> None:
    world.client("sns").subscribe(TopicArn=topic_arn, Protocol="sms", Endpoint="+15550100")


def summaries(world: Any, kind: str | None = None, name: str = "cpu") -> list[str]:
    kinds = {} if kind is None else {"HistoryItemType": kind}
    answer = world.client("cloudwatch").describe_alarm_history(AlarmName=name, ScanBy="TimestampAscending", **kinds)
    return [item["HistorySummary"] for item in answer["AlarmHistoryItems"]]
