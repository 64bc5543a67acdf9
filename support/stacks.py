"""The real program, recorded."""

from __future__ import annotations

from functools import cache

from pulumi_guardrails.model import Program
from pulumi_guardrails.recording.subject import Subject
from support.programs import recorded
from tap_stack.config import InfraConfig
from tap_stack.stack import TapStack, export_outputs


@cache
def tap(**settings: str) -> Program:
    """The whole stack with some configuration keys set: `zones="3"` is `tap:zones = 3`, `region` is `aws:region`."""
    keys = {("aws:region" if key == "region" else f"tap:{key}"): value for key, value in settings.items()}

    def program() -> None:
        export_outputs(TapStack("tap", InfraConfig.load(keys, {})).outputs)

    return recorded(program, Subject(project="tap", config=keys))
