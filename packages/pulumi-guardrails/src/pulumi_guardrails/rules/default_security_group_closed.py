"""The default security group of every VPC has no rules."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.groups import egress, ingress
from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import DEFAULT_SECURITY_GROUP, VPC


def _judge(program: Program) -> Iterator[Violation]:
    for vpc in program.of(VPC):
        adopted = program.users(vpc, DEFAULT_SECURITY_GROUP, by="vpcId")
        if not adopted:
            yield Violation(vpc.urn, "its default security group keeps AWS's rules")
        for group in adopted:
            if [*ingress(group), *egress(group)]:
                yield Violation(group.urn, "the default security group has rules")


RULE = Rule(
    id="default-security-group-closed",
    title="The default security group of every VPC has no rules",
    severity=MANDATORY,
    controls=("FSBP EC2.2", "CIS 5.0 5.5", "CKV2_AWS_12"),
    why="Whatever is launched without a group lands in it, and its members may talk to each other and to anywhere.",
    mend="Adopt it: aws.ec2.DefaultSecurityGroup(vpc_id=vpc.id, ingress=[], egress=[]).",
    judge=_judge,
)
