"""What only the local AWS can do, and no API of AWS: breaking an instance, moving its clock, telling its calls."""

from __future__ import annotations

from typing import Any

from tap_cli.commands.project import find_project


def ask(operation: str, **arguments: Any) -> dict[str, Any]:
    """Ask the project's local AWS on its control channel. Raises as `find` and `ControlClient.ask` do."""
    from embedded_aws.daemon.client import ControlClient  # noqa: PLC0415 - help need not wait for it
    from embedded_aws.daemon.process import find  # noqa: PLC0415

    return ControlClient(find(find_project().private)).ask(operation, **arguments)
