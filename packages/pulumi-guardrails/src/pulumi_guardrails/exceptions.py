"""Exceptions to rules: written down in `guardrails.yaml` beside Pulumi.yaml, each with a reason and a last day.

    exceptions:
      - rule: lambda-in-vpc
        urn: "*::web-healer-*"
        reason: It calls AWS's APIs alone; in a VPC it would need a NAT gateway or four endpoints.
        expires: 2027-06-30

They are in a file, and not in Pulumi's configuration: they are reviewed with the program, for every stack alike. Where
the program uses components of a house, the file also says how its own resources are judged:

    own: mandatory        # a finding stops a deployment, as in the house's components; `advisory`: it is only shown
    conventions: true     # the house's conventions hold for the program, too
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from embedded_pulumi.errors import UserError
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Rule

FILE = "guardrails.yaml"

_KEYS = ("exceptions", "answers", "own", "conventions")
_FIELDS = ("rule", "urn", "reason", "expires")


@dataclass(frozen=True)
class Exemption:
    """One exception.

    Attributes:
        rule: The rule's id.
        urn: A pattern for the URNs that it is for; `*` stands for any text.
        reason: Why.
        expires: Its last day, as `2027-06-30`.
        shipped: Whether it came with components. Whoever uses them cannot mend it: that it covers nothing, or has
            ended, is not told.
    """

    rule: str
    urn: str
    reason: str
    expires: str
    shipped: bool = False

    def covers(self, rule: str, urn: str) -> bool:
        """Whether a finding is excepted."""
        return rule == self.rule and fnmatchcase(urn, self.urn)


@dataclass(frozen=True)
class Exempt:
    """An exception in force, and how many findings it covers."""

    exemption: Exemption
    findings: int

    def in_words(self) -> str:
        """One line for people."""
        each = self.exemption
        return f"exception to {each.rule} for {each.urn} ({self.findings} found) until {each.expires}: {each.reason}"

    def to_json(self) -> dict[str, Any]:
        """As the check's `--json` prints it."""
        each = self.exemption
        return {
            "rule": each.rule,
            "urn": each.urn,
            "reason": each.reason,
            "expires": each.expires,
            "findings": self.findings,
        }


@dataclass(frozen=True)
class GuardrailsSettings:
    """What `guardrails.yaml` says.

    Attributes:
        exemptions: The exceptions.
        answers: What functions answer the program when it is run without a cloud, by token.
        own_is_mandatory: Whether a finding outside of a house's components is as severe as its rule; None if the file
            does not say: it is in a program without any of them, and advice beside them.
        conventions: Whether the program keeps the house's conventions.
    """

    exemptions: tuple[Exemption, ...] = ()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    own_is_mandatory: bool | None = None
    conventions: bool = False


def read_settings(folder: Path, rules: frozenset[str]) -> GuardrailsSettings:
    """Read `guardrails.yaml`; without one there are no exceptions.

    Args:
        folder: Where Pulumi.yaml is.
        rules: The ids of the rules that there are.

    Raises:
        UserError: the file is not as it should be; the message says where.
    """
    file = folder / FILE
    if not file.is_file():
        return GuardrailsSettings()
    try:
        data = yaml.safe_load(file.read_text()) or {}
    except yaml.YAMLError as error:
        raise UserError(f"{file} is not YAML: {error}") from error
    if not isinstance(data, Mapping) or set(data) - set(_KEYS):
        raise UserError(f"{file}: accepted: the keys {', '.join(_KEYS)}")
    own, conventions = data.get("own"), data.get("conventions", False)
    if "own" in data and own not in (ADVISORY.value, MANDATORY.value):
        raise UserError(f"{file}: own = {own!r} is not accepted; accepted: {ADVISORY.value} or {MANDATORY.value}")
    if not isinstance(conventions, bool):
        raise UserError(f"{file}: conventions = {conventions!r} is not accepted; accepted: true or false")
    listed = data.get("exceptions") or []
    exemptions = [_exemption(f"{file}, exception {number}", item, rules) for number, item in enumerate(listed, 1)]
    return GuardrailsSettings(
        tuple(exemptions), data.get("answers") or {}, None if own is None else own == MANDATORY.value, conventions
    )


def _exemption(where: str, item: Any, rules: frozenset[str]) -> Exemption:
    if not isinstance(item, Mapping) or set(item) != set(_FIELDS):
        raise UserError(f"{where}: accepted: exactly the keys {', '.join(_FIELDS)}")
    if item["rule"] not in rules:
        nearest = ", ".join(get_close_matches(str(item["rule"]), rules, cutoff=0))
        raise UserError(f"{where}: there is no rule {item['rule']!r}; the nearest: {nearest}")
    if not str(item["reason"] or "").strip():
        raise UserError(f"{where}: reason is empty; accepted: why the rule does not hold here")
    # YAML itself turns 2027-06-30 into a date.
    if not isinstance(item["expires"], dt.date) or isinstance(item["expires"], dt.datetime):
        raise UserError(f"{where}: expires = {item['expires']!r} is not accepted; accepted: a date such as 2027-06-30")
    return Exemption(item["rule"], str(item["urn"]), str(item["reason"]).strip(), item["expires"].isoformat())


@cache
def exemption_rules() -> tuple[Rule, Rule]:
    """What is said of exceptions themselves; `judge` finds it, as it depends on the day and on the other findings."""
    return (
        Rule(
            id="exception-expired",
            title="No exception is past its last day",
            severity=MANDATORY,
            controls=(),
            why="Without a last day an exception would switch the rule off for ever.",
            mend="Mend the reason for it, or give it a new last day and say why. It is as severe as the rule.",
            judge=lambda _: (),
        ),
        Rule(
            id="exception-unused",
            title="Every exception covers something",
            severity=ADVISORY,
            controls=(),
            why="An exception that covers nothing now may hide a mistake later.",
            mend="Remove it.",
            judge=lambda _: (),
        ),
    )
