"""The changes of a snapshot, as the journal keeps them: one entry is put or goes, one operation begins or ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from embedded_pulumi.engine.resource import PendingOperation, ResourceState


@dataclass(frozen=True)
class Put:
    """A state is put in its entry's place; a new entry comes after all others that this deployment has recorded."""

    state: ResourceState


@dataclass(frozen=True)
class Moved:
    """An entry whose state does not change gets another number, and comes after all that this deployment has recorded.

    Attributes:
        state: The state, with its new number.
        before: The number that it had.
    """

    state: ResourceState
    before: int


@dataclass(frozen=True)
class Dropped:
    """An entry is removed."""

    entry: int


@dataclass(frozen=True)
class Begun:
    """An operation begins; it has a number of its own."""

    number: int
    operation: PendingOperation


@dataclass(frozen=True)
class Ended:
    """The operation with this number has ended."""

    number: int


SnapshotChange: TypeAlias = Put | Moved | Dropped | Begun | Ended


@dataclass(frozen=True)
class WholeSnapshot:
    """A snapshot at one moment.

    Attributes:
        resources: All states, in the order of the file.
        recorded: How many of them, the first ones, this deployment has recorded.
        prior_pending: What the last deployment left pending.
        pending: The operations of this deployment that are under way, by their numbers.
    """

    resources: Sequence[ResourceState]
    recorded: int
    prior_pending: Sequence[PendingOperation]
    pending: dict[int, PendingOperation]
