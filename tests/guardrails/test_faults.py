"""The seed's ten faults, made again in the real program, are each found by exactly one rule."""

from __future__ import annotations

import pytest
from support.programs import TODAY, recorded

from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.findings import judge
from pulumi_guardrails.recording.subject import Subject

from .faults import FAULTS, Program, deploy_and_export

OUTPUTS = {"network-outputs", "stack-outputs"}
"""Advice: a program with a component of TAP's exports what it likes."""


def broken(program: Program) -> set[str]:
    """The mandatory rules that a program breaks, and those about its outputs."""
    report = judge(recorded(program, Subject(project="tap")), rules(), (), TODAY)
    return {finding.rule for finding in report.findings if finding in report.mandatory or finding.rule in OUTPUTS}


@pytest.mark.parametrize(("program", "rule"), [(each, rule) for each, (_, rule) in FAULTS.items()])
def test_a_fault_of_the_seed_is_found_by_exactly_its_rule(program: Program, rule: str) -> None:
    assert broken(program) == {rule}


def test_the_program_without_a_fault_breaks_nothing() -> None:
    assert broken(deploy_and_export) == set()


def test_every_fault_of_the_seed_is_there_and_named_by_its_rule() -> None:
    controls = {rule.id: rule.controls for rule in rules()}

    assert {number for number, _ in FAULTS.values()} == set(range(1, 11))
    assert [rule for number, rule in FAULTS.values() if f"seed:{number}" not in controls[rule]] == []
