"""Weights of instance types through the API: what AWS tells of them, and what it takes for them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Place
from .test_mixed_instances import ALL_SPOT, Create, described, markets, mixed, policy, refusal

TYPES = [
    {"InstanceType": "m5.large", "WeightedCapacity": "1"},
    {"InstanceType": "m5.xlarge", "WeightedCapacity": "2"},
    {"InstanceType": "m5.2xlarge", "WeightedCapacity": "5"},
]


def told(place: Place, name: str) -> list[str]:
    return sorted(each["WeightedCapacity"] for each in described(place, name)["Instances"])


def test_an_instance_tells_the_units_that_it_is(place: Place, create: Create) -> None:
    name = mixed(create, place, overrides=TYPES[1:], DesiredCapacity=5, MaxSize=10)

    assert told(place, name) == ["2", "2", "2"]
    (one, *_) = described(place, name)["Instances"]
    (entry,) = place.autoscaling.describe_auto_scaling_instances(InstanceIds=[one["InstanceId"]])[
        "AutoScalingInstances"
    ]
    assert entry["WeightedCapacity"] == "2"


def test_without_weights_nothing_is_told(place: Place, create: Create) -> None:
    name = mixed(create, place)

    assert all("WeightedCapacity" not in each for each in described(place, name)["Instances"])


def test_the_base_is_units_of_on_demand_instances(place: Place, create: Create) -> None:
    distribution = {"OnDemandBaseCapacity": 4, "OnDemandPercentageAboveBaseCapacity": 0}
    name = mixed(create, place, distribution, overrides=TYPES[1:2], DesiredCapacity=10, MaxSize=12)

    found = markets(place, name)
    assert found == {("on-demand", "m5.xlarge"): 2, ("spot", "m5.xlarge"): 3}


def test_the_lowest_price_is_that_of_a_unit(place: Place, create: Create) -> None:
    """The largest costs four times as much as the smallest, and is five units."""
    name = mixed(create, place, ALL_SPOT | {"SpotInstancePools": 1}, overrides=TYPES, DesiredCapacity=5, MaxSize=10)

    assert markets(place, name) == {("spot", "m5.2xlarge"): 1}


def test_new_weights_count_for_the_instances_that_stand(place: Place, create: Create) -> None:
    name = mixed(create, place, overrides=TYPES[:1], DesiredCapacity=4, MaxSize=4)
    twice = [TYPES[0] | {"WeightedCapacity": "2"}]

    place.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name, MixedInstancesPolicy=policy(place, None, twice)
    )
    place.cloud.clock.advance(300)

    assert told(place, name) == ["2", "2"]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([TYPES[0], {"InstanceType": "c5.large"}], "for all of the instance types or for none"),
        ([TYPES[0] | {"WeightedCapacity": "0"}], "must be 1 to 999, and is 0"),
        ([TYPES[0] | {"WeightedCapacity": "1000"}], "must be 1 to 999, and is 1000"),
        ([TYPES[0] | {"WeightedCapacity": "1.5"}], "must be 1 to 999, and is 1.5"),
    ],
)
def test_weights_that_cannot_be_are_refused(place: Place, create: Create, overrides: Any, said: str) -> None:
    assert said in refusal(mixed, create, place, overrides=overrides)
