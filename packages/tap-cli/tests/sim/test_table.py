"""The comparison fits into a terminal of 80 columns, however large its figures are."""

from __future__ import annotations

import io

from rich.console import Console

from tap_cli.sim.run import PolicySummary, Spread
from tap_cli.sim.table import table


def printed(summary: PolicySummary) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    console.print(table("ten-thousand", "a flood", {"percent-20": summary}))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def test_a_row_of_large_figures_is_not_cut() -> None:
    spread = Spread(6660.0, 6840.0, 6840.0)
    *_, row = printed(
        PolicySummary(spread, spread, 10_401.5, 55_726.0, 10_401.0, 10_609, 9_610, 1_234_567.0, (), (), ())
    )

    assert row.split() == [
        "percent-20",
        "111m/114m/114m",
        "111m/114m/114m",
        "10.4k",
        "55.7k",
        "10.4k",
        "10.6k",
        "9610",
        "1235k",
    ]


def test_small_figures_are_exact_and_missing_ones_a_dash() -> None:
    nothing = Spread(None, None, None)
    *_, row = printed(PolicySummary(Spread(142.0, 142.4, 899.0), nothing, 0.5, 127.6, 0.0, 2, 11, 60.0, (), (), ()))

    assert row.split() == ["percent-20", "142/142/899", "-/-/-", "0.5", "128", "0", "2", "11", "60"]
