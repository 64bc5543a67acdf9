"""docs/commands.md, written from the commands themselves: `python -m tools.commands_page --write`.

What stands between the two marks is replaced; the rest of the page is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

import typer

from tap_cli.cli import app
from tools import pages

COMMAND = "python -m tools.commands_page --write"
BEGIN, END = "<!-- written by tools/commands_page.py: begin -->", "<!-- end -->"

_MARKUP = re.compile(r"\[/?[a-z ]*\]")


def leaves() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, such as `local start`, in the order of the help."""
    yield from _below("", typer.main.get_command(app))


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for each in command.commands.values():
        yield from _below(f"{name} {each.name}".strip(), each)


def example(command: Any) -> str:
    """The example in a command's help, without markup; empty if it has none."""
    return _MARKUP.sub("", command.epilog or "").removeprefix("Example: ")


def render() -> str:
    """The part of the page that is written by this module."""
    return "\n".join(line for name, command in leaves() for line in _section(name, command))


def _section(name: str, command: Any) -> Iterator[str]:
    arguments = "".join(f" {each.metavar or each.name.upper()}" for each in command.params if _is_argument(each))
    yield f"### tap {name}{arguments}\n"
    yield f"{' '.join(command.help.split())}\n"
    yield f"    {example(command)}\n"
    options = [each for each in command.params if not _is_argument(each)]
    if options:
        yield "| option | default | what it does |\n|---|---|---|"
        types = get_type_hints(command.callback)
        yield from (_row(each, types.get(each.name)) for each in options)
        yield ""


def _is_argument(parameter: Any) -> bool:
    return not parameter.opts[0].startswith("-")


def _row(option: Any, type_: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    choices = ", ".join(f"`{each.value}`" for each in _choices(type_))
    text = f"{' '.join(option.help.split())}{f' One of {choices}.' if choices else ''}"
    return f"| {names} | {_default(option)} | {text} |"


def _default(option: Any) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    value = getattr(option.default, "value", option.default)
    return "" if value is None or isinstance(value, bool) or value == "" else f"`{value}`"


def _choices(type_: Any) -> list[Enum]:
    """The members of the enumeration that an option's type is, or is beside None."""
    kinds = [type_, *get_args(type_)]
    return [each for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum) for each in kind]


PAGES: pages.Pages = {
    "docs/commands.md": lambda text: pages.with_section(text, BEGIN, f"\n\n{render()}\n", END),
}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
