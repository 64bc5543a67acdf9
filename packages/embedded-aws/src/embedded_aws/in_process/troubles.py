"""Ways in which some requests of an operation fare worse than others: for `ApiFaults.troubled`.

A trouble takes the parameters of a request and returns how that one fares. It may remember those before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Params: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Fate:
    """How one request fares.

    Attributes:
        seconds: It is on its way for so much longer; for longer than the caller waits means that it never arrives.
        refused: The code of the error that AWS answers with; "" if it answers as ever.
    """

    seconds: float = 0.0
    refused: str = ""


Trouble: TypeAlias = Callable[[Params], Fate]

USUAL = Fate()
LOST = Fate(seconds=math.inf)


def slow(seconds: float) -> Trouble:
    """Each is on its way for so much longer."""
    return lambda _: Fate(seconds)


def lost_at_first(times: int, words: str) -> Trouble:
    """Of those in whose parameters the words stand, so many are lost; what comes after them is not."""
    left = [LOST] * times

    def fate(params: Params) -> Fate:
        concerned = any(words in str(value) for value in params.values())
        return left.pop() if concerned and left else USUAL

    return fate


def always_the_first(fate: Fate) -> Trouble:
    """What is asked for first fares so each time that it is asked for; all else fares well."""
    first: list[Params] = []

    def of(params: Params) -> Fate:
        if not first:
            first.append(dict(params))
        return fate if params == first[0] else USUAL

    return of
