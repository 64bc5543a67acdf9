"""Marks: tags by which a create that was cut off finds the resource that it made.

A create may be cut off before it gets the id of the resource. AWS's client tokens exist only for some calls, and AWS
forgets them after some time. But nearly every call that makes a resource can tag it, and the tag stays. So each create
adds a tag with its token, which no output shows.

A resource that takes no tags has a place instead, such as a destination in a route table. If the resource in that place
has all the properties that the create gave it, the create made it.
"""

from __future__ import annotations

from typing import Any

from embedded_pulumi.values import Properties

MARK = "embedded-pulumi:creation"
"""The key of the tag, and of the mark among the inputs of a create."""


def marked(props: Properties, token: str) -> Properties:
    """The inputs of a create with its mark, under its own key and among the tags."""
    if not token:
        return props
    tagged = {"tagsAll": {**props["tagsAll"], MARK: token}} if "tagsAll" in props else {}
    return {**props, **tagged, MARK: token}


def mark_of(answer: Properties) -> str | None:
    """The mark of a resource that was read, or None."""
    mark: Any = answer.get(MARK) or (answer.get("tagsAll") or {}).get(MARK)
    return None if mark is None else str(mark)


def takes_marks(answer: Properties) -> bool:
    """Whether a resource that was read is of a type that takes marks."""
    return MARK in answer or "tagsAll" in answer


def unmarked(answer: Properties) -> Properties:
    """The properties that were read, without the mark."""
    told = {name: value for name, value in answer.items() if name != MARK}
    if "tagsAll" in told:
        told["tagsAll"] = {key: value for key, value in told["tagsAll"].items() if key != MARK}
    return told
