"""CloudWatch alarms: evaluated in cloud time, and acting.

Each minute on the minute (every ten seconds for periods under a minute), for every metric alarm that moto stores:
read the datapoints of its evaluation range, judge them (cloudwatch.evaluation), and if the state changes write it down
with its reason, keep the history, send the event, and perform the actions of the new state (cloudwatch.actions).
Windows slide by the minute, whatever the period, as the documentation says of alarms.

Composite alarms follow at once, whenever an alarm has changed that they may ask (cloudwatch.composite).

moto stores alarms and evaluates nothing. What it gets wrong is repaired by the routes here: a new alarm begins as
INSUFFICIENT_DATA, an updated one keeps its state, and there is a history.

Source: CloudWatch User Guide, "Using Amazon CloudWatch alarms"; API Reference, PutMetricAlarm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.services.cloudwatch import composite_calls, description, evaluation, requests, statistics
from embedded_aws.services.cloudwatch.actions import Actions, Invoke, Performed, Scale
from embedded_aws.services.cloudwatch.description import StateInfo, Transition
from embedded_aws.services.cloudwatch.evaluation import AlarmCondition, AlarmState, Datapoint, Evaluation
from embedded_aws.services.cloudwatch.expressions import Series
from embedded_aws.services.cloudwatch.history import AlarmHistory, HistoryItem
from embedded_aws.services.cloudwatch.metrics import MetricStore, common_period
from embedded_aws.services.cloudwatch.times import aligned, aware, every_aligned, naive
from embedded_aws.services.sns.notifications import Notifications

TICK = timedelta(seconds=10)  # how often high-resolution alarms are evaluated
MINUTE = timedelta(seconds=60)  # how often all others are
STATES = [each.value for each in AlarmState]
DEEPEST = 10  # alarms on alarms on alarms; a circle of them ends here
NEW_ALARM = "Unchecked: Initial alarm creation"
Emit: TypeAlias = Callable[[dict[str, Any]], None]
"""Takes an event for EventBridge."""


class Alarms:
    """The alarms of the embedded cloud.

    Args:
        lock: Held while moto's backends are used; re-entrant. Not held while actions are performed.
        authorizer: Decides for CloudWatch where it acts on others' resources.
        scale: Executes scaling policies; without it such actions are refused.
        invoke: Invokes functions; without it such actions are refused.
        emit: Takes the `CloudWatch Alarm State Change` events.
    """

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[Any],
        store: MetricStore,
        authorizer: Authorizer,
        notifications: Notifications,
        *,
        scale: Scale | None = None,
        invoke: Invoke | None = None,
        emit: Emit | None = None,
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._store = store
        self._account = authorizer.account
        self._actions = Actions(notifications, authorizer, scale, invoke)
        self._emit = emit
        self._history = AlarmHistory()

    def start(self) -> None:
        """Evaluate from the next tick on."""
        every_aligned(self._clock, TICK, self.evaluate)

    def routes(self) -> Routes:
        """The calls on alarms that are answered here."""
        handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
            "PutMetricAlarm": self._put_metric_alarm,
            "PutCompositeAlarm": self._put_composite_alarm,
            "DeleteAlarms": self._delete_alarms,
            "DescribeAlarms": self._describe,
            "DescribeAlarmsForMetric": self._describe,
            "DescribeAlarmHistory": self._describe,
            "SetAlarmState": self._set_alarm_state,
        }
        return {("cloudwatch", action): handler for action, handler in handlers.items()}

    def history(self, alarm_name: str | None = None) -> tuple[HistoryItem, ...]:
        """What happened so far, oldest first; to one alarm if given."""
        with self._lock:
            return self._history.items(alarm_name)

    def datapoints(self, region: str, name: str, now: datetime) -> list[Datapoint]:
        """The datapoints of an alarm's evaluation periods before `now`, newest first; none if there is no alarm."""
        with self._lock:
            alarm = self._stored(region).get(name)
            described = None if alarm is None else description.describe(alarm)
        if described is None:
            return []
        starts = _starts(described, now)[: _rule(described).periods]
        series = self._series(region, described, starts)
        return [Datapoint(start, series.get(start)) for start in starts]

    def evaluate(self, now: datetime) -> None:
        """Evaluate every alarm that is due at `now`, and let those act whose state changes.

        An alarm that cannot be evaluated holds no other up; see `Clock.contained`.
        """
        for region, name in self._every():
            with self._clock.contained(f"the evaluation of the alarm {name} in {region}"):
                self._evaluate_one(region, name, now)

    def _evaluate_one(self, region: str, name: str, now: datetime) -> None:
        with self._lock:
            alarm = self._stored(region).get(name)
            if alarm is None:  # deleted by an action just now
                return
            if not (_on_the_minute(now) or description.shortest_period(alarm) < MINUTE):
                return
            described = description.describe(alarm)
            transition = self._apply(region, alarm, self._judge(region, described, now), now)
        if transition is not None:
            self._act(transition)
        elif _on_the_minute(now):
            self._repeat(region, name)

    def _every(self) -> list[tuple[str, str]]:
        """All metric alarms, as (region, name)."""
        with self._lock:
            regions = list(get_backend("cloudwatch")[self._account])
            return [
                (each, alarm.name) for each in regions for alarm in self._stored(each).values() if alarm.rule is None
            ]

    def _judge(self, region: str, alarm: Mapping[str, Any], now: datetime) -> tuple[AlarmCondition, Evaluation | None]:
        rule, starts = _rule(alarm), _starts(alarm, now)
        series = self._series(region, alarm, starts)
        if self._too_few_samples(region, alarm, description.queries(alarm), starts[: rule.periods]):
            return rule, None
        return rule, evaluation.evaluate(rule, [Datapoint(start, series.get(start)) for start in starts])

    def _series(self, region: str, alarm: Mapping[str, Any], starts: Sequence[datetime]) -> Series:
        """The values of the one query that an alarm compares with its threshold, by when their periods began."""
        queries = description.queries(alarm)
        compared = next(str(each["Id"]) for each in queries if each.get("ReturnData", True))
        return self._store.query(region, queries, lambda _: starts)[compared]

    def _too_few_samples(
        self, region: str, alarm: Mapping[str, Any], queries: Sequence[Mapping[str, Any]], starts: Sequence[datetime]
    ) -> bool:
        """EvaluateLowSampleCountPercentile = ignore: with too few samples the state stays."""
        if alarm.get("EvaluateLowSampleCountPercentile") != "ignore" or "ExtendedStatistic" not in alarm:
            return False
        stat = {**queries[0]["MetricStat"], "Stat": "SampleCount"}
        counts = self._store.query(region, [{**queries[0], "MetricStat": stat}], lambda _: starts)[queries[0]["Id"]]
        return any(not statistics.is_significant(alarm["ExtendedStatistic"], count) for count in counts.values())

    def _apply(
        self, region: str, alarm: Any, judged: tuple[AlarmCondition, Evaluation | None], now: datetime
    ) -> Transition | None:
        """Write a new state down; None if the state stays."""
        rule, outcome = judged
        if outcome is None or outcome.state.value == alarm.state_value:
            return None
        period = int(_period(description.describe(alarm)).total_seconds())
        statistic = alarm.statistic or alarm.extended_statistic
        data = evaluation.reason_data(rule, outcome, now=now, statistic=statistic, period=period)
        return self._change(region, alarm, StateInfo(outcome.state, outcome.reason, json.dumps(data), now))

    def _change(self, region: str, alarm: Any, after: StateInfo) -> Transition:
        before = _state_of(alarm)
        _set_state(alarm, after)
        transition = Transition(region, self._account, _described(alarm), before, after)
        summary = f"Alarm updated from {before.state.value} to {after.state.value}"
        self._record(transition, "StateUpdate", summary, description.state_update(transition))
        return transition

    def _act(self, transition: Transition, depth: int = 0) -> None:
        if self._emit is not None:
            self._emit(description.event(transition))
        self._perform(transition)
        if depth < DEEPEST:
            self._follow(transition.region, transition.after.since, depth + 1)

    def _follow(self, region: str, now: datetime, depth: int = 0) -> None:
        """Let the composite alarms of a region follow the alarms that they ask."""
        with self._lock:
            known = self._stored(region)
            composite = [each for each in known.values() if each.rule is not None]
            judged = [(each, composite_calls.judged(each, known, now)) for each in composite]
            transitions = [self._change(region, each, after) for each, after in judged if after is not None]
        for each in transitions:
            self._act(each, depth)

    def _perform(self, transition: Transition) -> None:
        if not transition.alarm["ActionsEnabled"]:
            return
        for arn in transition.alarm[requests.ACTIONS_OF[transition.after.state]]:
            self._record_action(transition, self._actions.perform(arn, transition))

    def _repeat(self, region: str, name: str) -> None:
        """Scaling goes on for as long as the state lasts; AWS keeps no history of the repetitions."""
        with self._lock:
            alarm = self._stored(region).get(name)
            if alarm is None or not alarm.actions_enabled:
                return
            if not any(map(self._actions.repeats, description.actions(alarm))):
                return
            state = _state_of(alarm)
            transition = Transition(region, self._account, description.describe(alarm), state, state)
        for arn in transition.alarm[requests.ACTIONS_OF[state.state]]:
            if self._actions.repeats(arn):
                self._actions.perform(arn, transition)

    def _record_action(self, transition: Transition, performed: Performed) -> None:
        data: dict[str, Any] = {
            "actionState": "Failed" if performed.error else "Succeeded",
            "stateUpdateTimestamp": int(transition.after.since.timestamp() * 1000),
            "notificationResource": performed.arn,
        }
        if performed.message is not None:
            data["publishedMessage"] = performed.message
        summary = f"Successfully executed action {performed.arn}"
        if performed.error is not None:
            data["error"] = performed.error
            summary = f'Failed to execute action {performed.arn}. Received error: "{performed.error}"'
        self._record(transition, "Action", summary, data)

    def _record(self, transition: Transition, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        with self._lock:
            now = self._clock.now()
            composite, about = "AlarmRule" in transition.alarm, (now, transition.region, transition.name)
            self._history.record(*about, kind=kind, summary=summary, data=data, composite=composite)

    def _put_metric_alarm(self, call: Call) -> dict[str, Any]:
        params = call.params
        requests.check(params)
        for action in (arn for name in requests.ACTION_PARAMETERS for arn in params.get(name, [])):
            self._actions.check(action)
        # Tried out once: an expression or statistic that cannot be computed is refused now, not at each evaluation.
        self._store.query(call.region, description.queries(params), lambda period: [aligned(call.time, period)])
        with self._lock:
            before = self._stored(call.region).get(params["AlarmName"])
            call.forward()
            alarm = self._stored(call.region)[params["AlarmName"]]
            alarm.configuration_updated_timestamp = naive(call.time)
            new = StateInfo(AlarmState.INSUFFICIENT_DATA, NEW_ALARM, "{}", call.time)
            _set_state(alarm, new if before is None else _state_of(before))
            self._record_configuration(call, alarm.name, "created" if before is None else "updated")
        return {}

    def _put_composite_alarm(self, call: Call) -> dict[str, Any]:
        params = call.params
        with self._lock:
            composite_calls.check(params, self._stored(call.region))
            for action in (arn for name in requests.ACTION_PARAMETERS for arn in params.get(name, [])):
                self._actions.check(action)
            before = self._stored(call.region).get(params["AlarmName"])
            kept = None if before is None else _state_of(before)
            alarm = composite_calls.put(get_backend("cloudwatch")[self._account][call.region], params)
            alarm.configuration_updated_timestamp = naive(call.time)
            _set_state(alarm, kept or StateInfo(AlarmState.INSUFFICIENT_DATA, NEW_ALARM, "{}", call.time))
            self._record_configuration(call, alarm.name, "created" if before is None else "updated", composite=True)
        self._follow(call.region, call.time)
        return {}

    def _delete_alarms(self, call: Call) -> dict[str, Any]:
        names = call.params["AlarmNames"]
        with self._lock:
            missing = sorted(set(names) - set(self._stored(call.region)))
            if missing:
                raise AwsError("ResourceNotFound", f"Alarms not found: {', '.join(missing)}", 404)
            composite = {name for name in names if self._stored(call.region)[name].rule is not None}
            call.forward()
            for name in names:
                self._record_configuration(call, name, "deleted", composite=name in composite)
        self._follow(call.region, call.time)
        return {}

    def _record_configuration(self, call: Call, name: str, what: str, *, composite: bool = False) -> None:
        summary = f'Alarm "{name}" {what}'
        data = {"version": "1.0", "type": what.removesuffix("d").capitalize()}
        about = (call.time, call.region, name)
        self._history.record(*about, kind="ConfigurationUpdate", summary=summary, data=data, composite=composite)

    def _describe(self, call: Call) -> dict[str, Any]:
        with self._lock:
            if call.action == "DescribeAlarmHistory":
                return self._history.answer(call.region, call.params)
            stored, names = self._stored(call.region), call.params.get("AlarmNames")
            asked = [stored[name] for name in dict.fromkeys(names) if name in stored] if names else stored.values()
            if call.action == "DescribeAlarms":
                return requests.page([_described(alarm) for alarm in asked], call.params)
            return requests.for_metric([description.describe(each) for each in asked if each.rule is None], call.params)

    def _set_alarm_state(self, call: Call) -> dict[str, Any]:
        params = call.params
        with self._lock:
            alarm = self._stored(call.region).get(params["AlarmName"])
            if alarm is None:
                raise AwsError("ResourceNotFound", "Alarm not found", 404)
            data = params.get("StateReasonData") or "{}"
            if not _is_json(data):
                raise AwsError("InvalidFormat", "Data was not syntactically valid JSON.")
            if params["StateValue"] not in STATES:
                raise AwsError("ValidationError", f"StateValue {params['StateValue']} is none of {STATES}")
            after = StateInfo(AlarmState(params["StateValue"]), params["StateReason"], data, call.time)
            if after.state.value == alarm.state_value:
                return {}
            transition = self._change(call.region, alarm, after)
        self._act(transition)
        return {}

    def _stored(self, region: str) -> dict[str, Any]:
        alarms: dict[str, Any] = get_backend("cloudwatch")[self._account][region].alarms
        return alarms


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _rule(alarm: Mapping[str, Any]) -> AlarmCondition:
    # Alarms on DynamoDB's metrics ignore missing data unless they say otherwise.
    default = "ignore" if alarm.get("Namespace") == "AWS/DynamoDB" else "missing"
    return AlarmCondition(
        alarm["ComparisonOperator"],
        float(alarm["Threshold"]),
        int(alarm["EvaluationPeriods"]),
        alarm.get("DatapointsToAlarm"),
        alarm.get("TreatMissingData", default),
    )


def _period(alarm: Mapping[str, Any]) -> timedelta:
    return common_period(description.queries(alarm))


def _starts(alarm: Mapping[str, Any], now: datetime) -> list[datetime]:
    """When the periods begin that an alarm looks at, newest first."""
    period = _period(alarm)
    end = aligned(now, TICK if period < MINUTE else MINUTE)
    return [end - period * number for number in range(1, _rule(alarm).periods + evaluation.EXTRA_PERIODS + 1)]


def _described(alarm: Any) -> dict[str, Any]:
    return description.describe(alarm) if alarm.rule is None else composite_calls.describe(alarm)


def _on_the_minute(now: datetime) -> bool:
    return aligned(now, MINUTE) == now


def _state_of(alarm: Any) -> StateInfo:
    since = aware(alarm.state_updated_timestamp)
    return StateInfo(AlarmState(alarm.state_value), alarm.state_reason, alarm.state_reason_data or "{}", since)


def _set_state(alarm: Any, info: StateInfo) -> None:
    alarm.state_value = info.state.value
    alarm.state_reason = info.reason
    alarm.state_reason_data = info.reason_data
    alarm.state_updated_timestamp = naive(info.since)
