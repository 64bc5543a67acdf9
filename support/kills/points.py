"""Where a deployment can be interrupted, as `operation kind place`:

up step create:Vpc/tap-vpc-dev     the engine is killed when it has told that this step is done
up write #12                       the engine is killed when the 12th new state is about to take the old one's place
up before CreateSubnet#3           the engine is killed when it has recorded that it will make this call
up after CreateSubnet#3            the engine is killed when the call has changed the cloud, before it is answered
up program create:Vpc/tap-vpc-dev  the program is killed when it has been answered this registration
up unsent CreateSubnet#3           the connection breaks before the call has reached the cloud; nobody is killed
up lost CreateSubnet#3             the connection breaks when the call has changed the cloud; nobody is killed
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

KINDS = ("step", "write", "before", "after", "program", "unsent", "lost")
NOTHING = "same:"
"""How the name of a step begins that leaves everything as it is: an interruption there is like one elsewhere."""

ENGINE_DIES = frozenset({"step", "write", "before", "after"})
ON_THE_WIRE = frozenset({"before", "after", "unsent", "lost"})


@dataclass(frozen=True)
class Point:
    """One interruption: in which operation, of what, and where; see above."""

    operation: str
    kind: str
    place: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a point as it is written.

        Raises:
            ValueError: it is none.
        """
        operation, kind, place = (*text.split(" ", 2), "", "")[:3]
        if kind not in KINDS or not place:
            raise ValueError(f"{text!r} is not a point such as 'up after CreateVpc#1'; kinds: {', '.join(KINDS)}")
        return cls(operation, kind, place)

    def __str__(self) -> str:
        return f"{self.operation} {self.kind} {self.place}"


@dataclass(frozen=True)
class Course:
    """What an undisturbed run of an operation went through, each list in order."""

    steps: Sequence[str]
    registered: Sequence[str]
    writes: int
    changes: Sequence[str]

    def points(self, operation: str) -> list[Point]:
        """Every point of the operation."""
        places: dict[str, Iterable[str]] = {
            "step": [step for step in self.steps if not step.startswith(NOTHING)],
            "write": [f"#{number}" for number in range(1, self.writes + 1)],
            "program": [step for step in self.registered if not step.startswith(NOTHING)],
            **dict.fromkeys(sorted(ON_THE_WIRE), self.changes),
        }
        return [Point(operation, kind, place) for kind in KINDS for place in places[kind]]


def sample(points: Sequence[Point], wanted: int) -> list[Point]:
    """So many of the points, evenly spread, always the same ones; all of them if there are not that many."""
    if wanted >= len(points):
        return list(points)
    return [points[(2 * index + 1) * len(points) // (2 * wanted)] for index in range(wanted)]
