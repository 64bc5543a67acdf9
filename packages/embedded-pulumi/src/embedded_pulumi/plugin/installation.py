"""Installs the plugin where the Pulumi CLI finds it, and names the variables that a shell needs for it.

    <home>/plugins/resource-aws-v<version of pulumi_aws>/pulumi-resource-aws    the executable
    <home>/state/                                                               the stacks' states

The home is a private PULUMI_HOME: in the user's own, every project would take this plugin for AWS's.
Source: pulumi/sdk/go/common/workspace/plugins.go (getPluginInfoAndPath), pulumi/sdk/go/common/env/env.go.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from embedded_pulumi.plugin.endpoint import VARIABLE

EXECUTABLE = "pulumi-resource-aws"

_SCRIPT = """\
#!/bin/sh
# The aws provider of an embedded AWS. -P: no module of the working directory is taken for one of Python's.
exec {python} -P -m embedded_pulumi.plugin "$@"
"""

PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 - the name of the variable
_NOTHING: Mapping[str, str] = MappingProxyType({})


def plugin_environment(endpoint_url: str, home: Path, environ: Mapping[str, str] = _NOTHING) -> dict[str, str]:
    """The variables that make an installed `pulumi` deploy into an embedded AWS through this plugin.

    `install` makes the files that they name. The variables of the AWS SDKs (region, credentials) are not among them.

    Args:
        endpoint_url: The address of the embedded AWS.
        home: The private PULUMI_HOME; an absolute path.
        environ: The shell's variables. If they have no passphrase, it becomes the empty one.
    """
    has_passphrase = PASSPHRASE in environ or f"{PASSPHRASE}_FILE" in environ
    return {
        VARIABLE: endpoint_url,
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": _states(home).as_uri(),
        # The CLI would prefer a plugin on the PATH to the one in the home, whatever its version.
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **({} if has_passphrase else {PASSPHRASE: ""}),
    }


def executable(home: Path) -> Path:
    """The path where the CLI looks for the plugin. The version must be exactly that of the SDK."""
    return home / "plugins" / f"resource-aws-v{version('pulumi-aws')}" / EXECUTABLE


def install(home: Path) -> Path:
    """Write the executable and the folder for states; may be done again. Returns the executable.

    Args:
        home: The private PULUMI_HOME.
    """
    path = executable(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    _states(home).mkdir(parents=True, exist_ok=True)
    path.write_text(_SCRIPT.format(python=shlex.quote(sys.executable)), encoding="utf-8")
    path.chmod(0o755)
    return path


def _states(home: Path) -> Path:
    return home / "state"
