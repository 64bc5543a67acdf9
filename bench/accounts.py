"""The whole story of a stack on one kind of account after the other, and the table of it in docs/accounts.md.

    python -m bench.accounts [--only new --only locked] [--write]

First deployment, nothing to do, resize, image, drift and refresh, protect, destroy, and the same stack again: each in
an embedded AWS of its own. Where the program can succeed every step must; where it cannot, one line must say so before
anything is made. Exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from support.accounts.kinds import TRIED, Tried
from support.accounts.story import Course, Story

PAGE = Path(__file__).parents[1] / "docs" / "accounts.md"
BEGIN, END = "<!-- table: written by bench/accounts.py -->", "<!-- end of table -->"
HEAD = "| account | what is peculiar | the user sets | outcome |\n|---|---|---|---|"
STEPS = 8


def main() -> int:
    """Try the kinds, print a line for each, and write the table if asked to; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [each.name for each in TRIED]
    parser.add_argument("--only", action="append", choices=names, metavar="KIND", help=f"one of: {', '.join(names)}")
    parser.add_argument("--write", action="store_true", help="write the table of docs/accounts.md")
    options = parser.parse_args()
    chosen = [each for each in TRIED if not options.only or each.name in options.only]
    courses = [(tried, _told(tried)) for tried in chosen]
    wrong = [tried.name for tried, course in courses if not _as_expected(tried, course)]
    print(f"{len(courses)} kinds of account, {len(wrong)} not as expected{': ' if wrong else ''}{', '.join(wrong)}")
    if options.write:
        _write({tried.name: _row(tried, course) for tried, course in courses})
    return 1 if wrong else 0


def _write(rows: Mapping[str, str]) -> None:
    """Put these rows into the page's table, beside those of kinds that were not tried now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    kept = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines() if line.startswith("| ")}
    told = [rows.get(each.name) or kept.get(each.name) for each in TRIED]
    lines = [HEAD, *filter(None, told)]
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", encoding="utf-8")


def _told(tried: Tried) -> Course:
    with tempfile.TemporaryDirectory(prefix="tap-accounts-") as folder:
        course = Story(tried, Path(folder)).tell()
    mark = "ok   " if _as_expected(tried, course) else "WRONG"
    print(f"{mark} {course.seconds:5.0f} s  {tried.name}: {_outcome(course)}", flush=True)
    return course


def _as_expected(tried: Tried, course: Course) -> bool:
    if tried.refused:
        return tried.refused in course.refused and course.made == 0
    return not course.failed and len(course.passed) == STEPS


def _outcome(course: Course) -> str:
    if course.refused:
        when = "before anything is made" if not course.made else f"after {course.made} resources were made"
        return f"refused {when}: {course.refused}"
    return course.failed or f"all {len(course.passed)} steps"


def _row(tried: Tried, course: Course) -> str:
    config = ", ".join(f"`{key}={value}`" for key, value in tried.config.items())
    return f"| {tried.name} | {tried.told} | {config or '-'} | {_outcome(course).replace('|', '/')} |"


if __name__ == "__main__":
    sys.exit(main())
