"""The numbers of a rollout: every one with its default, its bounds and what it means to a user."""

from __future__ import annotations

from dataclasses import dataclass

from tap_stack.healer.policy import Numbers, number

LONGEST_WAIT = 172_800  # seconds: API RefreshPreferences, `CheckpointDelay` and `BakeTime`
EVERYBODY = 100  # percent


@dataclass(frozen=True)
class RolloutPolicy(Numbers):
    """How carefully a new launch template version is rolled out. All values are whole numbers.

    The pauses are short because a new instance is watched for its whole warm-up (`tap:healthCheckGracePeriod`) before
    it counts as replaced, and before the old one goes. So the first cost a warm-up more than a rollout without them.
    """

    canary_percent: int = number(
        10, 1, 100, "Share of the instances that is replaced first, and at least one; 100 for all at once"
    )
    checkpoint_seconds: int = number(30, 0, LONGEST_WAIT, "Pause after the first instances have been replaced")
    bake_seconds: int = number(0, 0, LONGEST_WAIT, "How long all new instances must stay well after the last is warm")
    impaired_seconds: int = number(
        60, 0, 3600, "How long a check of a new instance must have failed before everything is rolled back"
    )
    failed_launches: int = number(2, 1, 20, "Failed launches during a rollout at which everything is rolled back")


def checkpoints(policy: RolloutPolicy, desired: int) -> tuple[int, ...]:
    """The percentages at which AWS pauses: those first, then everybody; none where the first are everybody.

    AWS takes a checkpoint as reached when the share of new instances is at least the percentage, and replaces no more
    until then, however many the healthy percentages allow (user guide, "Add checkpoints to an instance refresh": of two
    instances the first one is past 10 % and 40 %). So a percentage that is rounded down stands for the number that it
    was made of, in a group of up to 100, and for no more in a larger one. The share is rounded down too, so that a
    small group begins with one, and a large one does not need a second batch for the rest of its first tenth.

    Worked example: 10 % of 12 instances is one instance, which is 8 %; one of two is 50 %.
    """
    first = max(1, desired * policy.canary_percent // EVERYBODY)
    return () if first >= desired else (max(1, EVERYBODY * first // desired), EVERYBODY)
