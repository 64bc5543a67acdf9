"""Instance metadata is given to session tokens alone."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    tokens = resource.value("metadataOptions", "httpTokens")
    off = resource.value("metadataOptions", "httpEndpoint") == "disabled"
    if resource.knows("metadataOptions", "httpTokens") and tokens != "required" and not off:
        yield f"metadataOptions.httpTokens is {tokens or 'not set'}, not required"


RULE = Rule(
    id="imdsv2-required",
    title="Instance metadata is given to session tokens alone",
    severity=MANDATORY,
    controls=("FSBP EC2.8", "FSBP EC2.170", "FSBP AutoScaling.3", "CIS 5.0 5.7", "CKV_AWS_79"),
    why="Without tokens, a server that can be talked into fetching a URL hands out the role's credentials.",
    mend="metadata_options: http_tokens='required', http_endpoint='enabled'.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION), _judge),
)
