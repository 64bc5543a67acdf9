"""Where a value comes from: Pulumi configuration, else the environment, else the default; and what is no key at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from configparser import ConfigParser, ParsingError
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG

from tap_stack.config.knobs import DOCUMENT, ENV_PREFIX, PROJECT, Knob
from tap_stack.errors import LONGEST_SHOWN, ConfigError

REGION = "aws:region"
DEFAULT_REGION = "AWS_DEFAULT_REGION"

UNSET = "unset"
"""What Pulumi.yaml gives every key. The CLI hands a project's defaults to the program as if the user had set them
(sdk/go/common/workspace/config.go, mergeConfig), and refuses a declared key without one; a real default there would
always win over the environment."""


@dataclass(frozen=True)
class Setting:
    """A value as the user wrote it, and the key or variable under which it was found."""

    key: str
    text: str


def variable(name: str) -> str:
    """How a message names an environment variable: one of somebody's shell is else taken for a key of the stack."""
    return f"the environment variable {name}"


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
        if setting is None:
            continue
        text = "".join(setting.text.split()) if row.type == DOCUMENT else setting.text
        if not text.isprintable():
            raise ConfigError(setting.key, setting.text, f"{row.accepted}; in characters that can be seen")
    return {field: setting for field, setting in found.items() if setting is not None}


def _setting(row: Knob, config: Mapping[str, str], environ: Mapping[str, str]) -> Setting | None:
    if row.key in config and str(config[row.key]) != UNSET:
        return Setting(row.key, str(config[row.key]).strip())
    if row.env in environ:
        return Setting(variable(row.env), environ[row.env].strip())
    return _usual_region(config, environ) if row.key == REGION else None


def _usual_region(config: Mapping[str, str], environ: Mapping[str, str]) -> Setting | None:
    """The region that AWS's own tools would use: AWS_DEFAULT_REGION, or the profile's.

    Source: AWS SDKs and Tools Reference Guide, "AWS Region" and "Shared config and credentials files".
    """
    if environ.get(DEFAULT_REGION):
        return Setting(variable(DEFAULT_REGION), environ[DEFAULT_REGION].strip())
    profile = config.get("aws:profile") or environ.get("AWS_PROFILE") or "default"
    path = Path(environ.get("AWS_CONFIG_FILE") or Path(environ.get("HOME", "/nonexistent"), ".aws/config"))
    file = ConfigParser(interpolation=None, strict=False)
    with suppress(OSError, ParsingError, UnicodeDecodeError):
        file.read_string(path.expanduser().read_text())
    named = profile if profile == "default" else f"profile {profile}"
    region = file.get(named, "region", fallback="")
    return Setting(f"the region of the profile {profile} in {path}", region) if region else None


def renamed(knobs: Iterable[Knob], environ: Mapping[str, str]) -> dict[str, str]:
    """Variables that are set and were read before names had a prefix, each with the name that is read now."""
    prefixed = {row.env.removeprefix(ENV_PREFIX): row.env for row in knobs if row.env.startswith(ENV_PREFIX)}
    return {old: new for old, new in prefixed.items() if old in environ and new not in environ}


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
