"""The instances' role may be managed through SSM."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.roles import has_unknown_permissions, managed_policies, may
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import INSTANCE_PROFILE, ROLE

MANAGED = frozenset({"AmazonSSMManagedInstanceCore", "AmazonSSMManagedEC2InstanceDefaultPolicy", "AmazonEC2RoleforSSM"})


def _judge(program: Program) -> Iterator[Violation]:
    for profile in program.of(INSTANCE_PROFILE):
        for role in program.targets(profile, "role", ROLE):
            allowed = managed_policies(program, role) & MANAGED or may(program, role, "ssm:UpdateInstanceInformation")
            if not allowed and not has_unknown_permissions(program, role):
                yield Violation(role.urn, "instances with this role cannot register with Systems Manager")


RULE = Rule(
    id="instance-role-ssm",
    title="The instances' role may be managed through SSM",
    severity=MANDATORY,
    controls=("seed:2", "FSBP SSM.1"),
    why="Without these permissions the agent cannot register, and nobody can open a session.",
    mend="Attach AmazonSSMManagedInstanceCore to the role.",
    judge=_judge,
)
