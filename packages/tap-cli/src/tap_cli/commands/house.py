"""TAP's components as the guardrails see them: a house, whose exceptions come with `tap-stack`."""

from __future__ import annotations

from pathlib import Path

import tap_stack
from pulumi_guardrails.house import House, house_of

SHOW_EXCEPTIONS = "tap check --exceptions"
"""The command that shows the exceptions in force."""


def tap_house() -> House:
    """The house: every component whose type begins with `tap:index:`."""
    return house_of("tap:index:", Path(tap_stack.__file__).parent)
