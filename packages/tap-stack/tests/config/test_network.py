"""The keys of a network that exists: each value that is refused, and which keys do not go together."""

from __future__ import annotations

import pytest

from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError

VPC = "vpc-0123456789abcdef0"
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
EIPS = ("eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef1")
GIVEN = {"tap:vpcId": VPC, "tap:privateSubnetIds": ",".join(SUBNETS)}
ROOMY = {"tap:maxSize": "10000"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tap:vpcId", "vpc-1"),
        ("tap:vpcId", "VPC-0123456789abcdef0"),
        ("tap:vpcId", SUBNETS[0]),
        ("tap:privateSubnetIds", "subnet-1"),
        ("tap:privateSubnetIds", f"{SUBNETS[0]},{SUBNETS[0]}"),
        ("tap:publicSubnetIds", VPC),
    ],
)
def test_what_is_no_id_is_refused(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{key} = .* is not accepted; accepted: .*(vpc|subnet)-0123456789abcdef0"):
        InfraConfig.load({**GIVEN, key: value}, {})


@pytest.mark.parametrize(
    ("config", "key", "said"),
    [
        ({"tap:privateSubnetIds": SUBNETS[0]}, "tap:privateSubnetIds", "unset, or the subnets of the VPC"),
        ({"tap:publicSubnetIds": SUBNETS[0]}, "tap:publicSubnetIds", "unset, or the subnets of the VPC"),
        ({"tap:vpcId": VPC}, "tap:privateSubnetIds", f"2 or more private subnets of {VPC}, in different zones"),
        ({**GIVEN, "tap:privateSubnetIds": SUBNETS[0]}, "tap:privateSubnetIds", "2 or more private subnets"),
        ({**GIVEN, "tap:publicSubnetIds": SUBNETS[0]}, "tap:publicSubnetIds", f"{SUBNETS[0]} is$"),
        ({"tap:natStrategy": "single", "tap:natZones": "1"}, "tap:natZones", "unset beside natStrategy = single"),
        ({"tap:natZones": "3"}, "tap:natZones", "at most 2 zones"),
        (
            {"tap:zones": "us-east-1a,us-east-1b", "tap:natZones": "us-east-1c"},
            "tap:natZones",
            "zones of us-east-1a, us-east-1b; 'us-east-1c' is none of them",
        ),
        (
            {"tap:natAllocationIds": EIPS[0]},
            "tap:natAllocationIds",
            "one for each zone .* there are 1",
        ),
        (
            {"tap:natStrategy": "single", "tap:natAllocationIds": ",".join(EIPS)},
            "tap:natAllocationIds",
            "1 allocation ids, one for the one gateway; there are 2",
        ),
        ({"tap:natZones": "1", "tap:natAllocationIds": ",".join(EIPS)}, "tap:natAllocationIds", "1 allocation ids"),
        (
            {"tap:natStrategy": "regional", "tap:zones": "3", "tap:natAllocationIds": ",".join(EIPS)},
            "tap:natAllocationIds",
            "3 allocation ids, one for each zone",
        ),
        ({"tap:natStrategy": "none", "tap:natAllocationIds": EIPS[0]}, "tap:natAllocationIds", "unset beside"),
        ({**GIVEN, "tap:natAllocationIds": EIPS[0]}, "tap:natAllocationIds", "unset beside tap:vpcId"),
        ({**GIVEN, "tap:zones": "2"}, "tap:zones", "unset beside tap:vpcId: .* in which zones the fleet stands"),
        ({**GIVEN, "tap:vpcCidr": "10.0.0.0/16"}, "tap:vpcCidr", "unset beside tap:vpcId: .* own addresses"),
        ({**GIVEN, "tap:natStrategy": "per_az"}, "tap:natStrategy", "unset beside tap:vpcId: .* ways out are"),
        ({**GIVEN, "tap:ipv6": "true"}, "tap:ipv6", "unset beside tap:vpcId: .* addresses are its owner's"),
        ({**GIVEN, "tap:flowLogRetentionDays": "90"}, "tap:flowLogRetentionDays", "unset beside tap:vpcId"),
    ],
)
def test_keys_that_contradict_each_other_are_refused_by_name(config: dict[str, str], key: str, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{key} = .* is not accepted; accepted: .*{said}"):
        InfraConfig.load(config, {})


def test_a_variable_contradicts_a_key_and_unset_contradicts_nothing() -> None:
    with pytest.raises(ConfigError, match=r"variable TAP_ZONES = '3' .* unset beside tap:vpcId"):
        InfraConfig.load(GIVEN, {"TAP_ZONES": "3"})

    assert InfraConfig.load({**GIVEN, "tap:zones": "unset"}, {}).vpc_id == VPC


def test_all_that_contradicts_is_said_at_once() -> None:
    refused = InfraConfig.refusals({**GIVEN, "tap:zones": "3", "tap:natStrategy": "none"}, {})

    assert [each.key for each in refused] == ["tap:zones", "tap:natStrategy"]


def test_a_program_says_the_same_in_python() -> None:
    config = InfraConfig.load({}, {}).with_changes(vpc_id=VPC, private_subnet_ids=SUBNETS)

    assert (config.vpc_id, config.private_subnet_ids) == (VPC, SUBNETS)
    with pytest.raises(ConfigError, match=r"nat_strategy = 'none' .* unset beside vpc_id"):
        config.with_changes(nat_strategy="none")
    with pytest.raises(ConfigError, match=r"private_subnet_ids = .* unset, or the subnets of the VPC"):
        config.with_changes(vpc_id="")


def test_how_many_instances_have_room_there_is_for_aws_to_say() -> None:
    assert InfraConfig.load({**GIVEN, **ROOMY}, {}).max_size == 10_000
    with pytest.raises(ConfigError, match="what fits in vpcCidr"):
        InfraConfig.load({**ROOMY, "tap:vpcCidr": "10.0.0.0/24"}, {})


@pytest.mark.parametrize(
    ("more", "made"), [({}, False), ({"tap:openEgress": "false"}, False), ({"tap:vpcEndpoints": "true"}, True)]
)
def test_endpoints_are_made_there_where_they_are_asked_for(more: dict[str, str], *, made: bool) -> None:
    assert InfraConfig.load({**GIVEN, **more}, {}).makes_endpoints is made
