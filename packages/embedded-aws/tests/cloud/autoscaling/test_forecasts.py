"""Predictive scaling in forecast mode: what is forecast of a load that comes each day, and that nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Place

Create = Callable[..., str]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CPU = {"PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGCPUUtilization"}, "TargetValue": 50.0}


def put(place: Place, group: str, specification: dict[str, Any] | None = None, **asked: Any) -> None:
    place.autoscaling.put_scaling_policy(
        AutoScalingGroupName=group,
        PolicyName="forecast",
        PolicyType="PredictiveScaling",
        PredictiveScalingConfiguration={"MetricSpecifications": [specification or CPU], **asked},
    )


def forecast(place: Place, group: str) -> tuple[dict[datetime, float], dict[datetime, float]]:
    """The loads and the capacities of the hours to come."""
    now = place.cloud.clock.now()
    told = place.autoscaling.get_predictive_scaling_forecast(
        AutoScalingGroupName=group, PolicyName="forecast", StartTime=now - DAY, EndTime=now + 3 * DAY
    )
    (load,), capacity = told["LoadForecast"], told["CapacityForecast"]
    assert load["Timestamps"] == capacity["Timestamps"]
    return (
        dict(zip(load["Timestamps"], load["Values"], strict=True)),
        dict(zip(capacity["Timestamps"], capacity["Values"], strict=True)),
    )


def pass_hours(place: Place, group: str, hours: int, busy: int) -> None:
    """One hour of each day is busy: then the group has work for three at 100 %."""
    for _ in range(hours):
        hour = place.cloud.clock.now().hour
        place.cloud.set_work(group, 300 if hour == busy else 20)
        place.cloud.clock.advance(HOUR.total_seconds())


def test_the_busy_hour_of_each_day_is_forecast_and_the_group_left_alone(place: Place, create: Create) -> None:
    group = create(MaxSize=8, DesiredCapacity=4)
    put(place, group)
    assert forecast(place, group) == ({}, {})  # a day must be known first

    now = place.cloud.clock.now()
    place.cloud.clock.advance((now.replace(minute=0, second=0) + HOUR - now).total_seconds())
    busy = place.cloud.clock.now().hour + 3
    pass_hours(place, group, hours=31, busy=busy % 24)
    loads, capacities = forecast(place, group)

    assert len(loads) == 48
    assert {when.hour for when, load in loads.items() if load > 100} == {busy % 24}
    assert {capacity for when, capacity in capacities.items() if when.hour == busy % 24} == {6.0}
    assert {capacity for when, capacity in capacities.items() if when.hour != busy % 24} == {1.0}
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]
    assert found["DesiredCapacity"] == 4


def test_a_policy_is_told_as_it_was_put_and_has_no_alarms(place: Place, create: Create) -> None:
    group = create()
    put(place, group, SchedulingBufferTime=300)

    (told,) = place.autoscaling.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"]
    assert told["PredictiveScalingConfiguration"] == {"MetricSpecifications": [CPU], "SchedulingBufferTime": 300}
    assert told["Alarms"] == []
    place.autoscaling.delete_policy(AutoScalingGroupName=group, PolicyName="forecast")
    with pytest.raises(ClientError, match="No predictive scaling policy"):
        forecast(place, group)


@pytest.mark.parametrize(
    ("specification", "asked", "said"),
    [
        (CPU, {"Mode": "ForecastAndScale"}, "not part of the embedded AWS: PredictiveScalingConfiguration.Mode"),
        ({"TargetValue": 50.0}, {}, "A metric pair, or a load metric and a scaling metric"),
        (CPU, {"MaxCapacityBuffer": 10}, "only if MaxCapacityBreachBehavior is IncreaseMaxCapacity"),
        (
            {"TargetValue": 5.0, "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ASGNetworkIn"}},
            {},
            "not part of the embedded AWS: PredefinedMetricType=ASGNetworkIn",
        ),
        (
            {"TargetValue": 5.0, "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ALBRequestCount"}},
            {},
            "names no target group that is attached",
        ),
        (
            {
                "TargetValue": 5.0,
                "PredefinedLoadMetricSpecification": {"PredefinedMetricType": "ASGTotalCPUUtilization"},
                "PredefinedScalingMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"},
            },
            {},
            "do not belong together",
        ),
    ],
)
def test_what_cannot_be_forecast_is_refused(
    place: Place, create: Create, specification: dict[str, Any], asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClientError, match=re.escape(said)):
        put(place, create(), specification, **asked)
