"""The numbers of a rollout: every one with its default, its bounds and what it means to a user."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tap_stack.healer.policy import Numbers, number

LONGEST_WAIT = 172_800  # seconds: API RefreshPreferences, `CheckpointDelay` and `BakeTime`
EVERYBODY = 100  # percent


@dataclass(frozen=True)
class RolloutPolicy(Numbers):
    """How carefully a new launch template version is rolled out. All values are whole numbers.

    The pauses are short because a new instance is watched for its whole warm-up (`tap:healthCheckGracePeriod`) before
    it counts as replaced, and before the old one goes.
    """

    canary_percent: int = number(
        10, 1, 100, "Share of the instances that is replaced first, and at least as many as are replaced at a time"
    )
    checkpoint_seconds: int = number(30, 0, LONGEST_WAIT, "Pause after the first instances have been replaced")
    bake_seconds: int = number(0, 0, LONGEST_WAIT, "How long all new instances must stay well after the last is warm")
    impaired_seconds: int = number(
        60, 0, 3600, "How long a check of a new instance must have failed before everything is rolled back"
    )
    failed_launches: int = number(2, 1, 20, "Failed launches during a rollout at which everything is rolled back")


def checkpoints(policy: RolloutPolicy, desired: int, batch: int) -> tuple[int, ...]:
    """The percentages at which AWS pauses: those first, then everybody.

    Never fewer are first than AWS replaces at a time: it would launch no more than those anyway, and a smaller number
    would cost a warm-up more. AWS counts instances by rounding a percentage up, so that the first may be everybody:
    then there is no checkpoint. Worked example: 10 % of 2 instances is one instance, which is 50 %.

    Args:
        policy: The numbers to go by.
        desired: The group's desired capacity.
        batch: How many instances a refresh replaces at a time.
    """
    first = max(batch, math.ceil(desired * policy.canary_percent / 100))
    if first >= desired:
        return ()
    return (max(1, math.floor(EVERYBODY * first / desired)), EVERYBODY)


def batch_of(desired: int, min_healthy: int, max_healthy: int) -> int:
    """How many instances a refresh replaces at a time, at least one, by the group's instance maintenance policy.

    Where it may not be larger than desired, as many are terminated as may be missing ("Instance maintenance policies").
    """
    above = math.ceil(desired * max_healthy / EVERYBODY) - desired
    return max(1, above or desired - math.ceil(desired * min_healthy / EVERYBODY))
