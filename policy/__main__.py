"""The policy pack: TAP's rules, with the exceptions of guardrails.yaml and of TAP's components, for Pulumi."""

# ruff: noqa: INP001 - Pulumi runs the folder; it is no package
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

import tap_stack
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import read_settings
from pulumi_guardrails.pack import policies

IDS = frozenset(rule.id for rule in rules())
FOLDERS = Path(__file__).resolve().parents[1], Path(tap_stack.__file__).parent

# It serves the policies until the engine has had enough of them.
PolicyPack(
    name="tap-guardrails",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=policies(
        [each for folder in FOLDERS for each in read_settings(folder, IDS).exemptions],
        datetime.now(UTC).date().isoformat(),
    ),
)
