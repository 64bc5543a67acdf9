"""What a resource provider is to the engine: Pulumi's ResourceProvider protocol as plain Python.

The engine calls a provider in process through these methods; `local.plugins` offers the same object over gRPC.
A provider sees plain values: no secrets (the engine takes the wrapping off and puts it back by property name), and
`UNKNOWN` only in preview. Property names are Pulumi's camelCase; a type is a token such as `aws:ec2/vpc:Vpc`.

Source: pulumi/proto/pulumi/provider.proto.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from embedded_pulumi.values import Properties, Value


class ProviderError(Exception):
    """A call was refused or failed, and the resource is as it was before; `str()` of it is the reason."""


class OutcomeUnknown(ProviderError):
    """A call was sent and its answer was lost: nobody knows yet what came of it."""


class InitFailed(ProviderError):
    """The resource exists but is not whole: it is saved with its reasons and updated by the next deployment."""

    def __init__(self, id: str, outputs: Properties, reasons: list[str]) -> None:  # noqa: A002 - Pulumi's own word
        super().__init__("; ".join(reasons))
        self.id = id
        self.outputs = outputs
        self.reasons = reasons


@dataclass(frozen=True)
class CheckFailure:
    """One property that is not acceptable: its path, such as `cidrBlock` or `tags.Name`, and why."""

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """Inputs with defaults and names filled in (what is stored and compared next time), and what is wrong with them."""

    inputs: Properties
    failures: tuple[CheckFailure, ...] = ()


class DiffKind(Enum):
    """What happened to one property; the `_REPLACE` kinds cannot be changed in place."""

    ADD = "add"
    ADD_REPLACE = "add-replace"
    DELETE = "delete"
    DELETE_REPLACE = "delete-replace"
    UPDATE = "update"
    UPDATE_REPLACE = "update-replace"


@dataclass(frozen=True)
class Diff:
    """How wished inputs differ from what is. Empty `detailed` means no change.

    Attributes:
        detailed: Property path, such as `tags.Name` or `ingress[0].cidrBlocks`, to what happened to it.
        delete_before_replace: The old one must go first, because both cannot exist at once.
        stables: Properties that no update of the resource changes.
    """

    detailed: Mapping[str, DiffKind] = field(default_factory=dict)
    delete_before_replace: bool = False
    stables: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything differs."""
        return bool(self.detailed)

    @property
    def replaces(self) -> tuple[str, ...]:
        """The properties that can only change by replacing the resource."""
        return tuple(path for path, kind in self.detailed.items() if kind.value.endswith("-replace"))


@dataclass(frozen=True)
class Created:
    """A resource that exists now (or, in preview, would): its id and all its outputs."""

    id: str
    outputs: Properties


@dataclass(frozen=True)
class ReadResult:
    """A resource as it is in the cloud: its id, its outputs, and the inputs that would make it so."""

    id: str
    outputs: Properties
    inputs: Properties


@dataclass(frozen=True)
class Invoked:
    """The answer of a data source, or what was wrong with its arguments."""

    result: Properties
    failures: tuple[CheckFailure, ...] = ()


_allowed: ContextVar[float] = ContextVar("allowed", default=0.0)


@contextmanager
def allowing(seconds: float) -> Iterator[None]:
    """Within, a provider may take so long over a call, as `customTimeouts` says; 0 leaves it to the provider.

    A context and no argument, as in Pulumi's own providers: whoever waits, however far below, finds it.
    """
    before = _allowed.set(seconds)
    try:
        yield
    finally:
        _allowed.reset(before)


def allowed() -> float:
    """How many seconds the call that is being carried out may take; 0 if nobody has said."""
    return _allowed.get()


class ConfiguredProvider(Protocol):
    """A provider with its region and credentials, one for each provider resource. Safe to call from many threads."""

    def check(self, type_: str, name: str, olds: Properties, news: Properties, seed: bytes) -> Checked:
        """Validate and complete inputs. `olds` are the old checked inputs, empty for a new resource or a replacement.

        `seed` makes generated names unique and repeatable. An unknown type or property is a failure that names it.
        """

    def diff(self, type_: str, id_: str, old_inputs: Properties, old_outputs: Properties, news: Properties) -> Diff:
        """Compare checked inputs with the stored ones (the engine has applied ignoreChanges to `news` already)."""

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        """Make it. In preview nothing is called: id is empty, outputs that depend on the cloud are `UNKNOWN`.

        `token` tells this call from every other; by it `resume` finds what the call made. Without one nothing is found.

        Raises:
            ProviderError: nothing was created.
            InitFailed: it exists but is not whole.
            OutcomeUnknown: perhaps it was created; `resume` can tell, now or later.
        """

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        """What a `create` with these inputs and this token made before it was cut off, brought to its end.

        None if it made nothing; what anybody else made is never taken for it. In preview it is only looked at. Raises
        as `create`.
        """

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        """What is in the cloud under this id, or None if it is gone. `inputs` and `outputs` may be empty (import)."""

    def update(
        self, type_: str, id_: str, old_inputs: Properties, old_outputs: Properties, news: Properties, *, preview: bool
    ) -> Properties:
        """Change it in place; returns all outputs."""

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it. Already gone is success."""

    def invoke(self, token: str, args: Properties) -> Invoked:
        """Answer a data source such as `aws:index/getAvailabilityZones:getAvailabilityZones`."""


class Provider(Protocol):
    """A provider package, before configuration."""

    package: str
    version: str

    def check_config(self, news: Properties) -> Checked:
        """Validate the inputs of a provider resource."""

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        """Compare provider inputs; a `_REPLACE` kind replaces every resource of the provider."""

    def configure(self, inputs: Mapping[str, Value]) -> ConfiguredProvider:
        """Make it ready to be called.

        Raises:
            ProviderError: the region or another setting is not usable.
        """
