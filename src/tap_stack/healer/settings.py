"""The healer's settings: four environment variables, read once, checked at once, then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .calls import SettingsError
from .model import Mode, Policy

MODES = {mode.value: mode for mode in (Mode.LIVE, Mode.OBSERVE)}


@dataclass(frozen=True)
class Settings:
    """What one function does, and for which group.

    Attributes:
        topic_arn: Where notices go; "" for nowhere.
    """

    group_name: str
    topic_arn: str
    mode: Mode
    policy: Policy


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings out of GROUP_NAME, TOPIC_ARN (may be empty), HEALER_MODE and HEALER_POLICY (JSON).

    Raises:
        SettingsError: One of them is missing or wrong.
    """
    group_name = environ.get("GROUP_NAME", "").strip()
    if not group_name:
        raise SettingsError("GROUP_NAME is not set; accepted: the name of an Auto Scaling group")
    mode = environ.get("HEALER_MODE", "")
    if mode not in MODES:
        raise SettingsError(f"HEALER_MODE = {mode!r} is not accepted; accepted: {' or '.join(MODES)}")
    try:
        policy = Policy.from_json(environ.get("HEALER_POLICY", ""))
    except ValueError as error:
        raise SettingsError(f"HEALER_POLICY: {error}") from error
    return Settings(group_name, environ.get("TOPIC_ARN", "").strip(), MODES[mode], policy)
