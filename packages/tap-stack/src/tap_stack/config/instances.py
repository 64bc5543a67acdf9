"""What a fleet is made of: further instance types or attributes of them, and the share of Spot Instances. Pure.

Each check raises ValueError with a phrase that completes "accepted: ...".

Source: API LaunchTemplateOverrides (40 types, attributes or types and not both), InstancesDistribution,
InstanceRequirements, in the AWS provider's names (terraform-provider-aws/internal/service/autoscaling/group.go, 2026).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from tap_stack.config import reservations
from tap_stack.config.checks import document, items
from tap_stack.errors import shown

TYPE = r"^[a-z][a-z0-9-]{1,31}\.[a-z0-9-]{1,31}$"
MOST_TYPES = 39
"""Beside the first one: a group takes 40."""

TYPES_IN_WORDS = "at most 39 EC2 instance types with commas between them, such as t4g.medium,t4g.large, each once"
REQUIREMENTS_IN_WORDS = (
    'empty, or what an instance must have in JSON, such as {"vcpuCount": {"min": 2, "max": 4}, "memoryMib": {"min": '
    "4096}}"
)
PRICE_IN_WORDS = "empty, or US dollars an hour from 0.001 on, such as 0.05"
PLACEMENT = r"^([A-Za-z0-9][A-Za-z0-9._-]{0,254})?$"
PLACEMENT_IN_WORDS = "empty, or the name of a placement group, in letters, digits and ._-"
SHARED = 100
"""The percentage of On-Demand Instances with which there are no Spot Instances."""

BY_PRICE = "lowest-price"
PRIORITIZED = "capacity-optimized-prioritized"

NEEDED = ("vcpuCount", "memoryMib")
WHOLE_RANGES = frozenset(
    {*NEEDED, "acceleratorCount", "acceleratorTotalMemoryMib", "baselineEbsBandwidthMbps", "networkInterfaceCount"}
)
RANGES = WHOLE_RANGES | {"memoryGibPerVcpu", "networkBandwidthGbps", "totalLocalStorageGb"}
SHARES = frozenset(
    {
        "maxSpotPriceAsPercentageOfOptimalOnDemandPrice",
        "onDemandMaxPricePercentageOverLowestPrice",
        "spotMaxPricePercentageOverLowestPrice",
    }
)
CHOICES = dict.fromkeys(("bareMetal", "burstablePerformance", "localStorage"), ("included", "excluded", "required"))
LISTS: Mapping[str, str] = {
    "acceleratorManufacturers": "amazon-web-services|amd|nvidia|xilinx",
    "acceleratorNames": r"[a-z0-9-]{1,40}",
    "acceleratorTypes": "gpu|fpga|inference",
    "allowedInstanceTypes": r"[a-z0-9.*-]{1,30}",
    "cpuManufacturers": "intel|amd|amazon-web-services|apple",
    "excludedInstanceTypes": r"[a-z0-9.*-]{1,30}",
    "instanceGenerations": "current|previous",
    "localStorageTypes": "hdd|ssd",
}
"""Each list of texts, and what each of its texts must match as a whole."""


def types(values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Further types, each once, none of them the first one."""
    if len(values) > MOST_TYPES or len(set(values)) < len(values):
        raise ValueError(TYPES_IN_WORDS)
    for value in values:
        if not re.fullmatch(TYPE, value):
            raise ValueError(f"{TYPES_IN_WORDS}; {shown(value)} is none")
    if (first := info.data.get("instance_type")) in values:
        raise ValueError(f"types beside instanceType, which is {first} already")
    return values


def requirements(value: str) -> str:
    """Attributes in their shortest form; empty for none."""
    if not value:
        return ""
    try:
        found = json.loads(value)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{REQUIREMENTS_IN_WORDS}; this is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{REQUIREMENTS_IN_WORDS}; this is no mapping")  # noqa: TRY004 - pydantic takes a ValueError
    for name in NEEDED:
        if name not in found:
            raise ValueError(f"{REQUIREMENTS_IN_WORDS}; it lacks {name}")
    for name, wanted in found.items():
        if wrong := _wrong(name, wanted):
            raise ValueError(wrong)
    if {"allowedInstanceTypes", "excludedInstanceTypes"} <= found.keys():
        raise ValueError("either allowedInstanceTypes or excludedInstanceTypes; there are both")
    return json.dumps(found, separators=(",", ":"))


def _wrong(name: str, wanted: object) -> str:
    """What is accepted in place of a requirement that is none; "" for one that is."""
    if name in RANGES:
        return _wrong_range(name, wanted)
    if name in LISTS:
        good = isinstance(wanted, list) and wanted and all(re.fullmatch(LISTS[name], str(each)) for each in wanted)
        return "" if good else f"a list with {LISTS[name].replace('|', ' or ')} as {name}"
    if name in CHOICES:
        return "" if wanted in CHOICES[name] else f"{' or '.join(CHOICES[name])} as {name}"
    if name in SHARES:
        return "" if _is_number(wanted, whole=True) and wanted else f"a percentage from 1 on as {name}"
    if name == "requireHibernateSupport":
        return "" if isinstance(wanted, bool) else f"true or false as {name}"
    known = sorted({*RANGES, *LISTS, *CHOICES, *SHARES, "requireHibernateSupport"})
    return f"requirements among {', '.join(known)}; {shown(name)} is none"


def _wrong_range(name: str, wanted: object) -> str:
    whole = name in WHOLE_RANGES
    told = f'{{"min": …, "max": …}} with {"whole " if whole else ""}numbers, or one of them, as {name}'
    if not isinstance(wanted, dict) or not wanted or not wanted.keys() <= {"min", "max"}:
        return told
    if not all(_is_number(each, whole=whole) for each in wanted.values()):
        return told
    if name in NEEDED and "min" not in wanted:
        return f"{told}, of which AWS needs the min"
    if wanted.get("min", 0) > wanted.get("max", math.inf):
        return f"{told}, of which the min is not above the max"
    return ""


def _is_number(value: object, *, whole: bool) -> bool:
    kinds = int if whole else int | float
    return isinstance(value, kinds) and not isinstance(value, bool) and value >= 0


def read_requirements(text: str) -> dict[str, Any]:
    """The attributes of a checked document, by the AWS provider's names in Python; empty for none."""
    found: dict[str, Any] = json.loads(text) if text else {}
    return {re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name): wanted for name, wanted in found.items()}


def on_demand(desired: int, base: int, percentage: int) -> int:
    """How many of so many instances are On-Demand: the base, and of the others the percentage, rounded up."""
    return min(desired, base) + math.ceil(max(0, desired - base) * percentage / 100)


def max_price(value: str) -> str:
    """A price in US dollars, or none."""
    if value and float(value) < 0.001:  # noqa: PLR2004 - what API InstancesDistribution says
        raise ValueError(PRICE_IN_WORDS)
    return value


def contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that do not go together, each with what is accepted."""
    spot = values["on_demand_percentage_above_base_capacity"] < SHARED
    if values["instance_requirements"]:
        if values["instance_weights"]:
            yield "instance_weights", "unset beside instanceRequirements, of which AWS chooses the types"
        if values["instance_types"]:
            yield "instance_types", "unset beside instanceRequirements, which say what the types must have"
        if values["on_demand_allocation_strategy"] == "prioritized":
            yield "on_demand_allocation_strategy", "auto or lowest-price: instanceRequirements have no order"
        if values["spot_allocation_strategy"] == PRIORITIZED:
            yield "spot_allocation_strategy", "a strategy without priorities: instanceRequirements have no order"
    if values["on_demand_base_capacity"] > values["max_size"]:
        yield "on_demand_base_capacity", f"at most maxSize, which is {values['max_size']}"
    yield from reservations.contradictions(values, spot=spot)
    if values["warm_pool"] and spot:
        most = f"empty where onDemandPercentageAboveBaseCapacity is less than {SHARED}: Spot Instances do not wait"
        yield "warm_pool", most
    for name in ("spot_max_price", "on_demand_base_capacity"):
        if values[name] and not spot:
            yield name, f"unset where onDemandPercentageAboveBaseCapacity is {SHARED}: then there are no Spot Instances"


Types: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(items), AfterValidator(types)]
Requirements: TypeAlias = Annotated[str, BeforeValidator(document), AfterValidator(requirements)]
Price: TypeAlias = Annotated[str, AfterValidator(max_price)]
