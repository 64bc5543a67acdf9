"""Chance that can be repeated: one independent stream of random numbers for each purpose, from one seed."""

from __future__ import annotations

from random import Random


def stream(seed: int, purpose: str) -> Random:
    """A source of random numbers that depends on nothing but the seed and what it is for.

    Streams apart from each other let two policies meet the same faults although they make different calls.
    """
    return Random(f"{seed}/{purpose}")  # noqa: S311 - a model: repeatable is what it has to be
