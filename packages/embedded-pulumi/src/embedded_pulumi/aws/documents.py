"""JSON documents: policies, which IAM reads by their meaning, and documents that are no policies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws.fields import Field, Verdict, is_empty, refuse
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import Value


@dataclass(frozen=True, kw_only=True)
class Document(Field):
    """A JSON document, such as a policy: text, or the object itself. Two are the same if they mean the same.

    An output has it without needless spaces, and with sorted keys. Source: the StateFunc of each type.

    Attributes:
        version_first: Whether `Version` stands before all other keys (LegacyPolicyNormalize in
            terraform-provider-aws/internal/verify/json.go).
    """

    version_first: bool = False

    def as_output(self, value: Value) -> Value:
        """The normal form of the text; see `Field.as_output`."""
        try:
            document = json.loads(value)
        except (TypeError, json.JSONDecodeError):
            return value
        if self.version_first and isinstance(document, dict) and "Version" in document:
            rest = {key: document[key] for key in sorted(document) if key != "Version"}
            document = {"Version": document["Version"], **{key: _sorted(each) for key, each in rest.items()}}
        else:
            document = _sorted(document)
        return self.written(document)

    def written(self, document: Value) -> str:
        """A document as the real provider writes it."""
        return as_go_writes_it(document, separators=(",", ":"))

    def foresee(self, value: Value) -> Value:
        """The normal form of the text; see `Field.foresee`."""
        return self.as_output(value)

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        if isinstance(value, Mapping):
            value = json.dumps(value)
        if not isinstance(value, str):
            raise refuse("a JSON document", value)
        if value:
            try:
                json.loads(value)
            except json.JSONDecodeError as error:
                return value, [CheckFailure(path, f"is not valid JSON: {error}")]
        return value, []

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        if is_empty(old) or is_empty(new):
            return super().same(old, new)
        return bool(_meaning(old) == _meaning(new))


def _sorted(value: Value) -> Value:
    """A document with sorted keys."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _meaning(text: str) -> Value:
    try:
        return _canonical(json.loads(text))
    except json.JSONDecodeError:
        return text


def _canonical(value: Value) -> Value:
    """The normal form of a document: a list of one element is that element, and lists have no order, as for IAM.

    An account's number stands for its root. Source: awspolicyequivalence (0f88a1a2), read on 2026-11-29.
    """
    if isinstance(value, str):
        root = re.fullmatch(r"arn:aws[a-z-]*:iam::([0-9]{12}):root", value)
        return root[1] if root else value
    if isinstance(value, dict):
        return {key: _effect(item) if key == "Effect" else _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        items = sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return value


def _effect(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value


def as_go_writes_it(document: Value, **form: Any) -> str:
    """JSON as Go's encoder writes it: with a few signs escaped, and other alphabets as they are."""
    text = json.dumps(document, ensure_ascii=False, **form)
    return "".join(f"\\u{ord(sign):04x}" if sign in "<>&\u2028\u2029" else sign for sign in text)


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
class PolicyText(Document):
    """A policy of a resource: any JSON text but an empty one.

    Source: StringIsJSON in terraform-plugin-sdk/helper/validation/strings.go (9e601691167d), and TransformJSONDocument
    in pulumi-aws/provider/resources.go (0c5f6583ebfb).

    Attributes:
        as_object: Whether a program may give the object in place of its text.
    """

    as_object: bool = False

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        if isinstance(value, Mapping) and not self.as_object:
            raise refuse("a JSON text", value)
        if value == "":
            raise ValueError("'' is not valid JSON; accepted: a JSON text")
        return super().parse(path, value)


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

    def as_output(self, value: Value) -> Value:
        """The text as it is."""
        return value

    def measured(self, text: str) -> str:
        """What the limit is for."""
        return text

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values are the same."""
        return bool(old == new or (is_empty(old) and is_empty(new)))
