"""Writes a case anew: in plain policies that mean the same on AWS, and that both evaluators understand.

A rule replaces what one class of difference is about. Nothing of our evaluator is used for it: the rules are a second
reading of AWS's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from bench.iam.cases import NEW, Case, Document

NOWHERE = "arn:aws:none:::none"
"""A resource that no case has."""

CONSTANT = "bench:Constant"
"""A key that every case written anew has, with the value `true`."""

Variables: TypeAlias = Mapping[str, list[str]]


@dataclass(frozen=True)
class Asked:
    """One line of a Condition block, with the request's values of its key.

    Attributes:
        prefix: `ForAnyValue:`, `ForAllValues:` or nothing.
        operator: Without prefix and suffix.
        present: None if the request does not have the key.
        variables: The request's keys in lower case; None in a document that is older than variables.
    """

    prefix: str
    operator: str
    if_exists: bool
    wanted: tuple[str, ...]
    present: tuple[str, ...] | None
    variables: Variables | None


@dataclass(frozen=True)
class Named:
    """One pattern of a Resource or NotResource element, with the resource of the request."""

    pattern: str
    resource: str
    of_identity: bool
    variables: Variables | None


def _same(part: Any) -> Any:
    return part


@dataclass(frozen=True)
class Rules:
    """How a class writes a case anew; a truth instead of a condition or a pattern is what it comes to.

    Attributes:
        principal: (Principal or NotPrincipal, its value, whether a service asks) to the same two.
    """

    condition: Callable[[Asked], Asked | bool] = _same
    resource: Callable[[Named], Named | bool] = _same
    principal: Callable[[str, Any, bool], tuple[str, Any]] = lambda element, value, _: (element, value)


def rewritten(case: Case, rules: Iterable[Rules]) -> Case:
    """The case with all of these applied in their order."""
    writer = _Writer(case, tuple(rules))
    return replace(
        case,
        identity=[writer.document(each, of_identity=True) for each in case.identity],
        boundary=writer.document(case.boundary, of_identity=True) if case.boundary else None,
        session=writer.document(case.session, of_identity=True) if case.session else None,
        of_resource=writer.document(case.of_resource, of_identity=False) if case.of_resource else None,
        context=writer.context,
    )


class _Writer:
    """Writes documents; each condition gets a key of its own, as a rule may replace the request's values too."""

    def __init__(self, case: Case, rules: tuple[Rules, ...]) -> None:
        self._case = case
        self._rules = rules
        self._keys = {key.lower(): values for key, values in case.context.items()}
        self._written = 0
        self.context: dict[str, list[str]] = {**case.context, CONSTANT: ["true"]}

    def document(self, document: Document, *, of_identity: bool) -> Document:
        variables = self._keys if document["Version"] == NEW else None
        statements = [self._statement(each, variables, of_identity=of_identity) for each in document["Statement"]]
        return {**document, "Statement": statements}

    def _statement(self, raw: dict[str, Any], variables: Variables | None, *, of_identity: bool) -> dict[str, Any]:
        statement = dict(raw)
        for element in ("Resource", "NotResource"):
            if element in raw:
                named = [Named(each, self._case.resource, of_identity, variables) for each in texts(raw[element])]
                statement[element] = [self._resource(each) for each in named]
        for element in {"Principal", "NotPrincipal"} & set(raw):
            who = element, statement.pop(element)
            for rules in self._rules:
                who = rules.principal(*who, self._case.service)
            statement[who[0]] = who[1]
        if "Condition" in raw:
            statement["Condition"] = self._conditions(raw["Condition"], variables)
        return statement

    def _resource(self, named: Named) -> str:
        for rules in self._rules:
            said = rules.resource(named)
            if isinstance(said, bool):
                return "*" if said else NOWHERE
            named = said
        return named.pattern

    def _conditions(self, block: dict[str, dict[str, Any]], variables: Variables | None) -> dict[str, Any]:
        written: dict[str, dict[str, Any]] = {}
        for operator, lines in block.items():
            for key, wanted in lines.items():
                name, line = self._line(_asked(operator, texts(wanted), self._keys.get(key.lower()), variables))
                written.setdefault(name, {}).update(line)
        return written

    def _line(self, asked: Asked) -> tuple[str, dict[str, list[str]]]:
        for rules in self._rules:
            said = rules.condition(asked)
            if isinstance(said, bool):
                return "StringEquals" if said else "StringNotEquals", {CONSTANT: ["true"]}
            asked = said
        self._written += 1
        key = f"bench:{self._written}"
        if asked.present is not None:
            self.context[key] = list(asked.present)
        return f"{asked.prefix}{asked.operator}{'IfExists' if asked.if_exists else ''}", {key: list(asked.wanted)}


def _asked(operator: str, wanted: list[str], present: list[str] | None, variables: Variables | None) -> Asked:
    prefix, colon, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    values = None if present is None else tuple(present)
    return Asked(f"{prefix}{colon}", name, name != rest, tuple(wanted), values, variables)


def texts(value: str | list[str]) -> list[str]:
    """A single value as a list of one."""
    return [value] if isinstance(value, str) else value
