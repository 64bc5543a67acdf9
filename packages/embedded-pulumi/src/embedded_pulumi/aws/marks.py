"""How a create finds again what it made, when it was cut off before it was told the id.

AWS has client tokens for some calls, and remembers them for some time. Tags can be given with nearly every call that
makes something, are there from the same moment, and stay: so each create marks what it makes with a tag of its own,
which is told to nobody. What takes no tags has its place instead, such as a destination in a route table: what stands
at that place and is in everything as it was to be made counts as made.
"""

from __future__ import annotations

from typing import Any

from embedded_pulumi.values import Properties

MARK = "embedded-pulumi:creation"
"""The tag, and the key under which a create finds its mark among its inputs."""


def marked(props: Properties, token: str) -> Properties:
    """The inputs of a create, and its mark: under its own key, and among the tags that it gives."""
    if not token:
        return props
    tagged = {"tagsAll": {**props["tagsAll"], MARK: token}} if "tagsAll" in props else {}
    return {**props, **tagged, MARK: token}


def mark_of(answer: Properties) -> str | None:
    """The mark on something as it was read."""
    mark: Any = answer.get(MARK) or (answer.get("tagsAll") or {}).get(MARK)
    return None if mark is None else str(mark)


def takes_marks(answer: Properties) -> bool:
    """Whether something, as it was read, is of a kind that is marked."""
    return MARK in answer or "tagsAll" in answer


def unmarked(answer: Properties) -> Properties:
    """What was read, without the mark."""
    told = {name: value for name, value in answer.items() if name != MARK}
    if "tagsAll" in told:
        told["tagsAll"] = {key: value for key, value in told["tagsAll"].items() if key != MARK}
    return told
