"""Chance that is the same in every run."""

from __future__ import annotations

from random import Random


def stream(purpose: str) -> Random:
    """Random numbers for one purpose; those for another are others."""
    return Random(f"0/{purpose}")  # noqa: S311 - a model: repeatable is what it has to be
