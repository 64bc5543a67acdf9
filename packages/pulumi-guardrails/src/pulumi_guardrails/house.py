"""A house: components that others put into programs of their own, with the exceptions that come with them.

Whoever uses a component did not write what is in it, and whoever wrote it does not know what stands beside it. So what
is found in the house's own resources is as severe as the rule, and what is found in the user's own is told, unless the
user's `guardrails.yaml` wants it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from embedded_pulumi.engine.urn import Urn
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import Exemption, GuardrailsSettings, read_settings
from pulumi_guardrails.findings import GuardrailsReport
from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule


@dataclass(frozen=True)
class House:
    """Components that a program may use.

    Attributes:
        types: What their type tokens begin with, such as `shop:index:`; empty if there is no house, and then a program
            is judged as a whole, by every rule that is no convention.
        exemptions: The exceptions that come with them.
    """

    types: str = ""
    exemptions: tuple[Exemption, ...] = ()

    def owns(self, urn: str) -> bool:
        """Whether a resource is one of the components or within one: a URN has the types of all parents."""
        above = Urn.parse(urn).qualified_type.split("$") if urn else []
        return bool(self.types) and any(each.startswith(self.types) for each in above)

    def is_in(self, program: Program) -> bool:
        """Whether a program has one of the components."""
        return any(self.owns(each.urn) for each in program.resources)

    def rules_for(self, program: Program, settings: GuardrailsSettings) -> tuple[Rule, ...]:
        """The rules that a program is judged by: conventions only where it has the components and asks for them."""
        at_home = settings.conventions and self.is_in(program)
        return tuple(rule for rule in rules() if at_home or not rule.house)

    def eased(self, report: GuardrailsReport, program: Program, settings: GuardrailsSettings) -> GuardrailsReport:
        """The report with its findings as severe as they are for whoever uses the components.

        A program without any of them is its writer's alone: it is judged by the rules as they are, unless the file
        says otherwise.
        """
        strict = settings.own_is_mandatory
        if not self.types or (not self.is_in(program) if strict is None else strict):
            return report
        own = [each for each in report.mandatory if not self.owns(each.urn)]
        findings = tuple(replace(each, severity=ADVISORY) if each in own else each for each in report.findings)
        return replace(report, findings=findings, eased=len(own))


def house_of(types: str, folder: Path) -> House:
    """The house of some components, whose exceptions are in the `guardrails.yaml` of a folder.

    Raises:
        UserError: the file is not as it should be.
    """
    shipped = read_settings(folder, frozenset(rule.id for rule in rules())).exemptions
    return House(types, tuple(replace(each, shipped=True) for each in shipped))
