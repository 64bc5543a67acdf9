"""An instance refresh as a record: what was asked for and how far it is. `rolling` carries it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from embedded_aws.fleet.settings import ZERO


class RefreshStatus(Enum):
    """Statuses under AWS's own names (API: InstanceRefreshStatus)."""

    IN_PROGRESS = "InProgress"
    BAKING = "Baking"
    SUCCESSFUL = "Successful"
    FAILED = "Failed"
    CANCELLING = "Cancelling"
    CANCELLED = "Cancelled"
    ROLLING_BACK = "RollbackInProgress"
    ROLLED_BACK = "RollbackSuccessful"
    ROLLBACK_FAILED = "RollbackFailed"


ACTIVE = frozenset(
    {RefreshStatus.IN_PROGRESS, RefreshStatus.BAKING, RefreshStatus.CANCELLING, RefreshStatus.ROLLING_BACK}
)


class Unmovable(Enum):
    """What to do with protected members (`Refresh` replaces them) and with those on standby (`Terminate`)."""

    WAIT = "Wait"
    IGNORE = "Ignore"
    REPLACE = "Replace"


@dataclass(frozen=True)
class Preferences:
    """RefreshPreferences; percentages and warm-up that are None follow the group.

    Attributes:
        checkpoints: Percentages at which to pause for `checkpoint_delay`.
        bake: How long to wait at the end before it counts as successful.
        alarms: Names of the CloudWatch alarms of which none may be in ALARM until it has ended.
    """

    min_healthy: int | None = None
    max_healthy: int | None = None
    warmup: timedelta | None = None
    skip_matching: bool = False
    auto_rollback: bool = False
    checkpoints: tuple[int, ...] = ()
    checkpoint_delay: timedelta = timedelta(hours=1)
    bake: timedelta = ZERO
    alarms: tuple[str, ...] = ()
    protected: Unmovable = Unmovable.WAIT
    standby: Unmovable = Unmovable.WAIT


@dataclass(frozen=True)
class Rollback:
    """How a rollback began."""

    reason: str
    start: datetime
    percentage_complete: int
    instances_to_update: int


@dataclass(eq=False)
class Refresh:
    """One instance refresh.

    Attributes:
        source: The template version to roll back to.
        target: The desired configuration; None takes the group's own template version.
        todo: Ids of members whose replacement has not begun, in order.
        total: How many were to be replaced when it began.
        replaced: How many have been; their replacements are warm.
        under_way: How many replacements are open.
        progressed_at: When the last one was done, or it began or went on after a pause.
        held_until: End of the pause at a checkpoint, or of the bake time.
    """

    id: str
    preferences: Preferences
    start: datetime
    source: str
    target: str | None
    todo: dict[str, None]
    total: int
    progressed_at: datetime
    status: RefreshStatus = RefreshStatus.IN_PROGRESS
    reason: str = ""
    end: datetime | None = None
    replaced: int = 0
    under_way: int = 0
    checkpoints_passed: int = 0
    held_until: datetime | None = None
    rollback: Rollback | None = None
    rollback_total: int = field(default=0)

    @property
    def active(self) -> bool:
        """Whether it is under way, in whichever direction."""
        return self.status in ACTIVE

    @property
    def instances_to_update(self) -> int:
        """How many are still to be replaced, or were when a rollback began (API: InstancesToUpdate)."""
        return self.rollback.instances_to_update if self.rollback else len(self.todo) + self.under_way

    @property
    def percentage_complete(self) -> int:
        """Percent replaced; it goes back down to zero in a rollback (API: PercentageComplete)."""
        if self.rollback is not None:
            left = len(self.todo) + self.under_way
            return self.rollback.percentage_complete * left // self.rollback_total if self.rollback_total else 0
        return 100 * self.replaced // self.total if self.total else 100
