"""tap_stack/config/args.py, written from the configuration's fields: `python -m tools.args_module --write`.

A TypedDict cannot be made of other classes where type checkers and Pulumi's analyzer are to read it, so it is a file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from tap_stack.config import InfraConfig
from tap_stack.config.arguments import NETWORK, ZONE_NAMES
from tap_stack.config.knobs import DOCUMENT, Knob, knobs_of
from tap_stack.config.network import OF_NETWORKS
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

IDS = {name: "Sequence[pulumi.Input[str]]" if name.endswith("_ids") else "str" for name in NETWORK}
"""The arguments that may be outputs, which a knob cannot say."""

COMMON = (
    "region", "environment", "name_prefix", "environment_suffix", "instance_type", "log_retention_days", "tags",
    "permissions_boundary", "iam_path", "protect",
)  # fmt: skip
OF_STACK = ("reserved_concurrency", "healer_mode")
"""Fields by the component whose argument they are. Every other one is the fleet's."""

_HEAD = f'''"""What the components take as arguments: each is a field of InfraConfig, and a configuration key.

Written by `{COMMAND}`. Pulumi's analyzer reads types and docstrings here, and cannot read
annotations that are texts: hence no `from __future__ import annotations`.
"""

from collections.abc import Sequence
from typing import TypedDict

import pulumi
'''

_CLASSES = {
    "CommonArgs(TypedDict, total=False)": "What every component takes. Else the configuration key holds.",
    "NetworkArgs(CommonArgs, total=False)": "What a network is to be.",
    "FleetArgs(CommonArgs, total=False)": "What a fleet is to be, and the network that it stands in.",
    "TapStackArgs(NetworkArgs, FleetArgs, total=False)": "What a stack is to be. What is not said here comes from the "
    "configuration keys, and else is the default.",
}


def page() -> str:
    """The module."""
    rows = knobs_of(InfraConfig)
    parts = [COMMON, OF_NETWORKS, None, OF_STACK]
    taken = {*COMMON, *OF_NETWORKS, *OF_STACK}
    text = _HEAD
    for (declared, words), names in zip(_CLASSES.items(), parts, strict=True):
        fields = [row for row in rows if (row.field in names if names is not None else row.field not in taken)]
        numbers = (
            [("rollout", "RolloutPolicy")] if names is None else [("healer", "Policy")] if names == OF_STACK else []
        )
        text += f"\n\nclass {declared}:\n" + textwrap.indent(_quoted(words), "    ") + "\n\n"
        text += "\n".join([*_fields(fields), *(line for each in numbers for line in _numbers(*each))])
    return text


def _fields(rows: Iterable[Knob]) -> Iterator[str]:
    for row in rows:
        words = f"{row.description} Accepted: {row.accepted}."
        if row.type == "integer or list":
            yield from _field(row.field, TYPES[row.type], f"{row.description.partition(',')[0]}.")
            yield from _field(ZONE_NAMES[row.field], "list[str]", "Names of zones, in place of their number.")
        elif row.field in IDS:
            yield from _field(row.field, f"pulumi.Input[{IDS[row.field]}]", words)
        else:
            yield from _field(row.field, TYPES[row.type], words)


def _numbers(name: str, owner: str) -> Iterator[str]:
    return _field(name, "dict[str, int]", f"Numbers of the {name}, by their field in `{owner}`.")


def _field(name: str, type_: str, words: str) -> Iterator[str]:
    """One argument, and its docstring."""
    yield f"    {name}: {type_}"
    yield textwrap.indent(_quoted(words), "    ") + "\n"


def _quoted(words: str) -> str:
    """A docstring in lines that fit."""
    text = words.replace("\\", "\\\\")
    lines = textwrap.wrap(f'"""{text}', 113, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + ('"""' if len(lines) == 1 else '\n"""')


PAGES: pages.Pages = {FILE: lambda _: page()}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
