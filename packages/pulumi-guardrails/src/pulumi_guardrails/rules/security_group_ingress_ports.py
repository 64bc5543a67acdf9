"""No security group lets every port in from a range of addresses."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.groups import HAVE_RULES, ingress
from pulumi_guardrails.model import Resource
from pulumi_guardrails.network import ANYWHERE, ports, sources
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule

EVERY_PORT = 65535


def _judge(resource: Resource) -> Iterator[str]:
    for rule in ingress(resource):
        found = ports(rule)
        inside = set(sources(rule)) - set(ANYWHERE)
        if inside and (found is None or len(found) >= EVERY_PORT):
            yield f"it lets {', '.join(sorted(inside))} in on every port"


RULE = Rule(
    id="security-group-ingress-ports",
    title="No security group lets every port in from a range of addresses",
    severity=MANDATORY,
    controls=("FSBP EC2.18", "seed:8"),
    why="Those who may come in for one thing may then come in for everything.",
    mend="Name protocol and ports.",
    judge=OfOne(HAVE_RULES, _judge),
)
