"""IAM's policy simulator: what the evaluator of this cloud would answer, and why. Nothing is called.

Only what the request gives is known: a condition key that it does not give is missing, and told as such. A resource's
own policy counts only if the request brings it along. Simulations across accounts, IAM users and groups as the source,
and resource handling options are refused by name.

Source: IAM API reference as of botocore 1.44.5, SimulatePrincipalPolicy, EvaluationResult ("a single EvaluationResult
per action", "the most restrictive decision across all resources", "the union of matched statements") and
ResourceSpecificResult. SourcePolicyId and SourcePolicyType as in outputs that people show; see `positions`. The ARN
template of an action is not known here: EvalResourceName is `*` for more than one resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.iam.conditions import RequestContext
from embedded_aws.iam.documents import PolicyDocument, PolicyDocumentError, Statement, parse_document
from embedded_aws.iam.evaluate import (
    AccessDecision,
    Policies,
    Principal,
    Request,
    applies,
    evaluate,
    evaluate_guardrails,
)
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.organisation import Organisation
from embedded_aws.iam.positions import position, spans

ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
VARIABLE = re.compile(r"\$\{([^}?*$,']+)")
DECISIONS = ("allowed", "implicitDeny", "explicitDeny")
"""From the least to the most restrictive."""

BOUNDARY, ALLOWED_BY_BOUNDARY = "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"
PAGE = 100


@dataclass(frozen=True)
class Simulated:
    """What a request asks about.

    Attributes:
        sources: Each identity policy under the id that results have for it.
        context: The condition keys that are given.
        given: Their names, in small letters.
    """

    principal: Principal
    sources: Mapping[str, PolicyDocument]
    policies: Policies
    context: RequestContext
    given: frozenset[str]


class Simulation:
    """Answers the simulator's calls.

    Args:
        lock: Held while facts are read; the gateway's own, re-entrant.
        facts: The account's.
        organisation: Whose service control policies count.
    """

    def __init__(self, lock: AbstractContextManager[Any], facts: AccountFacts, organisation: Organisation) -> None:
        self._lock = lock
        self._facts = facts
        self._organisation = organisation

    def routes(self) -> Routes:
        """The calls that this part answers."""
        return {
            ("iam", "SimulatePrincipalPolicy"): self._simulate,
            ("iam", "SimulateCustomPolicy"): self._simulate,
            ("iam", "GetContextKeysForPrincipalPolicy"): self._context_keys,
            ("iam", "GetContextKeysForCustomPolicy"): self._context_keys,
        }

    def _simulate(self, call: Call) -> dict[str, Any]:
        params = call.params
        for each in params["ActionNames"]:
            if not ACTION.fullmatch(each):
                raise _invalid(f"Invalid Entity Action: {each}")
        resources = params.get("ResourceArns") or ["*"]
        self._check_scope(params, resources)
        with self._lock:
            asked = self._read(params)
            results = [self._result(asked, action, resources) for action in params["ActionNames"]]
        return _page(results, params)

    def _context_keys(self, call: Call) -> dict[str, Any]:
        with self._lock:
            documents = self._sources(call.params).values()
            keys = {key for document in documents for statement in document.statements for key in _keys(statement)}
        return {"ContextKeyNames": sorted(keys)}

    def _check_scope(self, params: Mapping[str, Any], resources: Iterable[str]) -> None:
        """Refuse what this simulator does not do, by name."""
        if option := params.get("ResourceHandlingOption"):
            raise _beyond(f"the resource handling option {option}")
        owners = {account for arn in resources if arn.startswith("arn:") for account in arn.split(":")[4:5]}
        owners.add(params.get("ResourceOwner", "").rpartition(":")[2])
        if others := owners - {"", self._facts.account}:
            raise _beyond(f"a simulation across accounts ({', '.join(sorted(others))})")

    def _read(self, params: Mapping[str, Any]) -> Simulated:
        caller = params.get("CallerArn") or params.get("PolicySourceArn", "")
        if ":assumed-role/" in caller:
            raise _invalid(f"Invalid Entity Arn: {caller} does not clearly define entity type and name.")
        if params.get("ResourcePolicy") and not caller:
            raise _invalid("CallerArn is required with a ResourcePolicy.")
        principal = Principal(self._facts.account, role_arn=caller or None)
        excluded = params.get("PolicyExclusionList", [])
        sources = {
            identity: document
            for identity, document in self._sources(params).items()
            if not any(_excludes(each, document, params.get("PolicySourceArn", "")) for each in excluded)
        }
        without = {each.get("PolicyType") for each in excluded}
        bounds = params.get("PermissionsBoundaryPolicyInputList")
        boundary = _document(bounds[0], "permissions boundary") if bounds else None
        if boundary is None and "permission-boundary" not in without and "PolicySourceArn" in params:
            boundary = self._facts.role(params["PolicySourceArn"]).boundary
        policies = Policies(
            identity=tuple(sources.values()),
            boundary=boundary,
            resource=_document(params["ResourcePolicy"], "ResourcePolicy") if params.get("ResourcePolicy") else None,
            service_control=() if "scp" in without else self._organisation.policies(principal, "").service_control,
        )
        entries = {each["ContextKeyName"]: each["ContextKeyValues"] for each in params.get("ContextEntries", [])}
        context = RequestContext({**entries, **self._organisation.keys()})
        return Simulated(principal, sources, policies, context, frozenset(key.lower() for key in entries))

    def _sources(self, params: Mapping[str, Any]) -> dict[str, PolicyDocument]:
        """The identity policies that count, by the ids that results have for them."""
        found: dict[str, PolicyDocument] = {}
        if arn := params.get("PolicySourceArn"):
            try:
                role = self._facts.role(arn)
            except KeyError as missing:
                raise _no_role(arn) from missing
            found = {_source_id(role.name, each): each for each in role.policies}
        for number, text in enumerate(params.get("PolicyInputList", []), 1):
            found[f"PolicyInputList.{number}"] = _document(text, f"PolicyInputList.{number}")
        return found

    def _result(self, asked: Simulated, action: str, resources: Sequence[str]) -> dict[str, Any]:
        """The result for one action: that of all resources together, and of each."""
        each = {resource: self._decision(asked, action, resource) for resource in resources}
        told: dict[str, Any] = {
            "EvalActionName": action,
            "EvalResourceName": resources[0] if len(resources) == 1 else "*",
            "EvalDecision": max((one["EvalDecision"] for one in each.values()), key=DECISIONS.index),
        }
        decisive = [one for one in each.values() if one["EvalDecision"] == told["EvalDecision"]]
        told["MatchedStatements"] = _union(one["MatchedStatements"] for one in decisive)
        told["MissingContextValues"] = _union(one["MissingContextValues"] for one in each.values())
        if self._organisation.id is not None:
            allowed = all(one["allowed by organisation"] for one in each.values())
            told["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
        if asked.policies.boundary is not None:
            bounded = all(one[BOUNDARY][ALLOWED_BY_BOUNDARY] for one in each.values())
            told[BOUNDARY] = {ALLOWED_BY_BOUNDARY: bounded}
        if resources != ["*"]:
            told["EvalDecisionDetails"] = {}
            told["ResourceSpecificResults"] = [_specific(resource, one) for resource, one in each.items()]
        return told

    def _decision(self, asked: Simulated, action: str, resource: str) -> dict[str, Any]:
        """The decision about one action on one resource."""
        request = Request(asked.principal, action, resource, asked.context)
        verdict = evaluate(request, asked.policies)
        sources = dict(asked.sources)
        if asked.policies.resource is not None:
            sources["ResourcePolicy"] = asked.policies.resource
        told: dict[str, Any] = {
            "EvalDecision": _decision_of(verdict),
            "MatchedStatements": [
                _matched(identity, document, statement)
                for identity, document in sources.items()
                for statement in document.statements
                if statement.allows is verdict.allowed and _decided(verdict) and applies(statement, request)
            ],
            "MissingContextValues": sorted(
                {
                    key
                    for document in sources.values()
                    for statement in document.statements
                    if applies(replace(statement, conditions=()), request)
                    for key in _keys(statement)
                    if key.lower() not in asked.given
                }
            ),
        }
        control = Policies(service_control=asked.policies.service_control)
        told["allowed by organisation"] = evaluate_guardrails(request, control) is None
        if (bound := asked.policies.boundary) is not None:
            own = evaluate(request, Policies(identity=(bound,)))
            told[BOUNDARY] = {ALLOWED_BY_BOUNDARY: own.allowed}
        return told


def _decision_of(verdict: AccessDecision) -> str:
    if verdict.allowed:
        return DECISIONS[0]
    return DECISIONS[1] if verdict.decided_by is None else DECISIONS[2]


def _decided(verdict: AccessDecision) -> bool:
    """Whether statements have decided; an implicit deny has none."""
    return verdict.allowed or verdict.decided_by is not None


def _specific(resource: str, one: Mapping[str, Any]) -> dict[str, Any]:
    copied = ("MatchedStatements", "MissingContextValues", BOUNDARY)
    told = {name: one[name] for name in copied if name in one}
    return {"EvalResourceName": resource, "EvalResourceDecision": one["EvalDecision"], **told}


def _matched(identity: str, document: PolicyDocument, statement: Statement) -> dict[str, Any]:
    begin, end = spans(document.text)[statement.index]
    return {
        "SourcePolicyId": identity,
        "SourcePolicyType": "resource" if identity == "ResourcePolicy" else "IAM Policy",
        "StartPosition": position(document.text, begin),
        "EndPosition": position(document.text, end),
    }


def _keys(statement: Statement) -> Iterator[str]:
    """The condition keys that a statement looks at, those of its policy variables too."""
    texts = [*statement.resources, *statement.not_resources]
    for condition in statement.conditions:
        yield condition.key
        texts += condition.values
    for text in texts if statement.variables else ():
        yield from (name.strip() for name in VARIABLE.findall(text))


def _union(lists: Iterable[Sequence[Any]]) -> list[Any]:
    found: list[Any] = []
    for each in lists:
        found += [item for item in each if item not in found]
    return found


def _source_id(role: str, document: PolicyDocument) -> str:
    """A managed policy's name; an inline policy's with the role's before it."""
    managed = document.name.startswith("arn:")
    return document.name.rpartition("/")[2] if managed else f"role_{role}_{document.name}"


def _excludes(identifier: Mapping[str, Any], document: PolicyDocument, source: str) -> bool:
    """Whether an identifier of PolicyExclusionList is about a policy of the source."""
    managed, amazons = document.name.startswith("arn:"), ":iam::aws:policy/" in document.name
    kind = "inline" if not managed else "aws-managed" if amazons else "user-managed"
    inline = identifier.get("InlinePolicyIdentifier", {})
    role = source.rpartition("/")[2]
    return (
        identifier.get("PolicyType") == kind
        or (managed and fnmatchcase(document.name, identifier.get("PolicyArn", "")))
        or (
            inline.get("PolicyName") == document.name
            and inline["AttachmentType"] == "role"
            and fnmatchcase(role, inline["AttachmentName"])
        )
    )


def _document(text: str, name: str) -> PolicyDocument:
    try:
        return parse_document(text, name)
    except PolicyDocumentError as malformed:
        raise _invalid(str(malformed)) from malformed


def _no_role(arn: str) -> AwsError:
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "role":
        return AwsError("NoSuchEntity", f"The role with name {name.rpartition('/')[2]} cannot be found.", 404)
    if kind in {"user", "group"}:
        return _beyond(f"a {kind} as the source of policies")
    return _invalid(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")


def _page(results: Sequence[dict[str, Any]], params: Mapping[str, Any]) -> dict[str, Any]:
    marker = params.get("Marker", "0")
    if not (marker.isascii() and marker.isdecimal()):
        raise _invalid(f"Invalid Marker: {marker}")
    begin, size = int(marker), params.get("MaxItems", PAGE)
    more = begin + size < len(results)
    told: dict[str, Any] = {"EvaluationResults": results[begin : begin + size], "IsTruncated": more}
    return told | ({"Marker": str(begin + size)} if more else {})


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidInput", message)


def _beyond(what: str) -> AwsError:
    return AwsError("NotImplemented", f"{what} is not part of the embedded AWS's policy simulator.", 501)
