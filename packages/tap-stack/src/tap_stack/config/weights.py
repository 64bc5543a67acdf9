"""Weights of instance types: how many units of the group's capacity an instance of each is. Pure.

Source: API LaunchTemplateOverrides (1 to 999, for all of the types or for none; the sizes are then in units); EC2 Auto
Scaling User Guide, "Configure an Auto Scaling group to use instance weights": an instance that is more than what lacks
is launched, so that there may be more than is desired, by less than the largest weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from tap_stack.config.checks import pairs
from tap_stack.errors import shown

WEIGHTS = range(1, 1000)
IN_WORDS = (
    f"empty, or a whole number from {WEIGHTS[0]} to {WEIGHTS[-1]} for each of the types, such as t3.small=1,t3.medium=2"
)
LONGEST = 3  # digits


def weights(values: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    """A weight for the first type and for each further one, and for no other."""
    for name, text in values.items():
        if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST and int(text) in WEIGHTS):
            raise ValueError(f"{IN_WORDS}; {shown(f'{name}={text}')} is none")
    if not values or not {"instance_type", "instance_types"} <= info.data.keys():
        return values
    wanted = (info.data["instance_type"], *info.data["instance_types"])
    if lacking := [each for each in wanted if each not in values]:
        raise ValueError(f"a weight for each of {', '.join(wanted)}; {lacking[0]} has none")
    if foreign := [each for each in values if each not in wanted]:
        raise ValueError(f"weights of {', '.join(wanted)}, which are the types; {shown(foreign[0])} is none of them")
    return values


def heaviest(values: Mapping[str, str]) -> int:
    """The largest weight; 1 where instances are counted."""
    return max(map(int, values.values()), default=1)


def at_most(units: int, values: Mapping[str, str]) -> int:
    """The most instances that so many units can be, which is with all of them of the least weight."""
    return -(-units // min(map(int, values.values()), default=1))


def texts(value: object) -> object:
    """A mapping as it is in a program, with numbers, as texts; anything else as it is."""
    found = pairs(value)
    return {key: str(each) for key, each in found.items()} if isinstance(found, dict) else found


Weights: TypeAlias = Annotated[dict[str, str], BeforeValidator(texts), AfterValidator(weights)]
