"""What may happen to one resource, as values: the generator decides on steps, the executor takes them.

The names are Pulumi's (pulumi/pkg/resource/deploy/step.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.provider import DiffKind


class Op(Enum):
    """The kinds of steps.

    A replacement is two of them: CREATE_REPLACEMENT and DELETE_REPLACED, in either order.
    """

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"
    REFRESH = "refresh"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"


COUNTED_AS: Mapping[Op, str] = {
    Op.SAME: "same",
    Op.CREATE: "create",
    Op.UPDATE: "update",
    Op.DELETE: "delete",
    Op.CREATE_REPLACEMENT: "replace",
    Op.READ: "read",
    Op.READ_REPLACEMENT: "read",
    Op.IMPORT: "import",
    Op.IMPORT_REPLACEMENT: "import",
    Op.REFRESH: "refresh",
}
"""How a summary counts steps: a replacement once, when it is created."""

DELETIONS = frozenset({Op.DELETE, Op.DELETE_REPLACED, Op.REMOVE_PENDING_REPLACE})
"""Steps after which the old resource is gone."""

REPLACEMENTS = frozenset({Op.CREATE_REPLACEMENT, Op.READ_REPLACEMENT, Op.IMPORT_REPLACEMENT})
"""Steps after which the old resource, unless it is gone already, waits for its deletion."""

IMPORTS = frozenset({Op.IMPORT, Op.IMPORT_REPLACEMENT})
"""Steps after which the imported resource is compared with its goal."""

TOUCHES = frozenset(
    {
        Op.CREATE,
        Op.UPDATE,
        Op.DELETE,
        Op.CREATE_REPLACEMENT,
        Op.DELETE_REPLACED,
    },
)
"""Steps that change something outside of the state, if the resource is custom and no provider."""


@dataclass(frozen=True)
class Step:
    """One step to be taken.

    Attributes:
        old: The entry that stands, if any.
        new: The entry that shall stand, if any; its id and outputs are for the executor to fill in.
        diff: What differs, by property path.
        after: Entries whose deletion must be done before this is taken, beside those in steps before it.
    """

    op: Op
    old: ResourceState | None = None
    new: ResourceState | None = None
    diff: Mapping[str, DiffKind] = field(default_factory=dict)
    after: frozenset[int] = frozenset()

    @property
    def resource(self) -> ResourceState:
        """The resource that the step is about, as it shall be or else as it was."""
        subject = self.new or self.old
        if subject is None:
            raise ValueError(f"a step without a resource: {self.op}")
        return subject

    @property
    def existing(self) -> ResourceState:
        """The entry that stands; only for steps that have one."""
        if self.old is None:
            raise ValueError(f"{self.op} of {self.urn} without an old resource")
        return self.old

    @property
    def urn(self) -> str:
        """The URN of the resource that the step is about."""
        return self.resource.urn
