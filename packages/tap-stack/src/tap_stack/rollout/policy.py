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

    The pauses are short because each new instance has been watched for its whole warm-up before it counts as replaced.
    """

    canary_percent: int = number(
        10, 1, 100, "Share of the instances, and at least one, that is replaced first; 100 replaces all without a pause"
    )
    checkpoint_seconds: int = number(30, 0, LONGEST_WAIT, "Pause after the first instances have been replaced")
    bake_seconds: int = number(30, 0, LONGEST_WAIT, "How long all new instances must stay well at the end")
    impaired_seconds: int = number(
        60, 0, 3600, "How long a check of a new instance must have failed before everything is rolled back"
    )
    failed_launches: int = number(2, 1, 20, "Failed launches during a rollout at which everything is rolled back")


def checkpoints(policy: RolloutPolicy, desired: int) -> tuple[int, ...]:
    """The percentages at which AWS pauses: those first, then everybody.

    AWS counts instances by rounding a percentage up, so that the share of a small group may be everybody: then there is
    no checkpoint. Worked example: 10 % of 2 instances is one instance, which is 50 %; 10 % of 1 is everybody.
    """
    first = max(1, math.ceil(desired * policy.canary_percent / 100))
    if first >= desired:
        return ()
    percent = max(1, math.floor(100 * first / desired))
    return (percent, EVERYBODY)
