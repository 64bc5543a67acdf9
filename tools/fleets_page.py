"""docs/fleets.md, written from the public definitions in `tests/fleets`: `python -m tools.fleets_page --write`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from support.fleets.checks import CHECKS
from support.fleets.definitions import Book, book

from tools import pages

COMMAND = "python -m tools.fleets_page --write"
FILE = "docs/fleets.md"


def page() -> str:
    """The page."""
    read = book()
    expressed = [each for each in read.fleets if not each.cannot]
    repositories = {each.repository for each in read.fleets}
    head = f"""\
# Fleets of public programs

Written by `{COMMAND}` from `tests/fleets/fleets.yaml`.

What people ask of an Auto Scaling group, and the key of TAP's that gives it: {len(read.fleets)} groups of \
{len(repositories)} public repositories, in Terraform and Pulumi. They were chosen for breadth, so that the numbers tell
which knobs there are and not how common each is. `tests/fleets/test_fleets.py` deploys each of them and asks AWS for
every knob. TAP expresses {len(expressed)} of them in full.

A knob that is another's default counts where the definition names it.

## Expressed by a key

| knob | groups | keys of `tap:` |
|---|---|---|
"""
    return head + "".join(_asked(read)) + "".join(_otherwise(read)) + "".join(_cannot(read)) + "".join(_sources(read))


def _asked(read: Book) -> Iterator[str]:
    times = Counter(name for each in read.fleets for name in each.asks)
    for name, number in times.most_common():
        yield f"| {_words(name)} | {number} | {_keys(CHECKS[name].keys)} |\n"


def _otherwise(read: Book) -> Iterator[str]:
    times = Counter(name for each in read.fleets for name in each.otherwise)
    yield "\n## Done otherwise on purpose\n\n| knob | groups | what TAP does |\n|---|---|---|\n"
    for name, number in times.most_common():
        yield f"| {_words(name)} | {number} | {read.otherwise[name]} |\n"


def _cannot(read: Book) -> Iterator[str]:
    times = Counter(name for each in read.fleets for name in each.cannot)
    if not times:
        return
    yield "\n## Not expressed\n\n| knob | groups | what TAP has |\n|---|---|---|\n"
    for name, number in times.most_common():
        yield f"| {_words(name)} | {number} | {read.cannot[name]} |\n"


def _sources(read: Book) -> Iterator[str]:
    yield "\n## The groups\n\n| group | repository | language | not expressed |\n|---|---|---|---|\n"
    for each in read.fleets:
        missing = ", ".join(map(_words, each.cannot))
        yield f"| {each.name} | {each.repository} | {each.language} | {missing} |\n"


def _keys(keys: str) -> str:
    """`always`, or the keys as code."""
    if keys == "always":
        return "none: it is always so"
    names = [name for name in keys.replace(";", ",").replace("else ", "").split(",") if name.strip()]
    return ", ".join(f"`{name.strip()}`" for name in names)


def _words(name: str) -> str:
    return name.replace("_", " ")


PAGES: pages.Pages = {FILE: lambda _: page()}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
