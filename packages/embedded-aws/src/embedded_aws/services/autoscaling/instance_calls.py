"""Calls about members: their health, termination, standby, protection, detachment, and the history of activities."""

from __future__ import annotations

from typing import Any

from embedded_aws.calls import Call, Routes
from embedded_aws.fleet import Health
from embedded_aws.in_process.filters import is_wanted
from embedded_aws.services.autoscaling import requests, shapes
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.registry import Registry

MOST_IDS = {"EnterStandby": 20, "ExitStandby": 20, "DetachInstances": 20, "SetInstanceProtection": 50}
MOST_DESCRIBED = 50
MOST_TERMINATED = 100


class InstanceCalls:
    """Answers calls about members of groups."""

    def __init__(self, groups: Registry) -> None:
        self._groups = groups

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "DescribeAutoScalingInstances": self._describe,
            "DescribeScalingActivities": self._activities,
            "DetachInstances": self._set_aside,
            "EnterStandby": self._set_aside,
            "ExitStandby": self._set_aside,
            "SetInstanceHealth": self._set_health,
            "SetInstanceProtection": self._protect,
            "TerminateInstanceInAutoScalingGroup": self._terminate,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def _describe(self, call: Call) -> dict[str, Any]:
        wanted = call.params.get("InstanceIds", [])
        if len(wanted) > MOST_DESCRIBED:
            raise requests.invalid(f"The number of instance ids that may be passed in is limited to {MOST_DESCRIBED}")
        found = [
            (group, member)
            for group in self._groups.of_region(call.region)
            for member in [*group.fleet.members, *group.fleet.pool]
            if not wanted or member.id in wanted
        ]
        shown, token = shapes.page(found, call.params, lambda pair: pair[1].id, most=50, usual=50)
        return {"AutoScalingInstances": [shapes.instance(group, member) for group, member in shown], **token}

    def _set_health(self, call: Call) -> dict[str, Any]:
        names = {status.value: status for status in Health}
        status = names.get(call.params["HealthStatus"])
        if status is None:
            raise requests.invalid("Valid instance health states are: [Healthy, Unhealthy]")
        instance_id = call.params["InstanceId"]
        group, _ = self._groups.member(call, instance_id)
        respect = call.params.get("ShouldRespectGracePeriod", True)
        group.fleet.set_instance_health(instance_id, status, call.time, respect_grace=respect)
        return {}

    def _terminate(self, call: Call) -> dict[str, Any]:
        """One instance by id, or several of one group (API: TerminateInstanceInAutoScalingGroup)."""
        decrement = call.params["ShouldDecrementDesiredCapacity"]
        if ("InstanceId" in call.params) == ("InstanceIds" in call.params):
            raise requests.invalid("You must specify either InstanceId or InstanceIds, but not both.")
        if "InstanceId" in call.params:
            group, member = self._groups.member(call, call.params["InstanceId"])
            done = group.fleet.terminate_instance(member.id, call.time, decrement=decrement)
            return {"Activity": shapes.activity(group, done)}
        group = self._groups.named(call)
        ids = call.params["InstanceIds"]
        if len(ids) > MOST_TERMINATED:
            raise requests.invalid(f"The number of instance ids that may be passed in is limited to {MOST_TERMINATED}")
        all_done = [group.fleet.terminate_instance(each, call.time, decrement=decrement) for each in ids]
        return {"Activities": [shapes.activity(group, done) for done in all_done]}

    def _set_aside(self, call: Call) -> dict[str, Any]:
        """EnterStandby, ExitStandby, DetachInstances."""
        group, ids = self._groups.named(call), _ids(call)
        if call.action == "ExitStandby":
            activities = group.fleet.exit_standby(ids, call.time)
        else:
            act = group.fleet.detach if call.action == "DetachInstances" else group.fleet.enter_standby
            activities = act(ids, call.time, decrement=call.params["ShouldDecrementDesiredCapacity"])
        return {"Activities": [shapes.activity(group, done) for done in activities]}

    def _protect(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        group.fleet.protect(_ids(call), call.time, protected=call.params["ProtectedFromScaleIn"])
        return {}

    def _activities(self, call: Call) -> dict[str, Any]:
        requests.check_filters(call.params)
        found = [(group, done) for group in self._with_activities(call) for done in group.fleet.activities]
        wanted = [(group, done) for group, done in found if is_wanted(done, call.params, call.time)]
        shown, token = shapes.page(wanted, call.params, lambda pair: pair[1].id, most=100, usual=100)
        return {"Activities": [shapes.activity(group, done) for group, done in shown], **token}

    def _with_activities(self, call: Call) -> list[Group]:
        groups = self._groups.of_region(call.region)
        if call.params.get("IncludeDeletedGroups"):
            groups += [group for group in self._groups.deleted if group.region == call.region]
        name = call.params.get("AutoScalingGroupName")
        if name is None:
            return groups
        chosen = [group for group in groups if group.name == name]
        if not chosen:
            raise requests.invalid(f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
        return chosen


def _ids(call: Call) -> list[str]:
    ids: list[str] = call.params.get("InstanceIds", [])
    if len(ids) > MOST_IDS[call.action]:
        message = f"The number of instance ids that may be passed in is limited to {MOST_IDS[call.action]}"
        raise requests.invalid(message)
    return ids
