"""The comparison as a picture: sound capacity over time, a line for each policy."""

from __future__ import annotations

from pathlib import Path

from tap_cli.errors import UsageError
from tap_cli.sim.run import PolicySummary
from tap_cli.sim.scenario import Scenario

COLOURS = {"ours": "#0b6e4f", "native": "#4a6fa5", "percent-20": "#e0a030", "seed": "#c1554d", "naive": "#7a3b69"}
FORMATS = ("png", "svg")


def draw(name: str, scenario: Scenario, found: dict[str, PolicySummary], folder: Path) -> list[Path]:
    """Draw one scenario as PNG and SVG; of several seeds the first.

    Args:
        name: Becomes the name of the files.
        scenario: Its desired capacity at the beginning is a dashed line.
        found: What each policy did.
        folder: Where the files go; it is made.

    Raises:
        UsageError: Matplotlib is missing.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra, and slow to import
        from matplotlib.figure import Figure  # noqa: PLC0415 - likewise
    except ImportError:
        raise UsageError("figures need Matplotlib: pip install 'tap-cli[plots]'") from None
    picture = Figure(figsize=(9, 4.5), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.subplots()
    axes.axhline(scenario.group.desired, color="#888888", linestyle="--", linewidth=0.8, label="desired")
    for policy, summary in found.items():
        last = (float(scenario.minutes), summary.capacity[-1][1])  # the line goes on to the end of the scenario
        times, numbers = zip(*summary.capacity, last, strict=True)
        axes.step(times, numbers, where="post", label=policy, color=COLOURS.get(policy), linewidth=1.6)
    axes.set(
        title=f"{name}: {scenario.title}",
        xlabel="minutes",
        ylabel="sound instances in service",
        xlim=(0, scenario.minutes),
    )
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.25)
    axes.legend(loc="lower left", ncols=3, fontsize="small")
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{kind}" for kind in FORMATS]
    for path in paths:
        picture.savefig(path, dpi=120, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths
