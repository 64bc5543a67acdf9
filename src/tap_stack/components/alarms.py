"""What counts as alarming: each alarm as a value, with the reason for its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tap_stack.components.policies import METRIC_NAMESPACE
from tap_stack.config import InfraConfig

MINUTE = 60

ABOVE = "GreaterThanThreshold"
AT_LEAST = "GreaterThanOrEqualToThreshold"
BELOW = "LessThanThreshold"

OLDEST_IMPAIRED_SECONDS = 900
"""A fault as old as this has been held back by a limit for so long that somebody should look."""


@dataclass(frozen=True)
class Metric:
    """One series: a metric of CloudWatch, for one group or function, and how a period of it becomes one number."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    statistic: str


@dataclass(frozen=True)
class Alarm:
    """One CloudWatch alarm: of `periods` periods of `period` seconds, `datapoints` must be over the threshold.

    `missing` says what a period without data counts as: `missing` keeps the state, `notBreaching` is good news,
    `breaching` is bad news.
    """

    thing: str
    description: str
    metric: Metric
    comparison: str
    threshold: float
    periods: int
    datapoints: int
    period: int = MINUTE
    missing: str = "notBreaching"


def cpu_alarms(config: InfraConfig) -> tuple[Alarm, Alarm]:
    """High and low CPU of the group.

    Growing takes three minutes of load, shrinking ten of idleness: an idle instance costs little, a missing one hurts.
    Without detailed monitoring EC2 reports every five minutes, and two reports in a row decide.
    """
    cpu = Metric("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": config.names.group}, "Average")
    high, low = config.cpu_high_threshold, config.cpu_low_threshold
    period, up, down = (MINUTE, 3, 10) if config.detailed_monitoring else (5 * MINUTE, 2, 2)
    grow = f"Average CPU of the fleet is above {high} %, so it grows by one"
    shrink = f"Average CPU of the fleet is below {low} %, so it shrinks by one"
    return (
        Alarm("cpu-high", grow, cpu, ABOVE, high, up, up, period, "missing"),
        Alarm("cpu-low", shrink, cpu, BELOW, low, down, down, period, "missing"),
    )


def healer_alarms(config: InfraConfig) -> tuple[Alarm, ...]:
    """The healer is watched twice: by what it says itself, and by what Lambda says about it."""
    return (*_said_by_itself(config), *_said_by_lambda(config))


def _said_by_itself(config: InfraConfig) -> tuple[Alarm, ...]:
    group = {"AutoScalingGroupName": config.names.group}

    def said(name: str, statistic: str) -> Metric:
        return Metric(METRIC_NAMESPACE, name, group, statistic)

    return (
        # The dead man's switch: whatever keeps the healer from sweeping, silence is what it leaves. A healer whose
        # settings are wrong says so with a heartbeat of 0. Two periods and not three: CloudWatch looks at up to two
        # more, and silence counts only when none of them has a heartbeat, within five minutes of the last one.
        Alarm(
            "healer-silent",
            "The healer has not swept for minutes: it is stopped, crashing, throttled or denied",
            said("Heartbeat", "Sum"), BELOW, 1, 2, 2, missing="breaching",
        ),
        Alarm(
            "healer-blind",
            "The healer could not trust what AWS told it in three sweeps in a row, and replaces nothing",
            said("BlindSweeps", "Maximum"), AT_LEAST, 1, 3, 3,
        ),
        Alarm(
            "healer-suspended",
            "The healer suspects the image and has suspended itself until the launch template changes",
            said("Suspended", "Maximum"), AT_LEAST, 1, 1, 1,
        ),
        Alarm(
            "healer-behind",
            f"An instance has been impaired for more than {OLDEST_IMPAIRED_SECONDS // MINUTE} minutes, not replaced",
            said("OldestImpairedAge", "Maximum"), ABOVE, OLDEST_IMPAIRED_SECONDS, 1, 1,
        ),
    )  # fmt: skip


def _said_by_lambda(config: InfraConfig) -> tuple[Alarm, ...]:
    function = {"FunctionName": config.names.function}

    def counted(name: str) -> Metric:
        return Metric("AWS/Lambda", name, function, "Sum")

    return (
        Alarm(
            "healer-errors",
            "The healer crashed or was denied a call in two of three minutes: see its log",
            counted("Errors"), AT_LEAST, 1, 3, 2,
        ),
        # One throttle may be two ticks that met, which reserved concurrency is there for.
        Alarm(
            "healer-throttled",
            "The healer was not let run in three of five minutes: the account has no concurrency left for it",
            counted("Throttles"), AT_LEAST, 1, 5, 3,
        ),
        Alarm(
            "healer-dropped",
            "Lambda dropped the healer's events as too old in three of five minutes",
            counted("AsyncEventsDropped"), AT_LEAST, 1, 5, 3,
        ),
    )  # fmt: skip
