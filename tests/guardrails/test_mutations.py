"""Every rule: the stack passes, and the stack with one thing changed fails with exactly that rule."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from support.mutations import MUTATIONS, Mutation
from support.programs import TODAY
from support.stacks import tap

from embedded_pulumi.engine.stackfile import read_stack_file, stack_names
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import read_settings
from pulumi_guardrails.findings import Finding, judge
from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY

ROOT = Path(__file__).parents[2]
TAP_STACK = ROOT / "packages/tap-stack/src/tap_stack"


def findings(program: Program) -> Counter[Finding]:
    """What every rule finds, without any exception."""
    return Counter(judge(program, rules(), (), TODAY).findings)


@cache
def findings_before(**config: str) -> Counter[Finding]:
    """Likewise, in the stack that most mutations begin with."""
    return findings(tap(**config))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_one_thing_changed_is_found_by_its_rule_and_by_no_other_mandatory_one(mutation: Mutation) -> None:
    stack = tap(**mutation.config)
    mended = mutation.mended(stack) if mutation.mended else stack

    before = findings(mended) if mutation.mended else findings_before(**mutation.config)
    new = findings(mutation.change(mended)) - before

    assert mutation.rule in {finding.rule for finding in new}
    assert {finding.rule for finding in new if finding.severity is MANDATORY} <= {mutation.rule}
    assert {finding.rule for finding in before if finding.severity is MANDATORY} == set()


def test_every_rule_has_a_mutation() -> None:
    assert {mutation.rule for mutation in MUTATIONS} == {rule.id for rule in rules()}
    assert len(MUTATIONS) >= 60


def test_the_exceptions_are_what_a_mended_stack_would_not_need() -> None:
    """An exception stands only where the table shows a stack that does without it."""
    settings = read_settings(TAP_STACK, frozenset(rule.id for rule in rules()))
    mended = {mutation.rule for mutation in MUTATIONS if mutation.mended}

    assert {each.rule for each in settings.exemptions} - mended <= {"iam-managed-policies", "log-group-year"}


def allowing(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.mark.parametrize(
    ("rule", "config"),
    [
        ("iam-no-wildcard-action", {"instancePolicy": allowing("s3:*", "arn:aws:s3:::artifacts/*")}),
        ("iam-no-wildcard-resource", {"instancePolicy": allowing("s3:PutObject", "*")}),
        ("iam-pass-role", {"instancePolicy": allowing("iam:PassRole", "*")}),
        ("iam-no-administrator", {"instancePolicyArns": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ],
)
def test_what_a_user_grants_to_the_workload_is_judged_as_everything_else(rule: str, config: dict[str, str]) -> None:
    settings = read_settings(TAP_STACK, frozenset(rule.id for rule in rules()))

    assert rule in {each.rule for each in judge(tap(**config), rules(), settings.exemptions, TODAY).mandatory}


SUBNETS = "subnet-0123456789abcdef0,subnet-0123456789abcdef1"


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"zones": "3"},
        {"zones": "6", "vpcCidr": "10.0.0.0/16"},
        {"natStrategy": "single"},
        {"natStrategy": "none"},
        {"natStrategy": "regional"},
        {"endpoints": "ecr.api,dynamodb"},
        {"ipv6": "true"},
        {"ipv6": "true", "natStrategy": "none"},
        {"zones": "3", "natZones": "2"},
        {"natStrategy": "single", "natAllocationIds": "eipalloc-0123456789abcdef0"},
        {"vpcEndpoints": "true"},
        {"openEgress": "false"},
        {"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": SUBNETS, "publicSubnetIds": "subnet-01234567"},
        {"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": SUBNETS, "vpcEndpoints": "true", "openEgress": "false"},
        {"region": "eu-west-1"},
        {"region": "cn-north-1"},
        {"region": "us-gov-west-1"},
        {"instanceType": "t4g.small"},
        {"protect": "true", "alarmEmail": "ops@example.com"},
        {"authorizedIpRanges": "192.168.0.0/16,fd00::/8"},
        {"healerMode": "observe", "reservedConcurrency": "false"},
        {"iamPath": "/platform/", "instancePolicyArns": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
        {"instancePolicy": allowing("s3:GetObject", "arn:aws:s3:::artifacts/*"), "imageId": "newest"},
    ],
    ids=str,
)
def test_the_stack_breaks_no_mandatory_rule_however_it_is_configured(config: dict[str, str]) -> None:
    settings = read_settings(TAP_STACK, frozenset(rule.id for rule in rules()))

    assert judge(tap(**config), rules(), settings.exemptions, TODAY).mandatory == ()


def test_the_stack_as_it_is_has_no_findings_and_uses_every_exception() -> None:
    settings = read_settings(TAP_STACK, frozenset(rule.id for rule in rules()))

    assert judge(tap(), rules(), settings.exemptions, TODAY).findings == ()


@pytest.mark.parametrize("stack", stack_names(ROOT))
def test_the_example_stacks_break_no_mandatory_rule(stack: str) -> None:
    settings = read_settings(TAP_STACK, frozenset(rule.id for rule in rules()))
    config = {
        key.replace("aws:", "").replace("tap:", ""): value for key, value in read_stack_file(ROOT, stack).config.items()
    }

    assert judge(tap(**config), rules(), settings.exemptions, TODAY).mandatory == ()
