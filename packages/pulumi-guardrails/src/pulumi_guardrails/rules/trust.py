"""Roles: who may assume them, and who does."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import ANYBODY, is_document
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.roles import trust, trusted_services, users_of
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import FLOW_LOG, FUNCTION, INSTANCE_PROFILE, ROLE


@rule(MANDATORY, of=ROLE, controls=("seed:4", "CKV_AWS_60"), mend="Make a role for each.")
def role_one_service(role: Resource) -> Iterator[str]:
    """Each role is assumed by exactly one service.

    A role for two services has the permissions of both, and each can act as the other.
    """
    services = trusted_services(role)
    others = [name for statement in trust(role) for kind, name in statement.principals.items() if kind != "Service"]
    if len(services) > 1:
        yield f"it may be assumed by {', '.join(services)}"
    elif is_document(role.value("assumeRolePolicy")) and not services and not others:
        yield "nobody may assume it"


@rule(
    MANDATORY,
    of=ROLE,
    controls=("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_393"),
    mend="Name the service, or the one role, that assumes it.",
)
def role_trust_anybody(role: Resource) -> Iterator[str]:
    """No role may be assumed by anybody.

    Every account of AWS could become this role.
    """
    for statement in trust(role):
        if ANYBODY in statement.principals.get("AWS", ()) and not statement.condition:
            yield "anybody may assume this role"


SEND_THE_SOURCE = ("lambda.", "vpc-flow-logs.", "scheduler.", "events.", "sns.", "states.", "backup.", "logs.")
SOURCE_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})


@rule(
    ADVISORY,
    of=ROLE,
    controls=("prowler iam_role_cross_service_confused_deputy_prevention",),
    mend="Add the condition aws:SourceAccount or aws:SourceArn. EC2 does not send them.",
)
def role_trust_source(role: Resource) -> Iterator[str]:
    """A role says for whose sake a service may assume it.

    A service that works for everybody can be talked into using your role for somebody else.
    """
    for statement in trust(role):
        asking = [name for name in statement.principals.get("Service", ()) if name.startswith(SEND_THE_SOURCE)]
        if asking and not SOURCE_KEYS & statement.condition_keys:
            yield f"{', '.join(asking)} may assume it on behalf of any account"


SERVICES = {
    FUNCTION: ("lambda.amazonaws.com", "role"),
    FLOW_LOG: ("vpc-flow-logs.amazonaws.com", "iamRoleArn"),
    INSTANCE_PROFILE: ("ec2.amazonaws.com", "role"),
}


@rule(MANDATORY, controls=("seed:4",), mend="Name the service of its user in the role's trust policy.")
def role_trust_matches_user(program: Program) -> Iterator[Violation]:
    """A role trusts the service that uses it.

    Otherwise the deployment fails, or what runs with the role never starts.
    """
    for type_, (service, name) in SERVICES.items():
        for user in program.of(type_):
            for role in program.targets(user, name, ROLE):
                trusted = trusted_services(role)
                # With several, another rule has something to say.
                if len(trusted) == 1 and not any(each.startswith(service.removesuffix(".com")) for each in trusted):
                    yield Violation(role.urn, f"{user.name} uses it, and it trusts {trusted[0]}, not {service}")


@rule(MANDATORY, controls=("seed:4", "FSBP IAM.22"), mend="Use it, or remove it.")
def role_used(program: Program) -> Iterator[Violation]:
    """Each permission has a user.

    A role that nobody uses is there for whoever finds it.
    """
    for role in program.of(ROLE):
        outside = any(kind != "Service" for statement in trust(role) for kind in statement.principals)
        if not outside and not users_of(program, role):
            yield Violation(role.urn, "nothing acts as this role")
