"""docs/api.md, written from the signatures and docstrings of tap_stack: `python -m tools.api_page --write`."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ForwardRef

import tap_stack
from tap_stack import Fleet, Healer, InfraConfig, Network, TapStack, aws_provider, components, export_outputs
from tap_stack.components.component import Component
from tap_stack.components.healer import HealerArgs
from tap_stack.config.args import FleetArgs, NetworkArgs, TapStackArgs
from tap_stack.config.knobs import knobs_of
from tap_stack.outputs import ContractOutputs, ExtraOutputs, FleetOutputs, NetworkOutputs
from tools import pages

COMMAND = "python -m tools.api_page --write"
FILE = "docs/api.md"

METHODS = ("from_pulumi", "load", "with_changes")
"""What people call on an InfraConfig; the rest is pydantic's, or for the components."""

ATTRIBUTES = ("networking", "security", "iam", "compute", "monitoring", "healing", "rollout")
"""The components that a TapStack has, by the attributes that hold them."""

_HEAD = f"""\
# API of the components

Written by `{COMMAND}` from the signatures and docstrings of `tap_stack`.
[own-programs.md](own-programs.md) shows how to use them.

```python
from tap_stack import {", ".join(sorted(tap_stack.__all__))}
```

These seven names are the interface. The components below can be reached through a `TapStack`, and change with it.

"""

_SECTION = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$", re.MULTILINE)
_ENTRY = re.compile(r"^(\w[\w, ]*): ")


def page() -> str:
    """The page."""
    return f"{_HEAD}{chr(10).join(_page())}".rstrip() + "\n"


def _page() -> Iterator[str]:
    yield from _described("TapStack", TapStack, TapStack.__init__)
    yield from _outputs()
    yield from _described("InfraConfig", InfraConfig, None)
    for name in METHODS:
        method = getattr(InfraConfig, name)
        yield from _described(f"InfraConfig.{name}", method, method, level=3)
    yield from _fields()
    yield from _described("Network", Network, Network.__init__)
    yield from _attributes(NetworkOutputs, Network)
    yield from _described("Fleet", Fleet, Fleet.__init__)
    yield from _attributes(NetworkOutputs, FleetOutputs)
    yield "### NetworkArgs, FleetArgs and TapStackArgs\n\nEach argument is a field of InfraConfig, above.\n"
    yield "| argument | of |\n|---|---|"
    yield from (f"| `{name}` | {who} |" for name, who in _arguments())
    yield ""
    yield from _described("Healer", Healer, Healer.__init__)
    yield from _attributes(Healer)
    yield from _described("HealerArgs", HealerArgs, None, level=3)
    yield from _attributes(HealerArgs)
    yield from _described("aws_provider", aws_provider, aws_provider)
    yield from _described("export_outputs", export_outputs, export_outputs)
    yield from _components()


def _described(name: str, what: object, called: Callable[..., Any] | None, level: int = 2) -> Iterator[str]:
    """A heading, how it is called, and what its docstring says."""
    yield f"{'#' * level} {name}\n"
    if called is not None:
        yield f"```python\n{_signature(name, called)}\n```\n"
    yield from _docstring(inspect.getdoc(what) or "")


def _signature(name: str, called: Callable[..., Any]) -> str:
    signature = inspect.signature(called)
    given = [each for each in signature.parameters.values() if each.name not in {"self", "cls"}]
    shown = ", ".join(str(each).replace("'", "") for each in given)
    answer = "" if signature.return_annotation in {None, "None"} else f" -> {signature.return_annotation}"
    call = f"{name}({shown}){answer}"
    if len(call) > 100:  # noqa: PLR2004 - what fits into a page
        rows = "".join(f"    {each},\n".replace("'", "") for each in given)
        call = f"{name}(\n{rows}){answer}"
    return call


def _docstring(words: str) -> Iterator[str]:
    """A docstring in Google's style as Markdown."""
    first, *sections = _SECTION.split(words)
    yield f"{first.strip()}\n"
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        if title in {"Returns", "Yields"}:
            yield f"**{title}:** {' '.join(body.split())}\n"
        else:
            yield f"**{title}:**\n"
            yield from _entries(textwrap.dedent(body.strip("\n")))
            yield ""


def _entries(body: str) -> Iterator[str]:
    """The entries of a section, each with the lines that it goes on in."""
    entries: list[str] = []
    for line in body.splitlines():
        if line.startswith(" ") or not line:
            entries[-1] += f" {line.strip()}"
        else:
            entries.append(_ENTRY.sub(r"`\1`: ", line))
    yield from (f"- {entry}" for entry in entries)


def _outputs() -> Iterator[str]:
    """The attributes that are outputs."""
    for title, owners in (("Outputs", (NetworkOutputs, ContractOutputs)), ("More outputs", (ExtraOutputs,))):
        yield f"### {title}\n\n{' '.join((inspect.getdoc(owners[-1]) or '').split())}\n"
        yield from _attributes(*owners)


def _arguments() -> Iterator[tuple[str, str]]:
    """Each argument, and the components that take it."""
    for name in TapStackArgs.__annotations__:
        takers = (("`Network`", NetworkArgs), ("`Fleet`", FleetArgs), ("`TapStack`", TapStackArgs))
        yield name, ", ".join(who for who, args in takers if name in args.__annotations__)


def _attributes(*owners: type) -> Iterator[str]:
    told = [item for owner in owners for item in vars(owner)["__annotations__"].items()]
    annotations = {name: kind for name, kind in told if not name.startswith("_")}
    yield "| attribute | type |\n|---|---|"
    yield from (f"| `{name}` | `{_cell(kind)}` |" for name, kind in annotations.items())
    yield ""


def _cell(words: object) -> str:
    words = words.__forward_arg__ if isinstance(words, ForwardRef) else words  # as a TypedDict has them
    return str(words).replace("|", "\\|")


def _fields() -> Iterator[str]:
    """The fields of InfraConfig with the keys that set them."""
    yield "### Fields\n"
    yield "Each is a key of the configuration: [configuration.md](configuration.md) has what is accepted.\n"
    yield "| field | key | default | what it is |\n|---|---|---|---|"
    for row in knobs_of(InfraConfig):
        default = str(row.default)
        yield f"| `{row.field}` | `{row.key}` | {f'`{default}`' if default else 'empty'} | {_cell(row.description)} |"
    for field, prefix, owner in (("healer", "healer", "Policy"), ("rollout", "rollout", "RolloutPolicy")):
        yield f"| `{field}` | `tap:{prefix}…` | | The numbers of the {field}, as a `{owner}` |"
    yield ""


def _components() -> Iterator[str]:
    """Each component that a stack is made of."""
    yield "## The components\n"
    yield f"A `TapStack` has them as attributes: {', '.join(f'`{name}`' for name in ATTRIBUTES)}.\n"
    for module in sorted(each.name for each in iter_modules(components.__path__)):
        loaded = import_module(f"{components.__name__}.{module}")
        for name, found in vars(loaded).items():
            if inspect.isclass(found) and issubclass(found, Component) and found.__module__ == loaded.__name__:
                if found in (Component, Healer, Network):
                    continue
                yield from _described(name, found, None, level=3)
                yield f"Type token: `tap:index:{name}`.\n"
                if "__annotations__" in vars(found):
                    yield from _attributes(found)


PAGES: pages.Pages = {FILE: lambda _: page()}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
