"""Tags that EC2 refuses, on whatever a call tags; moto keeps them all.

Source: botocore 1.44.5, ec2 Tag.Key ("a maximum of 127 Unicode characters. May not begin with aws:") and Tag.Value
("a maximum of 256"); the words for reserved keys as in jcjorel/ec2-spot-converter 13 (read 2026-11-29).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from embedded_aws.calls import AwsError, Call

RESERVED = "aws:"
LONGEST_KEY, LONGEST_VALUE = 127, 256
RESERVED_KEYS = "Tag keys starting with 'aws:' are reserved for internal use"


def check(call: Call) -> None:
    """Refuse an EC2 call with a tag that cannot be.

    Raises:
        AwsError: `InvalidParameterValue`.
    """
    if call.service == "ec2" and not call.action.startswith("Describe"):
        for tags in _tag_lists(call.params):
            check_tags(tags)


def _tag_lists(params: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    """The tags of the call itself, and those of what it makes; launch data is checked with all else in it."""
    yield params.get("Tags", [])
    yield from (each.get("Tags", []) for each in params.get("TagSpecifications", []))


def check_tags(tags: Iterable[Mapping[str, Any]]) -> None:
    """Refuse tags that cannot be together on one thing. Raises AwsError: `InvalidParameterValue`."""
    seen: set[str] = set()
    for tag in tags:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if key.lower().startswith(RESERVED):
            raise AwsError("InvalidParameterValue", RESERVED_KEYS)
        if not key:
            raise AwsError("InvalidParameterValue", "Tag key cannot be null or empty.")
        if len(key) > LONGEST_KEY:
            raise AwsError("InvalidParameterValue", f"Tag key exceeds the maximum length of {LONGEST_KEY} characters")
        if len(value) > LONGEST_VALUE:
            message = f"Tag value exceeds the maximum length of {LONGEST_VALUE} characters"
            raise AwsError("InvalidParameterValue", message)
        if key in seen:
            raise AwsError("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")
        seen.add(key)
