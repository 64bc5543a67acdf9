"""What came out of judging a program: findings, the exceptions in force, and their forms for people and machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_guardrails.exceptions import Exempt, Exemption, exemption_rules
from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import EnforcementLevel, Rule
from pulumi_guardrails.unknowns import noting


@dataclass(frozen=True)
class Finding:
    """One place where a rule is broken, or could not be judged; `urn` is empty if it is the stack as a whole.

    Attributes:
        unknown: The inputs that the rule needs and that are not known, where it could not be judged.
    """

    rule: str
    severity: EnforcementLevel
    urn: str
    message: str
    unknown: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the check's `--json` prints it."""
        told = {"rule": self.rule, "severity": self.severity.value, "urn": self.urn, "message": self.message}
        return told | ({"unknown": list(self.unknown)} if self.unknown else {})


@dataclass(frozen=True)
class GuardrailsReport:
    """All that there is to say of a program.

    Attributes:
        resources: How many resources it has in the cloud; components, providers and the stack do not count.
        rules: The rules that were asked.
        findings: In the order of URN and rule.
        exceptions: Those in force, with what each of them covers.
        eased: How many findings are advice because they are in the user's own resources, and would be mandatory else.
    """

    resources: int
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]
    exceptions: tuple[Exempt, ...]
    eased: int = 0

    @property
    def mandatory(self) -> tuple[Finding, ...]:
        """What stops a deployment."""
        return tuple(finding for finding in self.findings if finding.severity is EnforcementLevel.MANDATORY)

    @property
    def in_force(self) -> str:
        """How many exceptions there are that cover something, in one line; empty if there are none."""
        number = sum(1 for each in self.exceptions if each.findings)
        return f"{number} exception{'' if number == 1 else 's'} in force" if number else ""

    def to_json(self) -> dict[str, Any]:
        """As the check's `--json` prints it."""
        return {
            "resources": self.resources,
            "rules": [rule.id for rule in self.rules],
            "findings": [finding.to_json() for finding in self.findings],
            "exceptions": [exempt.to_json() for exempt in self.exceptions],
        }


def judge(program: Program, rules: Sequence[Rule], exemptions: Iterable[Exemption], today: str) -> GuardrailsReport:
    """Ask every rule.

    Args:
        program: What was registered.
        rules: Usually `catalogue.rules()`.
        exemptions: From `guardrails.yaml`.
        today: The date, as `2027-06-30`: an exception is in force up to and including its last day.
    """
    asked = {rule.id for rule in rules}
    exemptions = [each for each in exemptions if each.rule in asked]
    found = [finding for rule in rules for finding in _found(rule, program)]
    in_force = [each for each in exemptions if each.expires >= today]
    covered = [Exempt(each, sum(1 for finding in found if each.covers(finding.rule, finding.urn))) for each in in_force]
    open_ = [finding for finding in found if not any(each.covers(finding.rule, finding.urn) for each in in_force)]
    lapsed = [each for each in exemptions if each.expires < today and not each.shipped]
    told = [*open_, *_expired(lapsed, rules), *_unused(covered)]
    return GuardrailsReport(
        resources=sum(resource.is_cloud_resource for resource in program.resources),
        rules=(*rules, *exemption_rules()),
        findings=tuple(sorted(told, key=lambda each: (each.urn, each.rule, each.message))),
        exceptions=tuple(covered),
    )


def _found(rule: Rule, program: Program) -> Iterator[Finding]:
    """What breaks a rule, and then the resources of which it needs more than is known."""
    with noting() as notes:
        hits = list(rule.judge(program))
    yield from (Finding(rule.id, rule.severity, hit.urn, hit.message) for hit in hits)
    for urn in notes.keys() - {hit.urn for hit in hits}:
        unknown = tuple(notes[urn])
        message = f"could not judge: {', '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} unknown"
        yield Finding(rule.id, EnforcementLevel.ADVISORY, urn, message, unknown)


def _expired(lapsed: Iterable[Exemption], rules: Sequence[Rule]) -> list[Finding]:
    """As severe as what the exception was for."""
    severity = {rule.id: rule.severity for rule in rules}
    return [
        Finding("exception-expired", severity[each.rule], "", f"the exception to {each.rule} ended on {each.expires}")
        for each in lapsed
    ]


def _unused(covered: Iterable[Exempt]) -> list[Finding]:
    return [
        Finding(
            "exception-unused",
            EnforcementLevel.ADVISORY,
            "",
            f"the exception to {each.exemption.rule} for {each.exemption.urn} covers nothing",
        )
        for each in covered
        if not each.findings and not each.exemption.shipped
    ]
