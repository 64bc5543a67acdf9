"""The steps of a deployment that run now, as things that are waited for."""

from __future__ import annotations

from embedded_pulumi.engine.events import Event, StepFailed, StepFinished, StepStarted, StepWaiting
from embedded_pulumi.engine.steps import DELETIONS, Op
from embedded_pulumi.engine.urn import Urn
from tap_cli.display.tree import short_type
from tap_cli.terminal.waits import WAITS

_DOING = {Op.REFRESH: "reading", Op.READ: "reading", Op.READ_REPLACEMENT: "reading", Op.UPDATE: "updating"}


def note(event: Event) -> None:
    """Note that a step begins, what it waits for, or that it has ended. A listener of the engine's."""
    match event:
        case StepStarted() if event.op is not Op.SAME:
            doing = "deleting" if event.op in DELETIONS else _DOING.get(event.op, "creating")
            WAITS.begin(event.urn, f"{doing} {short_type(event.type)} {Urn.parse(event.urn).name}")
        case StepWaiting():
            WAITS.explain(event.urn, event.reason)
        case StepFinished() | StepFailed():
            WAITS.end(event.urn)
        case _:
            pass
