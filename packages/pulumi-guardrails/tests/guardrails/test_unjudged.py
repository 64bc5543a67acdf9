"""A rule that needs a value which is not known says so, instead of passing."""

from __future__ import annotations

from typing import Any

import pytest
from support.programs import TODAY

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import Exemption
from pulumi_guardrails.findings import Finding, judge
from pulumi_guardrails.model import Program, Reference, Resource
from pulumi_guardrails.sarif import sarif

PARAMETER = "aws:ssm/parameter:Parameter"
POLICY = "aws:iam/policy:Policy"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
TOPIC = "aws:sns/topic:Topic"


def judged(type_: str, **inputs: Any) -> list[Finding]:
    """What is found of one resource."""
    return list(judge(Program((Resource("urn", type_, "one", inputs),)), rules(), (), TODAY).findings)


def unjudged(findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """Rule to the unknown values that it needs."""
    return {each.rule: each.unknown for each in findings if each.unknown}


@pytest.mark.parametrize("unknown", [UNKNOWN, Reference("other", "")])
def test_a_policy_that_is_unknown_is_not_taken_for_a_good_one(unknown: object) -> None:
    found = judged(POLICY, policy=unknown)

    (finding,) = [each for each in found if each.rule == "iam-no-wildcard-action"]
    assert (finding.severity.value, finding.urn) == ("advisory", "urn")
    assert finding.message == "could not judge: policy is unknown"


def test_the_property_within_is_named_and_a_rule_that_does_not_need_it_is_silent() -> None:
    rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": UNKNOWN, "description": "SSH"}
    found = unjudged(judged(GROUP, ingress=[{**rule, "cidrBlocks": ["10.0.0.0/8"]}, rule]))

    assert found["security-group-no-world-ingress"] == ("ingress[1].cidrBlocks",)
    assert "security-group-descriptions" not in found


def test_a_rule_that_finds_fault_with_what_is_known_does_so() -> None:
    rules_ = [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}, {"protocol": "-1", "cidrBlocks": UNKNOWN}]
    found = judged(GROUP, ingress=rules_)

    (finding,) = [each for each in found if each.rule == "security-group-no-world-ingress"]
    assert finding.unknown == ()


def test_what_is_unknown_and_nobody_asks_for_is_not_told() -> None:
    assert unjudged(judged(PARAMETER, type="SecureString", value=UNKNOWN, tags={"Owner": "us"})) == {}


def test_a_reference_to_what_the_program_makes_is_no_unknown_value() -> None:
    assert unjudged(judged(TOPIC, kmsMasterKeyId=Reference("key", "arn"), tags={"Owner": "us"})) == {}


def test_an_exception_covers_it_too() -> None:
    program = Program((Resource("urn", POLICY, "one", {"policy": UNKNOWN}),))
    exemptions = [
        Exemption(each, "*", "We know it.", "2027-06-30") for each in unjudged(judged(POLICY, policy=UNKNOWN))
    ]

    assert [each for each in judge(program, rules(), exemptions, TODAY).findings if each.unknown] == []


def test_machines_are_told_that_it_is_open() -> None:
    report = judge(Program((Resource("urn", POLICY, "one", {"policy": UNKNOWN}),)), rules(), (), TODAY)
    results = {each["ruleId"]: each for each in sarif(report, "__main__.py")["runs"][0]["results"]}
    documents = {each["rule"]: each for each in report.to_json()["findings"]}

    assert (results["iam-no-wildcard-action"]["kind"], results["iam-no-wildcard-action"]["level"]) == ("open", "none")
    assert documents["iam-no-wildcard-action"]["unknown"] == ["policy"]
    assert documents["iam-no-wildcard-action"]["severity"] == "advisory"
