"""Policies are documents."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import is_document
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import GROUP_POLICY, KEY, POLICY, ROLE, ROLE_POLICY, TOPIC_POLICY, USER_POLICY

PROPERTIES = ("policy", "assumeRolePolicy")


def _judge(resource: Resource) -> Iterator[str]:
    for name in PROPERTIES:
        value = resource.value(name)
        if value is not None and not is_document(value):
            yield f"{name} is not a policy document"


RULE = Rule(
    id="policy-documents",
    title="Policies are documents",
    severity=MANDATORY,
    controls=("seed:4",),
    why="What IAM cannot read it refuses, in the middle of a deployment; what it reads differently is worse.",
    mend="Write the document with json.dumps, with a list of statements.",
    judge=OfOne((KEY, POLICY, ROLE, ROLE_POLICY, TOPIC_POLICY, USER_POLICY, GROUP_POLICY), _judge),
)
