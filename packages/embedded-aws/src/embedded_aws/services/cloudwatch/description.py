"""An alarm as CloudWatch describes it: to API clients, to SNS subscribers, and to EventBridge.

Source: CloudWatch API Reference, MetricAlarm; CloudWatch User Guide, "Alarm events and EventBridge"; the messages that
real alarms send.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import botocore.loaders

from embedded_aws.services.cloudwatch.evaluation import AlarmState
from embedded_aws.services.cloudwatch.times import aware, stamp


@dataclass(frozen=True)
class StateInfo:
    """A state with its reason, as of a moment."""

    state: AlarmState
    reason: str
    reason_data: str
    since: datetime


@dataclass(frozen=True)
class Transition:
    """One change of an alarm's state.

    Attributes:
        alarm: The alarm as DescribeAlarms showed it right after the change.
    """

    region: str
    account: str
    alarm: Mapping[str, Any]
    before: StateInfo
    after: StateInfo

    @property
    def name(self) -> str:
        """The alarm's name."""
        return str(self.alarm["AlarmName"])

    @property
    def arn(self) -> str:
        """The alarm's ARN."""
        return str(self.alarm["AlarmArn"])


def describe(alarm: Any) -> dict[str, Any]:
    """A moto alarm in boto3's shape MetricAlarm; what it does not have is left out."""
    shown = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": aware(alarm.configuration_updated_timestamp),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": list(alarm.ok_actions),
        "AlarmActions": list(alarm.alarm_actions),
        "InsufficientDataActions": list(alarm.insufficient_data_actions),
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateReasonData": alarm.state_reason_data,
        "StateUpdatedTimestamp": aware(alarm.state_updated_timestamp),
        "StateTransitionedTimestamp": aware(alarm.state_updated_timestamp),
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "Statistic": alarm.statistic,
        "ExtendedStatistic": alarm.extended_statistic,
        "Dimensions": [{"Name": each.name, "Value": each.value} for each in alarm.dimensions],
        "Period": alarm.period,
        "Unit": alarm.unit,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison_operator,
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile,
        "Metrics": [_query(each) for each in alarm.metric_data_queries] or None,
    }
    return _given(shown)


def shortest_period(alarm: Any) -> timedelta:
    """The shortest period that a moto alarm looks at, without describing it: it is asked every ten seconds."""
    queries = alarm.metric_data_queries
    periods = [alarm.period, *(each.period for each in queries)]
    periods += [each.metric_stat.period for each in queries if each.metric_stat]
    return timedelta(seconds=min(int(each) for each in periods if each))


def actions(alarm: Any) -> list[str]:
    """Everything that a moto alarm does, in whichever state."""
    return [*alarm.ok_actions, *alarm.alarm_actions, *alarm.insufficient_data_actions]


def _given(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value is not None}


def queries(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a described alarm watches, as MetricDataQueries; the one that it judges is the last with ReturnData."""
    if alarm.get("Metrics"):
        return list(alarm["Metrics"])
    metric = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions") if name in alarm}
    stat = {
        "Metric": metric,
        "Period": alarm["Period"],
        "Stat": alarm.get("Statistic") or alarm["ExtendedStatistic"],
        "Unit": alarm.get("Unit"),
    }
    return [{"Id": "m1", "MetricStat": stat, "ReturnData": True}]


def subject(transition: Transition) -> str:
    """The subject of the notification, cut to what SNS takes."""
    text = f'{transition.after.state.value}: "{transition.name}" in {region_title(transition.region)}'
    return text[:100]


def notification(transition: Transition) -> str:
    """The message that an SNS action publishes."""
    alarm, after = transition.alarm, transition.after
    return json.dumps(
        {
            "AlarmName": transition.name,
            "AlarmDescription": alarm.get("AlarmDescription"),
            "AWSAccountId": transition.account,
            "AlarmConfigurationUpdatedTimestamp": stamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
            "NewStateValue": after.state.value,
            "NewStateReason": after.reason,
            "StateChangeTime": stamp(after.since),
            "Region": region_title(transition.region),
            "AlarmArn": transition.arn,
            "OldStateValue": transition.before.state.value,
            "OKActions": alarm["OKActions"],
            "AlarmActions": alarm["AlarmActions"],
            "InsufficientDataActions": alarm["InsufficientDataActions"],
            **_cause(transition),
        }
    )


def _cause(transition: Transition) -> dict[str, Any]:
    """What a notification says of the metric, or of the alarms, that an alarm looks at."""
    if "AlarmRule" not in transition.alarm:
        return {"Trigger": _trigger(transition.alarm)}
    children = json.loads(transition.after.reason_data or "{}").get("triggeringAlarms", [])
    told = [
        {"Arn": each["arn"], "State": {_pascal(name): text for name, text in each["state"].items()}}
        for each in children
    ]
    return {"AlarmRule": transition.alarm["AlarmRule"], "TriggeringChildren": told}


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def event(transition: Transition) -> dict[str, Any]:
    """The event `CloudWatch Alarm State Change`, as a PutEvents entry that also has its account, region and time."""
    detail = {
        "alarmName": transition.name,
        "configuration": _configuration(transition.alarm),
        "previousState": _event_state(transition.before),
        "state": _event_state(transition.after),
    }
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "account": transition.account,
        "region": transition.region,
        "time": transition.after.since,
        "resources": [transition.arn],
        "detail": detail,
    }


def lambda_event(transition: Transition) -> dict[str, Any]:
    """What a function gets that is an alarm's action."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": transition.arn,
        "accountId": transition.account,
        "time": stamp(transition.after.since),
        "region": transition.region,
        "alarmData": {
            "alarmName": transition.name,
            "state": _event_state(transition.after),
            "previousState": _event_state(transition.before),
            "configuration": _configuration(transition.alarm),
        },
    }


def state_update(transition: Transition) -> dict[str, Any]:
    """The HistoryData of a change of state."""

    def shown(info: StateInfo) -> dict[str, Any]:
        data = json.loads(info.reason_data or "{}")
        return {"stateValue": info.state.value, "stateReason": info.reason, "stateReasonData": data}

    return {"version": "1.0", "oldState": shown(transition.before), "newState": shown(transition.after)}


@lru_cache
def region_title(region: str) -> str:
    """A region's name for people, such as `US East (N. Virginia)`, from botocore's endpoint data."""
    partitions = botocore.loaders.create_loader().load_data("endpoints")["partitions"]
    return next((each["regions"][region]["description"] for each in partitions if region in each["regions"]), region)


def _query(query: Any) -> dict[str, Any]:
    shown = {"Id": query.id, "Label": query.label, "Expression": query.expression, "Period": query.period}
    stat = query.metric_stat
    if stat is not None:
        metric = {
            "Namespace": stat.metric.namespace,
            "MetricName": stat.metric.metric_name,
            "Dimensions": [{"Name": each.name, "Value": each.value} for each in stat.metric.dimensions],
        }
        shown["MetricStat"] = _given(
            {"Metric": metric, "Period": int(stat.period), "Stat": stat.stat, "Unit": stat.unit}
        )
    return _given(shown) | {"ReturnData": query.return_data is not False}


def _trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    common = {
        "Period": alarm.get("Period"),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile", ""),
    }
    if "Metrics" in alarm:
        return {**common, "Metrics": alarm["Metrics"]}
    extended = alarm.get("ExtendedStatistic")
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        "ExtendedStatistic" if extended else "Statistic": extended or alarm["Statistic"].upper(),
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in alarm["Dimensions"]],
        **common,
    }


def _configuration(alarm: Mapping[str, Any]) -> dict[str, Any]:
    configuration: dict[str, Any] = (
        {"alarmRule": alarm["AlarmRule"]}
        if "AlarmRule" in alarm
        else {"metrics": [_event_query(each) for each in queries(alarm)]}
    )
    if "AlarmDescription" in alarm:
        configuration["description"] = alarm["AlarmDescription"]
    return configuration


def _event_query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query["Id"], "returnData": query["ReturnData"]}
    if "MetricStat" not in query:
        return {**shown, "expression": query["Expression"]}
    stat = query["MetricStat"]
    metric = {
        "namespace": stat["Metric"]["Namespace"],
        "name": stat["Metric"]["MetricName"],
        "dimensions": {each["Name"]: each["Value"] for each in stat["Metric"].get("Dimensions", [])},
    }
    return {**shown, "metricStat": {"metric": metric, "period": stat["Period"], "stat": stat["Stat"]}}


def _event_state(info: StateInfo) -> dict[str, Any]:
    return {
        "value": info.state.value,
        "reason": info.reason,
        "reasonData": info.reason_data,
        "timestamp": stamp(info.since),
    }
