"""The rollout's settings: environment variables, read once, checked at once, then frozen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from tap_stack.healer import settings as healers
from tap_stack.healer.calls import SettingsError
from tap_stack.healer.model import Mode, Policy, Template

from .policy import RolloutPolicy

Value = TypeVar("Value")


@dataclass(frozen=True)
class RolloutSettings:
    """What one function does, and for which group.

    Attributes:
        wanted: The launch template version that the stack wants the group to have.
        alarms: Names of the alarms that a rollout is given; the first is the rollout's own.
        healer: The healer's: its policy and its log group are what the rollout looks through and keeps clear of.
        log_group: The function's own log group, where its record is; "" outside of Lambda.
        function: The function's name, likewise.
    """

    group_name: str
    topic_arn: str
    wanted: Template
    policy: RolloutPolicy
    alarms: tuple[str, ...]
    healer: healers.Settings
    log_group: str = ""
    function: str = ""


def read_settings(environ: Mapping[str, str]) -> RolloutSettings:
    """The settings out of the environment.

    GROUP_NAME, TOPIC_ARN (may be empty), WANTED_TEMPLATE (`<launch template id>:<number>`), ROLLOUT_POLICY and
    HEALER_POLICY (JSON), ALARMS (a JSON list) and HEALER_LOG_GROUP.

    Raises:
        SettingsError: One of them is missing or wrong.
    """
    group_name, topic_arn = _needed(environ, "GROUP_NAME"), environ.get("TOPIC_ARN", "").strip()
    log_group = environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
    healer = healers.Settings(
        group_name=group_name,
        topic_arn=topic_arn,
        mode=Mode.LIVE,
        policy=_read(environ, "HEALER_POLICY", Policy.from_json),
        region=environ.get("AWS_REGION", ""),
        log_group=_needed(environ, "HEALER_LOG_GROUP"),
    )
    return RolloutSettings(
        group_name=group_name,
        topic_arn=topic_arn,
        wanted=_read(environ, "WANTED_TEMPLATE", template_of),
        policy=_read(environ, "ROLLOUT_POLICY", RolloutPolicy.from_json),
        alarms=_read(environ, "ALARMS", _names),
        healer=healer,
        log_group=log_group,
        function=environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
    )


def template_of(text: str) -> Template:
    """A version as `named` writes it. Raises ValueError: it is none."""
    identity, _, version = text.strip().rpartition(":")
    if not identity or not version.isdigit():
        raise ValueError(f"{text[:100]!r} is not accepted; accepted: <launch template id>:<number>")
    return Template(identity, version)


def _needed(environ: Mapping[str, str], key: str) -> str:
    value = environ.get(key, "").strip()
    if not value:
        raise SettingsError(key, f"{key} is not set")
    return value


def _read(environ: Mapping[str, str], key: str, read: Callable[[str], Value]) -> Value:
    try:
        return read(environ.get(key, ""))
    except ValueError as error:
        raise SettingsError(key, f"{key}: {error}") from error


def _names(text: str) -> tuple[str, ...]:
    found = json.loads(text or "[]")
    if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
        raise ValueError(f"{text[:100]!r} is not accepted; accepted: a JSON list of names of alarms")
    return tuple(found)
