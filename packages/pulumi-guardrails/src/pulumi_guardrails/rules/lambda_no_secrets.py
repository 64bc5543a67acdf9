"""A function's variables hold no secrets."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.secrets import is_called_like_a_secret, secrets_in
from pulumi_guardrails.types import FUNCTION


def _judge(resource: Resource) -> Iterator[str]:
    for name, value in resource.mapping("environment", "variables").items():
        if (
            is_called_like_a_secret(name)
            and isinstance(value, str)
            and value
            and not value.startswith(("arn:", "/", "${"))
        ):
            yield f"the variable {name} seems to be a secret"
        for found in secrets_in(value):
            yield f"the variable {name} seems to hold {found}"


RULE = Rule(
    id="lambda-no-secrets",
    title="A function's variables hold no secrets",
    severity=MANDATORY,
    controls=("CKV_AWS_45",),
    why="Everybody who may describe the function reads them.",
    mend="Keep the secret in Secrets Manager or Parameter Store; give the function its name.",
    judge=OfOne((FUNCTION,), _judge),
)
