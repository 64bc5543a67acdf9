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
    What.POOL_READY: "EC2 Instance Launch Successful",
    What.POOL_TERMINATED: "EC2 Instance Terminate Successful",
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
SPOT = {
    What.INTERRUPTED: ("EC2 Spot Instance Interruption Warning", {"instance-action": "terminate"}),
    What.REBALANCE_RECOMMENDED: ("EC2 Instance Rebalance Recommendation", {}),
}
"""What EC2 itself says of a Spot Instance (EC2 User Guide, "Spot Instance interruption notices", "EC2 instance
rebalance recommendations")."""
GROUP, POOL, EC2 = "AutoScalingGroup", "WarmPool", "EC2"
WAYS = {
    What.IN_SERVICE: (EC2, GROUP),
    What.LAUNCH_FAILED: (EC2, GROUP),
    What.TERMINATED: (GROUP, EC2),
    What.POOL_READY: (EC2, POOL),
    What.POOL_TERMINATED: (POOL, EC2),
}
"""Between which two an instance moves."""


def announcement(group: Group, event: Event) -> dict[str, Any] | None:
    """What EventBridge is told of something that happened in a group; None if that is nothing."""
    if event.what is What.REFRESH:
        return _of_refresh(group, event)
    if event.action is not None:
        return _of_action(group, event, event.action)
    if event.what in SPOT:
        return _of_spot(group, event)
    if event.what not in DETAIL_TYPES or event.activity is None:
        return None
    arn = group.arn
    _, partition, _, region, account, _ = arn.split(":", 5)
    instance = [f"arn:{partition}:ec2:{region}:{account}:instance/{event.instance_id}"] if event.instance_id else []
    returns = event.what is What.POOL_READY and not _launches(event.activity)
    return {
        "source": SOURCE,
        "detail-type": DETAIL_TYPES[What.TERMINATED if returns else event.what],
        "account": account,
        "region": region,
        "time": event.time,
        "resources": [arn, *instance],
        "detail": detail_of(group, event, event.activity),
    }


def _of_spot(group: Group, event: Event) -> dict[str, Any]:
    detail_type, more = SPOT[event.what]
    _, partition, _, region, account, _ = group.arn.split(":", 5)
    return {
        "source": "aws.ec2",
        "detail-type": detail_type,
        "account": account,
        "region": region,
        "time": event.time,
        "resources": [f"arn:{partition}:ec2:{event.zone}:instance/{event.instance_id}"],
        "detail": {"instance-id": event.instance_id} | more,
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
    origin, destination = _way(event, activity)
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


def _way(event: Event, activity: Activity) -> tuple[str, str]:
    """Where an instance comes from and goes to; its activity says what it has to do with a warm pool."""
    if event.what is What.POOL_READY and not _launches(activity):
        return GROUP, POOL
    if event.what is What.IN_SERVICE and "from warm pool" in activity.description:
        return POOL, GROUP
    if event.what is What.LAUNCH_FAILED and "into warm pool" in activity.description:
        return EC2, POOL
    return WAYS[event.what]


def _launches(activity: Activity) -> bool:
    return activity.description.startswith("Launching")


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
