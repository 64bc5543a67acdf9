"""`tap demo`: the whole story in one go."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tap_cli.commands import ahead, options
from tap_cli.commands.project import find_project

SHIPPED = Path(__file__).parents[1] / "demo" / "program"
"""A project to show where there is none."""


class FaultKind(StrEnum):
    """The EC2 status checks that can be made to fail."""

    system = "system"
    instance = "instance"
    ebs = "ebs"


def demo(
    *,
    region: Annotated[str | None, typer.Option(help="AWS region of the stack.", show_default="as configured")] = None,
    zones: Annotated[int, typer.Option(help="Availability zones to spread over.", min=1, max=6)] = 2,
    fault: Annotated[FaultKind, typer.Option(help="Status check that fails.")] = FaultKind.system,
    speed: Annotated[
        float | None,
        typer.Option(help="Cloud seconds for each real second.", min=1, max=600, show_default="skips the waiting"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
    account: options.Account = options.AccountName.standard,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Deploy the stack, break an instance, and watch the healer get it replaced.

    It takes the project in this folder or above it. If there is none, it brings a small one along.
    """
    with ahead.start() as launch:
        # Imported here: a wrong option or --help should not wait a second for boto3, moto and gRPC.
        from embedded_aws.kinds import KINDS  # noqa: PLC0415
        from tap_cli.demo.run import Stage, run_demo  # noqa: PLC0415
        from tap_cli.demo.screen import DemoScreen  # noqa: PLC0415

        project = find_project(otherwise=SHIPPED)
        screen = DemoScreen(options.console(quiet=as_json))
        chosen = {**options.settings(config or [], project.name), "tap:zones": str(zones)}
        chosen |= {"aws:region": region} if region else {}
        stage = Stage(project.root, chosen, KINDS[account.value])
        report = run_demo(stage, fault=fault.value, speed=speed, seed=seed, screen=screen, launch=launch)
    if as_json:
        options.print_json(report.to_json())
    raise typer.Exit(0 if report.healed else 1)
