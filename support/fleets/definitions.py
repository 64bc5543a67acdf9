"""`tests/fleets/fleets.yaml`: the definitions, and how TAP expresses each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "tests" / "fleets" / "fleets.yaml"


@dataclass(frozen=True)
class Definition:
    """A group as its public program defines it.

    Attributes:
        name: A short name.
        repository: Owner and name on GitHub.
        paths: The files that define it.
        language: What they are written in.
        asks: The knobs that TAP expresses, with their values.
        chosen: Those among them whose values the program leaves to its caller.
        tap: TAP's configuration, without `tap:`; `$name` stands for something that the program presupposes.
        otherwise: The knobs that TAP expresses otherwise on purpose.
        cannot: The knobs that TAP cannot express.
    """

    name: str
    repository: str
    paths: Sequence[str]
    language: str
    asks: Mapping[str, Any]
    tap: Mapping[str, Any]
    chosen: Sequence[str] = ()
    otherwise: Sequence[str] = ()
    cannot: Sequence[str] = ()

    @property
    def knobs(self) -> set[str]:
        """All that it asks."""
        return {*self.asks, *self.otherwise, *self.cannot}

    def config(self, things: Mapping[str, str]) -> dict[str, str]:
        """TAP's configuration, with what the program presupposes by its ids."""
        return {f"tap:{key}": Template(_text(value)).substitute(things) for key, value in self.tap.items()}


@dataclass(frozen=True)
class Book:
    """All of them.

    Attributes:
        otherwise: Knob to what TAP does instead, and why.
        cannot: Knob to the reason why TAP does not have it.
    """

    fleets: Sequence[Definition]
    otherwise: Mapping[str, str]
    cannot: Mapping[str, str]


@cache
def book() -> Book:
    """The file, read once."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Book([Definition(**each) for each in read["fleets"]], read["otherwise"], read["cannot"])


def _text(value: Any) -> str:
    """A value as a stack's configuration has it; a list has commas between its values."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
