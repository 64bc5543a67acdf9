"""`tap demo`: the whole story in one go."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tap_cli.commands import ahead, options
from tap_cli.commands.project import ProjectFolder, find_project
from tap_cli.errors import UsageError

SHIPPED = Path(__file__).parents[1] / "demo" / "program"
SHIPPED_WEB = SHIPPED / "web"
"""A project to show where there is none, and the one with a service."""


class Workload(StrEnum):
    """What runs on the fleet."""

    none = "none"
    web = "web"


class FaultKind(StrEnum):
    """The EC2 status checks that can be made to fail."""

    system = "system"
    instance = "instance"
    ebs = "ebs"


def demo(
    *,
    region: Annotated[str | None, typer.Option(help="AWS region of the stack.", show_default="as configured")] = None,
    zones: Annotated[int, typer.Option(help="Availability zones to spread over.", min=1, max=6)] = 2,
    workload: Annotated[
        Workload, typer.Option(help="What runs on the fleet; web is a service behind a load balancer, which breaks.")
    ] = Workload.none,
    fault: Annotated[
        FaultKind | None, typer.Option(help="Status check that fails, without a workload.", show_default="system")
    ] = None,
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

    It takes the project in this folder or above it. If there is none, it brings a small one along. With --workload web
    it deploys a service of its own behind a load balancer with TLS, breaks its health path on one instance, and shows
    how that is drained and replaced.
    """
    with ahead.start() as launch:
        # Imported here: a wrong option or --help should not wait a second for boto3, moto and gRPC.
        from embedded_aws.kinds import KINDS  # noqa: PLC0415
        from tap_cli.commands.settings import given  # noqa: PLC0415
        from tap_cli.demo.run import Stage, run_demo  # noqa: PLC0415
        from tap_cli.demo.screen import DemoScreen  # noqa: PLC0415

        web = workload is Workload.web
        if web and fault is not None:
            raise UsageError("--fault is for a fleet without a workload: with --workload web, the service breaks")
        project = ProjectFolder(SHIPPED_WEB, "tap") if web else find_project(otherwise=SHIPPED)
        screen = DemoScreen(options.console(quiet=as_json))
        chosen = {**given(config or [], project.name, project.root), "tap:zones": str(zones)}
        chosen |= {"aws:region": region} if region else {}
        stage = Stage(project.root, chosen, KINDS[account.value], web)
        failing = (fault or FaultKind.system).value
        report = run_demo(stage, fault=failing, speed=speed, seed=seed, screen=screen, launch=launch)
    if as_json:
        options.print_json(report.to_json())
    raise typer.Exit(0 if report.healed else 1)
