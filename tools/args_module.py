"""tap_stack/config/args.py, written from the configuration's fields: `python -m tools.args_module --write`.

A TypedDict cannot be made of other classes where type checkers and Pulumi's analyzer are to read it, so it is a file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tap_stack.config import InfraConfig
from tap_stack.config.arguments import ZONE_NAMES
from tap_stack.config.knobs import DOCUMENT, knobs_of
from tools import pages

COMMAND = "python -m tools.args_module --write"
FILE = "packages/tap-stack/src/tap_stack/config/args.py"

TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "list": "list[str]",
    "map": "dict[str, str]",
    "integer or list": "int",
    DOCUMENT: "str",
}
"""Type of a knob to the type of an argument. Pulumi's schemas know no unions."""

_HEAD = f'''"""What a TapStack takes as arguments: each is a field of InfraConfig, and a configuration key.

Written by `{COMMAND}`. Pulumi's analyzer reads types and docstrings here, and cannot read
annotations that are texts: hence no `from __future__ import annotations`.
"""

from typing import TypedDict


class TapStackArgs(TypedDict, total=False):
    """What a stack is to be. What is not said here comes from the configuration keys, and else is the default."""

'''


def page() -> str:
    """The module."""
    return _HEAD + "\n".join(_fields())


def _fields() -> Iterator[str]:
    for row in knobs_of(InfraConfig):
        words = f"{row.description} Accepted: {row.accepted}."
        if row.type == "integer or list":
            yield from _field(row.field, TYPES[row.type], f"{row.description.partition(',')[0]}.")
            yield from _field(ZONE_NAMES[row.field], "list[str]", "Names of zones, in place of their number.")
        else:
            yield from _field(row.field, TYPES[row.type], words)
    for name, owner in (("healer", "Policy"), ("rollout", "RolloutPolicy")):
        yield from _field(name, "dict[str, int]", f"Numbers of the {name}, by their field in `{owner}`.")


def _field(name: str, type_: str, words: str) -> Iterator[str]:
    """One argument, and its docstring in lines that fit."""
    text = words.replace("\\", "\\\\")
    lines = textwrap.wrap(f'"""{text}', 113, break_long_words=False, break_on_hyphens=False)
    ending = '"""' if len(lines) == 1 else '\n"""'
    yield f"    {name}: {type_}"
    yield textwrap.indent("\n".join(lines) + ending, "    ") + "\n"


PAGES: pages.Pages = {FILE: lambda _: page()}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
