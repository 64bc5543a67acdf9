"""The ranges of security groups are networks."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from pulumi_guardrails.groups import HAVE_RULES, egress, ingress
from pulumi_guardrails.model import Resource
from pulumi_guardrails.network import sources
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule


def _judge(resource: Resource) -> Iterator[str]:
    for rule in (*ingress(resource), *egress(resource)):
        for source in sources(rule):
            try:
                ip_network(source)
            except ValueError as error:
                if "${" not in source:
                    yield f"not a network: {error}"


RULE = Rule(
    id="security-group-ranges",
    title="The ranges of security groups are networks",
    severity=MANDATORY,
    controls=("seed:8",),
    why="A range with host bits set is not the range that its writer had in mind; AWS cuts it silently.",
    mend="Write the network's first address, such as 10.0.0.0/8.",
    judge=OfOne(HAVE_RULES, _judge),
)
