"""What a program registers, as JSON between processes and as a Terraform plan: nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from support.programs import add, both
from support.stacks import tap

from embedded_pulumi.errors import UserError
from pulumi_guardrails import types as aws
from pulumi_guardrails.model import Program, Reference, Resource
from pulumi_guardrails.recording.codec import program_from_json, program_to_json
from pulumi_guardrails.terraform.names import terraform_type
from pulumi_guardrails.terraform.plan import Plan, plan_of


def planned(plan: Plan, address: str) -> dict[str, Any]:
    (found,) = [each for each in _root(plan, "planned_values") if each["address"] == address]
    values: dict[str, Any] = found["values"]
    return values


def expressions(plan: Plan, address: str) -> dict[str, Any]:
    (found,) = [each for each in _root(plan, "configuration") if each["address"] == address]
    values: dict[str, Any] = found["expressions"]
    return values


def _root(plan: Plan, part: str) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = plan.document[part]["root_module"]["resources"]
    return resources


def test_the_stack_survives_the_journey_between_processes() -> None:
    stack = tap()

    assert program_from_json(json.loads(json.dumps(program_to_json(stack)))) == stack


def test_every_resource_of_the_cloud_is_in_the_plan_once_and_in_each_part_of_it() -> None:
    program = tap()
    cloud = [each for each in program.resources if each.is_cloud_resource]

    plan = plan_of(program)

    assert sorted(plan.urns.values()) == sorted(each.urn for each in cloud)
    for part in (_root(plan, "planned_values"), _root(plan, "configuration"), plan.document["resource_changes"]):
        assert [each["address"] for each in part] == list(plan.urns)
    assert {change["change"]["actions"][0] for change in plan.document["resource_changes"]} == {"create"}


def test_an_object_is_a_block_of_which_there_is_one_and_tags_are_a_map() -> None:
    template = planned(plan_of(tap()), "aws_launch_template.tap_instance_dev")

    assert template["metadata_options"] == [
        {"http_endpoint": "enabled", "http_put_response_hop_limit": 1, "http_tokens": "required"}
    ]
    assert template["block_device_mappings"][0]["ebs"][0]["encrypted"] == "true"
    assert template["tags"]["Name"] == "tap-instance-dev"


def test_what_is_not_known_before_it_exists_is_a_reference_and_no_value() -> None:
    plan = plan_of(tap())
    group = "aws_autoscaling_group.tap_fleet_dev"

    assert "vpc_zone_identifier" not in planned(plan, group)
    assert expressions(plan, group)["vpc_zone_identifier"]["references"] == [
        "aws_subnet.tap_private_a_dev.id",
        "aws_subnet.tap_private_a_dev",
        "aws_subnet.tap_private_b_dev.id",
        "aws_subnet.tap_private_b_dev",
    ]
    assert expressions(plan, group)["launch_template"][0]["id"]["references"][0].startswith("aws_launch_template.")


def test_a_reference_behind_a_plain_name_stays_beside_the_name() -> None:
    plan = plan_of(tap())
    policy = next(each for each in plan.urns if each.startswith("aws_iam_role_policy.tap_healer"))

    assert planned(plan, policy)["role"] == "tap-healer-us-east-1-dev"
    assert expressions(plan, policy)["role"]["references"] == ["aws_iam_role.tap_healer_us_east_1_dev"]
    assert json.loads(planned(plan, policy)["policy"])["Statement"]


def test_terraforms_own_names_are_used() -> None:
    plan = plan_of(tap())

    assert planned(plan, "aws_lambda_function.tap_healer_dev")["function_name"] == "tap-healer-dev"
    assert planned(plan, "aws_cloudwatch_metric_alarm.tap_cpu_high_dev")["alarm_name"] == "tap-cpu-high-dev"
    assert planned(plan, "aws_autoscaling_group.tap_fleet_dev")["tag"][0]["propagate_at_launch"] is True


def test_a_number_without_a_fraction_is_an_integer_and_the_plan_is_json() -> None:
    volume = Resource("urn:a", aws.VOLUME, "data", {"size": 8.0, "iops": 1.5})

    (values,) = [each["values"] for each in _root(plan_of(Program((volume,))), "planned_values")]

    assert (values, type(values["size"])) == ({"size": 8, "iops": 1.5}, int)
    assert json.loads(json.dumps(plan_of(tap()).document)) == plan_of(tap()).document


def test_names_that_become_the_same_are_numbered() -> None:
    twice = both(add(aws.EIP, "spare-a", domain="vpc"), add(aws.EIP, "spare.a", domain="vpc"))(Program(()))

    assert list(plan_of(twice).urns) == ["aws_eip.spare_a", "aws_eip.spare_a_2"]


def test_a_reference_to_what_is_not_in_the_plan_is_left_out() -> None:
    alone = Resource(
        "urn:a", aws.SUBNET, "alone", {"vpcId": Reference("urn:gone")}, references={"vpcId": ("urn:gone",)}
    )

    assert expressions(plan_of(Program((alone,))), "aws_subnet.alone") == {}


@pytest.mark.parametrize("token", ["random:index/randomId:RandomId", "aws:efs/fileSystem:FileSystem"])
def test_a_resource_without_a_known_name_is_refused(token: str) -> None:
    with pytest.raises(UserError, match=f"{token}.*accepted: resources of aws:"):
        terraform_type(token)


def test_each_type_that_rules_know_has_a_name() -> None:
    tokens: Mapping[str, object] = vars(aws)
    names = {terraform_type(token) for token in tokens.values() if isinstance(token, str) and token.startswith("aws:")}

    assert {"aws_vpc", "aws_cloudwatch_log_group", "aws_vpc_security_group_ingress_rule", "aws_ebs_volume"} <= names
