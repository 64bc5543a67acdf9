"""Flow logs record what was refused."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import FLOW_LOG


def _judge(resource: Resource) -> Iterator[str]:
    if resource.value("trafficType") == "ACCEPT":
        yield "only accepted traffic is recorded"


RULE = Rule(
    id="flow-log-traffic",
    title="Flow logs record what was refused",
    severity=MANDATORY,
    controls=("FSBP EC2.6",),
    why="A log of accepted traffic alone hides every attempt that failed.",
    mend="Set traffic_type to ALL, or at least to REJECT.",
    judge=OfOne((FLOW_LOG,), _judge),
)
