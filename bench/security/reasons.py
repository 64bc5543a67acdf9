"""Why a check of another scanner may fail: it is listed in security.yaml, or an exception of ours is about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.security.accepted import FILE, TAP_STACK, Finding

from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import Exemption, read_settings
from pulumi_guardrails.rule import Rule


@dataclass(frozen=True, order=True)
class Found:
    """A check that failed.

    Attributes:
        check: Its id.
        title: What it asks, in the scanner's words.
        resource: What it failed for, as the scanner calls it: Terraform's address, or an ARN.
        stack: The stack that has the resource.
        urn: Pulumi's name of the resource; empty if it is not told.
    """

    check: str
    title: str
    resource: str
    stack: str
    urn: str = ""


@dataclass(frozen=True)
class Reasons:
    """What is listed for one scanner, and the exceptions to our own rules, on a day."""

    listed: tuple[Finding, ...]
    exemptions: tuple[Exemption, ...]
    rules: Mapping[str, Rule]
    today: str

    def problems(self, found: Iterable[Found]) -> Iterator[str]:
        """What failed without a reason in force, and entries that are a reason for nothing; pure."""
        each = sorted(set(found))
        for one in each:
            if not self._explain(one):
                yield f"{one.stack}: {one.check} {one.title}: {one.resource}"
        for entry in self.listed:
            if not any(entry.covers(one.check, one.resource, one.stack) for one in each):
                yield f"{FILE}: {entry.check} for {entry.resource} in {entry.stack} covers nothing: remove it"

    def _explain(self, one: Found) -> bool:
        listed = [str(each.expires) for each in self.listed if each.covers(one.check, one.resource, one.stack)]
        exempt = [
            each.expires
            for each in self.exemptions
            if one.check in self.rules[each.rule].controls and each.covers(each.rule, one.urn)
        ]
        return any(last_day >= self.today for last_day in (*listed, *exempt))


def reasons_today(listed: tuple[Finding, ...]) -> Reasons:
    """What a part of security.yaml and guardrails.yaml explain today.

    Raises:
        UsageError: guardrails.yaml is not as it should be.
    """
    known = {rule.id: rule for rule in rules()}
    exemptions = read_settings(TAP_STACK, frozenset(known)).exemptions
    return Reasons(listed, exemptions, known, datetime.now(UTC).date().isoformat())
