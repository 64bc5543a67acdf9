"""No security group lets everything out to anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.groups import HAVE_RULES, egress
from pulumi_guardrails.model import Resource
from pulumi_guardrails.network import ANYWHERE, ports, sources
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule


def _judge(resource: Resource) -> Iterator[str]:
    for rule in egress(resource):
        if ports(rule) is None and set(sources(rule)) & set(ANYWHERE):
            yield "it lets every protocol out to anywhere"


RULE = Rule(
    id="security-group-egress",
    title="No security group lets everything out to anywhere",
    severity=ADVISORY,
    controls=("CKV_AWS_382", "AVD-AWS-0104"),
    why="What breaks in can then take data wherever it likes.",
    mend="Let out HTTPS to endpoints and prefix lists alone.",
    judge=OfOne(HAVE_RULES, _judge),
)
