"""`tap check --explain`: grants beside their use, on TAP and on any program, and whatever does not agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.command import Done
from support.programs import edit
from support.stacks import tap

from embedded_pulumi.errors import UserError
from pulumi_guardrails.explain import Explanation, explain, role_named
from pulumi_guardrails.grants import holders
from pulumi_guardrails.model import Program
from pulumi_guardrails.usage import Justification, Usage, Use, read_usage

ROOT = Path(__file__).parents[2]
USAGE = read_usage(ROOT)
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
HEALER = "tap-healer-us-east-1-dev"

SMALL = """\
import json
import pulumi_aws as aws

def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
role = aws.iam.Role("worker", name="the-worker", assume_role_policy=trust)
aws.iam.RolePolicy("read", role=role.id, policy=document(Action=["s3:GetObject", "s3:ListBucket"], Resource="*"))
aws.iam.RolePolicyAttachment(
    "logs", role=role.name, policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)
"""


def explained(program: Program, name: str, usage: Usage = USAGE) -> Explanation:
    return explain(role_named(program, name), usage)


def test_of_everything_that_the_stack_grants_the_use_is_known() -> None:
    """The recording and the reasons are about the stack as deployed; this is about what `tap check` sees."""
    for settings in ({}, {"natStrategy": "none"}, {"region": "cn-north-1"}):
        told = [explain(holder, USAGE) for holder in holders(tap(**settings))]

        assert [each.holder.label for each in told if not each.has_recording] == []
        assert [each.disagreements for each in told if each.disagreements] == []


def test_a_permission_more_than_is_used_is_told() -> None:
    changed = edit(ROLE_POLICY, HEALER, "Read", Action=["ec2:DescribeTags", "ec2:DescribeImages"])(tap())

    told = explained(changed, "healer").disagreements
    assert "ec2:DescribeImages in heal is granted and nothing uses it" in told
    assert "ec2:DescribeInstanceStatus was used (each minute) and is not granted" in told
    assert "ec2:DescribeInstanceStatus has a reason and is not granted" in told


def test_a_use_that_nobody_gives_a_reason_for_is_told_and_so_is_a_reason_that_the_recording_contradicts() -> None:
    unexplained = replace(
        USAGE, reasons=tuple(each for each in USAGE.reasons if "ec2:DescribeTags" not in each.actions)
    )
    false = Justification("role tap-healer-*", ("sns:Publish",), "", "none", "", "nobody does")
    contradicted = replace(USAGE, reasons=(false, *USAGE.reasons))

    assert explained(tap(), "healer", unexplained).disagreements == (
        "ec2:DescribeTags in heal is used and nobody says why",
    )
    assert explained(tap(), "healer", contradicted).disagreements == (
        "sns:Publish is said to be used none and was recorded",
    )


def test_a_wildcard_is_used_by_each_action_that_it_takes_in_and_a_denial_by_nobody() -> None:
    (key,) = [each for each in holders(tap()) if each.kind == "key"]
    (topic,) = [each for each in holders(tap()) if each.kind == "topic"]

    assert {row.grant.action: row.use for row in explain(key, USAGE).rows}["kms:GenerateDataKey*"] == "recorded"
    assert [(row.use, row.when) for row in explain(topic, USAGE).rows if not row.grant.allows] == [("", ())]


@pytest.mark.parametrize("name", [HEALER, "healer", "tap-healer"])
def test_a_role_is_known_by_its_name_or_a_part_that_only_it_has(name: str) -> None:
    assert role_named(tap(), name).name == HEALER


@pytest.mark.parametrize(("name", "message"), [("tap", "several roles"), ("", "no role"), ("admin", "no role")])
def test_a_role_that_is_not_one_is_refused_with_the_names_that_there_are(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as raised:
        role_named(tap(), name)

    for role in ("tap-instance-us-east-1-dev", HEALER, "tap-flow-log-us-east-1-dev"):
        assert role in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("role x: [{actions: [a:B]}]", "item 1: accepted: the keys actions and why"),
        ("role x: [{actions: [a:B], why: w, use: often}]", "use = 'often' is not accepted; accepted: recorded, by AWS"),
        ("[1]", "accepted: an object"),
        ("a: [", "is not YAML"),
    ],
)
def test_reasons_that_are_not_in_order_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "permissions").mkdir()
    (tmp_path / "permissions/reasons.yaml").write_text(text)

    with pytest.raises(UserError, match=message):
        read_usage(tmp_path)


def test_a_use_is_of_one_statement_and_a_reason_of_any_unless_it_says_which() -> None:
    (topic,) = [each for each in holders(tap()) if each.kind == "topic"]
    grant = topic.grants[0]

    assert (grant.statement, grant.action, grant.principal) == ("Alarms", "sns:Publish", "cloudwatch.amazonaws.com")
    assert Use("topic *", "Alarms", "SNS:Publish", (), ()).is_of(grant)
    assert not Use("topic *", "Other", "sns:Publish", (), ()).is_of(grant)
    assert Justification("topic *", ("sns:Publish",), "", "recorded", "", "w").is_for(grant)


# As a user runs it.


Check = Callable[..., Done]


def test_the_healers_table_has_a_row_for_each_action_with_its_user_situation_and_reason(check: Check) -> None:
    done = check("--explain", "healer")

    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"{HEALER}, 15 permissions"
    at = next(number for number, line in enumerate(lines) if line.startswith("autoscaling:SetInstanceHealth"))
    assert "recorded" in lines[at]
    assert "itself: an instance is to be replaced" in lines[at]
    assert "The mark, which has Auto Scaling replace an instance." in lines[at + 1]
    assert "autoScalingGroupName/tap-*, by heal/MarkUnhealthy" in "".join(lines[at + 2 : at + 4])


def test_any_program_is_explained_as_json_with_what_awss_own_policies_grant(check: Check, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(SMALL)

    done = check(str(tmp_path), "--explain", "worker", "--json")
    found: dict[str, Any] = done.json

    assert done.code == 0
    assert (found["role"], found["logical name"], found["recording"]) == ("the-worker", "worker", False)
    actions = [(each["policy"], each["action"], each["use"]) for each in found["permissions"]]
    assert actions == [
        ("trust policy", "sts:AssumeRole", ""),
        ("read", "s3:GetObject", ""),
        ("read", "s3:ListBucket", ""),
        ("AWSLambdaBasicExecutionRole", "logs:CreateLogGroup", ""),
        ("AWSLambdaBasicExecutionRole", "logs:CreateLogStream", ""),
        ("AWSLambdaBasicExecutionRole", "logs:PutLogEvents", ""),
    ]


def test_a_recording_of_a_programs_own_is_compared_and_a_disagreement_is_exit_code_1(
    check: Check, tmp_path: Path
) -> None:
    (tmp_path / "__main__.py").write_text(SMALL)
    (tmp_path / "permissions").mkdir()
    reasons = "role the-*: [{actions: ['s3:GetObject'], why: It reads, use: by AWS}]\n"
    (tmp_path / "permissions/reasons.yaml").write_text(reasons)

    done = check(str(tmp_path / "__main__.py"), "--explain", "the-worker")

    assert done.code == 1
    assert "not in order: s3:ListBucket in read is granted and nothing uses it" in done.out


def test_an_unknown_role_is_exit_code_2_with_the_names_that_there_are(check: Check, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(SMALL)

    done = check(str(tmp_path), "--explain", "nobody")

    assert done.code == 2
    assert "--explain = 'nobody' names no role; there are: the-worker" in done.err
