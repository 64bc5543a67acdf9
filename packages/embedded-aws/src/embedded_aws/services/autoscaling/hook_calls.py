"""Calls about lifecycle hooks and the lifecycle actions that instances wait for.

Source: API PutLifecycleHook, DescribeLifecycleHooks, DeleteLifecycleHook, CompleteLifecycleAction and
RecordLifecycleActionHeartbeat; as-account-limits, "Lifecycle hooks per Auto Scaling group". That a hook with a role and
no target is accepted is what AWS's provider for Terraform relies on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import ActionResult, Hook, LifecycleTransition
from embedded_aws.services.autoscaling import requests
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.hook_notices import HookNotices
from embedded_aws.services.autoscaling.registry import Registry

HEARTBEATS = range(30, 7201)  # seconds
MOST_HOOKS = 50
TARGETS = frozenset({"sns", "sqs"})


class HookCalls:
    """Answers calls about lifecycle hooks.

    Args:
        notices: Sends the test message to the notification target of a new hook.
    """

    def __init__(self, groups: Registry, notices: HookNotices) -> None:
        self._groups = groups
        self._notices = notices

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "PutLifecycleHook": self._put,
            "DescribeLifecycleHooks": self._describe,
            "DescribeLifecycleHookTypes": _types,
            "DeleteLifecycleHook": self._delete,
            "CompleteLifecycleAction": self._complete,
            "RecordLifecycleActionHeartbeat": self._record_heartbeat,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def test(self, group: Group, hooks: Sequence[Hook], call: Call) -> None:
        """Send a test message for each new hook with a target.

        Raises:
            AwsError: `ValidationError`, a message could not be published.
        """
        for hook in hooks:
            if hook.target:
                self._notices.test(group.region, group.name, group.arn, hook, call.time)

    def _put(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        known = {hook.name: hook for hook in group.fleet.hooks}
        before = known.get(call.params["LifecycleHookName"])
        if before is None and len(known) >= MOST_HOOKS:
            raise AwsError("LimitExceeded", f"You may have at most {MOST_HOOKS} lifecycle hooks per group.")
        hook = read(call.params, before)
        if "NotificationTargetARN" in call.params:
            self.test(group, [hook], call)
        group.fleet.put_hook(hook, call.time)
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        group, wanted = self._groups.named(call), call.params.get("LifecycleHookNames", [])
        hooks = [hook for hook in group.fleet.hooks if not wanted or hook.name in wanted]
        return {"LifecycleHooks": [_shape(group.name, hook) for hook in hooks]}

    def _delete(self, call: Call) -> dict[str, Any]:
        self._groups.named(call).fleet.delete_hook(call.params["LifecycleHookName"], call.time)
        return {}

    def _complete(self, call: Call) -> dict[str, Any]:
        results = {result.value: result for result in ActionResult}
        result = results.get(call.params["LifecycleActionResult"])
        if result is None:
            raise requests.invalid("Valid lifecycle action results are: [CONTINUE, ABANDON]")
        group = self._groups.named(call)
        group.fleet.complete_action(call.params["LifecycleHookName"], result, call.time, **_which(call))
        return {}

    def _record_heartbeat(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        group.fleet.record_heartbeat(call.params["LifecycleHookName"], call.time, **_which(call))
        return {}


def read(params: Mapping[str, Any], before: Hook | None = None) -> Hook:
    """The hook of a request; what the request does not say is as before, or AWS's default.

    Raises:
        AwsError: `ValidationError`.
    """
    transitions = {each.value: each for each in LifecycleTransition}
    results = {each.value: each for each in ActionResult}
    given = params.get("LifecycleTransition", before.transition.value if before else None)
    if given not in transitions:
        raise requests.invalid(f"LifecycleTransition must be one of {', '.join(transitions)}.")
    seconds = params.get("HeartbeatTimeout")
    if seconds is not None and seconds not in HEARTBEATS:
        raise requests.invalid(f"HeartbeatTimeout must be between {HEARTBEATS[0]} and {HEARTBEATS[-1]} seconds")
    result = params.get("DefaultResult", before.default.value if before else ActionResult.ABANDON.value)
    if result not in results:
        raise requests.invalid("DefaultResult must be CONTINUE or ABANDON.")
    usual = before or Hook(params["LifecycleHookName"], transitions[given])
    hook = Hook(
        params["LifecycleHookName"],
        transitions[given],
        usual.heartbeat if seconds is None else timedelta(seconds=seconds),
        results[result],
        params.get("NotificationTargetARN", usual.target),
        params.get("RoleARN", usual.role),
        params.get("NotificationMetadata", usual.metadata),
    )
    _check_target(hook)
    return hook


def _check_target(hook: Hook) -> None:
    if not hook.target:
        return
    service = hook.target.split(":")[2] if hook.target.count(":") >= 5 else ""  # noqa: PLR2004 - an ARN has six parts
    if service not in TARGETS:
        raise requests.invalid(f"Invalid notification target ARN: {hook.target}")
    if not hook.role:
        raise requests.invalid("A RoleARN is required where NotificationTargetARN is an SNS topic or an SQS queue.")


def _which(call: Call) -> dict[str, str]:
    token, instance_id = call.params.get("LifecycleActionToken", ""), call.params.get("InstanceId", "")
    if not token and not instance_id:
        raise requests.invalid("You must specify either LifecycleActionToken or InstanceId.")
    return {"token": token, "instance_id": instance_id}


def _types(_: Call) -> dict[str, Any]:
    return {"LifecycleHookTypes": [each.value for each in LifecycleTransition]}


def _shape(group: str, hook: Hook) -> dict[str, Any]:
    shape = {
        "LifecycleHookName": hook.name,
        "AutoScalingGroupName": group,
        "LifecycleTransition": hook.transition.value,
        "HeartbeatTimeout": int(hook.heartbeat.total_seconds()),
        "GlobalTimeout": int(hook.longest.total_seconds()),
        "DefaultResult": hook.default.value,
    }
    optional = {
        "NotificationTargetARN": hook.target,
        "RoleARN": hook.role,
        "NotificationMetadata": hook.metadata,
    }
    return shape | {name: value for name, value in optional.items() if value}
