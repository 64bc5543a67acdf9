"""The account's quotas: what the stack needs of them, what others use, and what is said where it is not enough."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_stack.components.addresses import ZonesUnavailable, choose_zones
from tap_stack.components.launcher import OPERATIONS
from tap_stack.components.quotas import ADDRESSES, CONCURRENCY, STANDARD, UNRESERVED, Room, may_reserve, vcpu_quota
from tap_stack.config.names import LINKED_ROLE_SUFFIX_LIMIT, Names, longest_suffix
from tap_stack.errors import ConfigError

from .recording import Region, tap

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "aws:iam/role:Role"


# Arithmetic.


@given(limit=st.integers(0, 100), used=st.integers(0, 150), needed=st.integers(0, 150))
def test_what_lacks_is_what_would_go_beyond_the_quota_and_never_what_fits(limit: int, used: int, needed: int) -> None:
    lack = Room(ADDRESSES, float(limit), used).lacks(needed)

    assert (lack is None) == (needed == 0 or needed + used <= limit)
    if lack is not None:
        assert f"{needed} elastic addresses" in lack
        assert f"quota is {limit} and others use {used}, which leaves {max(0, limit - used)} " in lack
        assert lack.endswith("(ec2 L-0263D0A3)")


@given(limit=st.integers(0, 2000), reserved=st.integers(0, 2000))
def test_one_is_reserved_only_if_a_hundred_stay_unreserved(limit: int, reserved: int) -> None:
    assert may_reserve(limit, reserved) == (limit - reserved - 1 >= UNRESERVED)


@pytest.mark.parametrize(
    ("instance_type", "code"),
    [("t3.micro", "L-1216C47A"), ("im4gn.large", "L-1216C47A"), ("g5.xlarge", "L-DB2E81BA"),
     ("gr6.4xlarge", "L-DB2E81BA"), ("p5.48xlarge", "L-417A185B"), ("u-6tb1.metal", "L-43DA4232"),
     ("hpc7g.4xlarge", "L-F7808C92"),
     ("x2gd.medium", "L-7295265B"), ("inf2.xlarge", "L-1945791B"), ("trn1.2xlarge", "L-2C3B7624")],
)  # fmt: skip
def test_a_type_counts_against_the_quota_of_its_family(instance_type: str, code: str) -> None:
    assert vcpu_quota(instance_type).code == code


ZONES = [f"us-east-1{letter}" for letter in "abcdef"]


@given(
    wanted=st.integers(1, 6),
    available=st.sets(st.sampled_from(ZONES)),
    offering=st.sets(st.sampled_from(ZONES)),
    standing=st.sets(st.sampled_from(ZONES)),
)
def test_a_zone_that_stands_stays_whatever_its_state_as_long_as_it_has_the_type(
    wanted: int, available: set[str], offering: set[str], standing: set[str]
) -> None:
    can_stay = standing & offering
    try:
        chosen = choose_zones(wanted, available, offering, standing)
    except ZonesUnavailable:
        assert len((available | standing) & offering) < wanted
        return
    assert len(chosen) == wanted
    assert chosen == sorted(chosen)
    assert set(chosen) <= offering
    assert can_stay <= set(chosen) or set(chosen) <= can_stay


@given(region=st.sampled_from(["us-east-1", "ap-southeast-2", "us-isof-south-1"]), data=st.data())
def test_the_launchers_role_has_a_name_that_fits_and_is_one_stacks_alone(region: str, data: Any) -> None:
    suffixes = st.text("abcdefgh0123456789", min_size=1, max_size=longest_suffix(region))
    one, other = data.draw(suffixes), data.draw(suffixes)

    assert len(Names(region, one).launcher) <= LINKED_ROLE_SUFFIX_LIMIT
    assert "_" not in Names(region, one).launcher
    assert (Names(region, one).launcher == Names(region, other).launcher) == (one == other)


# The program.


def test_the_questions_are_asked_before_anything_is_registered_and_once_each() -> None:
    asked = [token.rsplit(":", 1)[-1] for token, _, _ in tap().invokes]

    assert {"getServiceQuota", "getInstances", "getVpcs", "getSubnets", "getDefaultKmsKey"} <= set(asked)
    codes = [args["quotaCode"] for token, args, _ in tap().invokes if token.endswith("getServiceQuota")]
    assert sorted(codes) == sorted({STANDARD.code, ADDRESSES.code, CONCURRENCY.code, "L-F678F1CE"})


def test_a_stack_that_stands_asks_nothing_of_vpcs_and_addresses() -> None:
    standing = Region(standing=("us-east-1a", "us-east-1b"))
    codes = [args["quotaCode"] for token, args, _ in tap(standing).invokes if token.endswith("getServiceQuota")]

    assert sorted(codes) == sorted({STANDARD.code, CONCURRENCY.code})


def test_zones_that_stand_are_kept_though_others_are_up() -> None:
    impaired = Region(zones=("us-east-1a", "us-east-1b"), standing=("us-east-1b", "us-east-1c"))

    assert tap(impaired).exports["zones"] == ["us-east-1b", "us-east-1c"]


class Denied(grpc.RpcError):  # type: ignore[misc]  # grpc is untyped
    """The engine's answer to a question that AWS refuses."""

    def code(self) -> grpc.StatusCode:
        """gRPC's code."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """AWS's words."""
        return "AccessDeniedException: not authorized"


@dataclass(frozen=True)
class Silent(Region):
    """An account whose deployer may ask nothing about it."""

    def answer(self, token: str, args: Any) -> dict[str, Any]:
        """Answer what every deployment needs."""
        if any(
            each in token for each in ("Quota", "getSubnets", "getFunctions", "getDefaultKmsKey", "EndpointService")
        ):
            raise Denied
        return super().answer(token, args)


def test_what_is_not_answered_is_not_checked() -> None:
    recording = tap(Silent(), vpcEndpoints="true")
    function = recording.one("aws:lambda/function:Function", "tap-healer-dev").inputs

    assert function["reservedConcurrentExecutions"] == -1
    endpoints = recording.of("aws:ec2/vpcEndpoint:VpcEndpoint").values()
    assert {len(each.inputs["subnetIds"]) for each in endpoints if each.inputs["vpcEndpointType"] == "Interface"} == {2}


@pytest.mark.parametrize(
    ("wanted", "quota", "reserved"),
    [("auto", 1000, 1), ("auto", 101, 1), ("auto", 100, -1), ("auto", 10, -1), ("false", 1000, -1), ("true", 1000, 1)],
)
def test_one_execution_is_reserved_where_there_is_one(wanted: str, quota: int, reserved: int) -> None:
    recording = tap(Region(quota=quota), reservedConcurrency=wanted)

    healer = recording.one("aws:lambda/function:Function", "tap-healer-dev")
    assert healer.inputs["reservedConcurrentExecutions"] == reserved


def test_who_insists_on_a_reservation_that_cannot_be_had_is_told() -> None:
    with pytest.raises(
        ConfigError, match=r"tap:reservedConcurrency = 'true' .* accepted: auto or false: .* quota is 10"
    ):
        tap(Region(quota=10), reservedConcurrency="true")


def test_instances_of_others_count_against_the_quota_on_vcpus() -> None:
    """Each has two vCPUs, as one of the group's has; the VPC and the address fit."""
    crowded = Region(quota=12, instances=("i-1", "i-2", "i-3", "i-4", "i-5"))

    with pytest.raises(ConfigError, match=r"accepted: at most 1: 4 vCPUs .* quota is 12 and others use 10"):
        tap(crowded)


def test_a_group_that_cannot_grow_or_replace_is_a_warning() -> None:
    assert any("can grow to 3 of its 4 instances" in each for each in tap(Region(quota=6)).warnings)
    tight = tap(Region(quota=5), maxSize="2")
    assert any("No instance can be launched before the one that it replaces is gone" in each for each in tight.warnings)


def test_with_aws_own_key_nothing_is_granted() -> None:
    assert tap().of("aws:kms/grant:Grant") == {}
    assert "serviceLinkedRoleArn" not in tap().one("aws:autoscaling/group:Group").inputs


def test_with_a_customers_default_key_the_group_acts_as_a_role_that_may_use_it() -> None:
    recording = tap(Region(volume_key=KEY))
    grant = recording.one("aws:kms/grant:Grant").inputs
    role = recording.one("aws:iam/serviceLinkedRole:ServiceLinkedRole").inputs

    assert (grant["keyId"], sorted(grant["operations"])) == (KEY, sorted(OPERATIONS))
    assert (role["awsServiceName"], role["customSuffix"]) == ("autoscaling.amazonaws.com", "tap-us-east-1-dev")
    assert recording.one("aws:autoscaling/group:Group").inputs["serviceLinkedRoleArn"] == grant["granteePrincipal"]


def test_every_role_has_the_permissions_boundary_that_is_wanted() -> None:
    arn = "arn:aws:iam::123456789012:policy/boundary"
    bounded = {each.inputs.get("permissionsBoundary") for each in tap(permissionsBoundary=arn).of(ROLE).values()}

    assert bounded == {arn}
    assert {each.inputs.get("permissionsBoundary") for each in tap().of(ROLE).values()} == {None}


def test_every_role_and_profile_has_the_path_that_is_wanted() -> None:
    for type_ in (ROLE, "aws:iam/instanceProfile:InstanceProfile"):
        found = tap(iamPath="/platform/").of(type_).values()
        assert {each.inputs.get("path") for each in found} == {"/platform/"}
        assert {each.inputs.get("path") for each in tap().of(type_).values()} == {None}


def test_the_instances_role_has_what_its_user_wants_for_the_workload() -> None:
    arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws:iam::123456789012:policy/AmazonS3ReadOnlyAccess"]
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:x"},
    }
    recording = tap(instancePolicyArns=",".join(arns), instancePolicy=json.dumps(document, indent=2))
    attached = recording.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment").values()
    role = recording.one(ROLE, "tap-instance-us-east-1-dev").inputs["name"]
    own = recording.one("aws:iam/rolePolicy:RolePolicy", "tap-workload-us-east-1-dev").inputs

    assert {each.inputs["policyArn"] for each in attached if each.inputs["role"] == role} >= set(arns)
    assert (own["role"], json.loads(own["policy"])) == (role, document)
    assert "workload" not in " ".join(each.name for each in tap().resources)


def test_a_policy_of_another_partition_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"instancePolicyArns = .* policies of aws; arn:aws-cn:.* another partition"):
        tap(instancePolicyArns="arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess")
