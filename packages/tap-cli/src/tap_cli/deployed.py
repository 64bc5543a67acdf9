"""The TAP components of a deployed program that a command may be about: a TapStack, or a Healer alone.

The state has the outputs that each of them has registered, so a command finds the healer and the fleet of any, whatever
the program exports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import Urn
from tap_stack.outputs import OUTPUT_KEYS

TYPES = "tap:index:"
"""What the types of TAP's components begin with; a class that a program derives from TapStack has a name of its own."""


HEALER_KEYS = ("auto_scaling_group_name", "lambda_function_name", "lambda_log_group_name", "region")
"""The outputs that TapStack and Healer have in common: a group, and who looks after it."""


@dataclass(frozen=True)
class TapStackOutputs:
    """A TapStack or a Healer that is deployed: its name in the program, and its outputs."""

    name: str
    outputs: Mapping[str, Any]


def tap_stacks(resources: Iterable[ResourceState], having: Collection[str] = OUTPUT_KEYS) -> list[TapStackOutputs]:
    """The components of TAP's among the resources of a state that have these outputs, by name."""
    whole = (each for each in resources if not each.custom and set(having) <= each.outputs.keys())
    # The program may export the same names from the stack itself, which is no component of TAP's.
    found = [TapStackOutputs(Urn.parse(each.urn).name, each.outputs) for each in whole if each.type.startswith(TYPES)]
    return sorted(found, key=lambda each: each.name)
