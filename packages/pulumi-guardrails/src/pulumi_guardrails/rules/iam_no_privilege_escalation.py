"""No policy allows to extend permissions."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import IDENTITY_POLICIES, allowing
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule

WRITES = frozenset(
    {
        "iam:attachrolepolicy",
        "iam:attachuserpolicy",
        "iam:attachgrouppolicy",
        "iam:putrolepolicy",
        "iam:putuserpolicy",
        "iam:putgrouppolicy",
        "iam:createpolicyversion",
        "iam:setdefaultpolicyversion",
        "iam:createaccesskey",
        "iam:createloginprofile",
        "iam:updateloginprofile",
        "iam:updateassumerolepolicy",
        "iam:addusertogroup",
    }
)


def _judge(resource: Resource) -> Iterator[str]:
    for statement in allowing(resource):
        found = sorted(WRITES & set(statement.actions))
        if found:
            yield f"{statement} allows {', '.join(found)}"


RULE = Rule(
    id="iam-no-privilege-escalation",
    title="No policy allows to extend permissions",
    severity=MANDATORY,
    controls=("CKV_AWS_286", "CKV2_AWS_56"),
    why="Whoever may write policies has every permission.",
    mend="Let people, or a pipeline, change permissions; not what runs.",
    judge=OfOne(IDENTITY_POLICIES, _judge),
)
