"""JSON documents with rules of their own: policies that IAM reads, and documents that are no policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from embedded_pulumi.aws.fields import Document, Verdict, is_empty, refuse
from embedded_pulumi.values import Value


@dataclass(frozen=True, kw_only=True)
class IamPolicy(Document):
    """A policy of IAM: a JSON object, and nothing before it.

    Source: ValidIAMPolicyJSON in terraform-provider-aws/internal/verify/validate.go (02f97af85f89).
    """

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        if isinstance(value, str):
            if not value:
                raise ValueError("'' is not a JSON policy; accepted: a JSON object")
            if value[0].isspace():
                raise ValueError("begins with a space; accepted: a JSON object, and nothing before it")
        text, failures = super().parse(path, value)
        if not failures:
            document = json.loads(text, object_pairs_hook=_without_duplicates)
            if not isinstance(document, dict):
                raise ValueError(f"{text!r} is not a JSON policy; accepted: a JSON object")
        return text, failures


def _without_duplicates(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"has a key twice: {', '.join(twice)}")
    return dict(pairs)


@dataclass(frozen=True, kw_only=True)
class JsonText(Document):
    """A JSON text that is no policy: the order of its lists counts, and so does a list of one element.

    Source: ValidateJSON and SuppressEquivalentJSONDiffs in terraform-provider-aws/internal/verify.

    Attributes:
        max_length: The longest text accepted, in characters without needless spaces; 0 is no limit.
    """

    max_length: int = 0

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        if isinstance(value, (Mapping, list)):
            raise refuse("a JSON text", value)
        if value == "":
            raise ValueError("'' is not valid JSON; accepted: a JSON text")
        text, failures = super().parse(path, value)
        size = 0 if failures else len(self.measured(text))
        if self.max_length and size > self.max_length:
            raise ValueError(f"is {size} characters long; at most {self.max_length} are accepted")
        return text, failures

    def measured(self, text: str) -> str:
        """What the limit is for."""
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        if is_empty(old) or is_empty(new):
            return super().same(old, new)
        return bool(old == new or json.loads(old) == json.loads(new))


@dataclass(frozen=True, kw_only=True)
class LiteralJson(JsonText):
    """A JSON text that is passed on as it is: a space more is a change."""

    def measured(self, text: str) -> str:
        """What the limit is for."""
        return text

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values are the same."""
        return bool(old == new or (is_empty(old) and is_empty(new)))
