"""Events: what a deployment tells its listener while it runs, one event at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.provider import DiffKind
from embedded_pulumi.values import Properties


class Severity(Enum):
    """The severity of a diagnostic."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class StepStarted:
    """A step begins.

    Attributes:
        diff: What differs, by property path.
        old: The old state, None if the resource does not exist.
        new: The state to reach, None if the resource is deleted.
    """

    op: Op
    urn: str
    type: str
    diff: Mapping[str, DiffKind] = field(default_factory=dict)
    old: ResourceState | None = None
    new: ResourceState | None = None


@dataclass(frozen=True)
class StepWaiting:
    """A step that runs waits for the `reason`, in the provider's words; told whenever the reason is another one."""

    op: Op
    urn: str
    type: str
    reason: str


@dataclass(frozen=True)
class StepFinished:
    """A step has succeeded, after `seconds`.

    Attributes:
        diff: What differed, by property path.
        id: The resource's id, empty for a component or in a preview.
        old: The old state, None if the resource did not exist.
        new: The new state (in a preview, the foreseen one), None if the resource is deleted.
    """

    op: Op
    urn: str
    type: str
    diff: Mapping[str, DiffKind] = field(default_factory=dict)
    seconds: float = 0.0
    id: str = ""
    old: ResourceState | None = None
    new: ResourceState | None = None


@dataclass(frozen=True)
class StepFailed:
    """A step has failed for the provider's `reason`; `old` and `new` are as in StepStarted."""

    op: Op
    urn: str
    type: str
    diff: Mapping[str, DiffKind] = field(default_factory=dict)
    seconds: float = 0.0
    reason: str = ""
    old: ResourceState | None = None
    new: ResourceState | None = None


@dataclass(frozen=True)
class Diagnostic:
    """A message of the program or the engine; it concerns a resource if `urn` is set."""

    severity: Severity
    message: str
    urn: str = ""


@dataclass(frozen=True)
class ProgramOutput:
    """A line that the program printed; `stream` is `stdout` or `stderr`."""

    stream: str
    line: str


@dataclass(frozen=True)
class StackOutputs:
    """The program has exported the stack's outputs. Secrets are wrapped, and in a preview some may be unknown."""

    outputs: Properties


@dataclass(frozen=True)
class Summary:
    """The end of a deployment.

    Attributes:
        outputs: The stack's outputs; secrets are wrapped (`values.Secret`), and in a preview some may be unknown.
        changes: How many resources were (or, in a preview, would be) created, updated, and so on, by
            `steps.COUNTED_AS`.
        steps: Every step that succeeded, in the order in which they ended.
        seconds: How long it took.
    """

    outputs: Properties
    changes: Mapping[str, int]
    steps: tuple[StepFinished, ...]
    seconds: float


Event: TypeAlias = (
    StepStarted | StepWaiting | StepFinished | StepFailed | Diagnostic | ProgramOutput | StackOutputs | Summary
)

Listener: TypeAlias = Callable[[Event], None]
