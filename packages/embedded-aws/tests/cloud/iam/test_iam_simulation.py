"""The policy simulator, seen by boto3 through the whole cloud: it answers what the cloud itself would do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.account import ACCOUNT
from embedded_aws.embedded import Cloud
from embedded_aws.iam.positions import position, spans

MINE = f"arn:aws:sns:us-east-1:{ACCOUNT}:mine"
YOURS = f"arn:aws:sns:us-east-1:{ACCOUNT}:yours"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: str | list[str], resources: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions: str, resources: str = "*") -> dict[str, Any]:
    return allow(actions, resources) | {"Effect": "Deny"}


def custom(cloud: Cloud, *actions: str, **params: Any) -> list[dict[str, Any]]:
    answer = cloud.client("iam").simulate_custom_policy(ActionNames=actions, **params)
    found: list[dict[str, Any]] = answer["EvaluationResults"]
    return found


def principal(cloud: Cloud, role: str, *actions: str, **params: Any) -> list[dict[str, Any]]:
    answer = cloud.client("iam").simulate_principal_policy(PolicySourceArn=role, ActionNames=actions, **params)
    found: list[dict[str, Any]] = answer["EvaluationResults"]
    return found


def refused(cloud: Cloud, call: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        getattr(cloud.client("iam"), call)(**params)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_role_is_simulated_with_the_policies_that_it_has(account: Any) -> None:
    role = account.role(allow("sns:Publish", MINE), deny("sns:DeleteTopic"))
    account.owner("iam").attach_role_policy(RoleName="healer", PolicyArn=ADMINISTRATOR)

    publish, delete = principal(account.cloud, role, "sns:Publish", "sns:DeleteTopic")

    assert (publish["EvalActionName"], publish["EvalResourceName"]) == ("sns:Publish", "*")
    assert publish["EvalDecision"] == "allowed"
    assert publish["MissingContextValues"] == []
    assert [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in publish["MatchedStatements"]] == [
        ("AdministratorAccess", "IAM Policy")
    ]
    assert delete["EvalDecision"] == "explicitDeny"
    assert [each["SourcePolicyId"] for each in delete["MatchedStatements"]] == ["role_healer_inline"]
    assert "ResourceSpecificResults" not in publish


def test_the_simulator_says_what_the_cloud_does(account: Any) -> None:
    topics = {name: account.owner("sns").create_topic(Name=name)["TopicArn"] for name in ("mine", "yours")}
    role = account.role(allow("sns:Publish", topics["mine"]))
    sns = account.acting(role, "sns")

    def may(topic: str) -> str:
        try:
            sns.publish(TopicArn=topic, Message="x")
        except sns.exceptions.AuthorizationErrorException:
            return "implicitDeny"
        return "allowed"

    (told,) = principal(account.cloud, role, "sns:Publish", ResourceArns=list(topics.values()))

    each = {one["EvalResourceName"]: one["EvalResourceDecision"] for one in told["ResourceSpecificResults"]}
    assert each == {topic: may(topic) for topic in topics.values()}
    assert set(each.values()) == {"allowed", "implicitDeny"}


def test_of_several_resources_the_most_restrictive_decision_is_that_of_the_action(cloud: Cloud) -> None:
    document = policy(allow("sns:*"), deny("sns:Publish", YOURS))

    (told,) = custom(cloud, "sns:Publish", PolicyInputList=[document], ResourceArns=[MINE, YOURS])

    assert (told["EvalResourceName"], told["EvalDecision"]) == ("*", "explicitDeny")
    by_resource = {each["EvalResourceName"]: each for each in told["ResourceSpecificResults"]}
    assert by_resource[MINE]["EvalResourceDecision"] == "allowed"
    assert by_resource[YOURS]["EvalResourceDecision"] == "explicitDeny"
    assert told["MatchedStatements"] == by_resource[YOURS]["MatchedStatements"]


def test_a_condition_key_that_is_not_given_is_named_and_one_that_is_given_counts(cloud: Cloud) -> None:
    from_here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    document = policy(allow("sns:Publish", Condition=from_here), allow("sqs:SendMessage"))

    def ask(**params: Any) -> tuple[str, list[str]]:
        (told,) = custom(cloud, "sns:Publish", PolicyInputList=[document], **params)
        return told["EvalDecision"], told["MissingContextValues"]

    def at(address: str) -> dict[str, Any]:
        entry = {"ContextKeyName": "aws:sourceip", "ContextKeyType": "ip", "ContextKeyValues": [address]}
        return {"ContextEntries": [entry]}

    assert ask() == ("implicitDeny", ["aws:SourceIp"])
    assert ask(**at("203.0.113.7")) == ("allowed", [])
    assert ask(**at("198.51.100.7")) == ("implicitDeny", [])


def test_a_permissions_boundary_bounds_and_says_so(account: Any) -> None:
    iam = account.owner("iam")
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=policy(allow("sns:*")))["Policy"]["Arn"]
    role = account.role(allow("*"), PermissionsBoundary=bound)

    def ask(**params: Any) -> list[tuple[str, bool | None]]:
        told = principal(account.cloud, role, "sns:Publish", "sqs:SendMessage", **params)
        bounded = [each.get("PermissionsBoundaryDecisionDetail", {}) for each in told]
        decisions = [each["EvalDecision"] for each in told]
        return list(zip(decisions, [each.get("AllowedByPermissionsBoundary") for each in bounded], strict=True))

    other = {"PermissionsBoundaryPolicyInputList": [policy(allow("sqs:*"))]}
    assert ask() == [("allowed", True), ("implicitDeny", False)]
    assert ask(**other) == [("implicitDeny", False), ("allowed", True)]
    assert ask(PolicyExclusionList=[{"PolicyType": "permission-boundary"}]) == [("allowed", None)] * 2
    account.owner("iam").delete_role_policy(RoleName="healer", PolicyName="inline")
    account.owner("iam").delete_role(RoleName="healer")
    iam.delete_policy(PolicyArn=bound)


def test_policies_can_be_left_out_and_added(account: Any) -> None:
    role = account.role(allow("sns:Publish"))
    account.owner("iam").attach_role_policy(RoleName="healer", PolicyArn=ADMINISTRATOR)
    inline = {"PolicyName": "inline", "AttachmentType": "role", "AttachmentName": "healer"}

    def ask(*excluded: dict[str, Any], **params: Any) -> str:
        (told,) = principal(account.cloud, role, "sns:Publish", PolicyExclusionList=list(excluded), **params)
        decision: str = told["EvalDecision"]
        return decision

    assert ask({"PolicyArn": "arn:aws:iam::aws:policy/Admin*"}) == "allowed"
    assert ask({"InlinePolicyIdentifier": inline}) == "allowed"
    assert ask({"PolicyType": "aws-managed"}, {"InlinePolicyIdentifier": inline}) == "implicitDeny"
    assert ask({"PolicyType": "aws-managed"}, {"PolicyType": "inline"}) == "implicitDeny"
    assert ask(PolicyInputList=[policy(deny("sns:*"))]) == "explicitDeny"


def test_a_resource_policy_names_the_caller(account: Any) -> None:
    role = account.role(allow("sqs:*"))
    theirs = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sns:Publish", "Resource": "*"}

    (told,) = principal(
        account.cloud, role, "sns:Publish", ResourceArns=[MINE], ResourcePolicy=policy(theirs), CallerArn=role
    )
    (without,) = principal(account.cloud, role, "sns:Publish", ResourceArns=[MINE])

    assert told["EvalDecision"] == "allowed"
    assert [each["SourcePolicyId"] for each in told["MatchedStatements"]] == ["ResourcePolicy"]
    assert without["EvalDecision"] == "implicitDeny"


def test_the_context_keys_of_policies_are_listed(account: Any) -> None:
    tagged = allow(
        "sns:Publish", "arn:aws:sns:*:*:${aws:username}", Condition={"Bool": {"aws:SecureTransport": "true"}}
    )
    role = account.role(tagged)
    iam = account.owner("iam")

    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=role)["ContextKeyNames"] == [
        "aws:SecureTransport",
        "aws:username",
    ]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[policy(allow("*"))])["ContextKeyNames"] == []


def test_results_come_in_pages(cloud: Cloud) -> None:
    actions = [f"sns:Action{number}" for number in range(5)]
    pages = cloud.client("iam").get_paginator("simulate_custom_policy")

    found = pages.paginate(
        ActionNames=actions, PolicyInputList=[policy(allow("*"))], PaginationConfig={"PageSize": 2}
    ).build_full_result()

    assert [each["EvalActionName"] for each in found["EvaluationResults"]] == actions


@pytest.mark.parametrize(
    ("params", "code", "named"),
    [
        ({"ActionNames": ["sns:*"]}, "InvalidInput", "sns:*"),
        ({"PolicyInputList": ["{}}"]}, "InvalidInput", "PolicyInputList.1"),
        ({"ResourceArns": ["arn:aws:sns:us-east-1:999999999999:x"]}, "NotImplemented", "across accounts"),
        ({"ResourceHandlingOption": "EC2-VPC-EBS"}, "NotImplemented", "EC2-VPC-EBS"),
        ({"Marker": "x"}, "InvalidInput", "Marker"),
    ],
)
def test_what_cannot_be_simulated_is_refused_by_name(
    cloud: Cloud, params: dict[str, Any], code: str, named: str
) -> None:
    usual = {"ActionNames": ["sns:Publish"], "PolicyInputList": [policy(allow("*"))]}

    refusal = refused(cloud, "simulate_custom_policy", **{**usual, **params})

    assert refusal[0] == code
    assert named in refusal[1]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/none", "NoSuchEntity"),
        (f"arn:aws:iam::{ACCOUNT}:user/somebody", "NotImplemented"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/healer/me", "InvalidInput"),
    ],
)
def test_only_a_role_is_a_source(cloud: Cloud, source: str, code: str) -> None:
    refusal = refused(cloud, "simulate_principal_policy", PolicySourceArn=source, ActionNames=["sns:Publish"])

    assert refusal[0] == code


WORDS = st.text(alphabet='ab"\\{}[],: \n', max_size=8)
STATEMENTS = st.lists(st.dictionaries(WORDS, WORDS, max_size=3), min_size=1, max_size=4)


@given(
    statements=STATEMENTS,
    single=st.booleans(),
    indent=st.sampled_from([None, 0, 2]),
    before=st.dictionaries(WORDS.filter(lambda key: key != "Statement"), st.lists(WORDS, max_size=2), max_size=2),
)
def test_a_span_holds_its_statement(
    *, statements: list[dict[str, str]], single: bool, indent: int | None, before: dict[str, list[str]]
) -> None:
    whole = statements[0] if single else statements
    text = json.dumps({**before, "Statement": whole}, indent=indent)

    found = spans(text)

    assert [json.loads(text[begin:end].lstrip().removeprefix(",")) for begin, end in found] == (
        statements[:1] if single else statements
    )


def test_positions_are_those_that_awss_simulator_tells() -> None:
    """AdministratorAccess, from 3:17 to 8:6; and a document in one line."""
    pretty = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]}, indent=2)
    dense = json.dumps({"Version": "2012-10-17", "Statement": [allow("*"), deny("*")]}, separators=(",", ":"))

    ((begin, end),) = spans(pretty)
    first, second = spans(dense)

    assert (position(pretty, begin), position(pretty, end)) == ({"Line": 3, "Column": 17}, {"Line": 8, "Column": 6})
    assert position(dense, first[0]) == {"Line": 1, "Column": 38}
    assert dense[second[0]] == ","
