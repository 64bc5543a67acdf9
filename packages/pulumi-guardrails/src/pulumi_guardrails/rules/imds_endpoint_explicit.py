"""Whether there is a metadata endpoint is written down."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    if resource.knows("metadataOptions") and resource.raw("metadataOptions", "httpEndpoint") is None:
        yield "metadataOptions.httpEndpoint is not set"


RULE = Rule(
    id="imds-endpoint-explicit",
    title="Whether there is a metadata endpoint is written down",
    severity=ADVISORY,
    controls=("FSBP EC2.170",),
    why="Where it is left out, the account's default decides, and may differ between accounts.",
    mend="metadata_options: http_endpoint='enabled' (or 'disabled').",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE), _judge),
)
