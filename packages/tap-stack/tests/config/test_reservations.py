"""Capacity reservations: what is accepted, and what a launch template says of it."""

from __future__ import annotations

from typing import Any

import pytest

from tap_stack.config import InfraConfig
from tap_stack.config.reservations import specification
from tap_stack.errors import ConfigError

ID = "cr-0123456789abcdef0"
GROUP = "arn:aws:resource-groups:us-east-1:123456789012:group/reserved"
SPOT = {"tap:onDemandPercentageAboveBaseCapacity": "0"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("open", None),
        ("none", {"capacity_reservation_preference": "none"}),
        ("capacity-reservations-only", {"capacity_reservation_preference": "capacity-reservations-only"}),
        (ID, {"capacity_reservation_target": {"capacity_reservation_id": ID}}),
        (GROUP, {"capacity_reservation_target": {"capacity_reservation_resource_group_arn": GROUP}}),
    ],
)
def test_a_template_says_a_preference_or_a_target(value: str, said: dict[str, Any] | None) -> None:
    config = InfraConfig.load({"tap:capacityReservation": value}, {})

    assert specification(config.capacity_reservation) == said


@pytest.mark.parametrize(
    ("value", "beside", "said"),
    [
        ("", {}, "open, none, capacity-reservations-only, the id of a reservation"),
        ("mine", {}, "open, none, capacity-reservations-only, the id of a reservation"),
        ("cr-xyz", {}, "the id of a reservation"),
        ("arn:aws:resource-groups:eu-west-1:123456789012:group/reserved", {}, "a resource group of us-east-1"),
        (ID, SPOT, "open or none where there are Spot Instances"),
        ("capacity-reservations-only", SPOT, "open or none where there are Spot Instances"),
    ],
)
def test_what_cannot_be_is_refused(value: str, beside: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        InfraConfig.load({**beside, "tap:capacityReservation": value}, {})

    assert str(refused.value).startswith(f"tap:capacityReservation = {value!r} is not accepted")
    assert said in str(refused.value)
