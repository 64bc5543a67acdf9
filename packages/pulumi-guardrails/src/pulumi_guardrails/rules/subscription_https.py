"""No subscription sends messages in clear."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import TOPIC_SUBSCRIPTION


def _judge(resource: Resource) -> Iterator[str]:
    if resource.value("protocol") == "http":
        yield "it sends messages over plain HTTP"


RULE = Rule(
    id="subscription-https",
    title="No subscription sends messages in clear",
    severity=MANDATORY,
    controls=("prowler sns_subscription_not_using_http_endpoints",),
    why="Messages, and the link that confirms the subscription, can be read on the way.",
    mend="Use https.",
    judge=OfOne((TOPIC_SUBSCRIPTION,), _judge),
)
