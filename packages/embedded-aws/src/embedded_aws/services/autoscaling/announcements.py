"""Auto Scaling's own events on EventBridge: launches and terminations held and ended, and what instance refreshes do.

Sources: EC2 Auto Scaling user guide, "Amazon EC2 Auto Scaling event reference" (successful events carry the status code
`InProgress` there, and so here); EventBridge events reference, "Amazon EC2 Auto Scaling events" (those of instance
refreshes by their names). Terminations do not fail in this cloud, so that nobody hears of one that did.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from embedded_aws.account import ACCOUNT
from embedded_aws.fleet import Event, LifecycleAction, LifecycleTransition, RefreshStatus, What, rolling
from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.services.autoscaling import hook_notices, shapes
from embedded_aws.services.autoscaling.group import Group

SOURCE = "aws.autoscaling"
DETAIL_TYPES = {
    What.IN_SERVICE: "EC2 Instance Launch Successful",
    What.LAUNCH_FAILED: "EC2 Instance Launch Unsuccessful",
    What.TERMINATED: "EC2 Instance Terminate Successful",
}
ACTIONS = {
    LifecycleTransition.LAUNCHING: "EC2 Instance-launch Lifecycle Action",
    LifecycleTransition.TERMINATING: "EC2 Instance-terminate Lifecycle Action",
}
REFRESH = "EC2 Auto Scaling Instance Refresh"
REFRESHES = {
    rolling.STARTED: "Started",
    rolling.CHECKPOINT: "Checkpoint Reached",
    rolling.BAKES: "Started Baking",
    rolling.ROLLS_BACK: "Rollback Started",
    RefreshStatus.SUCCESSFUL.value: "Succeeded",
    RefreshStatus.FAILED.value: "Failed",
    RefreshStatus.CANCELLED.value: "Cancelled",
    RefreshStatus.ROLLED_BACK.value: "Rollback Succeeded",
    RefreshStatus.ROLLBACK_FAILED.value: "Rollback Failed",
}
ENDS = ("EC2", "AutoScalingGroup")
"""Between which two an instance moves: this way when it is launched, the other way when it is terminated."""


def announcement(group: Group, event: Event) -> dict[str, Any] | None:
    """What EventBridge is told of something that happened in a group; None if that is nothing."""
    if event.what is What.REFRESH:
        return _of_refresh(group, event)
    if event.action is not None:
        return _of_action(group, event, event.action)
    if event.what not in DETAIL_TYPES or event.activity is None:
        return None
    arn = group.arn
    _, partition, _, region, account, _ = arn.split(":", 5)
    instance = [f"arn:{partition}:ec2:{region}:{account}:instance/{event.instance_id}"] if event.instance_id else []
    return {
        "source": SOURCE,
        "detail-type": DETAIL_TYPES[event.what],
        "account": account,
        "region": region,
        "time": event.time,
        "resources": [arn, *instance],
        "detail": detail_of(group, event, event.activity),
    }


def _of_action(group: Group, event: Event, action: LifecycleAction) -> dict[str, Any]:
    return {
        "source": SOURCE,
        "detail-type": ACTIONS[action.hook.transition],
        "account": ACCOUNT,
        "region": group.region,
        "time": event.time,
        "resources": [group.arn],
        "detail": {"AutoScalingGroupName": group.name} | hook_notices.detail(action),
    }


def _of_refresh(group: Group, event: Event) -> dict[str, Any]:
    """What EventBridge is told of the group's newest instance refresh."""
    refresh, (what, _, _) = group.fleet.refreshes[0], event.detail.partition(":")
    detail = {"InstanceRefreshId": refresh.id, "AutoScalingGroupName": group.name}
    if what == rolling.CHECKPOINT:
        passed = refresh.preferences.checkpoints[refresh.checkpoints_passed - 1]
        delay = int(refresh.preferences.checkpoint_delay.total_seconds())
        detail |= {"CheckpointPercentage": str(passed), "CheckpointDelay": str(delay)}
    return {
        "source": SOURCE,
        "detail-type": f"{REFRESH} {REFRESHES[what]}",
        "account": ACCOUNT,
        "region": group.region,
        "time": event.time,
        "resources": [group.arn],
        "detail": detail,
    }


def detail_of(group: Group, event: Event, activity: Activity) -> dict[str, Any]:
    """What is told of a launch or a termination."""
    origin, destination = ENDS[::-1] if event.what is What.TERMINATED else ENDS
    successful = activity.status is StatusCode.SUCCESSFUL
    return {
        "StatusCode": StatusCode.IN_PROGRESS.value if successful else activity.status.value,
        "Description": activity.description,
        "AutoScalingGroupName": group.name,
        "ActivityId": activity.id,
        "Details": shapes.details(group, activity),
        "RequestId": activity.id,
        "StatusMessage": activity.message,
        "EndTime": _written(activity.end or event.time),
        "EC2InstanceId": event.instance_id,
        "StartTime": _written(activity.start),
        "Cause": activity.cause,
        "Origin": origin,
        "Destination": destination,
    }


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
