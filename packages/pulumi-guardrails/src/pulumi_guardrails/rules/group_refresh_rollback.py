"""An instance refresh rolls back what fails."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import GROUP


def _judge(resource: Resource) -> Iterator[str]:
    place = ("instanceRefresh", "preferences", "autoRollback")
    if not resource.raw("instanceRefresh"):
        yield "a change of its launch template is not rolled out"
    elif resource.knows(*place) and not resource.is_true(*place):
        yield "its instance refresh does not roll back"


RULE = Rule(
    id="group-refresh-rollback",
    title="An instance refresh rolls back what fails",
    severity=ADVISORY,
    controls=("seed:3",),
    why="Otherwise a bad template stays half rolled out until somebody looks.",
    mend="instance_refresh: preferences with auto_rollback=True.",
    judge=OfOne((GROUP,), _judge),
)
