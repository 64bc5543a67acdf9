"""Types, requirements and the share of Spot Instances: what AWS would refuse is refused before anything is made."""

from __future__ import annotations

import json

import pytest

from tap_stack.config import InfraConfig
from tap_stack.config.instances import on_demand, read_requirements
from tap_stack.errors import ConfigError

SIZED = {"vcpuCount": {"min": 2}, "memoryMib": {"min": 4096}}
SPOT = {"onDemandPercentageAboveBaseCapacity": "0"}


def load(**values: str) -> InfraConfig:
    return InfraConfig.load({f"tap:{key}": value for key, value in values.items()}, {})


@pytest.mark.parametrize(
    ("values", "key", "said"),
    [
        ({"instanceTypes": "t3.small,t3.small"}, "instanceTypes", "each once"),
        ({"instanceTypes": "t3.micro"}, "instanceTypes", "types beside instanceType, which is t3.micro already"),
        ({"instanceTypes": "small"}, "instanceTypes", "'small' is none"),
        ({"instanceTypes": ",".join(f"t{n}.x" for n in range(10, 50))}, "instanceTypes", "at most 39"),
        ({"onDemandPercentageAboveBaseCapacity": "101"}, "onDemandPercentageAboveBaseCapacity", "integer, 0 to 100"),
        ({"onDemandBaseCapacity": "1"}, "onDemandBaseCapacity", "then there are no Spot Instances"),
        ({**SPOT, "onDemandBaseCapacity": "5"}, "onDemandBaseCapacity", "at most maxSize, which is 4"),
        ({"spotMaxPrice": "0.1"}, "spotMaxPrice", "then there are no Spot Instances"),
        ({**SPOT, "spotMaxPrice": "0.0001"}, "spotMaxPrice", "from 0.001 on"),
        ({**SPOT, "spotMaxPrice": "cheap"}, "spotMaxPrice", "from 0.001 on"),
        ({"spotAllocationStrategy": "lowest-price"}, "spotAllocationStrategy", "price-capacity-optimized or"),
        ({**SPOT, "warmPool": "stopped"}, "warmPool", "Spot Instances do not wait"),
        ({"capacityRebalance": "maybe"}, "capacityRebalance", "auto or true or false"),
    ],
)
def test_what_aws_has_not_is_refused_by_name(values: dict[str, str], key: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(**values)

    assert refused.value.key == f"tap:{key}"
    assert said in refused.value.accepted


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("{", "this is no JSON"),
        ("[]", "this is no mapping"),
        ({"vcpuCount": {"min": 2}}, "it lacks memoryMib"),
        ({**SIZED, "vcpuCount": {"max": 2}}, "of which AWS needs the min"),
        ({**SIZED, "vcpuCount": {"min": 4, "max": 2}}, "of which the min is not above the max"),
        ({**SIZED, "vcpuCount": {"min": 1.5}}, "with whole numbers"),
        ({**SIZED, "vcpuCount": 2}, "as vcpuCount"),
        ({**SIZED, "memoryGibPerVcpu": {"least": 2}}, "as memoryGibPerVcpu"),
        ({**SIZED, "cpuManufacturers": ["via"]}, "intel or amd or"),
        ({**SIZED, "bareMetal": "yes"}, "included or excluded or required as bareMetal"),
        ({**SIZED, "spotMaxPricePercentageOverLowestPrice": 0}, "a percentage from 1 on"),
        ({**SIZED, "requireHibernateSupport": "yes"}, "true or false"),
        ({**SIZED, "cores": 2}, "'cores' is none"),
        ({**SIZED, "allowedInstanceTypes": ["m5.*"], "excludedInstanceTypes": ["t*"]}, "there are both"),
    ],
)
def test_requirements_that_aws_would_refuse_are_refused(wanted: object, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(instanceRequirements=wanted if isinstance(wanted, str) else json.dumps(wanted))

    assert refused.value.key == "tap:instanceRequirements"
    assert said in refused.value.accepted


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("instanceTypes", "t3.small"),
        ("onDemandAllocationStrategy", "prioritized"),
        ("spotAllocationStrategy", "capacity-optimized-prioritized"),
    ],
)
def test_an_order_of_types_contradicts_requirements(key: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(instanceRequirements=json.dumps(SIZED), **{key: value})

    assert refused.value.key == f"tap:{key}"


def test_requirements_are_told_in_the_providers_names() -> None:
    config = load(instanceRequirements=json.dumps({**SIZED, "memoryGibPerVcpu": {"min": 1.5}}))

    assert read_requirements(config.instance_requirements) == {
        "vcpu_count": {"min": 2}, "memory_mib": {"min": 4096}, "memory_gib_per_vcpu": {"min": 1.5}
    }  # fmt: skip
    assert config.is_mixed


def test_without_any_of_it_the_group_has_no_policy_and_rebalances_nothing() -> None:
    assert not load().is_mixed
    assert not load().rebalances
    assert load(**SPOT).rebalances
    assert not load(**SPOT, capacityRebalance="false").rebalances


@pytest.mark.parametrize(
    ("desired", "base", "percentage", "expected"), [(2, 0, 100, 2), (6, 2, 25, 3), (3, 5, 0, 3), (5, 1, 0, 1)]
)
def test_a_fraction_of_an_instance_is_on_demand(desired: int, base: int, percentage: int, expected: int) -> None:
    assert on_demand(desired, base, percentage) == expected
