"""Plain parameters hold no secrets."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.secrets import secrets_in
from pulumi_guardrails.types import SSM_PARAMETER


def _judge(resource: Resource) -> Iterator[str]:
    if resource.value("type") in ("String", "StringList"):
        for found in secrets_in(resource.value("value")):
            yield f"its value seems to hold {found}"


RULE = Rule(
    id="parameter-no-secrets",
    title="Plain parameters hold no secrets",
    severity=MANDATORY,
    controls=("CKV2_AWS_34",),
    why="A parameter of type String is stored, and shown, in clear.",
    mend="type='SecureString'.",
    judge=OfOne((SSM_PARAMETER,), _judge),
)
