"""What happened to alarms: kept for DescribeAlarmHistory, also of alarms that are gone.

Source: CloudWatch API Reference, DescribeAlarmHistory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from embedded_aws.services.cloudwatch.requests import begin
from embedded_aws.services.cloudwatch.times import aware

_DEFAULT_PAGE = 100


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened to one alarm, in cloud time.

    Attributes:
        kind: `ConfigurationUpdate`, `StateUpdate` or `Action`.
        data: JSON.
        composite: Whether the alarm is a composite one.
    """

    time: datetime
    region: str
    alarm_name: str
    kind: str
    summary: str
    data: str
    composite: bool = False

    def described(self) -> dict[str, Any]:
        """In boto3's shape AlarmHistoryItem."""
        return {
            "AlarmName": self.alarm_name,
            "AlarmType": "CompositeAlarm" if self.composite else "MetricAlarm",
            "Timestamp": self.time,
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": self.data,
        }


class AlarmHistory:
    """All items, oldest first."""

    def __init__(self) -> None:
        self._items: list[HistoryItem] = []

    def record(
        self,
        time: datetime,
        region: str,
        alarm_name: str,
        *,
        kind: str,
        summary: str,
        data: Mapping[str, Any],
        composite: bool = False,
    ) -> None:
        """Add one item."""
        self._items.append(HistoryItem(time, region, alarm_name, kind, summary, json.dumps(data), composite))

    def items(self, alarm_name: str | None = None) -> tuple[HistoryItem, ...]:
        """Everything, or everything about one alarm."""
        return tuple(item for item in self._items if alarm_name in {None, item.alarm_name})

    def answer(self, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer DescribeAlarmHistory, newest first unless asked otherwise."""
        found = [item for item in self._items if item.region == region and _is_asked_for(item, params)]
        if params.get("ScanBy") != "TimestampAscending":
            found.reverse()
        size = params.get("MaxRecords", _DEFAULT_PAGE)
        first = begin(params)
        page: dict[str, Any] = {"AlarmHistoryItems": [item.described() for item in found[first : first + size]]}
        return {**page, "NextToken": str(first + size)} if len(found) > first + size else page


def _is_asked_for(item: HistoryItem, params: Mapping[str, Any]) -> bool:
    start, end = params.get("StartDate"), params.get("EndDate")
    return (
        params.get("AlarmName") in {None, item.alarm_name}
        and params.get("HistoryItemType") in {None, item.kind}
        and (start is None or aware(start) <= item.time)
        and (end is None or item.time <= aware(end))
    )
