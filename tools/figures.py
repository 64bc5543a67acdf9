"""The figures of the tree: how large it is, and how hard it is to read. `make figures` prints them.

    python -m tools.figures [--json] [--list NAME]

`tests/house/test_figures.py` holds a ceiling for each of those that must not grow.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
CRUMB = 6  # lines: a private function that is used once and is not longer makes the reader jump for little
WINDOW = 8  # lines that are the same in two places
WORD = re.compile(r"\w+")
PLACE = re.compile(r"^\| `(packages/[^`]+)` \|", re.MULTILINE)
SAME = {  # names of types that several modules define, each with the one thing that it means in all of them
    "Activity": "a scaling activity of an Auto Scaling group",
    "Check": "a status check of EC2's",
    "Group": "an Auto Scaling group",
    "LambdaContext": "the context object that Lambda hands to a handler",
    "Member": "an instance of an Auto Scaling group",
    "Statement": "a statement of an IAM policy",
    "Sweep": "one run of the healer",
    "Template": "a launch template in one version",
}


@dataclass(frozen=True)
class Function:
    """A function of the sources."""

    where: str
    name: str
    lines: int

    @property
    def is_private(self) -> bool:
        """Whether its name says that nobody else is to use it."""
        return self.name.startswith("_") and not self.name.endswith("__")


@cache
def sources() -> tuple[Path, ...]:
    """Every module of the five distributions."""
    return tuple(sorted((ROOT / "packages").glob("*/src/**/*.py")))


@cache
def tree_of(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def lines_of_distributions() -> dict[str, int]:
    """Lines of Python in `src/` of each distribution."""
    return {path.name: count_lines(path / "src") for path in sorted((ROOT / "packages").iterdir())}


def lines_of_tests() -> int:
    """Lines of Python in all suites and in what they share."""
    folders = [*(ROOT / "packages").glob("*/tests"), ROOT / "tests", ROOT / "support"]
    return sum(map(count_lines, folders))


def count_lines(folder: Path) -> int:
    """Lines of Python below a folder."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.rglob("*.py"))


def functions() -> Iterator[Function]:
    """Each function of the sources."""
    for path in sources():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                yield Function(f"{path.relative_to(ROOT)}:{node.lineno}", node.name, length)


def crumbs() -> list[str]:
    """Private functions of at most six lines that are named once beside their definition, in their own module."""
    named = {path: Counter(WORD.findall(path.read_text(encoding="utf-8"))) for path in sources()}
    return [
        f"{each.where} {each.name}"
        for each in functions()
        if each.is_private and each.lines <= CRUMB and named[ROOT / each.where.partition(":")[0]][each.name] == 2  # noqa: PLR2004 - its definition and its use
    ]


def twins() -> list[str]:
    """Names of classes that are defined more than once in the sources, and where, but for those in `SAME`."""
    found = defaultdict(list)
    for path in sources():
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(ROOT)))
    return [
        f"{name}: {', '.join(places)}" for name, places in sorted(found.items()) if len(places) > 1 and name not in SAME
    ]


def copies() -> list[str]:
    """Places where eight lines in a row are the same as in an earlier place; blank lines and imports do not count."""
    first: dict[tuple[str, ...], str] = {}
    found = []
    for path in sources():
        imports = {
            number
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        rows = [(number, text.strip()) for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)]
        rows = [row for row in rows if row[1] and row[0] not in imports]
        last = 0
        for start in range(len(rows) - WINDOW + 1):
            window = tuple(text for _, text in rows[start : start + WINDOW])
            place = f"{path.relative_to(ROOT)}:{rows[start][0]}"
            if first.setdefault(window, place) != place and start >= last:
                found.append(f"{place} as in {first[window]}")
                last = start + WINDOW
    return found


def places_of_a_type() -> list[str]:
    """The files that a new resource type touches, as docs/adding-a-type.md lists them; a test holds it to them."""
    return PLACE.findall((ROOT / "docs" / "adding-a-type.md").read_text(encoding="utf-8"))


def figures() -> dict[str, float]:
    """Each figure by its name."""
    lengths = sorted(each.lines for each in functions())
    return {
        **{f"lines of {name}": lines for name, lines in lines_of_distributions().items()},
        "lines of all five": sum(lines_of_distributions().values()),
        "lines of tests": lines_of_tests(),
        "lines of a function, median": statistics.median(lengths),
        "lines of a function, 90th percentile": lengths[int(len(lengths) * 0.9)],
        "lines of the longest function": lengths[-1],
        "private functions used once and short, percent": round(100 * len(crumbs()) / len(lengths), 1),
        "names of types with two meanings": len(twins()),
        "pairs of eight identical lines": len(copies()),
        "files for a new resource type": len(places_of_a_type()),
    }


LISTS = {"crumbs": crumbs, "twins": twins, "copies": copies, "places": places_of_a_type}


def main() -> None:
    """Print the figures, or what one of them counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--list", choices=sorted(LISTS), help="print each case that is counted")
    given = parser.parse_args()
    if given.list:
        print(*LISTS[given.list](), sep="\n")
    elif given.json:
        print(json.dumps(figures(), indent=2))
    else:
        for name, value in figures().items():
            print(f"{value:>10,} {name}")


if __name__ == "__main__":
    main()
