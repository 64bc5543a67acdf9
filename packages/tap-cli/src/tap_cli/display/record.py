"""The record of one deployment: what the engine told, kept, and handed on to whoever shows it as it happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from embedded_pulumi.engine.events import (
    Diagnostic,
    Event,
    Listener,
    Severity,
    StackOutputs,
    StepFailed,
    StepFinished,
    Summary,
)
from embedded_pulumi.engine.steps import COUNTED_AS, Op
from embedded_pulumi.engine.urn import is_default_provider
from embedded_pulumi.values import Properties
from tap_cli.display.changes import PropertyChange, output_changes, stack_outputs_before
from tap_cli.display.tree import is_made_up


@dataclass
class DeploymentRecord:
    """A listener of the engine's.

    Attributes:
        steps: The steps that were taken, in the order in which they finished.
        messages: What the program and the engine had to say, debugging aside.
        outputs: The stack's outputs, None if the program did not come to them.
        summary: How it ended, None if it was cut short.
    """

    show: Listener = lambda _: None
    steps: list[StepFinished] = field(default_factory=list)
    failed: list[StepFailed] = field(default_factory=list)
    messages: list[Diagnostic] = field(default_factory=list)
    outputs: Properties | None = None
    summary: Summary | None = None

    def __call__(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case StepFinished():
                self.steps.append(event)
            case StepFailed():
                self.failed.append(event)
            case Diagnostic() if event.severity is not Severity.DEBUG:
                self.messages.append(event)
            case StackOutputs():
                self.outputs = event.outputs
            case Summary():
                self.summary = event
            case _:
                pass
        self.show(event)

    @property
    def changes(self) -> Mapping[str, int]:
        """How many resources were (or would be) created, updated, and so on, as far as it has come."""
        counted = (step for step in self.steps if step.op in COUNTED_AS and not is_default_provider(step.urn))
        return dict(Counter(COUNTED_AS[step.op] for step in counted))

    @property
    def made_up(self) -> int:
        """How many of the resources are only noted, because the provider does not model their types."""
        return len({step.urn for step in self.steps if is_made_up(step)})

    @property
    def has_begun(self) -> bool:
        """Whether any step was taken, or tried, that the state has something of."""
        return bool(self.failed) or any(step.op is not Op.SAME for step in self.steps)

    @property
    def touches_resources(self) -> bool:
        """Whether any resource is (or would be) more than looked at."""
        return any(kind not in {"same", "read", "discard", "refresh"} for kind in self.changes)

    @property
    def output_changes(self) -> list[PropertyChange]:
        """The outputs of the stack that changed (or would); none while the program has not come to them."""
        return [] if self.outputs is None else output_changes(stack_outputs_before(self.steps), self.outputs)
