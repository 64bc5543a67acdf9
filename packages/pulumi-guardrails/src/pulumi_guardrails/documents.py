"""IAM documents, as far as rules look into them: statements with lists where IAM allows one value or many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from pulumi_guardrails.model import Plain, Resource, as_list
from pulumi_guardrails.types import GROUP_POLICY, POLICY, ROLE, ROLE_POLICY, USER_POLICY

IDENTITY_POLICIES = (ROLE_POLICY, POLICY, USER_POLICY, GROUP_POLICY, ROLE)
"""What carries permissions of an identity; a role does in its `inlinePolicies`."""

ANYBODY = "*"


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        actions: In lower case, as IAM does not tell cases apart.
        written: The same as they were written.
        principals: Kind, such as `Service` or `AWS`, to names; `{"AWS": ("*",)}` for anybody.
        condition: Operator to condition key to values.
    """

    sid: str
    allows: bool
    actions: tuple[str, ...]
    written: tuple[str, ...]
    excepts: bool
    resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    condition: Mapping[str, Mapping[str, Plain]]

    def names(self, action: str) -> bool:
        """Whether one of its actions is, or by wildcard takes in, an action such as `sns:Publish`."""
        return any(fnmatchcase(action.lower(), pattern) for pattern in self.actions) != self.excepts

    @property
    def on_everything(self) -> bool:
        """Whether it is about every resource there is."""
        return ANYBODY in self.resources

    @property
    def condition_keys(self) -> frozenset[str]:
        """The keys of its conditions, in lower case."""
        return frozenset(key.lower() for keys in self.condition.values() for key in keys)

    def __str__(self) -> str:
        return f"statement {self.sid}" if self.sid else f"the statement on {', '.join(self.actions) or 'nothing'}"


def is_document(value: Plain) -> bool:
    """Whether a value is a policy document: JSON with statements."""
    return bool(_parsed(value).get("Statement"))


def statements(value: Plain) -> list[Statement]:
    """The statements of a document; none of one that is not known, or is no document."""
    return list(_statements_in(value) if isinstance(value, str) else _statements_of(_parsed(value)))


@lru_cache(maxsize=256)
def _statements_in(text: str) -> tuple[Statement, ...]:
    """A dozen rules look into each document."""
    return _statements_of(_parsed(text))


def _statements_of(document: Mapping[str, Plain]) -> tuple[Statement, ...]:
    return tuple(_statement(item) for item in as_list(document.get("Statement")) if isinstance(item, Mapping))


def identity_statements(resource: Resource) -> Iterator[Statement]:
    """The statements of an identity's policy."""
    if resource.type == ROLE:
        for policy in resource.items("inlinePolicies"):
            yield from statements(policy.get("policy"))
    else:
        yield from statements(resource.value("policy"))


def allowing(resource: Resource) -> Iterator[Statement]:
    """Those of an identity's statements that allow."""
    return (statement for statement in identity_statements(resource) if statement.allows)


def _parsed(value: Plain) -> Mapping[str, Plain]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _statement(item: Mapping[str, Plain]) -> Statement:
    written = tuple(str(action) for action in as_list(item.get("Action", item.get("NotAction"))))
    return Statement(
        sid=str(item.get("Sid") or ""),
        allows=item.get("Effect") == "Allow",
        actions=tuple(action.lower() for action in written),
        written=written,
        excepts="NotAction" in item,
        resources=tuple(str(resource) for resource in as_list(item.get("Resource"))),
        principals=_principals(item.get("Principal")),
        condition={test: _mapping(keys) for test, keys in _mapping(item.get("Condition")).items()},
    )


def _principals(value: Plain) -> dict[str, tuple[str, ...]]:
    if isinstance(value, str):
        return {"AWS": (value,)}
    return {kind: tuple(map(str, as_list(names))) for kind, names in _mapping(value).items()}


def _mapping(value: Plain) -> Mapping[str, Plain]:
    return value if isinstance(value, Mapping) else {}
