"""The data source that writes IAM policy documents: pure, it asks AWS nothing."""

from __future__ import annotations

import json
import zlib
from typing import Any

from embedded_pulumi.aws.datasource import DataSource
from embedded_pulumi.aws.fields import Document, Text
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, SetOf
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_VERSIONS = ("2008-10-17", "2012-10-17")
_PRINCIPAL = Block(fields={"type": Text(required=True), "identifiers": SetOf(required=True)})
_CONDITION = Block(
    fields={"test": Text(required=True), "variable": Text(required=True), "values": ListOf(required=True)}
)
_STATEMENT = Block(
    fields={
        "sid": Text(),
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


def _variables(text: str) -> str:
    """Policy variables are written `&{...}`, because `${...}` is the program's own interpolation."""
    return text.replace("&{", "${")


def _listed(values: list[str]) -> str | list[str]:
    """One value stands alone; several are in descending order, as the real provider writes them."""
    replaced = [_variables(value) for value in values]
    return replaced[0] if len(replaced) == 1 else sorted(replaced, reverse=True)


def _principals(principals: list[Properties]) -> Any:
    everyone = [{"type": "*", "identifiers": ["*"]}]
    if principals == everyone:
        return "*"
    by_type: dict[str, list[str]] = {}
    for each in principals:
        by_type.setdefault(each["type"], []).extend(each["identifiers"])
    return {kind: _listed(identifiers) for kind, identifiers in by_type.items()}


def _conditions(conditions: list[Properties]) -> dict[str, Any]:
    by_test: dict[str, dict[str, Any]] = {}
    for each in conditions:
        values = [_variables(value) for value in each["values"]]
        by_test.setdefault(each["test"], {})[_variables(each["variable"])] = values[0] if len(values) == 1 else values
    return by_test


def _statement(block: Properties) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": block["sid"]} if block.get("sid") else {}
    statement["Effect"] = block["effect"]
    listed = {
        "Action": "actions",
        "NotAction": "notActions",
        "Resource": "resources",
        "NotResource": "notResources",
    }
    statement |= {key: _listed(block[name]) for key, name in listed.items() if block.get(name)}
    for key, name in (("Principal", "principals"), ("NotPrincipal", "notPrincipals")):
        if block.get(name):
            statement[key] = _principals(block[name])
    if block.get("conditions"):
        statement["Condition"] = _conditions(block["conditions"])
    return statement


def _statements_in(document: str) -> list[dict[str, Any]]:
    statements = json.loads(document).get("Statement", [])
    return [statements] if isinstance(statements, dict) else list(statements)


def _appended(statements: list[dict[str, Any]], more: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Source documents and blocks are added up; a statement id must not come twice."""
    known = {each.get("Sid") for each in statements} - {None, ""}
    for each in more:
        if each.get("Sid") in known:
            raise ProviderError(f"duplicate Sid {each['Sid']!r} in the policy document")
    return statements + more


def _overridden(statements: list[dict[str, Any]], more: list[dict[str, Any]]) -> list[dict[str, Any]]:
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
    """The policy document that the arguments describe.

    Raises:
        ProviderError: two statements have the same id.
    """
    statements: list[dict[str, Any]] = []
    for source in args.get("sourcePolicyDocuments") or ():
        statements = _appended(statements, _statements_in(source))
    statements = _appended(statements, [_statement(block) for block in args.get("statements") or ()])
    for override in args.get("overridePolicyDocuments") or ():
        statements = _overridden(statements, _statements_in(override))
    document: dict[str, Any] = {"Version": args["version"]}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    return document | {"Statement": statements}


def _answer(aws: Session, args: Properties) -> Properties:
    del aws
    document = write(args)
    text = json.dumps(document, indent=2)
    return {
        "id": str(zlib.crc32(text.encode())),
        "json": text,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


POLICY_DOCUMENT = DataSource(
    function="aws:iam/getPolicyDocument:getPolicyDocument",
    answer=_answer,
    args={
        "overridePolicyDocuments": ListOf(item=Document()),
        "policyId": Text(),
        "sourcePolicyDocuments": ListOf(item=Document()),
        "statements": ListOf(item=_STATEMENT),
        "version": Text(default="2012-10-17", one_of=_VERSIONS),
    },
    unsupported=("overrideJson", "sourceJson"),
)
