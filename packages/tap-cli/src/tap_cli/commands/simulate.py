"""`tap simulate`: what it takes and what it prints."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tap_cli.commands.options import terminal_width
from tap_cli.display.printable import wrapped
from tap_cli.terminal.waits import WAITS
from tap_stack.errors import ConfigError


def simulate(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Names of scenarios, or files of your own; without any: all of them.")
    ] = None,
    *,
    compare: Annotated[bool, typer.Option("--compare", help="Play the other policies beside ours.")] = False,
    policies: Annotated[
        list[str] | None, typer.Option("--policy", help="A policy to play: ours, native, percent-20, seed, naive.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds to play each with.", min=1, max=10_000)] = 1,
    seed: Annotated[int, typer.Option(help="The first seed.", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Processes to use; 0 for one for each core.", min=0)] = 0,
    figures: Annotated[Path | None, typer.Option(help="Folder for a PNG and an SVG of each scenario.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
    names: Annotated[bool, typer.Option("--list", help="List the scenarios and play none.")] = False,
) -> None:
    """Play scenarios on simulated fleets, with the healer as it is deployed and with other policies."""
    # Imported here: --help should not wait for botocore and pydantic.
    from tap_cli.sim import figure, scenario  # noqa: PLC0415
    from tap_cli.sim.policies import POLICIES  # noqa: PLC0415
    from tap_cli.sim.run import simulate as play  # noqa: PLC0415
    from tap_cli.sim.table import table  # noqa: PLC0415

    found = dict(scenario.find(name) for name in scenarios or scenario.shipped())
    if names:
        column = 2 + max(map(len, found))
        rows = [
            wrapped(one.title, terminal_width(), first=name.ljust(column), indent=" " * column)
            for name, one in found.items()
        ]
        typer.echo("\n".join(rows))
        return
    chosen = policies or (list(POLICIES) if compare else ["ours"])
    for unknown in set(chosen) - set(POLICIES):
        raise ConfigError("--policy", unknown, f"one of {', '.join(POLICIES)}")
    total, played = len(found) * len(chosen) * seeds, count(1)
    with WAITS.on(f"playing 0 of {total}") as told:
        numbers = range(seed, seed + seeds)
        results = play(found, chosen, numbers, jobs=jobs, progress=lambda: told(f"playing {next(played)} of {total}"))
    if as_json:
        document = {name: {policy: one.to_json() for policy, one in row.items()} for name, row in results.items()}
        typer.echo(json.dumps({"scenarios": document}, indent=2))
    else:
        screen = Console(highlight=False, emoji=False)
        for name, row in results.items():
            screen.print(table(name, found[name].title, row), "")
    for name, row in results.items() if figures else ():
        figure.draw(name, found[name], row, figures or Path())
