"""Alarms that an AWS service keeps in its own name, such as those of target tracking: put without an API call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import Call, Caller
from embedded_aws.services.cloudwatch.alarms import Alarms
from embedded_aws.services.cloudwatch.evaluation import Datapoint

PLAIN = {
    "Namespace": "namespace",
    "MetricName": "metric_name",
    "ComparisonOperator": "comparison_operator",
    "EvaluationPeriods": "evaluation_periods",
    "Period": "period",
    "Threshold": "threshold",
    "Statistic": "statistic",
    "AlarmDescription": "description",
    "AlarmActions": "alarm_actions",
    "Unit": "unit",
}
"""Parameters of PutMetricAlarm to arguments of moto's; a value that is not given is None."""


class ServiceAlarms:
    """The alarms of one service.

    Args:
        service: Its principal, such as `autoscaling.amazonaws.com`.
    """

    def __init__(self, account: str, alarms: Alarms, service: str) -> None:
        self._account = account
        self._alarms = alarms
        self._caller = Caller(account, access_key="", service=service)

    def put(self, region: str, params: dict[str, Any], now: datetime) -> str:
        """Create or change an alarm, as PutMetricAlarm would; its ARN. Raises AwsError: as PutMetricAlarm."""
        store = partial(self._store, region, params)
        call = Call("cloudwatch", "PutMetricAlarm", params, region, self._caller, now, store)
        self._alarms.routes()["cloudwatch", "PutMetricAlarm"](call)
        return str(self._stored(region)[params["AlarmName"]].alarm_arn)

    def delete(self, region: str, names: Sequence[str], now: datetime) -> None:
        """Delete those of the alarms that are there: somebody may have deleted one."""
        there = [name for name in names if name in self._stored(region)]
        forget = partial(self._forget, region, there)
        call = Call("cloudwatch", "DeleteAlarms", {"AlarmNames": there}, region, self._caller, now, forget)
        self._alarms.routes()["cloudwatch", "DeleteAlarms"](call)

    def state(self, region: str, name: str) -> str | None:
        """An alarm's state, such as `ALARM`; None if there is none of this name."""
        alarm = self._stored(region).get(name)
        return None if alarm is None else str(alarm.state_value)

    def datapoints(self, region: str, name: str, now: datetime) -> Sequence[Datapoint]:
        """The datapoints of an alarm's evaluation periods before `now`, newest first; none if there is no alarm."""
        return self._alarms.datapoints(region, name, now)

    def _stored(self, region: str) -> dict[str, Any]:
        alarms: dict[str, Any] = get_backend("cloudwatch")[self._account][region].alarms
        return alarms

    def _store(self, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {argument: params.get(name) for name, argument in PLAIN.items()}
        given |= {"name": params["AlarmName"], "dimensions": list(params.get("Dimensions", []))}
        given["metric_data_queries"] = [_query(each) for each in params.get("Metrics", [])] or None
        get_backend("cloudwatch")[self._account][region].put_metric_alarm(**given)
        return {}

    def _forget(self, region: str, names: Sequence[str]) -> dict[str, Any]:
        for name in names:
            del self._stored(region)[name]
        return {}


def _query(query: Mapping[str, Any]) -> Any:
    """A MetricDataQuery as moto keeps it."""
    from moto.cloudwatch import models  # noqa: PLC0415 - slow to import

    stat = query.get("MetricStat")
    kept = None
    if stat is not None:
        metric = stat["Metric"]
        dimensions = [models.Dimension(each["Name"], each["Value"]) for each in metric.get("Dimensions", [])]
        named = models.Metric(metric_name=metric["MetricName"], namespace=metric["Namespace"], dimensions=dimensions)
        kept = models.MetricStat(named, stat["Period"], stat["Stat"], stat.get("Unit"))
    given: dict[str, Any] = {
        "query_id": query["Id"],
        "label": query.get("Label"),
        "period": query.get("Period"),
        "return_data": query.get("ReturnData", True),
        "expression": query.get("Expression"),
        "metric_stat": kept,
    }
    return models.MetricDataQuery(**given)
