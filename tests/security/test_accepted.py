"""What is accepted although a tool complains: the file is in order, the pages show it, and no more is let through."""

from __future__ import annotations

import datetime as dt
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from bench.security import account, audit, leaks, page, sbom, scan, trivy
from bench.security.accepted import ROOT, Accepted, Finding, Licence, NoSecrets, Vulnerability, parse_accepted
from bench.security.accepted import read_accepted as read
from bench.security.reasons import Reasons
from bench.security.scanner import Failure, Judgement, said_by_trivy
from support.mutations import MUTATIONS
from tools import pages

from embedded_aws.calllog import CallRecord
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import Exemption
from pulumi_guardrails.terraform.plan import Plan
from tap_cli.errors import UsageError

TODAY = "2026-11-23"
LATER, EARLIER = dt.date(2027, 6, 30), dt.date(2026, 6, 30)
REASON = "a reason that is long enough"
KNOWN = {rule.id: rule for rule in rules()}
TOPIC = "aws_sns_topic.t"


def scanned(*failed: str, resources: int = 1, parsing_errors: int = 0, types: str = "aws_sns_topic") -> scan.Scanned:
    failures = frozenset(Failure(check, "a title", TOPIC) for check in failed)
    said = Judgement(resources, parsing_errors, 1, failures, frozenset({types}), "3")
    return scan.Scanned("prod", Plan({}, {TOPIC: "urn:topic"}), said)


def problems(one: scan.Scanned, *findings: Finding, exempt: tuple[Exemption, ...] = (), **accepted: Any) -> list[str]:
    listed = Accepted(findings=findings, **accepted)
    return list(scan.problems([one], Reasons(listed.findings, exempt, KNOWN, TODAY), listed.unchecked))


def finding(expires: dt.date = LATER, **fields: str) -> Finding:
    return Finding(
        **{"check": "CKV_AWS_26", "resource": "aws_sns_topic.*", "reason": REASON, **fields}, expires=expires
    )


def test_the_pages_show_what_is_accepted() -> None:
    assert pages.outdated(ROOT, page.pages_of(ROOT)) == [], f"run {page.COMMAND}"


def test_an_outdated_page_is_noticed(tmp_path: Path) -> None:
    for file in (page.SECURITY, page.DEPENDENCIES, "security.yaml"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    text = (tmp_path / "security.yaml").read_text()
    (tmp_path / "security.yaml").write_text(text.replace("Mozilla's list", "A list"))

    assert pages.outdated(tmp_path, page.pages_of(tmp_path)) == [page.DEPENDENCIES]
    pages.write(tmp_path, page.pages_of(tmp_path))
    assert pages.outdated(tmp_path, page.pages_of(tmp_path)) == []


def test_what_is_listed_as_unseen_is_a_mutation_that_a_check_is_about() -> None:
    asked = {str(each) for each in MUTATIONS if scan.about(each, KNOWN)}

    assert {mutation for entry in read().unseen for mutation in entry.mutations} <= asked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("findings: [{check: A, resource: b, reason: short, expires: 2027-06-30}]", "findings.0.reason = 'short'"),
        ("findings: [{check: A, resource: b, reason: long enough to be one, expires: soon}]", "expires = 'soon'"),
        ("finding: []", "finding = "),
        ("a: [", "not YAML"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_accepted(text)


def test_a_failed_check_needs_a_reason_that_is_still_in_force() -> None:
    failed = scanned("CKV_AWS_26")

    assert problems(failed) == ["prod: CKV_AWS_26 a title: aws_sns_topic.t"]
    assert problems(failed, finding()) == []
    assert problems(failed, finding(EARLIER)) == ["prod: CKV_AWS_26 a title: aws_sns_topic.t"]
    assert len(problems(failed, finding(stack="dev"))) == 2


def test_an_exception_to_our_own_rule_from_the_same_check_is_a_reason_for_its_resource_alone() -> None:
    def exempt(urn: str) -> tuple[Exemption, ...]:
        return (Exemption("topic-encrypted", urn, REASON, "2027-06-30"),)

    assert problems(scanned("CKV_AWS_26"), exempt=exempt("urn:topic")) == []
    assert problems(scanned("CKV_AWS_26"), exempt=exempt("urn:other")) != []
    assert problems(scanned("CKV_AWS_7"), exempt=exempt("urn:topic")) != []


def test_a_reason_for_nothing_is_a_problem() -> None:
    assert problems(scanned(), finding()) == [
        "security.yaml: CKV_AWS_26 for aws_sns_topic.* in * covers nothing: remove it"
    ]


def test_a_plan_that_was_not_read_whole_is_a_problem() -> None:
    assert problems(scanned(resources=0)) == ["prod: Checkov read 0 of 1 resources"]
    assert problems(scanned(parsing_errors=1)) == ["prod: Checkov could not parse the plan"]


def test_a_type_that_no_check_looks_at_has_to_be_known() -> None:
    assert "no check of Checkov looks at aws_sns_topic" in problems(scanned(types="aws_other"))[0]
    assert problems(scanned(types="aws_other"), unchecked=("aws_sns_topic",)) == []
    assert problems(scanned(), unchecked=("aws_sns_topic",)) != []


def test_a_mutation_that_is_not_noticed_has_to_be_listed_and_no_other_may_be() -> None:
    listed = parse_accepted(f"unseen: [{{reason: {REASON}, mutations: [a]}}]")

    assert list(scan.unnoticed({"a": False, "b": True}, listed.unseen)) == []
    assert list(scan.unnoticed({"a": False, "b": False}, listed.unseen)) == ["Checkov does not notice: b"]
    assert len(list(scan.unnoticed({"a": True}, listed.unseen))) == 1


def test_what_fails_in_an_account_needs_a_reason_and_the_calls_that_are_missing_are_listed() -> None:
    said = [["c", "FAIL", "text", "arn:1"], ["c", "PASS", "text", "arn:2"], ["d", "MANUAL", "text", "arn:3"]]
    one = account.told({"version": "5", "checks": ["c", "d", "e"], "said": said, "errors": []})

    assert (one.checks, one.passed, [each.resource for each in one.failed]) == (3, 1, ["arn:1"])
    assert list(Reasons((finding(check="c", resource="arn:*"),), (), KNOWN, TODAY).problems(one.failed)) == []
    assert list(Reasons((), (), KNOWN, TODAY).problems(one.failed)) == ["prod: c text: arn:1"]
    assert list(account.problems({"a:B"}, ["a:B"])) == []
    assert len(list(account.problems({"a:B"}, ["c"]))) == 2


def test_a_call_counts_as_unanswered_only_if_the_embedded_aws_does_not_have_it() -> None:
    def call(service: str, action: str, error: str | None) -> CallRecord:
        return CallRecord(
            dt.datetime.now(dt.UTC),
            service,
            action,
            {},
            "eu-west-1",
            caller=None,
            allowed=True,
            error=error,
            seconds=0.0,
        )

    calls = [call("ec2", "New", "NotImplemented"), call("batch", "", "NotImplemented"), call("ec2", "Old", "NotFound")]

    assert account.unanswered(calls) == {"ec2:New", "batch"}


def test_what_trivy_says_is_read_by_status_and_a_failure_outside_of_the_plan_is_a_problem() -> None:
    results = [
        {"check": "AWS-1", "title": "t", "resource": TOPIC, "status": "failed"},
        {"check": "AWS-2", "title": "t", "resource": "aws_vpc.v", "status": "passed"},
        {"check": "AWS-3", "title": "t", "resource": "aws_vpc.v", "status": "ignored"},
    ]
    said = said_by_trivy(results, "0")

    assert (said.resources, said.passed, {each.check for each in said.failures}) == (1, 1, {"AVD-AWS-1"})
    planned = scan.Scanned("prod", Plan({}, {TOPIC: "urn:topic"}), said)
    assert list(trivy.unplanned(scan.failed([planned]))) == []
    assert len(list(trivy.unplanned(scan.failed([scan.Scanned("prod", Plan({}, {}), said)])))) == 1


def test_a_version_that_nobody_could_look_up_is_not_a_clean_one() -> None:
    said = audit.told({"dependencies": [{"name": "a", "skip_reason": "not found"}]})

    assert said == audit.Told(looked_up=0, unknown=("a",), found=())
    assert (audit.verdict([], 0), audit.verdict([], 1), audit.verdict(["x"], 1)) == (0, 3, 1)


def test_a_known_vulnerability_has_to_be_listed_and_still_be_there() -> None:
    said = audit.told({"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "V-1"}]}]})
    listed = Vulnerability(package="a", id="V-1", reason=REASON, expires=LATER)
    lapsed = Vulnerability(package="a", id="V-1", reason=REASON, expires=EARLIER)

    assert list(audit.problems(said.found, [], TODAY, 0)) == ["a 1 has the known vulnerability V-1"]
    assert list(audit.problems(said.found, [listed], TODAY, 0)) == []
    assert list(audit.problems(said.found, [lapsed], TODAY, 0)) != []
    assert list(audit.problems([], [listed], TODAY, 0)) == ["security.yaml: a no longer has V-1: remove it"]
    assert list(audit.problems([], [listed], TODAY, 1)) == []


def test_a_value_that_looks_like_a_secret_has_to_be_listed_by_itself() -> None:
    accepted = Accepted(secrets=(NoSecrets(reason=REASON, values=("made-up",)),))
    known = leaks.Suspect("a.py", 1, "Secret Keyword", "of another value")

    assert next(leaks.problems([known], accepted)) == "a.py:1 looks like a secret: Secret Keyword"
    assert "is nowhere" in next(leaks.problems([], accepted))


def test_the_bills_of_materials_describe_a_file_that_names_a_project() -> None:
    assert tomllib.loads(sbom.DESCRIBED.read_text(encoding="utf-8"))["project"]["name"] == "tap-stack"


def test_a_licence_is_permissive_if_all_of_it_is_and_one_choice_is_enough() -> None:
    assert sbom.is_permissive(["MIT OR GPL-3.0-only"])
    assert not sbom.is_permissive(["MIT AND GPL-3.0-only"])
    assert not sbom.is_permissive(["MIT", "MPL-2.0"])
    assert not sbom.is_permissive([])


def test_a_licence_that_is_not_permissive_has_to_be_listed_and_no_other_may_be() -> None:
    document = {"components": [{"name": "a", "licenses": [{"license": {"id": "GPL-3.0-only"}}]}]}
    listed = Licence(package="a", licence="GPL-3.0-only", reason=REASON)

    assert list(sbom.unlicensed([document], [])) == ["a is licensed as GPL-3.0-only"]
    assert list(sbom.unlicensed([document], [listed])) == []
    assert list(sbom.unlicensed([{"components": []}], [listed])) != []


def test_a_locked_version_that_is_not_installed_is_missed_where_it_applies() -> None:
    lock = "a==1 \\\n    --hash=sha256:0\nb-c==2 ; sys_platform == 'nowhere' \\\n"

    assert list(sbom.missing({"components": [{"name": "A", "version": "1"}]}, lock)) == []
    assert list(sbom.missing({"components": [{"name": "a", "version": "2"}]}, lock)) == [
        "a 1 is locked and not in the bill of materials"
    ]
