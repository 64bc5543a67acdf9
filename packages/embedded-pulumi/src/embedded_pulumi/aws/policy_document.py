"""The data source that writes IAM policy documents: pure, it asks AWS nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, TypeAlias

from embedded_pulumi.aws.datasource import DataSource
from embedded_pulumi.aws.documents import IamPolicy, as_go_writes_it
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, SetOf
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

Statement: TypeAlias = dict[str, Any]
"""A statement of a policy document, as IAM has it."""

_OLD = "2008-10-17"
_VERSIONS = (_OLD, "2012-10-17")
_ACTIONS = {"Action": "actions", "NotAction": "notActions"}
_RESOURCES = {"Resource": "resources", "NotResource": "notResources"}
_PRINCIPALS = {"Principal": "principals", "NotPrincipal": "notPrincipals"}
_KEYS = ("Sid", "Effect", *_ACTIONS, *_RESOURCES, *_PRINCIPALS, "Condition")
_PRINCIPAL = Block(fields={"type": Text(required=True), "identifiers": SetOf(required=True)})
_CONDITION = Block(
    fields={"test": Text(required=True), "variable": Text(required=True), "values": ListOf(required=True)}
)
_STATEMENT = Block(
    fields={
        "sid": Text(pattern="[a-zA-Z0-9]*"),
        "effect": Text(default="Allow", one_of=("Allow", "Deny")),
        "actions": SetOf(),
        "notActions": SetOf(),
        "resources": SetOf(),
        "notResources": SetOf(),
        "principals": SetOf(item=_PRINCIPAL),
        "notPrincipals": SetOf(item=_PRINCIPAL),
        "conditions": SetOf(item=_CONDITION),
    }
)


class _Writer:
    """Writes statements for one version of the policy language."""

    def __init__(self, version: str) -> None:
        self._version = version

    def statement(self, block: Properties) -> Statement:
        statement: Statement = {"Sid": block["sid"]} if block.get("sid") else {}
        statement["Effect"] = block["effect"]
        statement |= {key: _listed(block[name]) for key, name in _ACTIONS.items() if block.get(name)}
        for key, name in _RESOURCES.items():
            if block.get(name):
                statement[key] = _listed([self._variables(each) for each in block[name]])
        for key, name in _PRINCIPALS.items():
            if block.get(name):
                statement[key] = self._principals(block[name])
        if block.get("conditions"):
            statement["Condition"] = self._conditions(block["conditions"])
        return statement

    def _variables(self, text: str) -> str:
        """Policy variables are written `&{...}`, because `${...}` is the program's own interpolation."""
        if "&{" in text and self._version == _OLD:
            raise ProviderError(f"found &{{ sequence in ({text}), which is not supported in document version {_OLD}")
        return text.replace("&{", "${")

    def _principals(self, principals: list[Properties]) -> Any:
        if principals == [{"type": "*", "identifiers": ["*"]}]:
            return "*"
        by_type: dict[str, list[str]] = {}
        for each in principals:
            identifiers = [self._variables(identifier) for identifier in each["identifiers"]]
            by_type.setdefault(each["type"], []).extend(sorted(identifiers, reverse=True))
        return {kind: _alone(by_type[kind]) for kind in sorted(by_type)}

    def _conditions(self, conditions: list[Properties]) -> dict[str, Any]:
        """The conditions by test and variable: values of the same two are joined."""
        by_test: dict[str, dict[str, list[str]]] = {}
        for each in conditions:
            values = by_test.setdefault(each["test"], {}).setdefault(each["variable"], [])
            values += [self._variables(value) for value in each["values"]]
        return _sorted_conditions(by_test)


def _alone(values: Any) -> Any:
    """A list of one value as that value."""
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _listed(values: list[str]) -> Any:
    """One value stands alone; several are in descending order, as the real provider writes them."""
    return _alone(sorted(values, reverse=True))


def _sorted_conditions(conditions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        test: {variable: _alone(conditions[test][variable]) for variable in sorted(conditions[test])}
        for test in sorted(conditions)
    }


def _statements_in(document: str) -> list[Statement]:
    statements = json.loads(document).get("Statement", [])
    return [_rewritten(each) for each in ([statements] if isinstance(statements, dict) else statements)]


def _rewritten(statement: Statement) -> Statement:
    """A statement of another document, in the order of the real provider's own; keys that it does not know are left."""
    known = {key: statement[key] for key in _KEYS if statement.get(key)}
    for key in _PRINCIPALS:
        if key in known:
            known[key] = _rewritten_principal(known[key])
    if "Condition" in known:
        texts = {
            test: {variable: _texts(values) for variable, values in comparison.items()}
            for test, comparison in known["Condition"].items()
        }
        known["Condition"] = _sorted_conditions(texts)
    return known


def _rewritten_principal(principal: Any) -> Any:
    if principal in ("*", {"*": "*"}, {"*": ["*"]}):
        return "*"
    return {kind: _listed([each] if isinstance(each := principal[kind], str) else each) for kind in sorted(principal)}


def _texts(values: Any) -> Any:
    """The values of a condition: true and false become texts."""
    if isinstance(values, list):
        return [_texts(each) for each in values]
    return str(values).lower() if isinstance(values, bool) else values


def _refuse_twice(statements: list[Statement], where: str) -> None:
    ids = [each["Sid"] for each in statements if each.get("Sid")]
    twice = next((sid for sid in ids if ids.count(sid) > 1), None)
    if twice:
        raise ProviderError(f"{where}: duplicate Sid {twice!r}. Remove the Sid or ensure the Sid is unique.")


def _overridden(statements: list[Statement], more: list[Statement]) -> list[Statement]:
    """An override takes the place of the statement with its id; without an id it is added."""
    result = list(statements)
    for each in more:
        place = next((at for at, had in enumerate(result) if each.get("Sid") and had.get("Sid") == each["Sid"]), None)
        if place is None:
            result.append(each)
        else:
            result[place] = each
    return result


def write(args: Properties) -> dict[str, Any]:
    """The policy document that the arguments describe: source documents, then blocks, then overrides.

    Source: terraform-provider-aws/internal/service/iam/policy_document_data_source.go (04e9356d) and policy_model.go,
    read on 2026-11-29.

    Raises:
        ProviderError: two statements have the same id.
    """
    sources, overrides = args.get("sourcePolicyDocuments") or [], args.get("overridePolicyDocuments") or []
    blocks = [_Writer(args["version"]).statement(block) for block in args.get("statements") or ()]
    statements = [each for source in sources for each in _statements_in(source)]
    _refuse_twice(statements, "sourcePolicyDocuments")
    _refuse_twice(blocks, "statements")
    statements = _overridden(statements, blocks)
    for override in overrides:
        statements = _overridden(statements, _statements_in(override))
    merged = [json.loads(each) for each in sources + overrides]
    id_ = [each["Id"] for each in merged[: len(sources)] if each.get("Id")]
    id_ += [args["policyId"]] if args.get("policyId") else []
    id_ += [each["Id"] for each in merged[len(sources) :] if each.get("Id")]
    document = {"Version": max([args["version"], *(each.get("Version", "") for each in merged)])}
    return document | ({"Id": id_[-1]} if id_ else {}) | ({"Statement": statements} if statements else {})


def _answer(aws: Session, args: Properties) -> Properties:
    del aws
    document = write(args)
    text = as_go_writes_it(document, indent=2)
    return {
        "id": str(zlib.crc32(text.encode())),
        "json": text,
        "minifiedJson": as_go_writes_it(document, separators=(",", ":")),
    }


POLICY_DOCUMENT = DataSource(
    function="aws:iam/getPolicyDocument:getPolicyDocument",
    answer=_answer,
    args={
        "overridePolicyDocuments": ListOf(item=IamPolicy()),
        "policyId": Text(),
        "sourcePolicyDocuments": ListOf(item=IamPolicy()),
        "statements": ListOf(item=_STATEMENT),
        "version": Text(default="2012-10-17", one_of=_VERSIONS),
    },
    unsupported=("overrideJson", "sourceJson"),
)
