"""Instances get no public address."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    interfaces = resource.items("networkInterfaces")
    named = [resource.value("associatePublicIpAddress"), *(each.get("associatePublicIpAddress") for each in interfaces)]
    if any(value in (True, "true") for value in named):
        yield "instances get a public address (associatePublicIpAddress)"


RULE = Rule(
    id="instance-no-public-ip",
    title="Instances get no public address",
    severity=MANDATORY,
    controls=("FSBP EC2.9", "FSBP EC2.25", "FSBP AutoScaling.5", "CKV_AWS_88", "AVD-AWS-0009", "seed:2"),
    why="A public address is a door; the way in is Session Manager.",
    mend="Set associate_public_ip_address to false.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION), _judge),
)
