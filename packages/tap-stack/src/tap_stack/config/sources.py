"""Where a value comes from: Pulumi configuration, else the environment, else the default; and what is no key at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import pulumi
from pulumi.runtime.config import CONFIG

from tap_stack.config.knobs import PROJECT, Knob
from tap_stack.errors import LONGEST_SHOWN, ConfigError

UNSET = "unset"
"""What Pulumi.yaml gives every key. The CLI hands a project's defaults to the program as if the user had set them
(sdk/go/common/workspace/config.go, mergeConfig), and refuses a declared key without one; a real default there would
always win over the environment."""


@dataclass(frozen=True)
class Setting:
    """A value as the user wrote it, and the key or variable under which it was found."""

    key: str
    text: str


def settings(knobs: Iterable[Knob], config: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, Setting]:
    """Field to what the user set for it; a field that was not set is absent.

    Raises:
        ConfigError: a key of the project's namespace that is no knob, or a value with characters that cannot be seen:
            no knob needs them, and they would make a name, a tag or a log line look like another.
    """
    rows = list(knobs)
    _refuse_unknown({row.key for row in rows}, config)
    found = {row.field: _setting(row, config, environ) for row in rows}
    for row in rows:
        setting = found[row.field]
        if setting is not None and not setting.text.isprintable():
            raise ConfigError(setting.key, setting.text, f"{row.accepted}; in characters that can be seen")
    return {field: setting for field, setting in found.items() if setting is not None}


def _setting(row: Knob, config: Mapping[str, str], environ: Mapping[str, str]) -> Setting | None:
    if row.key in config and str(config[row.key]) != UNSET:
        return Setting(row.key, str(config[row.key]).strip())
    if row.env in environ:
        return Setting(row.env, environ[row.env].strip())
    return None


def _refuse_unknown(known: set[str], config: Mapping[str, str]) -> None:
    for key in config:
        if key.startswith(f"{PROJECT}:") and key not in known:
            near = get_close_matches(key[:LONGEST_SHOWN], sorted(known), n=1, cutoff=0.0)[0]
            raise ConfigError(key, config[key], f"a key that exists; the nearest is {near}")


def program_configuration(knobs: Iterable[Knob]) -> dict[str, str]:
    """The running Pulumi program's configuration.

    The CLI passes it in PULUMI_CONFIG, the Automation API sets it in the runtime, and single keys may come from
    variables of their own; the SDK's `get_config` knows the order among the three but not which keys there are.
    """
    keys = {*pulumi.runtime.get_config_env(), *CONFIG.get(), *(row.key for row in knobs)}
    found = {key: pulumi.runtime.get_config(key) for key in sorted(keys)}
    return {key: value for key, value in found.items() if value is not None}
