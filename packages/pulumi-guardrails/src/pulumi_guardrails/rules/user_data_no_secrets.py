"""User data holds no secrets."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.secrets import secrets_in, user_data
from pulumi_guardrails.types import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    for found in secrets_in(user_data(resource.value("userData"), resource.value("userDataBase64"))):
        yield f"its user data seems to hold {found}"


RULE = Rule(
    id="user-data-no-secrets",
    title="User data holds no secrets",
    severity=MANDATORY,
    controls=("CKV_AWS_46", "AVD-AWS-0029", "AVD-AWS-0129"),
    why="Everybody who may describe the instance, and everything that runs on it, can read its user data.",
    mend="Keep secrets in Parameter Store or Secrets Manager, and let the instance's role read them.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION), _judge),
)
