"""The locked requirements of the projects that `tap new` writes: `python -m tools.template_requirements --write`.

A project needs what TAP itself needs, in the versions that TAP is tested with: requirements.txt is
`requirements/production.txt`, requirements-dev.txt is the part of `requirements/dev.txt` that the project's test and
`tap` need. The first template has the files; the others have links to them, which a wheel and `pulumi new` follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import pages

COMMAND = "python -m tools.template_requirements --write"
ROOT = Path(__file__).parents[1]
FOLDER = "packages/tap-cli/src/tap_cli/templates/fleet"
WANTED = ("tap-cli", "embedded-pulumi[pytest]", "pytest")
"""What the environment of a project is for: `tap`, the program, and its test."""

_PIN = re.compile(r"^[A-Za-z0-9].*(?:\n[ ]+.*)*\n", re.MULTILINE)
"""A requirement with the hashes below it."""

PRODUCTION = """\
# What the program needs, in the versions that TAP is tested with. Made from TAP's own lock, with hashes:
#     pip install --require-hashes -r requirements.txt
# TAP itself is on no package index. `tap new --wheels` puts its wheel at the end; README.md says how to do it by hand.
"""
DEVELOPMENT = """\
# What the project's test and `tap` need beside that.
-r requirements.txt
"""


def pins(lock: str) -> dict[str, str]:
    """The requirements of a lock, with their hashes, by canonical name; some have one for each version of Python."""
    found: dict[str, str] = {}
    for pin in _PIN.findall(lock):
        name = canonicalize_name(Requirement(pin.partition(" \\")[0]).name)
        found[name] = found.get(name, "") + pin
    return found


def closure(wanted: tuple[str, ...]) -> set[str]:
    """The canonical names of all distributions that some need, on whatever platform and Python."""
    left, found = [Requirement(each) for each in wanted], set[tuple[str, str]]()
    while left:
        each = left.pop()
        for extra in ("", *each.extras):
            if (canonicalize_name(each.name), extra) not in found:
                found.add((canonicalize_name(each.name), extra))
                left += _needed(each.name, extra)
    return {name for name, _ in found}


def _needed(name: str, extra: str) -> Iterator[Requirement]:
    """What a distribution needs, or with an extra what it needs for that; nothing if it is not for this platform."""
    try:
        given = [Requirement(each) for each in requires(name) or ()]
    except PackageNotFoundError:
        return
    for each in given:
        marker = str(each.marker or "")
        if f'extra == "{extra}"' in marker if extra else "extra ==" not in marker:
            yield each


def production() -> str:
    """The requirements of the program."""
    return f"{PRODUCTION}{(ROOT / 'requirements/production.txt').read_text(encoding='utf-8')}"


def development() -> str:
    """What its test and `tap` need beside these."""
    lock = pins((ROOT / "requirements/dev.txt").read_text(encoding="utf-8"))
    already = pins(production())
    names = sorted(closure(WANTED) & lock.keys() - already.keys())
    return f"{DEVELOPMENT}{''.join(lock[name] for name in names)}"


PAGES: pages.Pages = {
    f"{FOLDER}/requirements.txt": lambda _: production(),
    f"{FOLDER}/requirements-dev.txt": lambda _: development(),
}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
