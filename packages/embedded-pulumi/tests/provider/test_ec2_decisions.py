"""EC2's types: what is refused in the preview, what replaces, and which outputs are unknown until the update is done.

Each row is a decision of the real provider; the docstrings of the types name its source.
"""

from __future__ import annotations

from typing import Any

import pytest

from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import CheckRequest, DiffRequest, UpdateRequest
from embedded_pulumi.values import UNKNOWN, Properties

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"

SEED = bytes(range(16))
SOUND: dict[str, Properties] = {
    VPC: {"cidrBlock": "10.0.0.0/16"},
    SUBNET: {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"},
}
SUBNET_FLAGS = (
    "assignIpv6AddressOnCreation",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch",
    "ipv6Native",
    "mapPublicIpOnLaunch",
)


def inputs_of(token: str, changed: Properties) -> Properties:
    """Sound inputs with some changed; None leaves one out."""
    return {name: value for name, value in {**SOUND[token], **changed}.items() if value is not None}


def refusals(aws: Any, token: str, changed: Properties) -> dict[str, str]:
    checked = aws.check(CheckRequest(token, "thing", {}, inputs_of(token, changed), SEED))
    return {failure.property: failure.reason for failure in checked.failures}


@pytest.mark.parametrize(
    ("token", "changed", "path", "reason"),
    [
        (
            VPC,
            {"cidrBlock": "10.0.0.5/16"},
            "cidrBlock",
            "'10.0.0.5/16' is not a valid IPv4 CIDR block; did you mean '10.0.0.0/16'?",
        ),
        (VPC, {"cidrBlock": "10.0.0.0/8"}, "cidrBlock", "'10.0.0.0/8' is of another size; accepted: /16 to /28"),
        (VPC, {"ipv6CidrBlockNetworkBorderGroup": "x"}, "ipv6CidrBlockNetworkBorderGroup", "needs assignGenerated"),
        (SUBNET, {"cidrBlock": "10.0.1.7/24"}, "cidrBlock", "did you mean '10.0.1.0/24'?"),
        (SUBNET, {"ipv6CidrBlock": "2001:db8::1/64"}, "ipv6CidrBlock", "did you mean '2001:db8::/64'?"),
        (SUBNET, {"ipv6CidrBlock": "10.0.1.0/24"}, "ipv6CidrBlock", "is not a valid IPv6 CIDR block"),
        (SUBNET, {"enableLniAtDeviceIndex": 0}, "enableLniAtDeviceIndex", "0 is less than 1"),
        (
            SUBNET,
            {"availabilityZone": "a", "availabilityZoneId": "1"},
            "availabilityZoneId",
            "conflicts with availabilityZone",
        ),
        (
            SUBNET,
            {"availabilityZone": "", "availabilityZoneId": "1"},
            "availabilityZoneId",
            "conflicts with availabilityZone",
        ),
    ],
)
def test_what_the_real_provider_refuses_is_refused_in_the_preview(
    aws: Any, token: str, changed: Properties, path: str, reason: str
) -> None:
    told = refusals(aws, token, changed)
    assert list(told) == [path]
    assert reason in told[path]


@pytest.mark.parametrize(
    ("token", "changed"),
    [
        (VPC, {"ipv6CidrBlockNetworkBorderGroup": "x", "assignGeneratedIpv6CidrBlock": False}),
        (SUBNET, {"availabilityZone": "a", "availabilityZoneId": UNKNOWN}),
        (SUBNET, {"ipv6CidrBlock": "2001:DB8::/64"}),
    ],
)
def test_what_the_real_provider_takes_is_taken_in_the_preview(aws: Any, token: str, changed: Properties) -> None:
    assert refusals(aws, token, changed) == {}


@pytest.mark.parametrize(
    ("token", "old", "new", "detailed"),
    [
        (VPC, {"instanceTenancy": "default"}, {"instanceTenancy": "dedicated"}, {"instanceTenancy": "update-replace"}),
        (VPC, {"instanceTenancy": "dedicated"}, {"instanceTenancy": "default"}, {"instanceTenancy": "update"}),
        (VPC, {"instanceTenancy": "host"}, {"instanceTenancy": "default"}, {"instanceTenancy": "update-replace"}),
        (VPC, {"instanceTenancy": "default"}, {"instanceTenancy": UNKNOWN}, {"instanceTenancy": "update-replace"}),
        (SUBNET, {}, {"cidrBlock": None}, {}),
        (SUBNET, {"mapPublicIpOnLaunch": True}, {"mapPublicIpOnLaunch": False}, {"mapPublicIpOnLaunch": "delete"}),
        (SUBNET, {"ipv6CidrBlock": "2001:db8::/64"}, {"ipv6CidrBlock": "2001:DB8::/64"}, {}),
    ],
)
def test_a_change_updates_or_replaces_as_with_the_real_provider(
    aws: Any, token: str, old: Properties, new: Properties, detailed: dict[str, str]
) -> None:
    olds, news = (inputs_of(token, each) for each in (old, new))
    diff = aws.diff(DiffRequest(token, "id", olds, {**olds, "tagsAll": {"Owner": "fleet"}}, news))
    assert {path: kind.value for path, kind in diff.detailed.items()} == detailed


@pytest.mark.parametrize(
    ("token", "state", "new", "unknown"),
    [
        (
            VPC,
            {"ipv6AssociationId": "", "ipv6CidrBlock": "", "ipv6CidrBlockNetworkBorderGroup": ""},
            {"assignGeneratedIpv6CidrBlock": True},
            {"ipv6AssociationId", "ipv6CidrBlock"},
        ),
        (
            VPC,
            {"ipv6AssociationId": "a", "ipv6CidrBlock": "c", "assignGeneratedIpv6CidrBlock": True},
            {"assignGeneratedIpv6CidrBlock": True, "ipv6CidrBlockNetworkBorderGroup": "g"},
            set(),
        ),
        (SUBNET, {"ipv6CidrBlockAssociationId": "a"}, {"ipv6CidrBlock": "2001:db8::/64"}, set()),
    ],
)
def test_the_outputs_that_an_update_may_change_are_unknown_in_its_preview(
    aws: Any, token: str, state: Properties, new: Properties, unknown: set[str]
) -> None:
    olds = inputs_of(token, {name: value for name, value in state.items() if name in new})
    outputs = {**olds, **state}
    told = aws.update(UpdateRequest(token, "id", olds, outputs, inputs_of(token, new), preview=True))
    assert {name for name, value in told.items() if value is UNKNOWN and name != "tagsAll"} == unknown


def test_the_flags_of_a_subnet_are_known_before_it_exists(aws: Any) -> None:
    checked = aws.check(CheckRequest(SUBNET, "s", {}, SOUND[SUBNET], SEED))
    outputs = aws.create(SUBNET, checked.inputs, preview=True).outputs
    assert {name: outputs[name] for name in SUBNET_FLAGS} == dict.fromkeys(SUBNET_FLAGS, False)


def test_a_subnet_without_a_block_gets_one(aws: Any) -> None:
    assert aws.create(SUBNET, {"vpcId": "vpc-1", "ipv6Native": True}, preview=True).outputs["cidrBlock"] is UNKNOWN


def test_the_ipv6_block_of_a_vpc_is_the_one_in_the_state_or_else_the_last(aws: Any, world: Any) -> None:
    vpc = RESOURCES[VPC]
    found = vpc.find(aws.session, world.vpc["id"], {})
    blocks = [("first", "associated"), ("last", "associated"), ("new", "associating"), ("gone", "disassociated")]
    found["Ipv6CidrBlockAssociationSet"] = [
        {"AssociationId": name, "Ipv6CidrBlockState": {"State": state}} for name, state in blocks
    ]

    told = [
        vpc.describe(aws.session, world.vpc["id"], found, {"ipv6AssociationId": known})["ipv6AssociationId"]
        for known in ("first", "gone", "")
    ]
    assert told == ["first", "last", "last"]
