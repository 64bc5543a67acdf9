"""What counts as alarming: each alarm as a value, with the reason for its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

from tap_stack.components.scaling import targets
from tap_stack.config import InfraConfig
from tap_stack.healer.report import NAMESPACE

MINUTE = 60

ABOVE = "GreaterThanThreshold"
AT_LEAST = "GreaterThanOrEqualToThreshold"
BELOW = "LessThanThreshold"

RUNBOOKS = "docs/runbooks.md"
"""Where each alarm has a section, under its thing."""

LONGEST_DESCRIPTION = 1024
"""CloudWatch API Reference, PutMetricAlarm, `AlarmDescription`."""

BEHIND_SECONDS = 900
"""A fault as old as this has been held back by a limit for so long that somebody should look."""

DUE_SECONDS = 300
"""What a fault has beyond its window and the grace period, where those are long, before it counts as held back."""

MEMORY_MINUTES = 15
"""For how many sweeps in a row an instance may be impaired without a known beginning, and for how long a suspension is
believed that no sweep has looked at again."""

SETTINGS = {
    "GROUP_NAME": "the name of the Auto Scaling group (its output is auto_scaling_group_name)",
    "HEALER_MODE": "live or observe (configuration key tap:healerMode)",
    "HEALER_POLICY": "the JSON of the limits (configuration keys tap:healer...)",
}
"""The environment variables that the healer cannot do without, and what belongs there."""


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

    `happened` and `first` are a sentence each: what has happened, and what to do first.
    With an `expression` that is compared with the threshold; in it, `value` is the metric and `others` are more.
    `missing` says what a period without data counts as: `missing` says nothing, `ignore` keeps the state,
    `notBreaching` is good news, `breaching` is bad news.
    """

    thing: str
    happened: str
    first: str
    metric: Metric
    comparison: str
    threshold: float
    periods: int
    datapoints: int
    period: int = MINUTE
    missing: str = "notBreaching"
    expression: str = ""
    others: dict[str, Metric] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """What whoever is woken reads: at most 1,024 characters."""
        return f"{self.happened} {self.first} Runbook: {RUNBOOKS}#{self.thing}"


def cpu_alarms(config: InfraConfig) -> tuple[Alarm, Alarm]:
    """High and low CPU of the group.

    Growing takes three minutes of load, shrinking ten of idleness: an idle instance costs little, a missing one hurts.
    Without detailed monitoring EC2 reports every five minutes, and two reports in a row decide.
    """
    cpu = Metric("AWS/EC2", "CPUUtilization", {"AutoScalingGroupName": config.names.group}, "Average")
    high, low = config.cpu_high_threshold, config.cpu_low_threshold
    period, up, down = (MINUTE, 3, 10) if config.detailed_monitoring else (5 * MINUTE, 2, 2)
    grows, shrinks = _what_scaling_does(config)
    return (
        Alarm(
            "cpu-high",
            f"Average CPU of the fleet is above {high} %, {grows}.",
            "Nothing is to be done unless it stays on: then see whether the fleet is at its maximum size.",
            cpu, ABOVE, high, up, up, period, "missing",
        ),
        Alarm(
            "cpu-low",
            f"Average CPU of the fleet is below {low} %, {shrinks}.",
            "Nothing is to be done: it tells nobody, and at the fleet's minimum size it is off.",
            cpu, BELOW, low, down, down, period, "missing",
            # Otherwise an idle fleet would be alarming for as long as it is idle.
            f"IF(desired > minimum, value, {low})",
            {"desired": _size(config, "GroupDesiredCapacity"), "minimum": _size(config, "GroupMinSize")},
        ),
    )  # fmt: skip


def _what_scaling_does(config: InfraConfig) -> tuple[str, str]:
    """What the fleet does at high and at low CPU, as the end of a sentence."""
    if targets(config):
        return "and grows as far as its targets say", "and shrinks as far as its targets say"
    return "so it grows by one", "so it shrinks by one" if config.scale_in else "and scaling takes no instance away"


def _size(config: InfraConfig, name: str) -> Metric:
    return Metric("AWS/AutoScaling", name, {"AutoScalingGroupName": config.names.group}, "Minimum")


def healer_alarms(config: InfraConfig) -> tuple[Alarm, ...]:
    """The healer is watched twice: by what it says itself, and by what Lambda says about it."""
    return (*_of_its_sweeps(config), *_of_the_fleet(config), *_of_its_settings(config), *_said_by_lambda(config))


def behind_seconds(config: InfraConfig) -> int:
    """How old a fault must be to count as held back: 15 minutes, or longer where its window or the grace period is.

    Worked example: with a grace period of 3,600 s a fault that an instance was launched with is marked after 3,600 s at
    the earliest, so that it is behind after 3,900 s.
    """
    policy = config.healer
    windows = (
        policy.system_check_window_seconds,
        policy.ebs_check_window_seconds,
        policy.instance_check_window_seconds,
    )
    return max(BEHIND_SECONDS, max(*windows, config.health_check_grace_period) + DUE_SECONDS)


def _said(config: InfraConfig, name: str, statistic: str = "Maximum") -> Metric:
    return Metric(NAMESPACE, name, {"AutoScalingGroupName": config.names.group}, statistic)


def _of_its_sweeps(config: InfraConfig) -> tuple[Alarm, ...]:
    """Whether it sweeps, and sees what it needs."""
    return (
        # The dead man's switch: whatever keeps the healer from sweeping, silence is what it leaves. Two periods and not
        # three: CloudWatch looks at up to two more, and silence counts only when none of them has a heartbeat, within
        # five minutes of the last one.
        Alarm(
            "healer-silent",
            "The healer has not swept for minutes: it is stopped, crashing, throttled or denied, "
            "and broken instances are not replaced by it.",
            "Look which other alarm of the healer is on, then at the function's log.",
            _said(config, "Heartbeat", "Sum"), BELOW, 1, 2, 2, missing="breaching",
        ),
        Alarm(
            "healer-blind",
            "The healer could not read or trust what AWS told it in three sweeps in a row, and replaces nothing.",
            "Read `why` in its last log lines: a denied or throttled call is named there.",
            _said(config, "BlindSweeps"), AT_LEAST, 1, 3, 3,
        ),
    )  # fmt: skip


def _of_the_fleet(config: InfraConfig) -> tuple[Alarm, ...]:
    """What the healer cannot mend, or will not."""
    behind = behind_seconds(config)
    return (
        Alarm(
            "healer-suspended",
            "Replacements fail too: the healer suspects the image and has suspended itself until another version of "
            "the launch template is in use.",
            "Look at the console output of the newest instances, then roll the launch template back.",
            # Only a sweep that has read the history knows it: the alarm outlasts those that have not, and ends when
            # none has said so for a while. With `ignore` it would stay on for as long as nobody is impaired.
            _said(config, "Suspended"), AT_LEAST, 1, MEMORY_MINUTES, 1,
        ),
        Alarm(
            "healer-behind",
            f"An instance has been impaired for more than {behind // MINUTE} minutes and is held back by a limit.",
            "Its reason is in the healer's last log line: look that reason up in the runbooks.",
            _said(config, "OldestImpairedAge"), ABOVE, behind, 1, 1,
        ),
        Alarm(
            "healer-undated",
            f"For {MEMORY_MINUTES} minutes an instance has been impaired for which EC2 does not say since when, "
            "so that its window never ends.",
            "Find it in the healer's last log line, and replace it by hand if it is broken.",
            _said(config, "Undated"), AT_LEAST, 1, MEMORY_MINUTES, MEMORY_MINUTES,
        ),
        Alarm(
            "healer-stuck",
            "An instance that the healer marked at least 15 minutes ago has not been replaced, or is gone and the "
            "group's history does not say how.",
            "Look at the group's suspended processes and its latest scaling activities.",
            _said(config, "Stuck"), AT_LEAST, 1, 1, 1,
        ),
    )  # fmt: skip


def _of_its_settings(config: InfraConfig) -> tuple[Alarm, ...]:
    """One alarm for each setting, so that its text names the one that is wrong. No other goes off for it."""
    function = config.names.function

    def wrong(setting: str, belongs: str) -> Alarm:
        dimensions = {"FunctionName": function, "Setting": setting}
        return Alarm(
            f"healer-settings-{setting.lower().replace('_', '-')}",
            f"The environment variable {setting} of the function {function} is missing or wrong, "
            "and the healer does nothing.",
            f"Put it right with `pulumi up`; the value must be {belongs}.",
            Metric(NAMESPACE, "WrongSettings", dimensions, "Maximum"), AT_LEAST, 1, 1, 1,
        )  # fmt: skip

    return tuple(wrong(setting, belongs) for setting, belongs in SETTINGS.items())


def _said_by_lambda(config: InfraConfig) -> tuple[Alarm, ...]:
    function = {"FunctionName": config.names.function}

    def counted(name: str) -> Metric:
        return Metric("AWS/Lambda", name, function, "Sum")

    return (
        Alarm(
            "healer-errors",
            "The healer crashed or was denied a call in two of three minutes.",
            "Read `errors` in its last log lines: a denied call is named there.",
            counted("Errors"), AT_LEAST, 1, 3, 2,
        ),
        # One throttle may be two events that met, which reserved concurrency is there for.
        Alarm(
            "healer-throttled",
            "Lambda did not start the healer in three of five minutes, because no concurrency was left.",
            "Look at the function's reserved concurrency and at the account's limit.",
            counted("Throttles"), AT_LEAST, 1, 5, 3,
        ),
        Alarm(
            "healer-dropped",
            "Lambda dropped the healer's events as too old in three of five minutes, so that those sweeps were lost.",
            "Look whether the function is throttled, or takes longer than a minute.",
            counted("AsyncEventsDropped"), AT_LEAST, 1, 5, 3,
        ),
    )  # fmt: skip
