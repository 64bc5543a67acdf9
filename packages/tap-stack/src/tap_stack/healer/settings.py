"""The healer's settings: environment variables, read once, checked at once, then frozen."""

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
        region: AWS's name of the region, for links into the console; "" outside of Lambda.
        log_group: The function's own log group, likewise.
    """

    group_name: str
    topic_arn: str
    mode: Mode
    policy: Policy
    region: str = ""
    log_group: str = ""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings out of GROUP_NAME, TOPIC_ARN (may be empty), HEALER_MODE and HEALER_POLICY (JSON).

    Raises:
        SettingsError: One of them is missing or wrong.
    """
    group_name = environ.get("GROUP_NAME", "").strip()
    if not group_name:
        raise SettingsError("GROUP_NAME", "GROUP_NAME is not set; accepted: the name of an Auto Scaling group")
    mode = environ.get("HEALER_MODE", "")
    if mode not in MODES:
        wanted = " or ".join(MODES)
        raise SettingsError("HEALER_MODE", f"HEALER_MODE = {mode[:100]!r} is not accepted; accepted: {wanted}")
    try:
        policy = Policy.from_json(environ.get("HEALER_POLICY", ""))
    except ValueError as error:
        raise SettingsError("HEALER_POLICY", f"HEALER_POLICY: {error}") from error
    return Settings(
        group_name=group_name,
        topic_arn=environ.get("TOPIC_ARN", "").strip(),
        mode=MODES[mode],
        policy=policy,
        region=environ.get("AWS_REGION", ""),
        log_group=environ.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
    )
