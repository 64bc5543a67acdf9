"""The comparison as a picture: a panel for each policy, with its sound capacity, the faults and the marks over time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tap_cli.errors import UsageError
from tap_cli.sim.run import PolicySummary
from tap_cli.sim.scenario import Scenario

COLOURS = {"ours": "#0b6e4f", "native": "#4a6fa5", "percent-20": "#b07410", "seed": "#8a5a44", "naive": "#7a3b69"}
OTHER, FAULT, WRONG = "#555555", "#222222", "#c1121f"
FORMATS = ("png", "svg")
PANEL, HEAD = 1.15, 0.9  # inches


def draw(name: str, scenario: Scenario, found: dict[str, PolicySummary], folder: Path) -> list[Path]:
    """Draw one scenario as PNG and SVG; of several seeds the first.

    The panels share their axes. The row of ticks at the bottom of a panel has the genuine faults, the row above it the
    marks: those of sound instances are red.

    Args:
        name: Becomes the name of the files.
        scenario: Its desired capacity at the beginning is a dashed line.
        found: What each policy did.
        folder: Where the files go; it is made.

    Raises:
        UsageError: Matplotlib is missing.
    """
    try:
        from matplotlib import rc_context  # noqa: PLC0415 - an extra, and slow to import
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - likewise
        from matplotlib.figure import Figure  # noqa: PLC0415 - likewise
    except ImportError:
        raise UsageError("figures need Matplotlib: pip install 'tap-cli[plots]'") from None
    picture = Figure(figsize=(9, PANEL * len(found) + HEAD), layout="constrained")
    FigureCanvasAgg(picture)
    panels = picture.subplots(len(found), sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, (policy, summary) in zip(panels, found.items(), strict=True):
        _panel(axes, policy, summary, scenario)
    lowest = min(summary.min_capacity for summary in found.values())
    room = max(1.0, 0.35 * (scenario.group.desired - lowest))  # below the lines, for the ticks
    panels[0].set_ylim(max(0, lowest) - room, scenario.group.desired + 0.3 * room)
    for axes, summary in zip(panels, found.values(), strict=True):
        _ticks(axes, summary, max(0, lowest) - room, room)
    panels[-1].set_xlabel("minutes; ticks: faults below (black), marks above, those of sound instances in red")
    picture.suptitle(f"{name}: {scenario.title}", fontsize="medium")
    picture.supylabel("sound instances in service", fontsize="small")
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{kind}" for kind in FORMATS]
    with rc_context({"svg.hashsalt": "tap", "svg.fonttype": "none"}):  # the same bytes each time
        for path in paths:
            picture.savefig(path, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def _panel(axes: Any, policy: str, summary: PolicySummary, scenario: Scenario) -> None:
    """The capacity of one policy, and in words what it cost."""
    last = (float(scenario.minutes), summary.capacity[-1][1])  # the line goes on to the end of the scenario
    times, numbers = zip(*summary.capacity, last, strict=True)
    colour = COLOURS.get(policy, OTHER)
    axes.axhline(scenario.group.desired, color="#888888", linestyle="--", linewidth=0.8)
    axes.step(times, numbers, where="post", color=colour, linewidth=1.4)
    cost = (
        f"{policy}: {summary.healthy_killed:g} sound killed, "
        f"{summary.capacity_lost_instance_minutes:,.0f} instance-minutes lost, "
        f"at most {summary.max_in_flight} in flight"
    )
    axes.set_title(cost, loc="left", fontsize="small", color=colour, pad=3)
    axes.set_xlim(0, scenario.minutes)
    axes.grid(visible=True, alpha=0.25)
    axes.tick_params(labelsize="small")


def _ticks(axes: Any, summary: PolicySummary, bottom: float, room: float) -> None:
    """Faults and marks as two rows of ticks, without a tick upon another of the same pixel."""
    rows = (
        (summary.faults, 0.05, FAULT),
        ([at for at, sound in summary.marks if not sound], 0.5, axes.get_lines()[-1].get_color()),
        ([at for at, sound in summary.marks if sound], 0.5, WRONG),
    )
    for times, up, colour in rows:
        seen = sorted({round(at, 1) for at in times})
        axes.vlines(seen, bottom + up * room, bottom + (up + 0.35) * room, color=colour, linewidth=0.9)
