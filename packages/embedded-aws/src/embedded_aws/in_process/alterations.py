"""Answers of AWS that differ from what their reader knows: for `ApiFaults.altered`.

An alteration takes an answer, leaves it as it is, and returns the one that is given instead.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

Alteration: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]

WORDS = (
    "At {at} capacity was adjusted.",
    "Fleet maintenance event",
    "An EC2 instance was exchanged following a health signal",
    "Instance {id} left the group",
    "Instance {id} joined the group",
    "",
)


def without(*keys: str) -> Alteration:
    """Answers that lack these keys, wherever they stand."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key not in keys}
        return [strip(item) for item in value] if isinstance(value, list) else value

    return lambda answer: {key: strip(item) for key, item in answer.items() if key not in keys}


def with_value(name: str, value: object) -> Alteration:
    """Answers in which `name` has this value wherever it stands, such as an unknown `Status`."""

    def put(found: Any) -> Any:
        if isinstance(found, dict):
            return {key: value if key == name else put(item) for key, item in found.items()}
        return [put(item) for item in found] if isinstance(found, list) else found

    return lambda answer: {key: value if key == name else put(item) for key, item in answer.items()}


class UnforeseenError(Exception):
    """An error that no caller knows."""


class Puzzle:
    """A value that raises an unknown error whenever somebody looks at it."""

    def __getattribute__(self, name: str) -> Any:
        """Every look fails, the one at its type included."""
        raise UnforeseenError(name)


def puzzling(name: str) -> Alteration:
    """Answers in which a puzzle stands under `name`: a failure that nobody has foreseen."""
    return with_value(name, Puzzle())


def reworded(words: Callable[[dict[str, Any]], dict[str, Any]]) -> Alteration:
    """Activities told otherwise; `words` takes one of `Activities` and returns the keys that differ."""
    return lambda answer: answer | {"Activities": [entry | words(entry) for entry in answer.get("Activities", [])]}


def in_drawn_words(seed: int) -> Alteration:
    """Activities whose Description and Cause are words that mean nothing; the same activity always has the same."""

    def words(entry: dict[str, Any]) -> dict[str, Any]:
        rng = Random(f"{seed} {entry['ActivityId']}")  # noqa: S311 - a model's history, not a secret
        instance_id = entry.get("Description", "").rpartition(" ")[2]
        drawn = [rng.choice(WORDS).format(at=entry.get("StartTime", ""), id=instance_id) for _ in range(2)]
        return {"Description": drawn[0], "Cause": drawn[1]}

    return reworded(words)


def sometimes(chance: float, rng: Random, alteration: Alteration) -> Alteration:
    """The alteration for some answers only, each on its own."""
    return lambda answer: alteration(answer) if rng.random() < chance else answer


def one_after_another(*alterations: Alteration) -> Alteration:
    """Several alterations, in this order."""

    def alter(answer: dict[str, Any]) -> dict[str, Any]:
        for alteration in alterations:
            answer = alteration(answer)
        return answer

    return alter
