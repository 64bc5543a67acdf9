"""No security group lets the world in."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.groups import HAVE_RULES, ingress
from pulumi_guardrails.model import Resource
from pulumi_guardrails.network import ANYWHERE, sources
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule


def _judge(resource: Resource) -> Iterator[str]:
    for rule in ingress(resource):
        for source in sorted(set(sources(rule)) & set(ANYWHERE)):
            yield f"it lets {source} in"


RULE = Rule(
    id="security-group-no-world-ingress",
    title="No security group lets the world in",
    severity=MANDATORY,
    controls=(
        "seed:8",
        "FSBP EC2.13",
        "FSBP EC2.14",
        "FSBP EC2.18",
        "FSBP EC2.19",
        "CIS 5.0 5.3",
        "CKV_AWS_24",
        "CKV_AWS_25",
        "CKV_AWS_260",
        "CKV_AWS_277",
    ),
    why="Whatever listens behind it is one flaw away from everybody.",
    mend="Name the ranges of those who need to come in.",
    judge=OfOne(HAVE_RULES, _judge),
)
