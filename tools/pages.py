"""Pages that are written from the program: whole files, or a part of a file between two marks.

A module that writes pages names them in `PAGES` and ends with `main(PAGES, COMMAND)`: with `--write` it writes them,
without it says whether they are current.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

Page: TypeAlias = Callable[[str], str]
"""The text of a file as it is ("" if there is no file) to the text as it should be."""

Pages: TypeAlias = Mapping[str, Page]
"""Path from the project's root to what should be there."""


def with_section(page: str, begin: str, body: str, end: str) -> str:
    """A page with the part between its marks renewed.

    Raises:
        ValueError: The marks are missing.
    """
    before, begins, rest = page.partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        raise ValueError(f"the page lacks the marks {begin} and {end}")
    return f"{before}{begin}{body}{end}{after}"


def outdated(root: Path, pages: Pages) -> list[str]:
    """The pages that are not as they should be."""
    return [name for name, page in pages.items() if (text := _read(root / name)) == "" or page(text) != text]


def write(root: Path, pages: Pages) -> None:
    """Write them all."""
    for name, page in pages.items():
        renewed = page(_read(root / name))
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(renewed, encoding="utf-8")


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def main(pages: Pages, command: str, before: Mapping[str, Callable[[], None]] | None = None) -> None:
    """Check or write the pages in the working directory; ends with 1 if one is outdated.

    Args:
        pages: The pages.
        command: What writes them, such as `python -m tools.guardrails_page --write`.
        before: What an option does before that, such as `--record`; its docstring is the option's help.
    """
    parser = argparse.ArgumentParser(description=f"Whether {', '.join(pages)} are current; exit code 1 if not.")
    parser.add_argument("--write", action="store_true", help="write them")
    for option, action in (before or {}).items():
        parser.add_argument(option, action="append_const", const=action, dest="before", help=action.__doc__)
    chosen = parser.parse_args()
    for action in getattr(chosen, "before", None) or ():
        action()
    if chosen.write:
        write(Path(), pages)
    elif wrong := outdated(Path(), pages):
        sys.exit(f"outdated: {', '.join(wrong)}; run {command}")
