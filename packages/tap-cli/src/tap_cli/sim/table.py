"""The comparison as a table for people."""

from __future__ import annotations

from rich.table import Table

from tap_cli.sim.run import PolicySummary, Spread

COLUMNS = (
    "policy",
    "to mark, s\nmed/p99/max",
    "to heal, s\nmed/p99/max",
    "not\nhealed",
    "inst-\nmin\nlost",
    "sound\nkilled",
    "most\nin\nflight",
    "lowest",
    "AWS\ncalls",
)
"""In several lines, so that a row fits into 80 columns."""

MINUTES_FROM = 900  # seconds
THOUSANDS_FROM = 10_000


def table(name: str, title: str, found: dict[str, PolicySummary]) -> Table:
    """One scenario: a row for each policy."""
    result = Table(
        title=f"[bold]{name}[/]  {title}", title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in COLUMNS:
        result.add_column(column, justify="left" if column == "policy" else "right", no_wrap=True, vertical="bottom")
    for policy, summary in found.items():
        result.add_row(policy, *_cells(summary))
    return result


def _cells(summary: PolicySummary) -> tuple[str, ...]:
    return (
        _spread(summary.seconds_to_mark),
        _spread(summary.seconds_to_heal),
        _count(summary.never_healed),
        _count(summary.capacity_lost_instance_minutes),
        _count(summary.healthy_killed),
        _count(summary.max_in_flight),
        _count(summary.min_capacity),
        _count(summary.aws_calls),
    )


def _spread(values: Spread) -> str:
    """Median / 99th percentile / worst."""
    return "/".join(map(_seconds, (values.median, values.p99, values.max)))


def _seconds(number: float | None) -> str:
    """Four digits of seconds would make the row too wide, so minutes from a quarter of an hour on: 896, 15m, 90m."""
    if number is None:
        return "-"
    return f"{number:.0f}" if number < MINUTES_FROM else f"{number / 60:.0f}m"


def _count(number: float) -> str:
    """Three digits, and thousands from 10,000 on: 0.5, 12, 9610, 55.7k, 1235k."""
    if number >= THOUSANDS_FROM:
        return f"{_three_digits(number / 1000)}k"
    return _three_digits(number)


def _three_digits(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"  # noqa: PLR2004 - where three digits end
