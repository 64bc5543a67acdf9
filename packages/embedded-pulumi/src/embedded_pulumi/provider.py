"""Resource providers: Pulumi's ResourceProvider protocol as plain Python.

The engine calls these methods in its own process; `plugin` serves the same object over gRPC. A provider sees plain
values: no secrets, which the engine unwraps and wraps again by property name, and `UNKNOWN` only in a preview. Property
names are Pulumi's camelCase; a type is a token such as `aws:ec2/vpc:Vpc`.

Source: pulumi/proto/pulumi/provider.proto.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from embedded_pulumi.values import Properties, Value


class ProviderError(Exception):
    """A call was refused or failed, and the resource has not changed; `str()` of it is the reason."""


class OutcomeUnknown(ProviderError):
    """The answer of a call was lost: it is not known whether the call had an effect."""


class CannotResume(ProviderError):
    """The provider cannot tell what a create that was cut off has made."""


class InitFailed(ProviderError):
    """The resource was created, but its initialization failed: it is saved, and the next deployment updates it."""

    def __init__(self, id: str, outputs: Properties, reasons: list[str]) -> None:  # noqa: A002 - Pulumi's own word
        super().__init__("; ".join(reasons))
        self.id = id
        self.outputs = outputs
        self.reasons = reasons


@dataclass(frozen=True)
class CheckFailure:
    """One property that is not accepted: its path, such as `cidrBlock` or `tags.Name`, and the reason."""

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """Inputs with defaults and generated names, which are stored and compared next time; and the failures."""

    inputs: Properties
    failures: tuple[CheckFailure, ...] = ()


class AutonamingMode(Enum):
    """How binding a proposed name is."""

    PROPOSE = "propose"  # the provider may shorten it, or change characters that it does not take
    ENFORCE = "enforce"  # exactly this name
    DISABLE = "disable"  # the program must give the name


@dataclass(frozen=True)
class Autonaming:
    """The name that the engine proposes for a resource whose program gives none."""

    mode: AutonamingMode
    proposed_name: str = ""


@dataclass(frozen=True)
class CheckRequest:
    """Inputs to validate and complete.

    Attributes:
        name: The logical name of the resource.
        olds: The old checked inputs; empty for a new resource, or for a replacement.
        news: The inputs as the program gives them.
        seed: Makes generated names unique and repeatable.
        autonaming: How to name, where the stack has a wish.
    """

    type: str
    name: str
    olds: Properties
    news: Properties
    seed: bytes
    autonaming: Autonaming | None = None


@dataclass(frozen=True)
class DiffRequest:
    """Checked inputs to compare with the old state.

    Attributes:
        old_inputs: The checked inputs in the state.
        old_outputs: The outputs in the state.
        news: The checked inputs; the engine has reset the ignored paths to the old inputs.
        ignore_changes: Paths that are no difference, even where the old outputs differ from the old inputs.
    """

    type: str
    id: str
    old_inputs: Properties
    old_outputs: Properties
    news: Properties
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UpdateRequest(DiffRequest):
    """An update in place, which leaves the ignored paths as they are. In a preview it is only foreseen."""

    preview: bool = field(kw_only=True)


class DiffKind(Enum):
    """How one property changes; the resource must be replaced for the `_REPLACE` kinds."""

    ADD = "add"
    ADD_REPLACE = "add-replace"
    DELETE = "delete"
    DELETE_REPLACE = "delete-replace"
    UPDATE = "update"
    UPDATE_REPLACE = "update-replace"

    @property
    def replaces(self) -> bool:
        """Whether the resource must be replaced."""
        return self.value.endswith("-replace")

    @property
    def as_replacement(self) -> DiffKind:
        """The same change, for which the resource must be replaced."""
        return self if self.replaces else DiffKind(f"{self.value}-replace")


@dataclass(frozen=True)
class Diff:
    """How inputs differ from the old state. Empty `detailed` means no change.

    Attributes:
        detailed: Property path, such as `tags.Name` or `ingress[0].cidrBlocks`, to how it changes.
        delete_before_replace: The old resource must be deleted first, because both cannot exist at once.
        stables: Properties that no update changes.
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
        """The properties for which the resource must be replaced."""
        return tuple(path for path, kind in self.detailed.items() if kind.replaces)


@dataclass(frozen=True)
class Created:
    """A created resource: its id and all its outputs. In a preview, the id is empty."""

    id: str
    outputs: Properties


@dataclass(frozen=True)
class ReadResult:
    """A resource as it is in the cloud: its id, its outputs, and the inputs that would lead to them."""

    id: str
    outputs: Properties
    inputs: Properties


@dataclass(frozen=True)
class Invoked:
    """The answer of a data source, or the failures of its arguments.

    Attributes:
        made_up: The data source is not modelled, and its result is made up.
    """

    result: Properties
    failures: tuple[CheckFailure, ...] = ()
    made_up: bool = False


_allowed: ContextVar[float] = ContextVar("allowed", default=0.0)


@contextmanager
def allowing(seconds: float) -> Iterator[None]:
    """Within, a call of a provider may take so many seconds (`customTimeouts`); 0 leaves it to the provider.

    It is a context variable, as in Pulumi's own providers, so that no function has to pass it on.
    """
    before = _allowed.set(seconds)
    try:
        yield
    finally:
        _allowed.reset(before)


def allowed() -> float:
    """How many seconds the present call may take; 0 leaves it to the provider."""
    return _allowed.get()


@dataclass(frozen=True)
class Requester:
    """Who has made the present call of a provider, as the call sees them.

    Attributes:
        told: Takes what the call waits for, in words, as often as it likes.
        in_a_hurry: Whether the deployment was interrupted: a call that only waits for others should fail now.
    """

    told: Callable[[str], None] = lambda _: None
    in_a_hurry: Callable[[], bool] = lambda: False


_requester: ContextVar[Requester] = ContextVar("requester", default=Requester())  # noqa: B039 - it is frozen


@contextmanager
def requested_by(who: Requester) -> Iterator[None]:
    """Within, calls of a provider are made by `who`; a context variable, as for `allowing`."""
    before = _requester.set(who)
    try:
        yield
    finally:
        _requester.reset(before)


def requester() -> Requester:
    """Who has made the present call; somebody who does not listen if nobody has said."""
    return _requester.get()


class ConfiguredProvider(Protocol):
    """A provider with its region and credentials, one for each provider resource. Safe to call from many threads."""

    def check(self, request: CheckRequest) -> Checked:
        """Validate and complete inputs. An unknown type or property is a failure that names it."""

    def diff(self, request: DiffRequest) -> Diff:
        """Compare checked inputs with the old state."""

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        """Create a resource. In a preview nothing is called: the id is empty, and outputs from the cloud are `UNKNOWN`.

        `token` identifies this call: `resume` finds the resource by it. Without a token it finds none.

        Raises:
            ProviderError: nothing was created.
            InitFailed: it was created, but its initialization failed.
            OutcomeUnknown: it may have been created; `resume` can tell, now or later.
        """

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        """Complete a `create` with these inputs and this token that was cut off; returns the resource.

        None if it created nothing. A resource that somebody else created is never returned. In a preview the resource
        is only read.

        Raises:
            CannotResume: the provider has no means to look for it.
            ProviderError: as `create`.
        """

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        """The resource with this id, or None if it does not exist. In an import, `inputs` and `outputs` are empty."""

    def update(self, request: UpdateRequest) -> Properties:
        """Update a resource in place; returns all outputs."""

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete a resource. It is a success if it does not exist any more."""

    def invoke(self, token: str, args: Properties) -> Invoked:
        """Answer a data source such as `aws:index/getAvailabilityZones:getAvailabilityZones`."""


class Provider(Protocol):
    """A provider package, before configuration."""

    package: str
    version: str

    def supports(self, type_: str) -> bool:
        """Whether the package has a resource type."""

    def check_config(self, news: Properties) -> Checked:
        """Validate the inputs of a provider resource."""

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        """Compare provider inputs; a `_REPLACE` kind replaces every resource of the provider."""

    def configure(self, inputs: Mapping[str, Value]) -> ConfiguredProvider:
        """Configure the package.

        Raises:
            ProviderError: an input is not accepted.
        """


NOT_SUPPORTED = "is not supported by"
"""Within a refusal of what the real provider, or the real cloud, would take."""

UNMODELLED = "__unmodelled"
"""Among the outputs of a resource that its provider does not model and has only noted: the outputs that are made up."""

VERSION_INPUT = "version"
"""The version of the package, among the inputs of a provider resource."""

ENGINES_OWN = frozenset({VERSION_INPUT, "__internal"})
"""Inputs of a provider resource that only the engine uses, and writes to its states.

Source: pulumi/pkg/resource/deploy/providers/registry.go.
"""


def settings_of(inputs: Mapping[str, Value]) -> Properties:
    """The inputs of a provider resource as its package sees them."""
    return {name: value for name, value in inputs.items() if name not in ENGINES_OWN}
