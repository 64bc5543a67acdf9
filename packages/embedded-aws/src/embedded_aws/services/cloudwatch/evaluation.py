"""When an alarm changes its state, and the reason that it gives.

It looks at two periods more than the alarm asks for, in case some have no data (the documentation's example looks at
five for three, and leaves the exact number open). If there are enough datapoints, the newest decide and missing ones do
not matter. If not, all datapoints decide, and missing ones count as TreatMissingData says.

Source: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"; both
tables of the latter are tests.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from embedded_aws.services.cloudwatch.times import stamp

EXTRA_PERIODS = 2

OPERATORS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", operator.ge),
    "GreaterThanThreshold": ("greater than", operator.gt),
    "LessThanThreshold": ("less than", operator.lt),
    "LessThanOrEqualToThreshold": ("less than or equal to", operator.le),
}
"""ComparisonOperator to its words in a reason, and the comparison of a datapoint with the threshold."""

TREATMENTS = frozenset({"missing", "ignore", "breaching", "notBreaching"})


class AlarmState(Enum):
    """An alarm's states."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class Datapoint:
    """One period: when it began, and its value; None if it has no data."""

    start: datetime
    value: float | None


@dataclass(frozen=True)
class AlarmCondition:
    """What an alarm watches for.

    Attributes:
        periods: EvaluationPeriods, N.
        to_alarm: DatapointsToAlarm, M; None if the alarm leaves it out (then it is N, and reasons read otherwise).
        treatment: TreatMissingData.
    """

    comparison: str
    threshold: float
    periods: int
    to_alarm: int | None
    treatment: str

    @property
    def needed(self) -> int:
        """Breaching datapoints that make an alarm."""
        return self.to_alarm or self.periods

    def breaches(self, value: float) -> bool:
        """Whether a value is on the wrong side of the threshold."""
        return OPERATORS[self.comparison][1](value, self.threshold)


@dataclass(frozen=True)
class Evaluation:
    """The state that the data call for, why, and the datapoints that decided, newest first."""

    state: AlarmState
    reason: str
    evaluated: tuple[Datapoint, ...]


def evaluate(rule: AlarmCondition, window: Sequence[Datapoint]) -> Evaluation | None:
    """Judge the evaluation range.

    Args:
        rule: The alarm's.
        window: `rule.periods + EXTRA_PERIODS` datapoints, newest first.

    Returns:
        The outcome, or None if the alarm keeps the state it has.
    """
    known = [point for point in window if point.value is not None]
    if len(known) >= rule.periods:
        return _judge(rule, tuple(known[: rule.periods]), filled=0, filled_breach=False)
    if rule.treatment in {"breaching", "notBreaching"}:
        lacking = rule.periods - len(known)
        return _judge(rule, tuple(known), filled=lacking, filled_breach=rule.treatment == "breaching")
    return _judge_without_filling(rule, window, tuple(known))


def _judge_without_filling(
    rule: AlarmCondition, window: Sequence[Datapoint], known: tuple[Datapoint, ...]
) -> Evaluation | None:
    """Treat missing data as missing (too little of it says nothing) or ignore it (the state stays)."""
    ignore = rule.treatment == "ignore"
    if not known:
        lacking = f"{_counted(rule.periods, 'datapoint')} {_were(rule.periods)} unknown"
        unknown = Evaluation(
            AlarmState.INSUFFICIENT_DATA, f"Insufficient Data: {lacking}.", tuple(window[: rule.periods])
        )
        return None if ignore else unknown
    breaching = [point for point in known if rule.breaches(_value(point))]
    if len(breaching) >= rule.needed or len(breaching) < len(known):
        return _judge(rule, known, filled=0, filled_breach=False)
    # "Avoiding premature transitions": all that is known breaches, but it is less than M. Old enough, it is an alarm;
    # else the next datapoint may be a good one, and the state stays.
    age_of_oldest = window.index(breaching[-1]) + 1
    if ignore or age_of_oldest < rule.needed:
        return None
    return Evaluation(AlarmState.ALARM, _crossed(rule, AlarmState.ALARM, known, 0, filled_breach=False), known)


def _judge(rule: AlarmCondition, known: tuple[Datapoint, ...], *, filled: int, filled_breach: bool) -> Evaluation:
    breaching = sum(rule.breaches(_value(point)) for point in known) + (filled if filled_breach else 0)
    state = AlarmState.ALARM if breaching >= rule.needed else AlarmState.OK
    return Evaluation(state, _crossed(rule, state, known, filled, filled_breach=filled_breach), known)


def _crossed(
    rule: AlarmCondition, state: AlarmState, known: tuple[Datapoint, ...], filled: int, *, filled_breach: bool
) -> str:
    """AWS's StateReason for OK and ALARM."""
    alarming = state is AlarmState.ALARM
    shown = [point for point in known if rule.breaches(_value(point)) is alarming]
    text = f"Threshold Crossed: {_shown(rule, shown, len(known), alarming=alarming)}"
    if not known:
        text = f"Threshold Crossed: no datapoints were received for {_counted(rule.periods, 'period')}"
    if filled:
        treated = "Breaching" if filled_breach else "NonBreaching"
        text += f" and {_counted(filled, 'missing datapoint')} {_were(filled)} treated as [{treated}]"
    return f"{text}."


def _shown(rule: AlarmCondition, shown: Sequence[Datapoint], evaluated: int, *, alarming: bool) -> str:
    words = OPERATORS[rule.comparison][0]
    listed = ", ".join(f"{point.value} ({point.start:%d/%m/%y %H:%M:%S})" for point in shown)
    relation = f"{_were(len(shown))}{'' if alarming else ' not'} {words} the threshold ({float(rule.threshold)})"
    if rule.to_alarm is None:
        return f"{_counted(len(shown), 'datapoint')} [{listed}] {relation}"
    minimum = rule.needed if alarming else rule.periods - rule.needed + 1
    transition = "OK -> ALARM" if alarming else "ALARM -> OK"
    return (
        f"{len(shown)} out of the last {evaluated} datapoints [{listed}] {relation} "
        f"(minimum {_counted(minimum, 'datapoint')} for {transition} transition)"
    )


def reason_data(
    rule: AlarmCondition, outcome: Evaluation, *, now: datetime, statistic: str | None, period: int
) -> dict[str, Any]:
    """AWS's StateReasonData: what was looked at, oldest first in `recentDatapoints`, newest first after it."""
    values = [point.value for point in reversed(outcome.evaluated) if point.value is not None]
    data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(now)}
    if values:
        data["startDate"] = stamp(outcome.evaluated[-1].start)
    if statistic is not None:
        data["statistic"] = statistic
    data |= {"period": period, "recentDatapoints": values, "threshold": float(rule.threshold)}
    data["evaluatedDatapoints"] = [
        {"timestamp": stamp(point.start)} | ({} if point.value is None else {"value": point.value})
        for point in outcome.evaluated
    ]
    return data


def _value(point: Datapoint) -> float:
    assert point.value is not None  # noqa: S101 - only points with a value come here
    return point.value


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
