"""TAP's components as the guardrails see them: a house, whose exceptions come with `tap-stack`."""

from __future__ import annotations

from pathlib import Path

from pulumi_guardrails.house import House, house_of
from tap_cli.deployed import TYPES
from tap_stack.config import model

SHOW_EXCEPTIONS = "tap check --exceptions"
"""The command that shows the exceptions in force."""


def tap_house() -> House:
    """The house: every component whose type begins with `TYPES`."""
    return house_of(TYPES, Path(model.__file__).parents[1])
