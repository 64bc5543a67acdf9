"""Security groups and their rules say what they are for."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.groups import HAVE_RULES, egress, ingress
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE


def _judge(resource: Resource) -> Iterator[str]:
    alone = resource.type in (INGRESS_RULE, EGRESS_RULE, SECURITY_GROUP_RULE)
    if resource.type == SECURITY_GROUP and resource.raw("description") in (None, "", "Managed by Pulumi"):
        yield "the group has no description"
    for rule in (*ingress(resource), *egress(resource)):
        if not rule.get("description"):
            yield "it has no description" if alone else "one of its rules has no description"


RULE = Rule(
    id="security-group-descriptions",
    title="Security groups and their rules say what they are for",
    severity=ADVISORY,
    controls=("CKV_AWS_23", "seed:8"),
    why="A rule that nobody can explain is a rule that nobody dares to remove.",
    mend="Give each group and each rule a description.",
    judge=OfOne(HAVE_RULES, _judge),
)
