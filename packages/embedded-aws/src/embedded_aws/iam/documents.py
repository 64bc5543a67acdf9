"""IAM policy documents: parsed and checked once, then frozen.

Whatever is not understood (an element, an effect, a condition operator) is an error that names it, never skipped: a
Deny that was not understood must not turn into nothing.

Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from embedded_aws.iam.conditions import Condition, UnknownOperatorError, parse_condition

WITH_VARIABLES = "2012-10-17"  # older documents take ${...} literally
_VERSIONS = frozenset({"2008-10-17", WITH_VARIABLES})
_DOCUMENT_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_EXCLUSIVE_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class PolicyDocumentError(Exception):
    """A policy document that IAM would call malformed; `str()` of it names the element."""


@dataclass(frozen=True)
class Principals:
    """A Principal or NotPrincipal element: everyone, or values by kind (`AWS`, `Service`, ...)."""

    everyone: bool = False
    values: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Statement:
    """One statement. Of each pair (actions and not_actions, ...) exactly one is set, or neither where it is optional.

    Attributes:
        sid: The statement's id, empty if it has none.
        index: Its place in the document, from 0.
        allows: True for Allow, False for Deny.
        variables: Whether `${...}` is a policy variable here.
    """

    sid: str
    index: int
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: Principals | None
    not_principals: Principals | None
    conditions: tuple[Condition, ...]
    variables: bool


@dataclass(frozen=True)
class PolicyDocument:
    """A policy: its name (as IAM lists it, or the resource it hangs on), its statements, and its JSON."""

    name: str
    statements: tuple[Statement, ...]
    text: str = field(default="", compare=False)


@lru_cache(maxsize=2048)
def parse_document(text: str, name: str) -> PolicyDocument:
    """Parse a policy's JSON.

    Raises:
        PolicyDocumentError: it is not JSON, or an element is unknown, missing or of the wrong form.
    """
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise PolicyDocumentError(f"policy {name} is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise PolicyDocumentError(f"policy {name} is not a JSON object")
    _refuse_unknown(raw, _DOCUMENT_ELEMENTS, name)
    version = raw.get("Version", "2008-10-17")
    if not isinstance(version, str) or version not in _VERSIONS:
        raise PolicyDocumentError(f"policy {name}: Version {version!r} is not one of {sorted(_VERSIONS)}")
    statements = raw.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not all(isinstance(each, dict) for each in statements):
        raise PolicyDocumentError(f"policy {name}: Statement is neither an object nor a list of objects")
    parsed = (_statement(each, index, version, name) for index, each in enumerate(statements))
    return PolicyDocument(name, tuple(parsed), text)


def _statement(raw: Mapping[str, Any], index: int, version: str, name: str) -> Statement:
    where = f"{name}, statement {raw.get('Sid') or index}"
    _refuse_unknown(raw, _STATEMENT_ELEMENTS, where)
    for one, other in _EXCLUSIVE_PAIRS:
        if one in raw and other in raw:
            raise PolicyDocumentError(f"policy {where}: {one} and {other} exclude each other")
    if raw.get("Effect") not in ("Allow", "Deny"):  # not a set: what is given may be a list
        raise PolicyDocumentError(f"policy {where}: Effect {raw.get('Effect')!r} is neither Allow nor Deny")
    if "Action" not in raw and "NotAction" not in raw:
        raise PolicyDocumentError(f"policy {where}: neither Action nor NotAction")
    if not isinstance(raw.get("Sid", ""), str):
        raise PolicyDocumentError(f"policy {where}: Sid is not a string")
    return Statement(
        sid=raw.get("Sid", ""),
        index=index,
        allows=raw["Effect"] == "Allow",
        actions=_strings(raw, "Action", where),
        not_actions=_strings(raw, "NotAction", where),
        resources=_strings(raw, "Resource", where),
        not_resources=_strings(raw, "NotResource", where),
        principals=_principals(raw.get("Principal"), where),
        not_principals=_principals(raw.get("NotPrincipal"), where),
        conditions=_conditions(raw.get("Condition", {}), where),
        variables=version == WITH_VARIABLES,
    )


def _principals(raw: object, where: str) -> Principals | None:
    if raw is None:
        return None
    if raw == "*":
        return Principals(everyone=True)
    if not isinstance(raw, dict):
        raise PolicyDocumentError(f"policy {where}: Principal {raw!r} is neither '*' nor an object")
    _refuse_unknown(raw, _PRINCIPAL_KINDS, where)
    values = frozenset((kind, value) for kind in raw for value in _strings(raw, kind, where))
    return Principals(everyone=("AWS", "*") in values, values=values)


def _conditions(raw: Any, where: str) -> tuple[Condition, ...]:
    if not isinstance(raw, dict) or not all(isinstance(block, dict) for block in raw.values()):
        raise PolicyDocumentError(f"policy {where}: Condition is not an object of objects")
    try:
        return tuple(
            parse_condition(operator, key, _texts(values))
            for operator, block in raw.items()
            for key, values in block.items()
        )
    except UnknownOperatorError as error:
        raise PolicyDocumentError(f"policy {where}: unknown condition operator {error}") from error


def _texts(values: object) -> tuple[str, ...]:
    """Condition values as text: JSON's true and 5 are as good as "true" and "5" to IAM."""
    listed = values if isinstance(values, list) else [values]
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in listed)


def _strings(raw: Mapping[str, Any], element: str, where: str) -> tuple[str, ...]:
    value = raw.get(element, [])
    values: Sequence[Any] = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise PolicyDocumentError(f"policy {where}: {element} is neither a string nor a list of strings")
    return tuple(values)


def _refuse_unknown(raw: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := sorted(set(raw) - known):
        raise PolicyDocumentError(f"policy {where}: unknown element {', '.join(unknown)}")
