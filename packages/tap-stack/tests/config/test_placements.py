"""A placement group of the stack's own: what EC2 could not place is refused before anything is made."""

from __future__ import annotations

import pytest

from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError

SPREAD = {"tap:placementStrategy": "spread"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tap:placementStrategy": "cluster"}, "not cluster, which is in one zone, and the fleet is in two or more"),
        ({**SPREAD, "tap:placementGroup": "apart"}, "empty beside placementGroup"),
        ({**SPREAD, "tap:tenancy": "dedicated"}, "empty where tenancy is dedicated"),
        ({**SPREAD, "tap:maxSize": "8"}, "7 running instances in each of 2 zones, and maxSize with replacements is 16"),
    ],
)
def test_what_ec2_does_not_place_is_refused(values: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load(values, {})

    assert str(refused.value).startswith("tap:placementStrategy = ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {**SPREAD, "tap:maxSize": "7"},
        {**SPREAD, "tap:maxSize": "10", "tap:zones": "3"},
        {**SPREAD, "tap:maxSize": "40", "tap:instanceWeights": "t3.micro=8"},
        {"tap:placementStrategy": "partition", "tap:maxSize": "40"},
    ],
)
def test_what_has_room_is_accepted(values: dict[str, str]) -> None:
    assert InfraConfig.load(values, {}).placement_strategy
