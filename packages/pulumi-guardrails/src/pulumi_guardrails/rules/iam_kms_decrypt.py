"""No policy allows to decrypt with every key."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import IDENTITY_POLICIES, allowing
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule

DECRYPTS = ("kms:Decrypt", "kms:ReEncryptFrom")


def _judge(resource: Resource) -> Iterator[str]:
    for statement in allowing(resource):
        explicit = any(action.startswith("kms:") for action in statement.actions if action != "kms:*")
        every = any(target == "*" or target.endswith(":key/*") for target in statement.resources)
        if explicit and every and any(statement.names(action) for action in DECRYPTS):
            yield f"{statement} allows decryption with every key"


RULE = Rule(
    id="iam-kms-decrypt",
    title="No policy allows to decrypt with every key",
    severity=MANDATORY,
    controls=("FSBP KMS.1", "FSBP KMS.2"),
    why="It opens whatever anybody in the account has encrypted.",
    mend="Name the key's ARN.",
    judge=OfOne(IDENTITY_POLICIES, _judge),
)
