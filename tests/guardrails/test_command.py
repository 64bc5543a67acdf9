"""`tap check` as a user runs it: three forms, exit codes, any program. `bench/deploy.py` measures how long it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.command import Done, without_waits
from support.programs import TODAY
from support.stacks import tap

from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import exemption_rules, read_settings
from pulumi_guardrails.findings import GuardrailsReport, judge
from pulumi_guardrails.recording.run import record
from tap_cli.commands.checking import as_json, as_sarif, as_text, with_exceptions

ROOT = Path(__file__).parents[2]
TAP_STACK = ROOT / "packages/tap-stack/src/tap_stack"

WRONG = """\
import pulumi_aws as aws

group = aws.ec2.SecurityGroup("web", description="Web", ingress=[
    {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"], "description": "SSH"},
])
aws.ec2.Instance("server", ami="ami-1", instance_type="t3.micro", vpc_security_group_ids=[group.id], key_name="me")
"""

LAPSED = """\
exceptions:
  - {rule: topic-encrypted, urn: "*", reason: Once., expires: 2020-01-01}
"""


Check = Callable[..., Done]


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A program that opens SSH to the world."""
    (tmp_path / "__main__.py").write_text(WRONG)
    return tmp_path


@cache
def report(program: str = "") -> GuardrailsReport:
    """What there is to say of a program, given its text; of the stack without one."""
    exemptions = () if program else read_settings(TAP_STACK, frozenset(rule.id for rule in rules())).exemptions
    recorded = record(lambda: exec(program, {})) if program else tap()  # noqa: S102 - WRONG
    return judge(recorded, rules(), exemptions, TODAY)


def test_the_installed_command_judges_the_stack_and_prints_what_issue_and_documentation_say() -> None:
    command = [sys.executable, "-m", "tap_cli", "check", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)

    assert (done.returncode, without_waits(done.stderr)) == (0, "")
    assert set(found) == {"resources", "rules", "findings", "exceptions"}
    assert found["rules"] == [rule.id for rule in (*rules(), *exemption_rules())]
    assert found["findings"] == []
    assert found["resources"] >= 50
    assert {each["rule"] for each in found["exceptions"]} >= {"lambda-in-vpc", "security-group-egress"}


def test_the_stack_passes_and_its_exceptions_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    as_text(report(), Path())
    lines = capsys.readouterr().out.splitlines()

    assert lines[-2] == "17 exceptions in force: tap check --exceptions"
    assert lines[-1].startswith("0 mandatory and 0 advisory findings: ")
    with_exceptions(report(), Path())
    said = "exception to lambda-in-vpc for *tap:index:*::*-healer-* (1 found) until 2027-06-30: "
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith(said)]


def test_a_file_is_a_program_too_and_the_text_says_why_and_how_to_mend(check: Check, wrong: Path) -> None:
    done = check(str(wrong / "__main__.py"))

    assert done.code == 1
    lines = done.out.splitlines()
    at = lines.index("mandatory security-group-no-world-ingress web (aws:ec2/securityGroup:SecurityGroup)")
    assert lines[at + 1] == "  it lets 0.0.0.0/0 in"
    assert lines[at + 2].startswith("  why: ")
    assert lines[at + 3].startswith("  mend: ")
    assert "CKV_AWS_24" in lines[at + 4]


def test_any_program_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    as_json(report(WRONG), Path())
    found = json.loads(capsys.readouterr().out)

    assert found["resources"] == 2
    broken = {each["rule"] for each in found["findings"] if each["severity"] == "mandatory"}
    assert broken >= {"security-group-no-world-ingress", "security-group-no-admin-ports", "instance-no-key-pair"}
    assert all(set(each) == {"rule", "severity", "urn", "message"} for each in found["findings"])


UNKNOWN_POLICY = """\
import pulumi
import pulumi_aws as aws

network = pulumi.StackReference("organization/net/dev")
aws.iam.Policy("theirs", policy=network.get_output("policy"), tags={"Owner": "us"})
"""


def test_what_could_not_be_judged_is_one_line_errors(capsys: pytest.CaptureFixture[str]) -> None:
    as_text(report(UNKNOWN_POLICY), Path())
    lines = capsys.readouterr().out.splitlines()

    rule = "advisory iam-no-wildcard-action theirs (aws:iam/policy:Policy)"
    at = lines.index(f"{rule}: could not judge: policy is unknown")
    assert lines[at + 1].startswith("advisory ")


def test_sarif_names_rules_places_and_levels(capsys: pytest.CaptureFixture[str], wrong: Path) -> None:
    as_sarif(report(WRONG), wrong)
    log = json.loads(capsys.readouterr().out)

    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "pulumi-guardrails"
    described = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in described] == [rule.id for rule in (*rules(), *exemption_rules())]
    results: list[dict[str, Any]] = run["results"]
    assert [each for each in results if described[each["ruleIndex"]]["id"] != each["ruleId"]] == []
    assert {each["level"] for each in results} == {"error", "warning"}
    place = next(each for each in results if each["ruleId"] == "instance-no-key-pair")["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == (wrong / "__main__.py").as_posix()
    assert place["logicalLocations"][0]["fullyQualifiedName"].endswith("::server")


def test_the_form_is_an_option_and_a_mandatory_finding_is_exit_code_1(check: Check, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import pulumi\n")
    (tmp_path / "guardrails.yaml").write_text(LAPSED)

    done = check("--sarif", folder=tmp_path)

    assert done.code == 1
    assert "runs" in json.loads(done.out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "does not exist"),
        (("--json", "--sarif"), "exclude each other"),
        (("-c", "zones"), "KEY=VALUE"),
        (("--stack", "nowhere"), "no stack 'nowhere'"),
        (("-c", "zones=99"), "zones = '99' is not accepted"),
        (("-c", "tapp:zones=3"), "tapp:zones = '3' is not accepted; accepted: a key of tap, aws or pulumi"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(
    check: Check, arguments: tuple[str, ...], message: str
) -> None:
    done = check(*arguments)

    assert done.code == 2
    assert message in " ".join(done.err.replace("│", " ").split())


def test_a_program_that_fails_is_exit_code_1_with_its_own_words(check: Check, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("raise ValueError('too small')\n")

    done = check(str(tmp_path))

    assert done.code == 1
    assert "ValueError: too small" in done.err
