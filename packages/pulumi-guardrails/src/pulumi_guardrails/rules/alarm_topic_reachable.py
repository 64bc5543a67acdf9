"""Alarms may publish to the topic that they use."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import statements
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import COMPOSITE_ALARM, KEY, METRIC_ALARM, TOPIC

NEEDED = ("kms:Decrypt", "kms:GenerateDataKey")
CLOUDWATCH = "cloudwatch.amazonaws.com"


def _judge(program: Program) -> Iterator[Violation]:
    for topic in program.of(TOPIC):
        if program.users(topic, METRIC_ALARM, COMPOSITE_ALARM, by="alarmActions"):
            yield from (Violation(topic.urn, message) for message in _hindrances(program, topic))


def _hindrances(program: Program, topic: Resource) -> Iterator[str]:
    if topic.value("kmsMasterKeyId") == "alias/aws/sns":
        yield "alarms publish to it, and its AWS-managed key does not let them"
    for key in program.targets(topic, "kmsMasterKeyId", KEY):
        allowed = [
            each
            for each in statements(key.value("policy"))
            if each.allows and CLOUDWATCH in each.principals.get("Service", ())
        ]
        lacking = [action for action in NEEDED if not any(each.names(action) for each in allowed)]
        if key.knows("policy") and lacking:
            yield f"alarms publish to it, and the policy of its key {key.name} does not give them {', '.join(lacking)}"


RULE = Rule(
    id="alarm-topic-reachable",
    title="Alarms may publish to the topic that they use",
    severity=MANDATORY,
    controls=("FSBP CloudWatch.15", "FSBP SNS.1"),
    why="CloudWatch cannot use SNS's AWS-managed key, nor a key that does not let it: the alarm goes off unheard.",
    mend="Encrypt it with a key whose policy allows cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*.",
    judge=_judge,
)
