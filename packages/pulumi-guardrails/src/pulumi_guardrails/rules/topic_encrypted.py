"""Topics are encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import TOPIC


def _judge(resource: Resource) -> Iterator[str]:
    if not resource.raw("kmsMasterKeyId"):
        yield "its messages are not encrypted"


RULE = Rule(
    id="topic-encrypted",
    title="Topics are encrypted",
    severity=MANDATORY,
    controls=("FSBP SNS.1", "CKV_AWS_26", "AVD-AWS-0095", "AVD-AWS-0136"),
    why="Messages name instances, accounts and what is wrong with them.",
    mend="Set kms_master_key_id to a key of your own.",
    judge=OfOne((TOPIC,), _judge),
)
