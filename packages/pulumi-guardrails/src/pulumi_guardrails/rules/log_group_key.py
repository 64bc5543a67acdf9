"""Log groups are encrypted with a key of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import LOG_GROUP


def _judge(resource: Resource) -> Iterator[str]:
    if not resource.raw("kmsKeyId"):
        yield "it is encrypted with AWS's key"


RULE = Rule(
    id="log-group-key",
    title="Log groups are encrypted with a key of one's own",
    severity=ADVISORY,
    controls=("CKV_AWS_158", "AVD-AWS-0017"),
    why="With a key of your own you decide, and see, who reads them.",
    mend="Set kms_key_id, and let logs.<region>.amazonaws.com use the key.",
    judge=OfOne((LOG_GROUP,), _judge),
)
