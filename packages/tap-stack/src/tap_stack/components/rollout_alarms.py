"""The alarms about rollouts: one that rolls back, and those that tell somebody."""

from __future__ import annotations

from tap_stack.components.alarms import ABOVE, AT_LEAST, BELOW, MINUTE, Alarm, Metric
from tap_stack.config import InfraConfig
from tap_stack.rollout.model import DIMENSION, NAMESPACE

UNHEALTHY = "rollout-unhealthy"
"""The alarm that every rollout is given: AWS rolls back when it goes off."""

HELD_UP_SECONDS = 3600
"""For how long a wanted version may wait for a burst, a zone or an alarm to pass before somebody should look."""


def rollout_alarms(config: InfraConfig) -> tuple[Alarm, ...]:
    """What is wrong with a rollout, as its function says it, and what Lambda says of the function."""
    errors = Metric("AWS/Lambda", "Errors", {"FunctionName": config.names.rollout}, "Sum")
    return (
        # One minute is enough: a rollback costs little, and a bad version in service much.
        Alarm(
            UNHEALTHY,
            "Instances of the version that is being rolled out fail their checks, or cannot be launched: "
            "AWS rolls the group back to the version that it has.",
            "Nothing is to be done until that has ended; then look at the console output of those instances.",
            _said(config, "NewVersionImpaired"), AT_LEAST, 1, 1, 1,
        ),
        Alarm(
            "rollout-failed",
            "The wanted launch template version could not be rolled out, and is not tried again. "
            "The group launches from the version that it had.",
            "Deploy another version, or ask for this one to be tried again.",
            _said(config, "RolloutFailed"), AT_LEAST, 1, 1, 1,
        ),
        Alarm(
            "rollout-held-up",
            f"A wanted launch template version has waited for more than {HELD_UP_SECONDS // MINUTE} minutes.",
            "The reason is `result` in the last line of the rollout's log: look it up in the runbooks.",
            _said(config, "WaitingSeconds"), ABOVE, HELD_UP_SECONDS, 1, 1,
        ),
        Alarm(
            "rollout-errors",
            "The rollout's function crashed, was denied a call or could not read what AWS told it in two of three "
            "minutes: nothing new is rolled out.",
            "Read the last lines of its log: a denied call is named there.",
            errors, AT_LEAST, 1, 3, 2,
        ),
    )  # fmt: skip


def silent_alarm(config: InfraConfig) -> Alarm:
    """The dead man's switch of the rollout's function, with the healer's numbers. It must come after the first run.

    It rolls nothing back: a schedule that has stopped says nothing against the version.
    """
    return Alarm(
        "rollout-silent",
        "The rollout's function has not reported for minutes: it is stopped, crashing, throttled or denied. Nothing "
        "new is rolled out, and a rollout that runs is watched by AWS alone.",
        "Look whether its schedule is enabled and rollout-errors is on, then at the function's log.",
        _said(config, "Heartbeat", "Sum"), BELOW, 1, 2, 2, missing="breaching",
    )  # fmt: skip


def _said(config: InfraConfig, name: str, statistic: str = "Maximum") -> Metric:
    return Metric(NAMESPACE, name, {DIMENSION: config.names.group}, statistic)
