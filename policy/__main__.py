"""The policy pack: TAP's rules, with the exceptions of guardrails.yaml, as policies of Pulumi."""

# ruff: noqa: INP001 - Pulumi runs the folder; it is no package
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import read_settings
from pulumi_guardrails.pack import policies

SETTINGS = read_settings(Path(__file__).resolve().parents[1], frozenset(rule.id for rule in rules()))

# It serves the policies until the engine has had enough of them.
PolicyPack(
    name="tap-guardrails",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=policies(SETTINGS.exemptions, datetime.now(UTC).date().isoformat()),
)
