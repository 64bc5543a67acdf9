"""Volumes have a bandwidth of their own."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    if resource.knows("ebsOptimized") and not resource.is_true("ebsOptimized"):
        yield "it is not EBS-optimized"


RULE = Rule(
    id="instance-ebs-optimized",
    title="Volumes have a bandwidth of their own",
    severity=ADVISORY,
    controls=("CKV_AWS_135",),
    why="Otherwise reading a disk and answering a request take turns.",
    mend="Set ebs_optimized.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE), _judge),
)
