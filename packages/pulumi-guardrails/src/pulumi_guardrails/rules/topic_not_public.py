"""No topic is open to anybody."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import ANYBODY, statements
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import TOPIC, TOPIC_POLICY


def _judge(resource: Resource) -> Iterator[str]:
    for statement in statements(resource.value("policy")):
        anybody = ANYBODY in statement.principals.get("AWS", ())
        if statement.allows and anybody and not statement.condition:
            yield f"{statement} is for anybody"


RULE = Rule(
    id="topic-not-public",
    title="No topic is open to anybody",
    severity=MANDATORY,
    controls=("FSBP SNS.4", "CKV_AWS_169", "CKV_AWS_385"),
    why="Anybody could publish false alarms, or listen.",
    mend="Name the service in the topic's policy, with the condition aws:SourceAccount.",
    judge=OfOne((TOPIC, TOPIC_POLICY), _judge),
)
