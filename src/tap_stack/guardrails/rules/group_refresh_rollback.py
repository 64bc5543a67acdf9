"""An instance refresh rolls back what fails."""

from __future__ import annotations

from collections.abc import Iterator

from tap_stack.guardrails.model import Resource
from tap_stack.guardrails.rule import ADVISORY, OfOne, Rule
from tap_stack.guardrails.types import GROUP


def _judge(resource: Resource) -> Iterator[str]:
    if resource.value("instanceRefresh") and not resource.is_true("instanceRefresh", "preferences", "autoRollback"):
        yield "its instance refresh does not roll back"
    elif resource.knows("instanceRefresh") and not resource.value("instanceRefresh"):
        yield "a change of its launch template is not rolled out"


RULE = Rule(
    id="group-refresh-rollback",
    title="An instance refresh rolls back what fails",
    severity=ADVISORY,
    controls=("seed:3",),
    why="Otherwise a bad template stays half rolled out until somebody looks.",
    mend="instance_refresh: preferences with auto_rollback=True.",
    judge=OfOne((GROUP,), _judge),
)
