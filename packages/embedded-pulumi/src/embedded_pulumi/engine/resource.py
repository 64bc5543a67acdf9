"""The state of a resource, and a pending operation on it.

The fields, and their names in the file, are those of Pulumi's ResourceV3 (pulumi/sdk/go/common/apitype/core.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Self

from embedded_pulumi.engine.urn import ProviderRef
from embedded_pulumi.values import Properties, Value
from embedded_pulumi.wire.requests import NO_TIMEOUTS, CustomTimeouts


@dataclass(frozen=True)
class ResourceState:
    """The state of a resource.

    Attributes:
        inputs: The checked inputs, with which the next deployment compares.
        external: The stack only reads it, and never deletes it.
        delete: It has been replaced, and waits for its deletion.
        pending_replacement: It has been deleted, and waits for its replacement.
        init_errors: The errors of its initialization; the next deployment updates it.
        provider: A reference, `<urn>::<id>`.
        created: RFC 3339, as is `modified`; empty where no clock was given.
        entry: The number of this entry in the snapshot, where several entries may have one URN. Never stored.
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
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    created: str = ""
    modified: str = ""
    entry: int = field(default=0, compare=False)

    def needs(self) -> frozenset[str]:
        """The URNs of the resources that it depends on, in whatever way."""
        found = {*self.dependencies, self.parent, self.deleted_with}
        found.update(*self.property_dependencies.values())
        if self.provider:
            found.add(ProviderRef.parse(self.provider).urn)
        return frozenset(found - {""})


class Operation(Enum):
    """The kinds of pending operations."""

    CREATING = "creating"
    UPDATING = "updating"
    DELETING = "deleting"
    READING = "reading"
    IMPORTING = "importing"


_CREATION = "__creation"
"""The output in which a pending creation keeps its token. The format has no other place for it, and a resource has no
outputs before it is created."""


@dataclass(frozen=True)
class PendingOperation:
    """An operation that has begun. In a state that is loaded, it is not known how it ended."""

    resource: ResourceState
    operation: Operation

    @classmethod
    def creation(cls, new: ResourceState, token: str) -> Self:
        """The creation of a resource by the call with this token."""
        return cls(replace(new, outputs={_CREATION: token}), Operation.CREATING)

    @property
    def token(self) -> str:
        """The token of a creation; empty if another engine began it."""
        return str(self.resource.outputs.get(_CREATION, ""))
