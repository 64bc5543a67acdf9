"""Weights of instance types: for all of the types or for none, and what they make of the sizes."""

from __future__ import annotations

import pytest

from tap_stack.config import InfraConfig
from tap_stack.config.capacity import most_at_once
from tap_stack.errors import ConfigError

TYPES = {"tap:instanceTypes": "t3.small,t3.medium"}
EACH = "t3.micro=1,t3.small=2,t3.medium=4"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("t3.micro=1,t3.small=2", "a weight for each of t3.micro, t3.small, t3.medium; t3.medium has none"),
        (f"{EACH},m5.large=8", "which are the types; 'm5.large' is none of them"),
        ("t3.micro=0,t3.small=2,t3.medium=4", "'t3.micro=0' is none"),
        ("t3.micro=1000,t3.small=2,t3.medium=4", "'t3.micro=1000' is none"),
        ("t3.micro=1.5,t3.small=2,t3.medium=4", "'t3.micro=1.5' is none"),
        ("t3.micro=one,t3.small=2,t3.medium=4", "'t3.micro=one' is none"),
        ("t3.micro=²,t3.small=2,t3.medium=4", "is none"),
        ("t3.micro", "has no value"),
    ],
)
def test_weights_that_aws_would_refuse_are_refused(value: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load({**TYPES, "tap:instanceWeights": value}, {})

    assert str(refused.value).startswith(f"tap:instanceWeights = {value!r} is not accepted")
    assert said in str(refused.value)


def test_one_type_may_have_a_weight() -> None:
    config = InfraConfig.load({"tap:instanceWeights": "t3.micro=2"}, {})

    assert config.is_mixed
    assert config.largest_instance == 2


def test_a_program_gives_numbers() -> None:
    config = InfraConfig().with_changes(instance_weights={"t3.micro": 2})

    assert config.instance_weights == {"t3.micro": "2"}


def test_requirements_have_no_weights() -> None:
    wanted = '{"vcpuCount": {"min": 2}, "memoryMib": {"min": 4096}}'

    with pytest.raises(ConfigError, match=r"tap:instanceWeights .* unset beside instanceRequirements"):
        InfraConfig.load({"tap:instanceWeights": "t3.micro=1", "tap:instanceRequirements": wanted}, {})


@pytest.mark.parametrize(
    ("size", "weights", "instances", "ceiling"),
    [
        (4, {}, 8, 200),
        (40, {}, 44, 110),
        (40, {"t3.micro": "4"}, 20, 200),  # ten instances
        (40, {"t3.micro": "1", "t3.small": "4"}, 80, 200),  # forty at most, or ten
        (80, {"t3.micro": "4"}, 22, 110),
    ],
)
def test_sizes_are_in_units(size: int, weights: dict[str, str], instances: int, ceiling: int) -> None:
    assert most_at_once(size, weights) == instances
    types = {"instance_types": tuple(each for each in weights if each != "t3.micro")} if weights else {}
    changed = {"max_size": size, "instance_weights": weights}
    config = InfraConfig().with_changes(zones=3, vpc_cidr="10.0.0.0/16", **types, **changed)
    assert config.max_healthy_percentage == ceiling


def test_room_is_for_the_instances_that_the_units_are() -> None:
    narrow = {"tap:vpcCidr": "10.0.0.0/24", "tap:maxSize": "40"}
    with pytest.raises(ConfigError, match="what fits in vpcCidr"):
        InfraConfig.load(narrow, {})

    assert InfraConfig.load({**narrow, "tap:instanceWeights": "t3.micro=8"}, {}).max_size == 40
    with pytest.raises(ConfigError, match="what fits in vpcCidr"):
        InfraConfig.load(
            {**narrow, "tap:instanceTypes": "t3.small", "tap:instanceWeights": "t3.micro=1,t3.small=8"}, {}
        )
