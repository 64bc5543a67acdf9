"""A role trusts the service that uses it."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.roles import trusted_services
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import FLOW_LOG, FUNCTION, INSTANCE_PROFILE, ROLE

SERVICES = {
    FUNCTION: ("lambda.amazonaws.com", "role"),
    FLOW_LOG: ("vpc-flow-logs.amazonaws.com", "iamRoleArn"),
    INSTANCE_PROFILE: ("ec2.amazonaws.com", "role"),
}


def _judge(program: Program) -> Iterator[Violation]:
    for type_, (service, name) in SERVICES.items():
        for user in program.of(type_):
            for role in program.targets(user, name, ROLE):
                trusted = trusted_services(role)
                # With several, another rule has something to say.
                if len(trusted) == 1 and not any(each.startswith(service.removesuffix(".com")) for each in trusted):
                    yield Violation(role.urn, f"{user.name} uses it, and it trusts {trusted[0]}, not {service}")


RULE = Rule(
    id="role-trust-matches-user",
    title="A role trusts the service that uses it",
    severity=MANDATORY,
    controls=("seed:4",),
    why="Otherwise the deployment fails, or what runs with the role never starts.",
    mend="Name the service of its user in the role's trust policy.",
    judge=_judge,
)
