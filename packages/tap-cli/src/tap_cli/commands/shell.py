"""The variables with which the clients of a shell reach the local AWS, and how each shell sets them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from embedded_aws import access

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


SYNTAXES: Mapping[str, Callable[[Variables], list[str]]] = {"bash": _bash, "fish": _fish}
"""Shell to the lines that it is to evaluate; bash's are those of every POSIX shell."""
