"""No key is open to anybody."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import ANYBODY, statements
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import KEY


def _judge(resource: Resource) -> Iterator[str]:
    for statement in statements(resource.value("policy")):
        if statement.allows and ANYBODY in statement.principals.get("AWS", ()) and not statement.condition:
            yield f"{statement} is for anybody"


RULE = Rule(
    id="key-not-public",
    title="No key is open to anybody",
    severity=MANDATORY,
    controls=("FSBP KMS.5", "CKV_AWS_33"),
    why="Anybody with an AWS account could use it.",
    mend="Name principals in the key's policy.",
    judge=OfOne((KEY,), _judge),
)
