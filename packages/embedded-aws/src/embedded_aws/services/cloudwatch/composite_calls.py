"""Composite alarms as they are put and described; who evaluates them is `alarms`.

moto has a place for them among its alarms, and no call that makes one. Suppressors of actions are refused by name, and
so are actions that CloudWatch's composite alarms do not have: those of Auto Scaling.

Source: CloudWatch API Reference, PutCompositeAlarm, CompositeAlarm; CloudWatch User Guide, "Alarm events and
EventBridge" (the configuration of a composite alarm).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from embedded_aws.services.cloudwatch import requests
from embedded_aws.services.cloudwatch.composite import Rule, parse
from embedded_aws.services.cloudwatch.description import StateInfo
from embedded_aws.services.cloudwatch.evaluation import AlarmState
from embedded_aws.services.cloudwatch.times import aware, stamp

_NOT_HERE = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
_NO_METRIC = (
    *("namespace", "metric_name", "metric_data_queries", "comparison_operator", "datapoints_to_alarm", "period"),
    *("threshold", "statistic", "extended_statistic", "unit", "treat_missing_data", "threshold_metric_id"),
    *("evaluation_periods", "evaluate_low_sample_count_percentile"),
)


def check(params: Mapping[str, Any], known: Mapping[str, Any]) -> Rule:
    """Read the rule of a new composite alarm.

    Args:
        params: Of PutCompositeAlarm.
        known: All alarms of the region by their names.

    Raises:
        AwsError: `ValidationError`.
    """
    for name in _NOT_HERE:
        if params.get(name) is not None:
            raise requests.invalid(f"{name} is not part of the embedded CloudWatch")
    name, rule = params["AlarmName"], parse(params["AlarmRule"])
    there = known.get(name)
    if there is not None and there.rule is None:
        raise requests.invalid(f"There is a metric alarm of the name {name}")
    missing = sorted({*rule.alarms} - {*known})
    if missing or name in rule.alarms:
        alarms = ", ".join(missing or [name])
        raise requests.invalid(
            f"Could not save the composite alarm as alarms [{alarms}] in the alarm rule do not exist"
        )
    for arn in (arn for kind in requests.ACTION_PARAMETERS for arn in params.get(kind, ())):
        if ":autoscaling:" in arn:
            raise requests.invalid(f"Invalid action {arn}: a composite alarm does not scale")
    return rule


def put(backend: Any, params: Mapping[str, Any]) -> Any:
    """Keep a composite alarm among moto's alarms."""
    before = backend.alarms.get(params["AlarmName"])
    backend.put_metric_alarm(
        **dict.fromkeys(_NO_METRIC),
        name=params["AlarmName"],
        description=params.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=params.get("AlarmActions", []),
        ok_actions=params.get("OKActions", []),
        insufficient_data_actions=params.get("InsufficientDataActions", []),
        actions_enabled=params.get("ActionsEnabled", True),
        rule=params["AlarmRule"],
        tags=None if before is not None else params.get("Tags", []),
    )
    return backend.alarms[params["AlarmName"]]


def describe(alarm: Any) -> dict[str, Any]:
    """A composite alarm in boto3's shape CompositeAlarm; what it does not have is left out."""
    shown = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": aware(alarm.configuration_updated_timestamp),
        "AlarmRule": alarm.rule,
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": list(alarm.ok_actions),
        "AlarmActions": list(alarm.alarm_actions),
        "InsufficientDataActions": list(alarm.insufficient_data_actions),
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateReasonData": alarm.state_reason_data,
        "StateUpdatedTimestamp": aware(alarm.state_updated_timestamp),
        "StateTransitionedTimestamp": aware(alarm.state_updated_timestamp),
    }
    return {name: value for name, value in shown.items() if value is not None}


def judged(alarm: Any, known: Mapping[str, Any], now: Any) -> StateInfo | None:
    """The state that a composite alarm comes to, None if it is the present one."""
    rule = parse(alarm.rule)
    children = [known[name] for name in rule.alarms if name in known]
    state = AlarmState.ALARM if rule.holds({each.name: each.state_value for each in children}) else AlarmState.OK
    if state.value == alarm.state_value:
        return None
    latest = max(children, key=lambda each: each.state_updated_timestamp, default=None)
    reason = f"The rule {alarm.rule} is {'true' if state is AlarmState.ALARM else 'false'}"
    if latest is not None:
        reason = (
            f"{latest.alarm_arn} transitioned to {latest.state_value} at {stamp(aware(latest.state_updated_timestamp))}"
        )
    return StateInfo(state, reason, json.dumps({"triggeringAlarms": list(_told(children))}), now)


def _told(children: Iterable[Any]) -> Iterable[dict[str, Any]]:
    for each in children:
        when = stamp(aware(each.state_updated_timestamp))
        yield {"arn": each.alarm_arn, "state": {"value": each.state_value, "timestamp": when}}
