"""A standing stack whose addresses, tags and subscriber change: the fleet moves to another VPC, and nothing is left.

`bench/changes.py` changes every configuration key; here are those that went wrong once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.deployed.stack import SPEED, Deployed, OneAtATime, Variant

from embedded_pulumi.engine.events import Summary
from embedded_pulumi.engine.steps import Op

BEFORE = Variant("moving", {"tap:natStrategy": "single", "tap:alarmEmail": "oncall@example.com"}, "eu-west-1")
AFTER = {"tap:natStrategy": "single", "tap:vpcCidr": "10.1.0.0/16", "tap:tags": "Owner=platform"}
FAST = 10 * SPEED  # the old security group goes with the last old instance, after a warm-up of minutes


@dataclass(frozen=True)
class Moved:
    """What was there, what was done, and where it ended."""

    before: dict[str, Any]
    done: Summary
    stack: Deployed


@pytest.fixture(scope="module")
def moved(stacks: OneAtATime) -> Iterator[Moved]:
    stack = stacks.deployed(BEFORE)
    stack.sandbox.cloud.clock.set_speed(FAST)
    done = stack.sandbox.engine_for(AFTER).up()
    before, stack.outputs = stack.outputs, dict(done.outputs)
    yield Moved(before, done, stack)
    stack.sandbox.cloud.clock.stop()


def names(moved: Moved, op: Op) -> list[str]:
    return [step.urn.rpartition("::")[2] for step in moved.done.steps if step.op is op]


def test_the_network_is_replaced_and_what_does_not_depend_on_it_is_not(moved: Moved) -> None:
    replaced = {step.type.rpartition(":")[2] for step in moved.done.steps if step.op is Op.CREATE_REPLACEMENT}

    assert {"Vpc", "Subnet", "SecurityGroup", "InternetGateway", "NatGateway", "RouteTable", "FlowLog"} <= replaced
    assert not replaced & {"Group", "LaunchTemplate", "Role", "Function", "Topic", "Key", "MetricAlarm", "Eip"}
    assert moved.stack.outputs["vpc_id"] != moved.before["vpc_id"]


def test_the_fleet_stands_in_the_new_network(moved: Moved) -> None:
    assert {each["SubnetId"] for each in moved.stack.instances} <= set(moved.stack.outputs["private_subnet_ids"])
    assert {each["SecurityGroups"][0]["GroupId"] for each in moved.stack.instances} == {
        moved.stack.outputs["ec2_security_group_id"]
    }
    assert [each["LifecycleState"] for each in moved.stack.group["Instances"]] == ["InService"] * 2


def test_an_address_is_given_back_before_the_new_gateway_takes_it(moved: Moved) -> None:
    (gateway,) = (
        each
        for each in moved.stack.client("ec2").describe_nat_gateways()["NatGateways"]
        if each["State"] == "available"
    )
    gone, made = names(moved, Op.DELETE_REPLACED), names(moved, Op.CREATE_REPLACEMENT)
    steps = [step.op for step in moved.done.steps if step.type.endswith(":NatGateway")]

    assert "tap-nat-a-dev" in gone
    assert "tap-nat-a-dev" in made
    assert steps == [Op.DELETE_REPLACED, Op.CREATE_REPLACEMENT]
    assert [gateway["NatGatewayId"]] == moved.stack.outputs["nat_gateway_ids"]


def test_the_security_group_goes_after_the_fleet_has_moved(moved: Moved) -> None:
    order = [
        (step.op, kind)
        for step in moved.done.steps
        if (kind := step.type.rpartition(":")[2]) in {"SecurityGroup", "Group"} and step.op is not Op.SAME
    ]

    assert order == [
        (Op.CREATE_REPLACEMENT, "SecurityGroup"),
        (Op.UPDATE, "Group"),
        (Op.DELETE_REPLACED, "SecurityGroup"),
    ]


def test_a_subscription_that_nobody_confirmed_can_be_taken_back(moved: Moved) -> None:
    assert names(moved, Op.DELETE) == ["tap-notifications-email-dev"]


def test_a_launch_template_has_the_new_tags(moved: Moved) -> None:
    ids = [moved.stack.outputs["launch_template_id"]]
    (template,) = moved.stack.client("ec2").describe_launch_templates(LaunchTemplateIds=ids)["LaunchTemplates"]

    assert {"Key": "Owner", "Value": "platform"} in template["Tags"]


def test_the_moved_stack_is_destroyed_and_nothing_is_left(moved: Moved) -> None:
    moved.stack.sandbox.engine.destroy()

    ec2 = moved.stack.client("ec2")
    mine = [{"Name": "tag:Project", "Values": ["tap"]}]
    assert ec2.describe_vpcs(Filters=mine)["Vpcs"] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert moved.stack.client("sns").list_topics()["Topics"] == []
    roles = moved.stack.client("iam").list_roles()["Roles"]
    of_account = "/aws-service-role/"
    assert [each["RoleName"] for each in roles if not each["Path"].startswith(of_account)] == []
