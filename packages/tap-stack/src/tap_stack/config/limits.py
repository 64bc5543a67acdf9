"""The limits of the healer and of the rollout as knobs: each field of a policy is one configuration key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from tap_stack.config.knobs import knobs_model
from tap_stack.errors import ConfigError
from tap_stack.healer.model import Policy
from tap_stack.rollout.policy import RolloutPolicy

_HEALER, _ROLLOUT = "healer", "rollout"


@cache
def healer_knobs() -> type[BaseModel]:
    """The model of the healer's limits, as they are configured."""
    return knobs_model(Policy, _HEALER)


@cache
def rollout_knobs() -> type[BaseModel]:
    """The model of the rollout's limits, as they are configured."""
    return knobs_model(RolloutPolicy, _ROLLOUT)


def policy(values: BaseModel) -> Policy:
    """The healer's policy that a model of its limits says."""
    return Policy(**{name.removeprefix(f"{_HEALER}_"): value for name, value in values})


def rollout_policy(values: BaseModel) -> RolloutPolicy:
    """The rollout's policy that a model of its limits says."""
    return RolloutPolicy(**{name.removeprefix(f"{_ROLLOUT}_"): value for name, value in values})


def changed(what: str, standing: Policy | RolloutPolicy, given: Mapping[str, Any]) -> Any:
    """A policy with these of its numbers over it.

    Args:
        what: Whose policy it is: an error names `<what>.<field>`.
        standing: The policy.
        given: Field to number; as another language's program has them: `windowSeconds`, and 240.0 for 240.

    Raises:
        ConfigError: there is no such field, or the number is not accepted.
    """
    numbers = {to_snake(key): whole(each) for key, each in given.items()}
    try:
        return type(standing).from_json(json.dumps(asdict(standing) | numbers))
    except ValueError as error:
        key, _, said = str(error).partition(" = ")
        raise ConfigError(f"{what}.{key}", numbers.get(key), said.partition("accepted: ")[2]) from error


def whole(value: Any) -> Any:
    """A whole number as such: Pulumi's wire knows floats alone."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
