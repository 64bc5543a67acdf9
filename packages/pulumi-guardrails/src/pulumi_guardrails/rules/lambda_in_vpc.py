"""Functions run in a VPC, in two zones or more."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import FUNCTION


def _judge(resource: Resource) -> Iterator[str]:
    subnets = resource.raw("vpcConfig", "subnetIds")
    if resource.knows("vpcConfig") and not subnets:
        yield "it runs outside of any VPC"
    elif isinstance(subnets, list) and len(subnets) == 1:
        yield "it runs in one subnet, and so in one zone"


RULE = Rule(
    id="lambda-in-vpc",
    title="Functions run in a VPC, in two zones or more",
    severity=ADVISORY,
    controls=("CKV_AWS_117", "FSBP Lambda.3", "FSBP Lambda.5"),
    why="In a VPC its traffic can be filtered and recorded.",
    mend="Set vpc_config with subnets of two zones; it then needs a way to every service that it calls.",
    judge=OfOne((FUNCTION,), _judge),
)
