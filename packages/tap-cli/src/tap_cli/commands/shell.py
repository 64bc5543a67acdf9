"""The variables with which the clients of a shell reach the local AWS, and how each shell sets them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from embedded_aws import access
from embedded_pulumi.plugin.installation import PASSPHRASE, plugin_environment

Variables = Mapping[str, str | None]
"""Name to value; None takes a variable away that would lead elsewhere."""


def variables(endpoint: str, region: str, environ: Mapping[str, str]) -> Variables:
    """What makes any AWS client (the CLI, an SDK, the AWS provider of an installed `pulumi`) call the local AWS.

    Args:
        endpoint: Where it answers.
        region: Where clients call when they name no region.
        environ: The shell's environment: what there is of AWS in it goes.
    """
    wanted = access.environment(endpoint, region, {})
    stray = {name: None for name in sorted(environ) if name.startswith("AWS_") and name not in wanted}
    return {**stray, **wanted}


def taken_back(*, pulumi: bool) -> Variables:
    """What takes away all that was set: a shell then has no settings of AWS's. A passphrase of its own it keeps."""
    named = {name for name in access.environment("", "", {}) if name.startswith("AWS_")}
    if pulumi:
        named |= plugin_environment("", Path("/"), {PASSPHRASE: ""}).keys()
    return dict.fromkeys(sorted(named))


OLDEST_CLIENTS = {1: (1, 29, 0), 2: (2, 13, 0)}
"""By major version, the first AWS CLI that heeds AWS_ENDPOINT_URL.

Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "Support by AWS SDKs and tools".
"""
VERSION = re.compile(r"aws-cli/(\d+)\.(\d+)\.(\d+)")
LONGEST_LOOK = 5.0


def client_that_is_too_old(environ: Mapping[str, str]) -> str:
    """What to say of an installed AWS CLI that would ask Amazon and not the local AWS; "" if there is none."""
    program = shutil.which("aws", path=environ.get("PATH"))
    if program is None:
        return ""
    try:
        command = [program, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_LOOK)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = VERSION.search(done.stdout + done.stderr)
    if found is None:
        return ""
    version = tuple(map(int, found.groups()))
    needed = OLDEST_CLIENTS.get(version[0], (0, 0, 0))
    if version >= needed:
        return ""
    return (
        f"{program} is version {'.'.join(found.groups())}, which does not know AWS_ENDPOINT_URL and asks Amazon: "
        f"it needs {'.'.join(map(str, needed))} or newer"
    )


def _bash(values: Variables) -> list[str]:
    return [
        f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}" for name, value in values.items()
    ]


def _fish(values: Variables) -> list[str]:
    return [
        f"set -e {name}" if value is None else f"set -gx {name} {_fish_quoted(value)}" for name, value in values.items()
    ]


def _fish_quoted(value: str) -> str:
    """Within single quotes, fish knows two escapes: of a quote and of a backslash."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


SYNTAXES: Mapping[str, Callable[[Variables], list[str]]] = {"bash": _bash, "zsh": _bash, "fish": _fish}
"""Shell to the lines that it is to evaluate; bash's are those of every POSIX shell."""
