"""A report in SARIF 2.1.0, which code hosts and editors show beside the code.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.13 to 3.58.
"""

from __future__ import annotations

from typing import Any

from pulumi_guardrails.findings import Finding, GuardrailsReport
from pulumi_guardrails.rule import MANDATORY, EnforcementLevel, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"


def sarif(report: GuardrailsReport, program: str) -> dict[str, Any]:
    """The report as a SARIF log.

    Args:
        report: What was found.
        program: The program's file, relative to where the log is read: a result has to have a place in a file.
    """
    positions = {rule.id: position for position, rule in enumerate(report.rules)}
    driver = {"name": "pulumi-guardrails", "rules": [_descriptor(rule) for rule in report.rules]}
    run = {
        "tool": {"driver": driver},
        "results": [_result(finding, positions[finding.rule], program) for finding in report.findings],
        "properties": {"resources": report.resources, "exceptions": [each.to_json() for each in report.exceptions]},
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _level(severity: EnforcementLevel) -> str:
    return "error" if severity is MANDATORY else "warning"


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.mend},
        "defaultConfiguration": {"level": _level(rule.severity)},
        "properties": {"tags": list(rule.controls)},
    }


def _result(finding: Finding, position: int, program: str) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": program}}}
    if finding.urn:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.urn, "kind": "resource"}]
    # Section 3.27.9: `open` means that there was not enough to decide; such a result has no level.
    kind = {"kind": "open", "level": "none"} if finding.unknown else {"level": _level(finding.severity)}
    return {
        "ruleId": finding.rule,
        "ruleIndex": position,
        **kind,
        "message": {"text": finding.message},
        "locations": [location],
    }
