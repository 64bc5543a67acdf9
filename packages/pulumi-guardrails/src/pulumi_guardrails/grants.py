"""What a program grants, one action at a time: each role's documents, and what topics, keys and functions grant others.

What AWS's own managed policies grant is looked up in moto's copy of them: a program only names them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pulumi_guardrails.documents import Statement, is_document, statements
from pulumi_guardrails.model import Plain, Program, Reference, Resource, as_list
from pulumi_guardrails.roles import managed_name
from pulumi_guardrails.types import (
    FUNCTION,
    KEY,
    PERMISSION,
    POLICY,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    TOPIC,
    TOPIC_POLICY,
)

TRUST = "trust policy"
OWN = "its own policy"
NOT_KNOWN = "not known before it is deployed"
KINDS = {ROLE: "role", TOPIC: "topic", KEY: "key", FUNCTION: "function"}


@dataclass(frozen=True)
class Grant:
    """One action that one statement allows or denies.

    Attributes:
        policy: The policy that it stands in, by the name that the program gives it.
        statement: Its Sid; empty if it has none.
        action: As it is written, wildcards and all; `not` stands before those of a NotAction.
        resource: One or many, in one text.
        principal: To whom; empty in an identity's policy, where it is the identity.
        condition: Each test in one text, `and` between them.
    """

    policy: str
    statement: str
    action: str
    resource: str = ""
    principal: str = ""
    condition: str = ""
    allows: bool = True


@dataclass(frozen=True)
class Holder:
    """Something that policies hang on, and all that they say.

    Attributes:
        kind: `role`, `topic`, `key` or `function`.
        name: Its name in the cloud, where the program gives it one, or else its logical name.
        logical: Its logical name.
    """

    kind: str
    name: str
    logical: str
    grants: tuple[Grant, ...]

    @property
    def label(self) -> str:
        """Kind and name, such as `role web-healer-us-east-1-dev`."""
        return f"{self.kind} {self.name}"


def holders(program: Program) -> list[Holder]:
    """All that have policies: roles first, and each kind by its logical names.

    A program registers what does not depend on each other in no fixed order, so the order of registration is none.
    """
    found = [_holder(program, resource) for kind in KINDS for resource in _by_name(program.of(kind))]
    return [each for each in found if each.grants or each.kind == KINDS[ROLE]]


def _by_name(resources: Iterable[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda resource: resource.name)


def _holder(program: Program, resource: Resource) -> Holder:
    name = resource.text("name") or resource.name
    return Holder(KINDS[resource.type], name, resource.name, tuple(_GRANTS[resource.type](program, resource)))


def _of_role(program: Program, role: Resource) -> Iterator[Grant]:
    yield from grants_of(TRUST, role.raw("assumeRolePolicy"))
    for item in role.items("inlinePolicies"):
        yield from grants_of(str(item.get("name") or "inline"), item.get("policy"))
    for inline in _by_name(program.users(role, ROLE_POLICY, by="role")):
        yield from grants_of(inline.text("name") or inline.name, inline.raw("policy"))
    for attachment in _by_name(program.users(role, ROLE_POLICY_ATTACHMENT, by="role")):
        yield from _of_attachment(program, attachment)
    for arn in as_list(role.value("managedPolicyArns")):
        yield from _of_managed(arn)


def _of_attachment(program: Program, attachment: Resource) -> Iterator[Grant]:
    own = program.targets(attachment, "policyArn", POLICY)
    for policy in own:
        yield from grants_of(policy.text("name") or policy.name, policy.raw("policy"))
    if not own:
        yield from _of_managed(attachment.raw("policyArn"))


def _of_managed(arn: Plain) -> Iterator[Grant]:
    name = managed_name(arn)
    document = managed_documents().get(name)
    if document is None:
        yield Grant(str(arn) if isinstance(arn, str) else NOT_KNOWN, "", NOT_KNOWN)
    else:
        yield from grants_of(name, document)


def _of_topic(program: Program, topic: Resource) -> Iterator[Grant]:
    yield from grants_of(OWN, topic.raw("policy")) if topic.raw("policy") else ()
    for policy in _by_name(program.users(topic, TOPIC_POLICY, by="arn")):
        yield from grants_of(OWN, policy.raw("policy"))


def _of_key(_: Program, key: Resource) -> Iterator[Grant]:
    yield from grants_of(OWN, key.raw("policy")) if key.raw("policy") else ()


def _of_function(program: Program, function: Resource) -> Iterator[Grant]:
    for permission in _by_name(program.users(function, PERMISSION, by="function")):
        source = permission.raw("sourceArn")
        yield Grant(
            OWN,
            permission.text("statementId") or permission.name,
            permission.text("action") or NOT_KNOWN,
            resource=function.text("name") or function.name,
            principal=permission.text("principal") or NOT_KNOWN,
            condition=f"ArnLike aws:SourceArn {_written(source)}" if source else "",
        )


_GRANTS = {ROLE: _of_role, TOPIC: _of_topic, KEY: _of_key, FUNCTION: _of_function}


def grants_of(policy: str, document: Plain) -> Iterator[Grant]:
    """What a policy document says, action by action; `policy` is what the policy is called."""
    if not is_document(document):
        yield Grant(policy, "", NOT_KNOWN)
        return
    for statement in statements(document):
        yield from _of_statement(policy, statement)


def _of_statement(policy: str, statement: Statement) -> Iterator[Grant]:
    for action in statement.written:
        yield Grant(
            policy,
            statement.sid,
            f"not {action}" if statement.excepts else action,
            ", ".join(statement.resources),
            ", ".join(name for names in statement.principals.values() for name in names),
            " and ".join(
                f"{test} {key} {_written(value)}"
                for test, keys in statement.condition.items()
                for key, value in keys.items()
            ),
            statement.allows,
        )


def _written(value: Plain) -> str:
    if isinstance(value, Reference):
        return f"${{{value.urn.rpartition('::')[2]}.{value.output}}}"
    return " or ".join(str(item) for item in as_list(value))


@cache
def managed_documents() -> Mapping[str, Any]:
    """AWS's managed policies by name, as moto has copied them."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415 - slow, and rarely needed

    return {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}
