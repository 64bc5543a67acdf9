"""One resource as the state knows it, and an operation on it that was begun and not yet finished.

The fields and their names in the file are those of Pulumi's ResourceV3 (pulumi/sdk/go/common/apitype/core.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Self

from embedded_pulumi.engine.urn import ProviderRef
from embedded_pulumi.values import Properties, Value


@dataclass(frozen=True)
class CustomTimeouts:
    """How long an operation may take, in seconds; 0 leaves it to the provider."""

    create: float = 0
    update: float = 0
    delete: float = 0


NO_TIMEOUTS = CustomTimeouts()


@dataclass(frozen=True)
class ResourceState:
    """What is recorded of a resource.

    Attributes:
        inputs: Checked inputs: what the next deployment compares with.
        external: It was only read; its life is not this stack's business.
        delete: It has been replaced and waits for its deletion.
        pending_replacement: It has been deleted already, to be replaced; the entry stands in for it until then.
        init_errors: Why it exists but is not whole.
        provider: A reference, `<urn>::<id>`.
        created: RFC 3339, as is `modified`; empty where no clock was given.
        entry: Tells the entries of one deployment apart, as one URN may stand on several. Never stored.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    external: bool = False
    delete: bool = False
    dependencies: tuple[str, ...] = ()
    init_errors: tuple[str, ...] = ()
    provider: str = ""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pending_replacement: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    custom_timeouts: CustomTimeouts = NO_TIMEOUTS
    import_id: str = ""
    retain_on_delete: bool = False
    deleted_with: str = ""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replacement_trigger: Value = None
    hide_diffs: tuple[str, ...] = ()
    created: str = ""
    modified: str = ""
    entry: int = field(default=0, compare=False)

    def needs(self) -> frozenset[str]:
        """URNs of everything that must stand as long as this does."""
        found = {*self.dependencies, self.parent, self.deleted_with}
        found.update(*self.property_dependencies.values())
        if self.provider:
            found.add(ProviderRef.parse(self.provider).urn)
        return frozenset(found - {""})


class Operation(Enum):
    """What was being done to a resource when the state was written."""

    CREATING = "creating"
    UPDATING = "updating"
    DELETING = "deleting"
    READING = "reading"
    IMPORTING = "importing"


_CREATION = "__creation"
"""Where a pending creation keeps its token. The format has no place for it but what it lets a provider keep: outputs,
of which a resource that is only being created has none."""


@dataclass(frozen=True)
class PendingOperation:
    """An operation that was begun. If it stands in a state that is read, nobody knows how it ended."""

    resource: ResourceState
    operation: Operation

    @classmethod
    def creation(cls, new: ResourceState, token: str) -> Self:
        """The creation of a resource by a call that this token tells from every other."""
        return cls(replace(new, outputs={_CREATION: token}), Operation.CREATING)

    @property
    def token(self) -> str:
        """The token of a creation; empty if another engine began it."""
        return str(self.resource.outputs.get(_CREATION, ""))
