"""A `Healer` alone: beside a group that is no part of TAP, it replaces what breaks, tells its topic, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.deployed.own_program import deployed, outputs
from support.deployed.stack import ROOT, OneAtATime

from tap_cli.sandbox import Sandbox
from tap_stack.components.healer import configured
from tap_stack.errors import ConfigError

PROGRAM = ROOT / "support" / "own" / "programs" / "own_healer.py"
REGION = "eu-west-1"


@pytest.fixture(scope="module")
def shop(stacks: OneAtATime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The program of one's own, deployed; its clock stands still."""
    stacks.close()
    with deployed(tmp_path_factory.mktemp("shop"), PROGRAM.read_text(), REGION) as sandbox:
        yield sandbox


def members(shop: Sandbox) -> list[str]:
    autoscaling = shop.cloud.client("autoscaling", REGION)
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[outputs(shop)["group"]])[
        "AutoScalingGroups"
    ]
    return [each["InstanceId"] for each in group["Instances"] if each["LifecycleState"] == "InService"]


def test_deploying_again_changes_nothing(shop: Sandbox) -> None:
    shop.cloud.clock.start()
    assert set(shop.engine.up().changes) == {"same"}
    shop.cloud.clock.stop()


def test_its_names_are_its_own(shop: Sandbox) -> None:
    assert outputs(shop)["function"] == "tap-shop-healer-dev"
    assert outputs(shop)["role"] == f"tap-shop-healer-{REGION}-dev"
    assert "cpu-high" not in outputs(shop)["alarms"]


def test_it_replaces_a_broken_instance_after_its_own_window_and_tells(shop: Sandbox) -> None:
    broken, *well = members(shop)
    shop.cloud.break_instance(broken, "instance")
    shop.cloud.clock.advance(235)
    assert broken in members(shop), "its window is 240 s"

    shop.cloud.clock.advance(600)

    assert broken not in members(shop)
    assert set(well) < set(members(shop))
    assert any(broken in each.message for each in shop.cloud.notifications.history())


def test_it_may_mark_this_group_and_no_other(shop: Sandbox) -> None:
    role = outputs(shop)["role"]
    iam = shop.cloud.client("iam", REGION)
    policy = iam.get_role_policy(RoleName=role, PolicyName="heal")["PolicyDocument"]
    (mark,) = [each for each in policy["Statement"] if each["Sid"] == "MarkUnhealthy"]
    assert mark["Resource"].endswith(f":autoScalingGroupName/{outputs(shop)['group']}")
    assert "Condition" not in mark


def test_it_may_read_the_health_of_targets_because_the_group_may_have_some(shop: Sandbox) -> None:
    iam = shop.cloud.client("iam", REGION)
    policy = iam.get_role_policy(RoleName=outputs(shop)["role"], PolicyName="heal")["PolicyDocument"]
    (read,) = [each for each in policy["Statement"] if each["Sid"] == "ReadTargets"]
    assert read["Action"] == "elasticloadbalancing:DescribeTargetHealth"
    assert read["Condition"] == {"StringEquals": {"aws:RequestedRegion": REGION}}


def test_a_lone_healer_is_healthy_and_silent_alarms_do_not_ring(shop: Sandbox) -> None:
    cloudwatch = shop.cloud.client("cloudwatch", REGION)
    shop.cloud.clock.advance(1200)
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix="tap-shop-")["MetricAlarms"]
    assert len(alarms) >= 10
    assert [each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM"] == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ('{"auto_scaling_group_name": ""}', "auto_scaling_group_name = '' is not accepted"),
        (
            '{"auto_scaling_group_name": "a", "size": 3}',
            "size = 3 is not accepted; accepted: an argument of the component",
        ),
        ('{"auto_scaling_group_name": "a", "healer_mode": "on"}', "healer_mode = 'on' is not accepted"),
        (
            '{"auto_scaling_group_name": "a", "healer": {"instance_check_window_seconds": 5}}',
            "healer.instance_check_window_seconds = 5 is not accepted",
        ),
        ('{"auto_scaling_group_name": "a", "healer": {"window": 5}}', "healer.window = 5 is not accepted"),
    ],
)
def test_an_argument_that_is_not_accepted_is_named(args: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        configured("web", json.loads(args))
