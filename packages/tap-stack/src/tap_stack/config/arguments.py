"""Arguments of a component over the configuration: a program says here what differs from its configuration keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from tap_stack.config import limits
from tap_stack.config.model import InfraConfig
from tap_stack.errors import LONGEST_SHOWN, ConfigError

ZONE_NAMES = {"zones": "zone_names", "nat_zones": "nat_zone_names"}
"""A field that is a number of zones, or their names, to the argument for the names: an argument has one type only."""


def with_arguments(config: InfraConfig, given: Mapping[str, Any], accepted: Collection[str]) -> InfraConfig:
    """The configuration with what a component's arguments say over it.

    Args:
        config: What holds where they say nothing.
        given: Field to value; None says nothing.
        accepted: The names of arguments that the component has.

    Raises:
        ConfigError: an argument is unknown, or its value is not accepted.
    """
    said = {name: limits.whole(value) for name, value in given.items() if value is not None}
    for name, value in said.items():
        if name not in accepted:
            near = get_close_matches(str(name)[:LONGEST_SHOWN], list(accepted), n=1, cutoff=0.0)[0]
            raise ConfigError(str(name), value, f"an argument of the component; the nearest is {near}")
    for field, names in ZONE_NAMES.items():
        if names in said:
            said[field] = tuple(said.pop(names))
    if "healer" in said:
        said["healer"] = limits.changed("healer", config.healer, said["healer"])
    if "rollout" in said:
        said["rollout"] = limits.changed("rollout", config.rollout, said["rollout"])
    return config.with_changes(**said)
