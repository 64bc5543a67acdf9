"""How the fleet grows and shrinks: steps, or targets that it follows."""

from __future__ import annotations

from typing import Any

import pytest

from tap_stack.components.scaling import resource_label
from tap_stack.errors import ConfigError

from .recording import Recording, Region, tap

POLICY = "aws:autoscaling/policy:Policy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a"
THEIRS = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/theirs/0123456789abcdef"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/fedcba9876543210"


def enabled(recording: Recording) -> dict[str, Any]:
    """Whether each policy is enabled; None says nothing, which is yes."""
    return {name: each.inputs.get("enabled") for name, each in recording.of(POLICY).items()}


def tracked(recording: Recording, name: str) -> dict[str, Any]:
    configuration: dict[str, Any] = recording.one(POLICY, name).inputs["targetTrackingConfiguration"]
    return configuration


def test_without_the_keys_the_two_steps_are_as_they_were() -> None:
    assert enabled(tap()) == {"tap-scale-up-dev": None, "tap-scale-down-dev": None}


def test_a_target_is_followed_and_the_steps_stand_by() -> None:
    recording = tap(cpuTarget="55")

    assert enabled(recording) == {
        "tap-cpu-target-dev": None,
        "tap-scale-up-dev": False,
        "tap-scale-down-dev": False,
    }
    assert tracked(recording, "tap-cpu-target-dev") == {
        "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"},
        "targetValue": 55.0,
        "disableScaleIn": False,
    }
    assert "as its targets say" in recording.one(ALARM, "tap-cpu-high-dev").inputs["alarmDescription"]


def test_requests_are_counted_by_the_stacks_own_load_balancer() -> None:
    recording = tap(loadBalancer="internal", certificateArn=CERTIFICATE, requestsPerTarget="1000", cpuTarget="60")

    specification = tracked(recording, "tap-requests-per-target-dev")["predefinedMetricSpecification"]
    assert specification["predefinedMetricType"] == "ALBRequestCountPerTarget"
    assert "resourceLabel" in specification
    policy = recording.one(POLICY, "tap-requests-per-target-dev")
    assert any("attachment" in urn for urn in policy.dependencies)
    assert len(recording.of(POLICY)) == 4


def test_requests_are_counted_by_the_one_target_group_of_somebody_else() -> None:
    recording = tap(Region(balancers=(BALANCER,)), targetGroupArns=THEIRS, requestsPerTarget="1000")

    specification = tracked(recording, "tap-requests-per-target-dev")["predefinedMetricSpecification"]
    assert specification["resourceLabel"] == "app/web/fedcba9876543210/targetgroup/theirs/0123456789abcdef"
    assert resource_label(BALANCER, THEIRS) == specification["resourceLabel"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"requestsPerTarget": "5"}, "0, unless loadBalancer is there or targetGroupArns has exactly one"),
        (
            {"requestsPerTarget": "5", "targetGroupArns": f"{THEIRS},{THEIRS}0"},
            "exactly one to count by; targetGroupArns has 2",
        ),
        ({"requestsPerTarget": "5", "targetGroupArns": THEIRS}, "an Application Load Balancer forwards to"),
        ({"cpuTarget": "101"}, "integer, 0 to 100"),
    ],
)
def test_a_target_that_cannot_be_followed_is_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        tap(**settings)


def test_without_scale_in_neither_a_step_nor_a_target_takes_instances_away() -> None:
    plain, following = tap(scaleIn="false"), tap(scaleIn="false", cpuTarget="50")

    assert enabled(plain) == {"tap-scale-up-dev": None, "tap-scale-down-dev": False}
    assert "takes no instance away" in plain.one(ALARM, "tap-cpu-low-dev").inputs["alarmDescription"]
    assert tracked(following, "tap-cpu-target-dev")["disableScaleIn"] is True


def test_a_forecast_is_for_the_cpu_target_and_changes_nothing() -> None:
    recording = tap(cpuTarget="55", predictiveScaling="forecast")

    assert recording.one(POLICY, "tap-forecast-dev").inputs["predictiveScalingConfiguration"] == {
        "mode": "ForecastOnly",
        "metricSpecification": {
            "predefinedMetricPairSpecification": {"predefinedMetricType": "ASGCPUUtilization"},
            "targetValue": 55.0,
        },
    }
    with pytest.raises(ConfigError, match="empty, unless cpuTarget says"):
        tap(predictiveScaling="forecast")
    with pytest.raises(ConfigError, match="accepted: empty or forecast"):
        tap(predictiveScaling="scale", cpuTarget="55")


GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def test_without_the_key_there_is_no_warm_pool() -> None:
    assert "warmPool" not in tap().one(GROUP).inputs
    assert "hibernationOptions" not in tap().one(TEMPLATE).inputs


def test_a_warm_pool_is_as_large_as_it_is_said_to_be() -> None:
    usual = tap(warmPool="stopped").one(GROUP).inputs["warmPool"]
    told = tap(warmPool="running", warmPoolMinSize="1", warmPoolPrepared="3", warmPoolReuse="true", maxSize="6")

    assert usual == {"poolState": "Stopped", "minSize": 0, "instanceReusePolicy": {"reuseOnScaleIn": False}}
    assert told.one(GROUP).inputs["warmPool"] == {
        "poolState": "Running",
        "minSize": 1,
        "maxGroupPreparedCapacity": 3,
        "instanceReusePolicy": {"reuseOnScaleIn": True},
    }


def test_instances_that_hibernate_are_launched_so_that_they_can() -> None:
    recording = tap(warmPool="hibernated")

    assert recording.one(TEMPLATE).inputs["hibernationOptions"] == {"configured": True}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"warmPool": "cold"}, "empty, stopped, running or hibernated"),
        ({"warmPoolMinSize": "1"}, "unset, unless warmPool is stopped, running or hibernated"),
        ({"warmPoolPrepared": "1"}, "unset, unless warmPool is"),
        ({"warmPoolReuse": "true"}, "unset, unless warmPool is"),
        ({"warmPool": "stopped", "warmPoolMinSize": "5"}, "at most maxSize, which is 4"),
        ({"warmPool": "stopped", "warmPoolPrepared": "5"}, "at most maxSize, which is 4"),
        (
            {"warmPool": "stopped", "vpcCidr": "10.0.0.0/24", "maxSize": "6", "warmPoolMinSize": "6"},
            "what fits in vpcCidr",
        ),
        ({"warmPool": "running", "userDataFile": "boot.sh"}, "empty or stopped with userDataFile: a running instance"),
        ({"warmPool": "hibernated", "instanceType": "a1.medium"}, "unless instanceType can hibernate; a1.medium"),
    ],
)
def test_a_warm_pool_that_nobody_could_use_is_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        tap(**settings)


def test_the_memory_of_an_instance_that_hibernates_must_fit_on_its_root_volume() -> None:
    with pytest.raises(ConfigError, match=r"tap:volumeSize.*more than 16, for the memory"):
        tap(Region(memory=16_384), warmPool="hibernated")
