"""Steps: what happens to one resource, as values. The step generator decides on them; the executor executes them.

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

    A replacement is two of them: CREATE_REPLACEMENT and DELETE_REPLACED, in either order. What the stack only read is
    discarded where an own resource would be deleted: it goes from the state, and nothing else happens.
    """

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
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
    Op.DISCARD: "discard",
    Op.IMPORT: "import",
    Op.IMPORT_REPLACEMENT: "import",
    Op.REFRESH: "refresh",
}
"""How a summary counts steps. A replacement counts once, when it is created."""

DELETIONS = frozenset(
    {Op.DELETE, Op.DELETE_REPLACED, Op.DISCARD, Op.DISCARD_REPLACED, Op.REMOVE_PENDING_REPLACE},
)
"""Steps after which the old resource is not in the state."""

REPLACEMENTS = frozenset({Op.CREATE_REPLACEMENT, Op.READ_REPLACEMENT, Op.IMPORT_REPLACEMENT})
"""Steps after which the old resource waits for its deletion, unless it is deleted already."""

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
"""Steps that change a resource outside of the state, if it is custom and no provider."""


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        old: The old state, None if the resource does not exist.
        new: The state to reach, None if the resource is deleted. The executor fills in its id and outputs.
        diff: What differs, by property path.
        after: Entries that another request deletes, and that must be deleted before this step.
    """

    op: Op
    old: ResourceState | None = None
    new: ResourceState | None = None
    diff: Mapping[str, DiffKind] = field(default_factory=dict)
    after: frozenset[int] = frozenset()

    @property
    def resource(self) -> ResourceState:
        """The state to reach, or else the old one."""
        subject = self.new or self.old
        if subject is None:
            raise ValueError(f"a step without a resource: {self.op}")
        return subject

    @property
    def existing(self) -> ResourceState:
        """The old state, of a step that has one."""
        if self.old is None:
            raise ValueError(f"{self.op} of {self.urn} without an old resource")
        return self.old

    @property
    def urn(self) -> str:
        """The URN of the resource."""
        return self.resource.urn
