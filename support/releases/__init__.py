"""A release of the past, to update from: the program and its package as they were on their first day.

`2026-11-23.zip` is `__main__.py` and `tap_stack` of the last commit of that day (3f8b035), less what no deployment
imports. Its fleet has pulumi-aws's own instance refresh, and there is no function that rolls out.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZipFile

FIRST = Path(__file__).with_name("2026-11-23.zip")
ROOT = Path(__file__).parents[2]
PACKAGE = "tap_stack"


def put_first(project: Path) -> None:
    """Put the first release's program into a project; its package stands beside it, before the installed one."""
    with ZipFile(FIRST) as archive:
        archive.extractall(project)


def put_today(project: Path) -> None:
    """Put today's program in its place, which imports the installed package."""
    shutil.rmtree(project / PACKAGE)
    shutil.copy(ROOT / "__main__.py", project)
