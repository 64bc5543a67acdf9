"""Instance metadata does not travel further than the instance."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    limit = resource.value("metadataOptions", "httpPutResponseHopLimit")
    if isinstance(limit, int | float) and limit > 1:
        yield f"metadata answers travel {int(limit)} hops"


RULE = Rule(
    id="imds-hop-limit",
    title="Instance metadata does not travel further than the instance",
    severity=MANDATORY,
    controls=("FSBP AutoScaling.4", "CKV_AWS_341"),
    why="With more than one hop, every container on the instance can have the instance's credentials.",
    mend="metadata_options: http_put_response_hop_limit=1.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION), _judge),
)
