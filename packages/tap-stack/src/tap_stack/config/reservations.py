"""Capacity reservations that instances run in, checked. Each check raises ValueError to complete "accepted: ...".

Source: API LaunchTemplateCapacityReservationSpecificationRequest; EC2 User Guide, "On-Demand Capacity Reservations":
one is of one type in one zone, and Spot Instances run in none. A resource group has several, such as one for each zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, ValidationInfo

OPEN, NONE, ONLY = "open", "none", "capacity-reservations-only"
RESERVATION = "cr-[0-9a-f]{8,17}"
GROUP = r"arn:aws[a-z-]*:resource-groups:[a-z0-9-]+:[0-9]{12}:group/[A-Za-z0-9_.-]{1,300}"
PATTERN = rf"^({OPEN}|{NONE}|{ONLY}|{RESERVATION}|{GROUP})$"
IN_WORDS = (
    f"{OPEN}, {NONE}, {ONLY}, the id of a reservation such as cr-0123456789abcdef0, or the ARN of a resource group of "
    "reservations"
)


def of_region(value: str, info: ValidationInfo) -> str:
    """A resource group that the stack's region has."""
    region, parts = info.data.get("region"), value.split(":")
    if (
        value.startswith("arn:")
        and region is not None
        and len(parts) > len(("arn", "aws", "rg"))
        and parts[3] != region
    ):
        raise ValueError(f"a resource group of {region}; this one is in {parts[3]}")
    return value


def specification(value: str) -> dict[str, Any] | None:
    """What a launch template says of it, in the AWS provider's names; None where nothing is said."""
    if value == OPEN:
        return None
    if value in {NONE, ONLY}:
        return {"capacity_reservation_preference": value}
    key = "capacity_reservation_resource_group_arn" if value.startswith("arn:") else "capacity_reservation_id"
    return {"capacity_reservation_target": {key: value}}


def contradictions(values: Mapping[str, Any], *, spot: bool) -> Iterator[tuple[str, str]]:
    """The fields that do not go together, each with what is accepted."""
    if spot and values["capacity_reservation"] not in {OPEN, NONE}:
        yield "capacity_reservation", f"{OPEN} or {NONE} where there are Spot Instances, which run in no reservation"


Reservation: TypeAlias = Annotated[str, AfterValidator(of_region)]
