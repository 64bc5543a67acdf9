"""Network, Fleet and Healer, each by itself: a network, two fleets in it, and a healer for one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.deployed.own_program import deployed, outputs
from support.deployed.stack import ROOT, OneAtATime

from embedded_pulumi.errors import ProgramRefused
from tap_cli.sandbox import Sandbox

PROGRAM = (ROOT / "support" / "own" / "programs" / "own_parts.py").read_text()
REGION = "eu-west-1"


@pytest.fixture(scope="module")
def parts(stacks: OneAtATime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The parts, deployed; their clock stands still."""
    stacks.close()
    with deployed(tmp_path_factory.mktemp("parts"), PROGRAM, REGION) as sandbox:
        yield sandbox


def group(parts: Sandbox, name: str) -> Any:
    autoscaling = parts.cloud.client("autoscaling", REGION)
    return autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]


def members(parts: Sandbox, name: str) -> set[str]:
    return {each["InstanceId"] for each in group(parts, name)["Instances"] if each["LifecycleState"] == "InService"}


def test_deploying_again_changes_nothing(parts: Sandbox) -> None:
    parts.cloud.clock.start()
    assert set(parts.engine.up().changes) == {"same"}
    parts.cloud.clock.stop()


def test_both_fleets_stand_in_the_private_subnets_of_the_network(parts: Sandbox) -> None:
    found = outputs(parts)
    for each in (found["group"], found["batch"]):
        assert set(group(parts, each)["VPCZoneIdentifier"].split(",")) == set(found["subnets"])
    assert found["zones"] == ["eu-west-1a", "eu-west-1b"]


def test_a_group_waits_for_the_routes_of_its_subnets(parts: Sandbox) -> None:
    """The routes are no input of the group, so that their ids are nowhere in it."""
    (web,) = [each for each in parts.resources() if each.type == "aws:autoscaling/group:Group" and "web" in each.urn]
    waits_for = web.dependencies
    assert any("aws:ec2/route:Route::tap-shared-private-a-nat-dev" in each for each in waits_for)
    assert any("aws:ec2/routeTableAssociation:RouteTableAssociation" in each for each in waits_for)


def test_closed_egress_leads_to_the_network_and_to_s3(parts: Sandbox) -> None:
    ec2 = parts.cloud.client("ec2", REGION)
    name = [{"Name": "group-name", "Values": ["tap-batch-instances-dev"]}]
    (closed,) = ec2.describe_security_groups(Filters=name)["SecurityGroups"]
    ways = [
        (rule["IpProtocol"], rule["FromPort"], way.get("CidrIp") or way["PrefixListId"])
        for rule in closed["IpPermissionsEgress"]
        for way in [*rule["IpRanges"], *rule["PrefixListIds"]]
    ]
    (prefix_list,) = ec2.describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    )["PrefixLists"]
    assert sorted(ways) == sorted([("tcp", 443, "10.8.0.0/16"), ("tcp", 443, prefix_list["PrefixListId"])])


def test_the_healer_replaces_in_its_own_group_alone(parts: Sandbox) -> None:
    web, batch = outputs(parts)["group"], outputs(parts)["batch"]
    broken, unhealed = min(members(parts, web)), min(members(parts, batch))
    parts.cloud.break_instance(broken, "instance")
    parts.cloud.break_instance(unhealed, "instance")
    parts.cloud.clock.advance(1200)
    assert broken not in members(parts, web)
    assert len(members(parts, web)) >= 2, "the idle fleet may have shrunk to its least"
    told = [each.message for each in parts.cloud.notifications.history()]
    assert any(broken in each for each in told)
    assert not any(unhealed in each for each in told), "AWS's own check may replace it, and the healer does not"


def test_a_fleet_without_a_healer_rolls_new_versions_out(parts: Sandbox) -> None:
    parts.cloud.clock.advance(120)
    logs = parts.cloud.client("logs", REGION)
    said = logs.filter_log_events(logGroupName="/aws/lambda/tap-batch-rollout-dev", filterPattern="result")["events"]
    assert json.loads(said[-1]["message"])["result"] == "done"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("network.private_subnet_ids", "network.private_subnet_ids.apply(lambda ids: ids[:1])"),
            r"private_subnet_ids = 'subnet-\w+' is not accepted; accepted: 2 or more private subnets of vpc-",
        ),
        (("network.vpc_id", "'vpc-1'"), "vpc_id = 'vpc-1' is not accepted; accepted: a VPC that exists in eu-west-1"),
        (('"vpc_id": network.vpc_id,', ""), "vpc_id = None is not accepted; accepted: the VPC and its private subnets"),
        (
            ('"open_egress": False', '"endpoints": ["ecr.api"]'),
            "endpoints = .* is not accepted; accepted: an argument of the component",
        ),
    ],
)
def test_a_network_that_does_not_do_is_told_in_one_line(parts: Sandbox, change: tuple[str, str], message: str) -> None:
    program = parts.state_file.parent / "program" / "__main__.py"
    try:
        program.write_text(PROGRAM.replace(*change))
        with pytest.raises(ProgramRefused, match=message) as refused:
            parts.engine.preview()
    finally:
        program.write_text(PROGRAM)
    assert "Traceback" not in str(refused.value)
