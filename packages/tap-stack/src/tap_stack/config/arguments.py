"""Arguments of a component over the configuration: a program says here what differs from its configuration keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import isawaitable
from typing import Any

import pulumi

from tap_stack.config import limits
from tap_stack.config.model import InfraConfig
from tap_stack.errors import LONGEST_SHOWN, ConfigError

ZONE_NAMES = {"zones": "zone_names", "nat_zones": "nat_zone_names"}
"""A field that is a number of zones, or their names, to the argument for the names: an argument has one type only."""


NETWORK = ("vpc_id", "private_subnet_ids", "public_subnet_ids")
"""The arguments that may be outputs: ids of a network that exists."""


@dataclass(frozen=True)
class GivenIds:
    """The ids of a network that a program has as outputs of resources."""

    vpc_id: pulumi.Input[str]
    private: pulumi.Input[Sequence[pulumi.Input[str]]]
    public: pulumi.Input[Sequence[pulumi.Input[str]]]


def given_ids(given: dict[str, Any]) -> GivenIds | None:
    """Take the ids of the network out of a component's arguments, if one of them is an output.

    Raises:
        ConfigError: the VPC is given, and no private subnets, or they are and it is not.
    """
    if not any(_is_output(given.get(name)) for name in NETWORK):
        return None
    vpc, private, public = (given.pop(name, None) for name in NETWORK)
    if vpc is None or private is None:
        missing = NETWORK[0] if vpc is None else NETWORK[1]
        raise ConfigError(missing, None, "the VPC and its private subnets, where one of them is an output")
    return GivenIds(vpc, private, [] if public is None else public)


def _is_output(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_is_output, value))
    return isinstance(value, pulumi.Output) or isawaitable(value)


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
