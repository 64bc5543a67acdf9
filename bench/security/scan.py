"""`make scan`: an independent scanner on what the program registers, and proof that it would notice.

    python -m bench.security.scan [--skip-mutations]

The program is recorded once for its defaults and once for each Pulumi.*.yaml, written as a Terraform plan and judged by
Checkov. It fails (exit code 1) when Checkov did not read a plan whole, when a check fails that neither security.yaml
nor an exception in guardrails.yaml explains, and when an entry of security.yaml explains nothing, or is past its last
day.

Then the stack is broken on purpose, in each way that the tests of our own rules know and that a check of Checkov's is
about: it has to notice each, save those that security.yaml lists as what it does not look at.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bench.security.accepted import ROOT, Unseen, read_accepted
from bench.security.reasons import Found, Reasons, reasons_today
from bench.security.scanner import Judge, Judgement, Scanner, checkov
from bench.security.verdict import end_with, failing
from support.mutations import MUTATIONS, Mutation
from support.stacks import tap

from embedded_pulumi.engine.stackfile import read_stack_file, stack_names
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.model import Program
from pulumi_guardrails.recording.rehearsal import rehearse
from pulumi_guardrails.recording.subject import Subject
from pulumi_guardrails.rule import Rule
from pulumi_guardrails.terraform.plan import Plan, plan_of

DEFAULTS = "defaults"
"""What the stack is called that no Pulumi.*.yaml configures."""


CHECKOV = ("CKV_AWS_", "CKV2_AWS_")
"""How the ids of Checkov's checks begin; CKV_SECRET is of another scanner of theirs."""


@dataclass(frozen=True)
class Scanned:
    """One stack, its plan, and what a scanner says of it."""

    stack: str
    plan: Plan
    judgement: Judgement


def problems(scanned: Iterable[Scanned], reasons: Reasons, unchecked: Iterable[str]) -> Iterator[str]:
    """What is wrong with the stacks, or with the list of what is accepted; pure."""
    each = list(scanned)
    for one in each:
        yield from _unread(one)
    yield from reasons.problems(failed(each))
    yield from _unchecked(each, unchecked)


def failed(scanned: Iterable[Scanned]) -> Iterator[Found]:
    """Every check that failed, with the URN of what it failed for."""
    for one in scanned:
        for failure in one.judgement.failures:
            urn = one.plan.urns.get(failure.address, "")
            yield Found(failure.check, failure.title, failure.address, one.stack, urn)


def _unread(one: Scanned) -> Iterator[str]:
    """A scanner that reads half a plan finds half of what is wrong, and says nothing."""
    if one.judgement.parsing_errors:
        yield f"{one.stack}: Checkov could not parse the plan"
    if one.judgement.resources != len(one.plan.urns):
        yield f"{one.stack}: Checkov read {one.judgement.resources} of {len(one.plan.urns)} resources"


def _unchecked(scanned: Iterable[Scanned], listed: Iterable[str]) -> Iterator[str]:
    """A type that is misspelt is one that no check looks at; so is each of these, and they are known by name."""
    each = list(scanned)
    planned = {address.partition(".")[0] for one in each for address in one.plan.urns}
    found = planned - {type_ for one in each for type_ in one.judgement.types}
    for type_ in sorted(found - set(listed)):
        yield f"no check of Checkov looks at {type_}: is that its name? If so, list it under unchecked in security.yaml"
    for type_ in sorted(set(listed) - found):
        yield f"security.yaml: {type_} is listed as unchecked, and is not"


def about(mutation: Mutation, known: Mapping[str, Rule], checks: tuple[str, ...] = CHECKOV) -> frozenset[str]:
    """The checks of a scanner that the rule of a mutation comes from, by how their ids begin."""
    return frozenset(each for each in known[mutation.rule].controls if each.startswith(checks))


def unnoticed(noticed: Mapping[str, bool], unseen: Iterable[Unseen], scanner: str = "Checkov") -> Iterator[str]:
    """Mutations that a scanner should have noticed, and those listed as unseen that it does notice; pure."""
    listed = {mutation for entry in unseen for mutation in entry.mutations}
    for mutation, found in noticed.items():
        if not found and mutation not in listed:
            yield f"{scanner} does not notice: {mutation}"
    for mutation in sorted(listed - {name for name, found in noticed.items() if not found}):
        yield f"security.yaml: listed as unseen by {scanner}, and it is noticed or is no mutation: {mutation}"


def record(stack: str) -> Program:
    """The program in this tree, as a stack of a configuration file or with its defaults."""
    config = {} if stack == DEFAULTS else dict(read_stack_file(ROOT, stack, {}).config)
    return rehearse(ROOT, Subject("tap", "check" if stack == DEFAULTS else stack, config), os.environ)


def plans_of_stacks() -> dict[str, Plan]:
    """The plan of the defaults and of every configured stack, by the stack's name."""
    return {stack: plan_of(record(stack)) for stack in (DEFAULTS, *stack_names(ROOT))}


def scan_stacks(scanner: Scanner = checkov) -> list[Scanned]:
    """Judge the defaults and every configured stack."""
    judge = Judge(scanner)
    plans = plans_of_stacks()
    names = {stack: judge.add(plan) for stack, plan in plans.items()}
    judge.run()
    return [Scanned(stack, plan, judge.of(names[stack])) for stack, plan in plans.items()]


def scan_mutations(
    known: Mapping[str, Rule], scanner: Scanner = checkov, checks_of: tuple[str, ...] = CHECKOV
) -> dict[str, bool]:
    """Judge each mutation that a check is about; whether one of those checks fails that did not fail before."""
    judge = Judge(scanner)
    asked: dict[str, tuple[str, str, frozenset[str]]] = {}
    for mutation in MUTATIONS:
        if checks := about(mutation, known, checks_of):
            stack = tap(**mutation.config)
            before = mutation.mended(stack) if mutation.mended else stack
            after = mutation.change(before)
            asked[str(mutation)] = judge.add(plan_of(before)), judge.add(plan_of(after)), checks
    judge.run()
    return {
        mutation: bool({each.check for each in judge.of(after).failures - judge.of(before).failures} & checks)
        for mutation, (before, after, checks) in asked.items()
    }


def main() -> int:
    """Scan, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skip-mutations", action="store_true", help="leave out the proof that Checkov would notice")
    arguments = parser.parse_args()
    accepted = read_accepted()
    known = {rule.id: rule for rule in rules()}
    scanned = scan_stacks()
    found = list(problems(scanned, reasons_today(accepted.findings), accepted.unchecked))
    for one in scanned:
        _print_stack(one)
    if not arguments.skip_mutations:
        noticed = scan_mutations(known)
        print(f"mutations: Checkov notices {sum(noticed.values())} of {len(noticed)}, the others are listed")
        found += unnoticed(noticed, accepted.unseen)
    code = failing(found)
    print("nothing unexplained" if not found else f"{len(found)} problems: docs/security.md says what to do")
    return code


def _print_stack(one: Scanned) -> None:
    said = one.judgement
    print(
        f"{one.stack}: {said.resources} of {len(one.plan.urns)} resources read, {said.parsing_errors} parsing errors, "
        f"{said.passed} checks passed, {len(said.failures)} failed (Checkov {said.version})"
    )


if __name__ == "__main__":
    end_with(main)
