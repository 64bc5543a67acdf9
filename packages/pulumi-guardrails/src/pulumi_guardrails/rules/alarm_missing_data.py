"""An alarm says what silence means."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import METRIC_ALARM


def _judge(resource: Resource) -> Iterator[str]:
    if resource.raw("treatMissingData") is None:
        yield "it does not say what missing data means"


RULE = Rule(
    id="alarm-missing-data",
    title="An alarm says what silence means",
    severity=ADVISORY,
    controls=("seed:6",),
    why="By default missing data keeps the state: a dead sender is a quiet alarm.",
    mend="Set treat_missing_data: breaching for a heartbeat, notBreaching for errors.",
    judge=OfOne((METRIC_ALARM,), _judge),
)
