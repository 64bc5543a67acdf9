"""One permission less on the stack as it is deployed, for as long as a `with` lasts."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from .situations import holders
from .stack import Deployed

STANDIN = "standin"  # the inline policy in place of a managed one, which nobody can change


@dataclass(frozen=True)
class Policy:
    """A policy document that hangs on something, and the way to put another in its place."""

    name: str
    document: dict[str, Any]
    put: Callable[[dict[str, Any]], None]

    @property
    def statements(self) -> list[dict[str, Any]]:
        """Its statements."""
        found: list[dict[str, Any]] = self.document["Statement"]
        return found


def policies(stack: Deployed, label: str) -> list[Policy]:
    """Every policy of a holder, as AWS gives it back; of a role its trust policy first."""
    arn = holders(stack)[label]
    return {"role": _of_role, "topic": _of_topic, "key": _of_key, "function": _of_function}[label.split(maxsplit=1)[0]](
        stack, arn
    )


@contextmanager
def without(stack: Deployed, label: str, statement: str, action: str) -> Iterator[None]:
    """Take an action away: from a role altogether, from a resource's policy where that statement grants it.

    Raises:
        AssertionError: nothing grants it.
    """
    with ExitStack() as undo:
        changed = 0
        for policy in policies(stack, label):
            left = _less(policy.statements, "" if label.startswith("role") else statement, action)
            if left != policy.statements:
                undo.callback(policy.put, policy.document)
                policy.put({**policy.document, "Statement": left})
                changed += 1
        assert changed, f"nothing of {label} grants {action}"
        yield


def _less(statements: list[dict[str, Any]], sid: str, action: str) -> list[dict[str, Any]]:
    """The statements without an action; one that has no other goes, and an only one is handed to nobody."""
    left = []
    for each in copy.deepcopy(statements):
        named = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
        if each["Effect"] == "Allow" and sid in ("", each.get("Sid", "")) and action in named:
            each["Action"] = [other for other in named if other != action]
        if each["Action"]:
            left.append(each)
    return left


def _of_role(stack: Deployed, arn: str) -> list[Policy]:
    iam, role = stack.client("iam"), arn.rpartition("/")[2]
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    found = [Policy("trust policy", trust, lambda document: _trust(iam, role, document))]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        found.append(Policy(name, document, _inline(iam, role, name)))
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        document = version["PolicyVersion"]["Document"]
        found.append(Policy(attached["PolicyName"], document, _managed(iam, role, policy["Arn"], document)))
    return found


def _trust(iam: Any, role: str, document: dict[str, Any]) -> None:
    """A trust policy needs a statement: without one of its own it trusts a service that never comes."""
    nobody = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    text = json.dumps({**document, "Statement": document["Statement"] or [nobody]})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=text)


def _inline(iam: Any, role: str, name: str) -> Callable[[dict[str, Any]], None]:
    return lambda document: iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def _managed(iam: Any, role: str, arn: str, whole: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    name = f"{STANDIN}-{arn.rpartition('/')[2]}"

    def put(document: dict[str, Any]) -> None:
        if document == whole:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        else:
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
            _inline(iam, role, name)(document)

    return put


def _of_topic(stack: Deployed, arn: str) -> list[Policy]:
    sns = stack.client("sns")
    document = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])

    def put(document: dict[str, Any]) -> None:
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(document))

    return [Policy("its own policy", document, put)]


def _of_key(stack: Deployed, arn: str) -> list[Policy]:
    kms = stack.client("kms")
    document = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])

    def put(document: dict[str, Any]) -> None:
        kms.put_key_policy(
            KeyId=arn, PolicyName="default", Policy=json.dumps(document), BypassPolicyLockoutSafetyCheck=True
        )

    return [Policy("its own policy", document, put)]


def _of_function(stack: Deployed, arn: str) -> list[Policy]:
    """A function's policy is made of permissions, which are added and removed one by one."""
    functions = stack.client("lambda")
    whole = json.loads(functions.get_policy(FunctionName=arn)["Policy"])
    there = {each["Sid"] for each in whole["Statement"]}

    def put(document: dict[str, Any]) -> None:
        wanted = {each["Sid"] for each in document["Statement"]}
        for each in whole["Statement"]:
            name = each["Sid"]
            if name in wanted - there:
                functions.add_permission(
                    FunctionName=arn,
                    StatementId=name,
                    Action=each["Action"],
                    Principal=each["Principal"]["Service"],
                    SourceArn=each["Condition"]["ArnLike"]["AWS:SourceArn"],
                )
                there.add(name)
            elif name in there - wanted:
                functions.remove_permission(FunctionName=arn, StatementId=name)
                there.discard(name)

    return [Policy("its own policy", whole, put)]
