"""What is read out of a policy document, and what is refused in one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from embedded_aws.iam.documents import PolicyDocumentError, parse_document


def document(**statement: Any) -> str:
    full = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*", **statement}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{key: full[key] for key in full if full[key] is not None}]}
    )


def test_a_single_statement_may_stand_without_a_list() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})

    (statement,) = parse_document(text, "p").statements

    assert not statement.allows
    assert statement.actions == ("*",)


def test_a_single_value_is_a_list_of_one() -> None:
    (statement,) = parse_document(document(Action="a:B", Resource=["r1", "r2"]), "p").statements

    assert (statement.actions, statement.resources) == (("a:B",), ("r1", "r2"))


def test_json_truths_and_numbers_are_text_in_conditions() -> None:
    block = {"Bool": {"aws:SecureTransport": True}, "NumericLessThan": {"s3:max-keys": 10}}

    (statement,) = parse_document(document(Condition=block), "p").statements

    assert [condition.values for condition in statement.conditions] == [("true",), ("10",)]


def test_variables_exist_from_version_2012_on() -> None:
    old = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

    assert not parse_document(old, "p").statements[0].variables
    assert parse_document(document(), "p").statements[0].variables


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "is not JSON"),
        ("[]", "not a JSON object"),
        (json.dumps({"Version": "2020-01-01", "Statement": []}), "2020-01-01"),
        (json.dumps({"Statment": []}), "Statment"),
        (document(Effect="allow"), "'allow'"),
        (document(Effect=None), "None"),
        (document(Action=None), "neither Action nor NotAction"),
        (document(NotAction="sns:*"), "Action and NotAction"),
        (document(NotResource="*"), "Resource and NotResource"),
        (document(Actions="sns:*"), "Actions"),
        (document(Action=3), "Action"),
        (document(Principal={"Aws": "*"}), "Aws"),
        (document(Principal="arn:aws:iam::1:root"), "Principal"),
        (json.dumps({"Version": ["2012-10-17"], "Statement": []}), "['2012-10-17']"),
        (json.dumps({"Statement": "Allow"}), "Statement"),
        (json.dumps({"Statement": ["Allow"]}), "Statement"),
        (document(Effect=["Allow"]), "Effect"),
        (document(Sid=["one"]), "Sid"),
        (document(Condition="StringEquals"), "Condition"),
        (document(Condition={"StringEquals": "v"}), "Condition"),
        (document(Condition={"StringEqual": {"k": "v"}}), "StringEqual"),
        (document(Condition={"ForSomeValues:StringEquals": {"k": "v"}}), "ForSomeValues:StringEquals"),
        (document(Condition={"NullIfExists": {"k": "true"}}), "NullIfExists"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(PolicyDocumentError, match="policy p") as refusal:
        parse_document(text, "p")

    assert named in str(refusal.value)


def test_every_document_that_aws_itself_publishes_is_understood() -> None:
    published = json.loads(aws_managed_policies_data)

    parsed = [parse_document(json.dumps(policy["Document"]), name) for name, policy in published.items()]

    assert len(parsed) > 1000
    assert all(each.statements for each in parsed)
