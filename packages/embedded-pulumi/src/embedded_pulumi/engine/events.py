"""What a deployment tells while it runs, one value per event; a callback gets them one at a time."""

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
    """How much a message matters."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class StepStarted:
    """A step is about to be taken.

    Attributes:
        diff: What differs, by property path.
        old: The resource as it stands, None if it does not.
        new: The resource as it shall stand, None if it shall not.
    """

    op: Op
    urn: str
    type: str
    diff: Mapping[str, DiffKind] = field(default_factory=dict)
    old: ResourceState | None = None
    new: ResourceState | None = None


@dataclass(frozen=True)
class StepFinished:
    """A step was taken, in so many seconds.

    Attributes:
        diff: What differed, by property path.
        id: The resource's, empty for a component or in a preview.
        old: The resource as it stood, None if it did not.
        new: The resource as it stands now (or, in a preview, would), None if it is gone.
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
    """A step was tried, and did not succeed; `reason` is the provider's, `old` and `new` are as for its start."""

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
    """A message from the program or the engine, about a resource if `urn` is set."""

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
    """The program has exported its outputs. Secrets are wrapped, and in a preview some may be unknown."""

    outputs: Properties


@dataclass(frozen=True)
class Summary:
    """How it all ended.

    Attributes:
        outputs: The stack's outputs; secrets are wrapped (`values.Secret`), and in a preview some may be unknown.
        changes: How many resources were (or, in a preview, would be) created, updated, and so on, by
            `steps.COUNTED_AS`.
        steps: Every step taken, in the order in which they finished.
        seconds: How long it took.
    """

    outputs: Properties
    changes: Mapping[str, int]
    steps: tuple[StepFinished, ...]
    seconds: float


Event: TypeAlias = StepStarted | StepFinished | StepFailed | Diagnostic | ProgramOutput | StackOutputs | Summary

Listener: TypeAlias = Callable[[Event], None]
