"""Calls about scheduled actions: validated as AWS does, and carried out by the fleet.

Source: API PutScheduledUpdateGroupAction, DescribeScheduledActions, DeleteScheduledAction and their batches; user
guide, "Scheduled scaling" (cron expressions, time zones, no two actions of a group at the same time) and "Quotas".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import Refused, ScheduledAction
from embedded_aws.services.autoscaling import requests, shapes
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.registry import Registry
from embedded_aws.services.events.expression import Cron, InvalidScheduleError, parse_recurrence

MOST_ACTIONS = 125
SIZES = ("MinSize", "MaxSize", "DesiredCapacity")


class ScheduleCalls:
    """Answers calls about scheduled actions."""

    def __init__(self, groups: Registry) -> None:
        self._groups = groups

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "PutScheduledUpdateGroupAction": self._put,
            "BatchPutScheduledUpdateGroupAction": self._put_several,
            "DescribeScheduledActions": self._describe,
            "DeleteScheduledAction": self._delete,
            "BatchDeleteScheduledAction": self._delete_several,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def _put(self, call: Call) -> dict[str, Any]:
        self._put_one(self._groups.named(call), call.params, call.time)
        return {}

    def _put_one(self, group: Group, params: Mapping[str, Any], now: datetime) -> None:
        name, known = params["ScheduledActionName"], {each.name: each for each in group.fleet.schedule}
        if name not in known and len(known) >= MOST_ACTIONS:
            raise AwsError("LimitExceeded", f"You may have at most {MOST_ACTIONS} scheduled actions per group.")
        action = _read(params, now)
        if any(each.start == action.start and each.name != name for each in known.values()):
            raise AwsError("AlreadyExists", f"Another action is scheduled for {action.start:%Y-%m-%dT%H:%M:%SZ}.")
        group.fleet.put_schedule(action, now)
        group.schedules[name] = {key: params[key] for key in ("Recurrence", "TimeZone") if key in params}

    def _put_several(self, call: Call) -> dict[str, Any]:
        group, failed = self._groups.named(call), []
        for each in call.params["ScheduledUpdateGroupActions"]:
            try:
                self._put_one(group, each, call.time)
            except AwsError as refusal:
                failed.append(_failure(each["ScheduledActionName"], refusal.code, refusal.message))
        return {"FailedScheduledUpdateGroupActions": failed}

    def _describe(self, call: Call) -> dict[str, Any]:
        params = call.params
        groups = self._groups.of_region(call.region)
        if "AutoScalingGroupName" in params:
            groups = [self._groups.named(call)]
        wanted, begin, end = params.get("ScheduledActionNames", []), params.get("StartTime"), params.get("EndTime")
        found = [
            (group, each)
            for group in groups
            for each in group.fleet.schedule
            if (not wanted or each.name in wanted)
            and (begin is None or each.start >= begin)
            and (end is None or each.start <= end)
        ]
        shown, token = shapes.page(found, params, lambda pair: f"{pair[0].name}/{pair[1].name}", most=100, usual=50)
        return {"ScheduledUpdateGroupActions": [_shape(group, each) for group, each in shown], **token}

    def _delete(self, call: Call) -> dict[str, Any]:
        self._groups.named(call).fleet.delete_schedule(call.params["ScheduledActionName"], call.time)
        return {}

    def _delete_several(self, call: Call) -> dict[str, Any]:
        group, failed = self._groups.named(call), []
        for name in call.params["ScheduledActionNames"]:
            try:
                group.fleet.delete_schedule(name, call.time)
            except Refused as refusal:
                failed.append(_failure(name, refusal.code, refusal.message))
        return {"FailedScheduledActions": failed}


def _read(params: Mapping[str, Any], now: datetime) -> ScheduledAction:
    if not any(name in params for name in SIZES):
        raise requests.invalid("At least one of MinSize, MaxSize and DesiredCapacity is needed.")
    recurrence, end = _recurrence(params), params.get("EndTime")
    start = params.get("StartTime") or (recurrence.next_after(now) if recurrence else None)
    if start is None:
        raise requests.invalid("Either StartTime or Recurrence is needed.")
    if start < now:
        raise requests.invalid(f"Given start time {start:%Y-%m-%dT%H:%M:%SZ} is in the past.")
    if end is not None and end < start:
        raise requests.invalid("Given end time is before the start time.")
    sizes = [params.get(name) for name in SIZES]
    recurs = recurrence.next_after if recurrence else None
    return ScheduledAction(params["ScheduledActionName"], sizes[0], sizes[1], sizes[2], start, end, recurs)


def _recurrence(params: Mapping[str, Any]) -> Cron | None:
    zone = params.get("TimeZone", "UTC")
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise requests.invalid(f"Invalid TimeZone {zone}.") from error
    if "Recurrence" not in params:
        return None
    try:
        return parse_recurrence(params["Recurrence"], place)
    except InvalidScheduleError as error:
        raise requests.invalid("Given recurrence string is not valid.") from error


def _failure(name: str, code: str, message: str) -> dict[str, str]:
    return {"ScheduledActionName": name, "ErrorCode": code, "ErrorMessage": message}


def _shape(group: Group, action: ScheduledAction) -> dict[str, Any]:
    _, partition, _, region, _, _ = str(group.arn).split(":", 5)
    identity = uuid5(NAMESPACE_OID, f"{group.arn}/{action.name}")
    named = f"autoScalingGroupName/{group.name}:scheduledActionName/{action.name}"
    arn = f"arn:{partition}:autoscaling:{region}:{ACCOUNT}:scheduledUpdateGroupAction:{identity}:{named}"
    shape: dict[str, Any] = {
        "AutoScalingGroupName": group.name,
        "ScheduledActionName": action.name,
        "ScheduledActionARN": arn,
        "Time": action.start.astimezone(UTC),
        "StartTime": action.start.astimezone(UTC),
        "EndTime": action.end,
        "MinSize": action.min_size,
        "MaxSize": action.max_size,
        "DesiredCapacity": action.desired,
        **group.schedules[action.name],
    }
    return {name: value for name, value in shape.items() if value is not None}
