"""Instance refreshes, which start when a group's launch template or a trigger has changed."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws.autoscaling_shapes import INPUTS, PREFERENCES
from embedded_pulumi.aws.errors import code_of
from embedded_pulumi.aws.resource_type import Change
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import request
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.values import Properties

_LAUNCHED = ("launchTemplate", "mixedInstancesPolicy")
_PATIENCE = 900.0  # seconds
_OVER = frozenset({"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"})


_SNAKE = {  # Terraform's name of a property, by which a trigger names it
    name: re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
    for name in INPUTS
    if name not in (*_LAUNCHED, "tags", "vpcZoneIdentifiers")
}
TRIGGERS = {
    **{snake: name for name, snake in _SNAKE.items()},
    "launch_template": "launchTemplate",
    "mixed_instances_policy": "mixedInstancesPolicy",
    "tag": "tags",
    "vpc_zone_identifier": "vpcZoneIdentifiers",
}
"""What may trigger a refresh, as programs spell it, to the property: Pulumi keeps Terraform's names in these strings.

Source: validateGroupInstanceRefreshTriggerFields in terraform-provider-aws/internal/service/autoscaling/group.go
(b157f5a91d91, 2026). The launch template always triggers a refresh, and naming it is allowed.
"""


def refresh(aws: Session, id_: str, change: Change) -> None:
    """Start a refresh if the group has one configured, and one of its triggers has changed.

    A refresh is not waited for; one that runs already is cancelled for the new one, as Terraform's provider does.
    """
    wish = change.new.get("instanceRefresh")
    if not wish or not (change.has(*_LAUNCHED, *_triggers(wish)) or _was_cut_off(aws, id_, change)):
        return
    asked = _request(id_, wish, change.new)
    try:
        aws.autoscaling.start_instance_refresh(**asked)
    except ClientError as error:
        if code_of(error) not in {"InstanceRefreshInProgress", "InstanceRefreshInProgressFault"}:
            raise
        _cancel(aws, id_)
        aws.autoscaling.start_instance_refresh(**asked)


def _cancel(aws: Session, id_: str) -> None:
    try:
        aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName=id_)
    except ClientError as error:
        if code_of(error) not in {"ActiveInstanceRefreshNotFound", "ActiveInstanceRefreshNotFoundFault"}:
            raise
    wait_for(f"the running instance refresh of {id_} to stop", lambda: _none_running(aws, id_), timeout=_PATIENCE)


def _was_cut_off(aws: Session, id_: str, change: Change) -> bool:
    """Whether an update was cut off before it started its refresh.

    Then there is nothing left to change, and yet members of another version than the group's, whom nobody replaces.
    """
    if change.has(*change.fields) or not _none_running(aws, id_):
        return False
    groups = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[id_])["AutoScalingGroups"]
    mixed = [group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}) for group in groups]
    named = [each.get("LaunchTemplateSpecification") for each in mixed] + [
        each.get("LaunchTemplate") for each in groups
    ]
    desired = {each.get("Version", "") for each in named if each}
    launched = {each.get("LaunchTemplate", {}).get("Version") for group in groups for each in group["Instances"]}
    return all(version.isdigit() for version in desired) and bool(launched - desired)


def _triggers(wish: Properties) -> list[str]:
    """The properties that trigger a refresh."""
    return [TRIGGERS[each] for each in wish.get("triggers") or ()]


def _request(id_: str, wish: Properties, props: Properties) -> dict[str, Any]:
    preferences = request(PREFERENCES, wish.get("preferences") or {})
    asked: dict[str, Any] = {"AutoScalingGroupName": id_, "Strategy": wish["strategy"]}
    if preferences:
        asked["Preferences"] = preferences
    if preferences.get("AutoRollback"):
        # AWS refuses a rollback without the configuration to which the group is brought.
        asked["DesiredConfiguration"] = request(INPUTS, props, _LAUNCHED)
    return asked


def _none_running(aws: Session, id_: str) -> bool | None:
    refreshes = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=id_)["InstanceRefreshes"]
    return True if all(each["Status"] in _OVER for each in refreshes) else None
