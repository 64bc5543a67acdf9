"""One life of the whole stack in which it is interrupted again and again: `python -m support.kills.chain <folder>`.

Each deployment takes up where the one before was interrupted, so that it takes little longer than one life without.
What was ever made twice, or lost, is still there when the stack is gone. The outcome is left in `<folder>/life.json`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from .engines import NO_BLOW
from .inventory import differences
from .judge import in_order
from .points import Point
from .world import BASE, World

BLOWS = (
    "up after CreateNatGateway#1",  # found again by the next, by its mark
    "up lost AddPermission#1",  # found again at once, by its place
    "destroy after DetachInternetGateway#1",
    "destroy",
)


def lived(folder: Path) -> dict[str, Any]:
    """How each deployment ended, what was wrong with the state, and what was left in the end."""
    world = World(folder)
    empty = world.inventory()
    codes, wrong, resources = {}, [], 0
    for text in BLOWS:
        blow = Point.parse(text) if " " in text else NO_BLOW
        codes[text] = world.deploy(text.partition(" ")[0], BASE, blow).code
        wrong += in_order(world, text)
        resources = max(resources, len(world.resources()))
    left = differences(empty, world.inventory())
    return {"codes": codes, "wrong": wrong + world.cloud.failures, "resources": resources, "left": left}


if __name__ == "__main__":
    life = lived(Path(sys.argv[1]))
    (Path(sys.argv[1]) / "life.json").write_text(json.dumps(life))
    os._exit(0)
