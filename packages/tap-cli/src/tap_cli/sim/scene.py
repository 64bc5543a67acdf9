"""One mark, and all that a rule may look at to judge it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from tap_cli.sim.memory import PROBE, Memory, SeenMark, braked_zones, serving, shifted_zones
from tap_cli.sim.sightings import Entry, SeenSweep, Since

CLOCK = timedelta(seconds=1)  # AWS's Date has no fractions
DOUBT = timedelta(seconds=30)  # the healer may not know to the second when its probe took effect
INSTANCE = re.compile(r"\bi-[0-9a-f]{8,17}\b")


@lru_cache(maxsize=50_000)
def instance_in(text: str) -> str:
    """The id of the instance that a text names first; "" where none can be read."""
    found = INSTANCE.search(text)
    return found.group() if found else ""


@dataclass
class Scene:
    """All that a rule may look at.

    Attributes:
        fleeing: Ids of those that the healer has marked and that are members still, in truth.
    """

    memory: Memory
    sweep: SeenSweep
    mark: SeenMark
    fleeing: set[str]

    @cached_property
    def members(self) -> dict[str, Entry]:
        """The members that the sweep was shown last."""
        return self.sweep.members

    @cached_property
    def serving(self) -> dict[str, Entry]:
        """Those of them that are in service."""
        return serving(self.members)

    @cached_property
    def launches(self) -> list[tuple[str, Entry]]:
        """Launches that the sweep was shown, each with the instance's id, or "" where none can be read."""
        activities = self.sweep.activities.values()
        return [(instance_in(text), each) for each in activities if "aunch" in (text := each.get("Description", ""))]

    @cached_property
    def impaired(self) -> dict[str, Since]:
        """The instances that the sweep was told to fail a check."""
        return self.sweep.impaired

    @cached_property
    def braked(self) -> set[str]:
        """The zones under the brake, as the sweep was shown them."""
        return braked_zones(self.members, self.impaired)

    @cached_property
    def hidden(self) -> set[str]:
        """The zones that have a pace of their own: at fault, shifted away from, or at fault when they were probed.

        By property 9 a zone stays under the brake for the interval of its probe, and leaves the others unaffected. A
        zone that was never shown to be at fault is not hidden, whatever was replaced there.
        """
        probed = {mark.zone for mark in self.done if mark.braked and mark.time > self.now - PROBE - DOUBT}
        return self.braked | shifted_zones(self.sweep) | probed

    @cached_property
    def now(self) -> datetime:
        """When the mark reaches AWS."""
        return self.mark.time

    @property
    def done(self) -> list[SeenMark]:
        """Marks that took effect before this one, oldest first."""
        return self.memory.marks
