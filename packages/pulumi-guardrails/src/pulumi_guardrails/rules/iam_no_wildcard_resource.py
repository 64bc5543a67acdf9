"""No policy allows to change, or to read secrets of, every resource."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import IDENTITY_POLICIES, allowing
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule

READS = ("describe", "list", "get", "batchget", "lookup", "search", "view")
SECRET_READS = frozenset(
    {
        "s3:getobject",
        "secretsmanager:getsecretvalue",
        "ssm:getparameter",
        "ssm:getparameters",
        "ssm:getparametersbypath",
        "dynamodb:getitem",
        "dynamodb:batchgetitem",
        "lambda:getfunction",
        "ecr:getauthorizationtoken",
        "sts:getsessiontoken",
    }
)


def _judge(resource: Resource) -> Iterator[str]:
    for statement in allowing(resource):
        if statement.on_everything and not statement.condition:
            wide = [action for action in statement.actions if _matters(action)]
            if wide:
                yield f"{statement} allows {', '.join(wide)} on every resource, without a condition"


def _matters(action: str) -> bool:
    service, _, name = action.partition(":")
    if not name or name == "*":
        return False  # every action of a service: another rule's
    # What is administered, and keys, have rules of their own.
    return action in SECRET_READS or (not name.startswith(READS) and service not in ("iam", "kms"))


RULE = Rule(
    id="iam-no-wildcard-resource",
    title="No policy allows to change, or to read secrets of, every resource",
    severity=MANDATORY,
    controls=("seed:4", "CKV_AWS_287", "CKV_AWS_288", "CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355"),
    why="A flaw in one function then reaches every resource of the account.",
    mend="Name the resources, or add a condition such as aws:ResourceTag. Plain reads are let through.",
    judge=OfOne(IDENTITY_POLICIES, _judge),
)
