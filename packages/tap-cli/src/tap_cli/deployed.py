"""The TAP stacks of a deployed program: the components of class TapStack, whatever the program exports.

The state has the outputs that each of them has registered, so a command finds the healer and the fleet of any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import Urn
from tap_stack.outputs import OUTPUT_KEYS

TYPES = "tap:index:"
"""What the types of TAP's components begin with; a class that a program derives from TapStack has a name of its own."""


@dataclass(frozen=True)
class TapStackOutputs:
    """A TapStack that is deployed: its name in the program, and its outputs."""

    name: str
    outputs: Mapping[str, Any]


def tap_stacks(resources: Iterable[ResourceState]) -> list[TapStackOutputs]:
    """The TAP stacks among the resources of a state that have come to their outputs, by name."""
    whole = (each for each in resources if not each.custom and set(OUTPUT_KEYS) <= each.outputs.keys())
    # The program may export the same names from the stack itself, which is no component of TAP's.
    found = [TapStackOutputs(Urn.parse(each.urn).name, each.outputs) for each in whole if each.type.startswith(TYPES)]
    return sorted(found, key=lambda each: each.name)
