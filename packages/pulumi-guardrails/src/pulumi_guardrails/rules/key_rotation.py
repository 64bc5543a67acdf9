"""Keys rotate."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import KEY


def _judge(resource: Resource) -> Iterator[str]:
    symmetric = resource.value("customerMasterKeySpec") in (None, "", "SYMMETRIC_DEFAULT")
    if symmetric and resource.knows("enableKeyRotation") and not resource.is_true("enableKeyRotation"):
        yield "it does not rotate"


RULE = Rule(
    id="key-rotation",
    title="Keys rotate",
    severity=MANDATORY,
    controls=("FSBP KMS.4", "CIS 5.0 3.6", "CKV_AWS_7", "AVD-AWS-0065"),
    why="The longer a key is in use, the more it opens.",
    mend="enable_key_rotation=True.",
    judge=OfOne((KEY,), _judge),
)
