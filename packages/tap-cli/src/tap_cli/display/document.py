"""The JSON documents that `--json` prints. Their shape is documented in docs/commands.md, and stays as it is."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.engine.events import StepFailed, StepFinished
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.engine.urn import Urn
from tap_cli.display.changes import changes
from tap_cli.display.record import DeploymentRecord
from tap_cli.display.tree import is_made_up
from tap_cli.display.values import ABSENT, document


def deployment(operation: str, stack: str, record: DeploymentRecord, error: str | None = None) -> dict[str, Any]:
    """What a preview, update, refresh or destruction came to.

    Args:
        operation: `preview`, `up`, `refresh` or `destroy`.
        stack: The stack's name.
        record: What was told of it.
        error: Why it ended early, None if it did not.
    """
    outputs = record.summary.outputs if record.summary else record.outputs or {}
    return {
        "operation": operation,
        "stack": stack,
        "result": "failed" if error else "succeeded",
        "error": error,
        "changes": record.changes,
        "unmodelled": record.made_up,
        "steps": [_step(step) for step in record.steps if step.op is not Op.SAME],
        "failed": [{**_step(step), "reason": step.reason} for step in record.failed],
        "outputs": document(outputs),
        "messages": [
            {"severity": each.severity.value, "text": each.message, "urn": each.urn} for each in record.messages
        ],
        "seconds": round(record.summary.seconds, 3) if record.summary else None,
    }


def _step(step: StepFinished | StepFailed) -> dict[str, Any]:
    state = step.new or step.old
    properties = []
    for change in changes(step):  # `old` is missing where there was none, as is `new`
        sides = {"old": change.old, "new": change.new}
        known = {side: document(value) for side, value in sides.items() if value is not ABSENT}
        properties.append({"path": change.path, "kind": change.kind.value, **known})
    return {
        "op": step.op.value,
        "urn": step.urn,
        "type": step.type,
        "name": Urn.parse(step.urn).name,
        "parent": state.parent if state else "",
        "id": state.id if state else "",
        "unmodelled": is_made_up(step),
        "properties": properties,
        "seconds": round(step.seconds, 3),
    }
