"""Topics take messages over TLS alone."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import statements
from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import TOPIC, TOPIC_POLICY


def _judge(program: Program) -> Iterator[Violation]:
    for topic in program.of(TOPIC):
        policies = [topic, *program.users(topic, TOPIC_POLICY, by="arn")]
        denied = [each for policy in policies for each in statements(policy.value("policy")) if not each.allows]
        unknown = any(not policy.knows("policy") for policy in policies)
        if not unknown and not any("aws:securetransport" in each.condition_keys for each in denied):
            yield Violation(topic.urn, "it takes messages without TLS")


RULE = Rule(
    id="topic-tls",
    title="Topics take messages over TLS alone",
    severity=ADVISORY,
    controls=("cdk-nag SNS3",),
    why="Whoever listens on the way reads along.",
    mend="Deny sns:Publish where aws:SecureTransport is false.",
    judge=_judge,
)
