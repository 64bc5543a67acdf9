"""The comparison as a table for people."""

from __future__ import annotations

from rich.table import Table

from tap_stack.sim.run import Spread, Summary

COLUMNS = (
    "policy",
    "to mark, s\nmed/p99/max",
    "to heal, s\nmed/p99/max",
    "not\nhealed",
    "lost,\ninst-min",
    "sound\nkilled",
    "most in\nflight",
    "lowest",
    "AWS\ncalls",
)
"""Two lines each, so that a row fits into 80 columns."""


def table(name: str, title: str, found: dict[str, Summary]) -> Table:
    """One scenario: a row for each policy."""
    result = Table(
        title=f"[bold]{name}[/]  {title}", title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in COLUMNS:
        result.add_column(column, justify="left" if column == "policy" else "right", no_wrap=True, vertical="bottom")
    for policy, summary in found.items():
        result.add_row(policy, *_cells(summary))
    return result


def _cells(summary: Summary) -> tuple[str, ...]:
    return (
        _spread(summary.seconds_to_mark),
        _spread(summary.seconds_to_heal),
        f"{summary.never_healed:g}",
        f"{summary.capacity_lost_instance_minutes:.0f}",
        f"{summary.healthy_killed:g}",
        f"{summary.max_in_flight}",
        f"{summary.min_capacity}",
        f"{summary.aws_calls:.0f}",
    )


def _spread(values: Spread) -> str:
    """Median / 99th percentile / worst."""
    numbers = (values.median, values.p99, values.max)
    return "/".join("-" if number is None else f"{number:.0f}" for number in numbers)
