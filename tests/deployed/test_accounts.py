"""The default stack on accounts as they are: on the first day, full, encrypted, and with a zone in trouble."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.accounts.kinds import another_fleet, four_addresses, four_vpcs
from support.deployed.stack import REGION, Deployed, OneAtATime, Variant

from embedded_aws.kinds import KINDS, STANDARD, ZoneTrouble
from embedded_aws.kinds.quotas import ADDRESSES, CONCURRENCY, RULES, STANDARD_FAMILIES, VPCS
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import EngineError

ENDPOINTS = {"tap:vpcEndpoints": "true", "tap:zones": "3"}
ALL_ZONES = "abc"


def on(kind: Any, config: dict[str, str] | None = None, **more: Any) -> Variant:
    return Variant("dev", config or {}, REGION, kind, **more)


def quota(**quotas: float) -> Any:
    named = {"addresses": ADDRESSES, "rules": RULES, "vcpus": STANDARD_FAMILIES, "vpcs": VPCS, "lambda_": CONCURRENCY}
    return replace(STANDARD, quotas={named[name].code: value for name, value in quotas.items()})


def healer(stack: Deployed) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("lambda").get_function(FunctionName=stack.outputs["lambda_function_name"])
    return found


def in_service(stack: Deployed) -> int:
    """How many instances serve after a quarter of an hour: a deployment does not wait for them."""
    stack.sandbox.cloud.clock.advance(900)
    return [each["LifecycleState"] for each in stack.group["Instances"]].count("InService")


def said(report: Any) -> str:
    return "\n".join(str(getattr(each, "message", each)) for each in report)


# The first day.


def test_the_default_stack_deploys_on_a_new_account_without_reserving_what_it_has_not(stacks: OneAtATime) -> None:
    stack = stacks.deployed(on(KINDS["new"]))

    assert in_service(stack) == 2
    assert "Concurrency" not in healer(stack)


def test_the_first_group_of_an_account_waits_for_auto_scalings_role(stacks: OneAtATime) -> None:
    stack = stacks.deployed(on(replace(STANDARD, scaling_role=False, settling=timedelta(seconds=12))))
    autoscaling = stack.client("autoscaling")

    assert in_service(stack) == 2
    activities = autoscaling.describe_scaling_activities()["Activities"]
    failed = [each["StatusMessage"] for each in activities if each["StatusCode"] == "Failed"]
    assert failed
    assert all("attempting to assume role" in each for each in failed)


def test_a_lack_of_capacity_that_passes_does_not_abort_the_deployment(stacks: OneAtATime) -> None:
    empty = ZoneTrouble(without_capacity=timedelta(seconds=150))
    stack = stacks.deployed(on(replace(STANDARD, zones=dict.fromkeys(ALL_ZONES, empty))))

    assert in_service(stack) == 2


# Zones.


def test_an_endpoint_stands_in_the_zones_that_have_its_service(stacks: OneAtATime) -> None:
    lacking = replace(STANDARD, zones={"b": ZoneTrouble(without_services=frozenset({"ssmmessages"}))})
    stack = stacks.deployed(on(lacking, ENDPOINTS))
    zone_of = {each["SubnetId"]: each["AvailabilityZone"][-1] for each in stack.in_vpc("describe_subnets", "Subnets")}
    zones = {
        each["ServiceName"].rpartition(".")[2]: sorted(zone_of[subnet] for subnet in each["SubnetIds"])
        for each in stack.in_vpc("describe_vpc_endpoints", "VpcEndpoints")
        if each["VpcEndpointType"] == "Interface"
    }

    assert zones == {"logs": [*"abc"], "monitoring": [*"abc"], "ssm": [*"abc"], "ssmmessages": [*"ac"]}


def test_an_update_during_a_zones_trouble_leaves_the_network_where_it_is(stacks: OneAtATime) -> None:
    stack = stacks.deployed_anew(on(STANDARD))
    stack.sandbox.cloud.zones.set_state(f"{REGION}a", "impaired")

    report = stack.sandbox.engine.preview()

    assert report.outputs["zones"] == [f"{REGION}a", f"{REGION}b"]
    assert {op for op, count in report.changes.items() if count} <= {"same"}


# A customer's key.


def test_instances_launch_where_a_customers_key_encrypts_every_volume(stacks: OneAtATime) -> None:
    stack = stacks.deployed(on(replace(STANDARD, encrypted=True, own_key=True)))
    key = stack.client("ec2").get_ebs_default_kms_key_id()["KmsKeyId"]
    (grant,) = stack.client("kms").list_grants(KeyId=key)["Grants"]

    assert in_service(stack) == 2
    assert stack.group["ServiceLinkedRoleARN"] == grant["GranteePrincipal"]
    assert grant["GranteePrincipal"].endswith(f"AWSServiceRoleForAutoScaling_tap-{REGION}-dev")

    stack.sandbox.cloud.clock.start()
    stack.sandbox.engine.destroy()
    stack.sandbox.cloud.clock.stop()

    roles = stack.client("iam").list_roles(PathPrefix="/aws-service-role/autoscaling.amazonaws.com/")["Roles"]
    assert [each["RoleName"] for each in roles] == ["AWSServiceRoleForAutoScaling"]
    assert stack.client("kms").list_grants(KeyId=key)["Grants"] == []


# Quotas.


FULL = {
    "VPCs": (
        on(quota(vpcs=5), prepare=four_vpcs),
        (
            "AWS_REGION = 'eu-west-1' is not accepted; accepted: a region in which there may be one more VPC: 1 VPCs "
            "are needed, and the quota is 5 and others use 5, which leaves 0 (vpc L-F678F1CE)"
        ),
    ),
    "addresses": (
        on(quota(addresses=5), prepare=four_addresses),
        (
            "tap:natStrategy = 'per_az' is not accepted; accepted: single or none: 2 elastic addresses are needed, and "
            "the quota is 5 and others use 4, which leaves 1 (ec2 L-0263D0A3)"
        ),
    ),
    "vCPUs": (
        on(quota(vcpus=5), prepare=another_fleet),
        (
            "tap:desiredCapacity = '2' is not accepted; accepted: at most 0: 4 vCPUs of the standard families "
            "are needed, and the quota is 5 and others use 4, which leaves 1 (ec2 "
            "L-1216C47A); one t3.micro has 2"
        ),
    ),
    "rules": (
        on(quota(rules=2), {"tap:authorizedIpRanges": "10.1.0.0/16,10.2.0.0/16,10.4.0.0/16"}),
        (
            "tap:authorizedIpRanges = '10.1.0.0/16,10.2.0.0/16,10.4.0.0/16' is not accepted; accepted: at most 2 "
            "ranges: 3 inbound rules of a security group are needed, and the quota is 2 and others use 0, which "
            "leaves 2 (vpc L-0EA8095F)"
        ),
    ),
    "concurrency": (
        on(quota(lambda_=10), {"tap:reservedConcurrency": "true"}),
        (
            "tap:reservedConcurrency = 'true' is not accepted; accepted: auto or false: the account's quota is 10, "
            "others have reserved 0, and Lambda keeps 100 unreserved (lambda L-B99A9384)"
        ),
    ),
}
"""What there is no room for, and the one line that says so."""


@pytest.mark.parametrize(("variant", "line"), FULL.values(), ids=FULL.keys())
def test_what_the_account_has_no_room_for_is_one_line_before_anything_is_made(
    stacks: OneAtATime, variant: Variant, line: str
) -> None:
    stacks.close()
    heard: list[Any] = []
    with stacks.sandbox(variant, listen=heard.append) as sandbox, pytest.raises(EngineError) as refused:
        sandbox.engine.up()

    told = f"{refused.value}\n{heard}"
    assert line in told.replace("\\'", "'")
    assert "Traceback" not in told
    made = [each for each in heard if getattr(each, "op", None) is Op.CREATE and str(each.type).startswith("aws:")]
    assert made == []


def test_what_stands_counts_as_its_own_and_not_against_it(stacks: OneAtATime) -> None:
    full = quota(vpcs=2, addresses=2, vcpus=5)
    stack = stacks.deployed_anew(on(full))

    report = stack.sandbox.engine.up()

    assert {op for op, count in report.changes.items() if count} <= {"same"}
