"""`tap check` as a user runs it: three forms, exit codes, any program. `bench/deploy.py` measures how long it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tap_stack.guardrails.catalogue import rules
from tap_stack.guardrails.exceptions import exemption_rules

ROOT = Path(__file__).parents[2]

WRONG = """\
import pulumi_aws as aws

group = aws.ec2.SecurityGroup("web", description="Web", ingress=[
    {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"], "description": "SSH"},
])
aws.ec2.Instance("server", ami="ami-1", instance_type="t3.micro", vpc_security_group_ids=[group.id], key_name="me")
"""


def check(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tap_stack.cli", "check", *arguments]
    environ = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A program that opens SSH to the world."""
    (tmp_path / "__main__.py").write_text(WRONG)
    return tmp_path


def test_the_stack_passes_prints_its_exceptions_and_takes_at_most_three_seconds() -> None:
    before = os.times()
    done = check()
    after = os.times()

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("0 mandatory and 0 advisory findings: ")
    assert "exception to lambda-in-vpc for *::tap-healer-* (1 found) until 2027-06-30: " in done.stdout
    spent = sum(after[2:4]) - sum(before[2:4])
    assert spent <= BUDGET_SECONDS


def test_json_is_what_issue_and_documentation_say() -> None:
    done = check("--json")
    found = json.loads(done.stdout)

    assert done.returncode == 0
    assert set(found) == {"resources", "rules", "findings", "exceptions"}
    assert found["rules"] == [rule.id for rule in (*rules(), *exemption_rules())]
    assert found["findings"] == []
    assert found["resources"] >= 50
    assert {each["rule"] for each in found["exceptions"]} >= {"lambda-in-vpc", "security-group-egress"}


def test_any_program_is_judged_and_a_mandatory_finding_is_exit_code_1(wrong: Path) -> None:
    done = check(str(wrong), "--json")
    found = json.loads(done.stdout)

    assert done.returncode == 1
    assert found["resources"] == 2
    broken = {each["rule"] for each in found["findings"] if each["severity"] == "mandatory"}
    assert broken >= {"security-group-no-world-ingress", "security-group-no-admin-ports", "instance-no-key-pair"}
    assert all(set(each) == {"rule", "severity", "urn", "message"} for each in found["findings"])


def test_a_file_is_a_program_too_and_the_text_says_why_and_how_to_mend(wrong: Path) -> None:
    done = check(str(wrong / "__main__.py"))

    assert done.returncode == 1
    lines = done.stdout.splitlines()
    at = lines.index("mandatory security-group-no-world-ingress web (aws:ec2/securityGroup:SecurityGroup)")
    assert lines[at + 1] == "  it lets 0.0.0.0/0 in"
    assert lines[at + 2].startswith("  why: ")
    assert lines[at + 3].startswith("  mend: ")
    assert "CKV_AWS_24" in lines[at + 4]


def test_sarif_names_rules_places_and_levels(wrong: Path) -> None:
    done = check(".", "--sarif", folder=wrong)
    log = json.loads(done.stdout)

    assert (done.returncode, log["version"]) == (1, "2.1.0")
    (run,) = log["runs"]
    described = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in described] == [rule.id for rule in (*rules(), *exemption_rules())]
    results: list[dict[str, Any]] = run["results"]
    assert [each for each in results if described[each["ruleIndex"]]["id"] != each["ruleId"]] == []
    assert {each["level"] for each in results} == {"error", "warning"}
    place = next(each for each in results if each["ruleId"] == "instance-no-key-pair")["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "__main__.py"
    assert place["logicalLocations"][0]["fullyQualifiedName"].endswith("::server")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "does not exist"),
        (("--json", "--sarif"), "exclude each other"),
        (("-c", "zones"), "KEY=VALUE"),
        (("--stack", "nowhere"), "no stack 'nowhere'"),
        (("-c", "zones=99"), "zones = '99' is not accepted"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(arguments: tuple[str, ...], message: str) -> None:
    done = check(*arguments)

    assert done.returncode == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())


def test_a_program_that_fails_is_exit_code_1_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("raise ValueError('too small')\n")

    done = check(str(tmp_path))

    assert done.returncode == 1
    assert "ValueError: too small" in done.stderr
