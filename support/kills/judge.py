"""Whether a state keeps the rules of its format."""

from __future__ import annotations

from support.harness import check_integrity

from .engines import STACK
from .world import World

FULL_NAME = f"organization/tap/{STACK}"


def in_order(world: World, when: str) -> list[str]:
    """What rule of the format the state breaks, in words, if it breaks one."""
    state = world.state()
    if not state:
        return []
    try:
        check_integrity(state, FULL_NAME)
    except (AssertionError, KeyError) as error:
        return [f"{when} the state breaks a rule: {error!r}"]
    return []
