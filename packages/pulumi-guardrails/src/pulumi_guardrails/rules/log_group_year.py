"""Logs are kept for a year."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import LOG_GROUP

YEAR = 365


def _judge(resource: Resource) -> Iterator[str]:
    days = resource.value("retentionInDays")
    if isinstance(days, int | float) and 0 < days < YEAR:
        yield f"it keeps its logs for {int(days)} days"


RULE = Rule(
    id="log-group-year",
    title="Logs are kept for a year",
    severity=ADVISORY,
    controls=("FSBP CloudWatch.16", "CKV_AWS_338"),
    why="What went wrong is often asked about months later.",
    mend="retention_in_days=365 or more.",
    judge=OfOne((LOG_GROUP,), _judge),
)
