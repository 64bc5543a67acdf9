"""Calls about instance refreshes.

Sources: API StartInstanceRefresh, RefreshPreferences, AlarmSpecification (at most 10 alarms), RollbackInstanceRefresh
(the three situations in which there is none). The words of `NO_DESIRED_CONFIGURATION` are AWS's own
(hashicorp/terraform-provider-aws 29830); those of the others are assumed, and so is that an alarm must exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import Preferences, Unmovable
from embedded_aws.services.autoscaling import mixed, requests, shapes, stores, templates
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.mixed import MixedPolicy
from embedded_aws.services.autoscaling.registry import Registry

UNMOVABLE = {
    "Wait": Unmovable.WAIT,
    "Ignore": Unmovable.IGNORE,
    "Refresh": Unmovable.REPLACE,
    "Terminate": Unmovable.REPLACE,
}
SYMBOLIC = frozenset({"$Latest", "$Default"})
MOST_ALARMS = 10
NO_DESIRED_CONFIGURATION = (
    "The request isn't valid. The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter "
    "is empty. Set AutoRollback to false or specify a desired configuration and try again."
)


class RefreshCalls:
    """Answers calls about instance refreshes."""

    def __init__(self, groups: Registry) -> None:
        self._groups = groups

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "StartInstanceRefresh": self._start,
            "DescribeInstanceRefreshes": self._describe,
            "CancelInstanceRefresh": self._cancel,
            "RollbackInstanceRefresh": self._roll_back,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def _start(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        _refuse_what_is_not_modelled(call.params)
        given = call.params.get("Preferences", {})
        requests.check_percentages(given.get("MinHealthyPercentage"), given.get("MaxHealthyPercentage"))
        _check_preferences(call.region, given)
        policy = _policy(group, call.params.get("DesiredConfiguration", {}))
        wished = policy.specification if policy else call.params.get("DesiredConfiguration", {}).get("LaunchTemplate")
        if given.get("AutoRollback"):
            if wished is None:
                raise requests.invalid(NO_DESIRED_CONFIGURATION)
            if why := _irreversible(call.region, group, wished):
                raise requests.invalid(f"The AutoRollback parameter cannot be set to true: {why}")
        target = None
        if wished is not None:
            template = templates.resolve(call.region, wished)
            templates.check(call.region, template)
            target = template.key
        group.starting = policy or wished
        try:
            refresh = group.fleet.start_refresh(_preferences(given), call.time, target)
        finally:
            group.starting = None
        if wished is not None:
            group.desired_configurations[refresh.id] = policy or wished
        if policy is not None:
            group.policies[refresh.id] = policy
        return {"InstanceRefreshId": refresh.id}

    def _describe(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        wanted = call.params.get("InstanceRefreshIds")
        found = [refresh for refresh in group.fleet.refreshes if not wanted or refresh.id in wanted]
        shown, token = shapes.page(found, call.params, lambda refresh: refresh.id, most=100, usual=50)
        return {"InstanceRefreshes": [shapes.refresh(group, refresh) for refresh in shown], **token}

    def _cancel(self, call: Call) -> dict[str, Any]:
        wait = call.params.get("WaitForTransitioningInstances", True)
        return {"InstanceRefreshId": self._groups.named(call).fleet.cancel_refresh(call.time, wait=wait).id}

    def _roll_back(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        if why := _irreversible(call.region, group):
            raise AwsError("IrreversibleInstanceRefresh", why)
        return {"InstanceRefreshId": group.fleet.roll_back_refresh(call.time).id}


def _policy(group: Group, desired: Mapping[str, Any]) -> MixedPolicy | None:
    """The mixed instances policy of a desired configuration. Raises AwsError: `ValidationError`."""
    given = desired.get("MixedInstancesPolicy")
    if given and desired.get("LaunchTemplate"):
        raise requests.invalid("DesiredConfiguration takes either a LaunchTemplate or a MixedInstancesPolicy.")
    return mixed.read(given, group.configuration.policy) if given else None


def _version(specification: Mapping[str, Any] | None) -> str:
    """The version of a specification as it was given; one without a version means the default one."""
    return "" if specification is None else str(specification.get("Version") or "$Default")


def _irreversible(region: str, group: Group, *others: Mapping[str, Any]) -> str:
    """Why nothing could be rolled back to the group's launch template; "" if it could."""
    if SYMBOLIC & {_version(each) for each in (group.configuration.template, *others)}:
        return "The Auto Scaling group uses the launch template's $Latest or $Default version."
    image_id = str(templates.resolve(region, group.configuration.template).data.get("ImageId", ""))
    if image_id.startswith(templates.SSM):
        return "The launch template uses a Systems Manager parameter instead of an AMI ID."
    return ""


def _check_preferences(region: str, given: Mapping[str, Any]) -> None:
    """Refuse checkpoints and alarms that cannot be. Raises AwsError: `ValidationError`."""
    checkpoints = list(given.get("CheckpointPercentages", ()))
    if checkpoints != sorted(set(checkpoints)) or not all(1 <= each <= 100 for each in checkpoints):  # noqa: PLR2004
        raise requests.invalid("CheckpointPercentages must be unique, in ascending order and between 1 and 100.")
    if "CheckpointDelay" in given and not checkpoints:
        raise requests.invalid("CheckpointDelay needs CheckpointPercentages.")
    alarms = given.get("AlarmSpecification", {}).get("Alarms", ())
    if len(alarms) > MOST_ALARMS:
        raise requests.invalid(f"AlarmSpecification takes at most {MOST_ALARMS} alarms.")
    if missing := [name for name in alarms if stores.alarm_state(region, name) is None]:
        raise requests.invalid(f"The alarm {missing[0]} does not exist.")


def _refuse_what_is_not_modelled(params: Mapping[str, Any]) -> None:
    wanted = []
    if params.get("Strategy", "Rolling") != "Rolling":
        wanted.append(f"Strategy={params['Strategy']}")
    if wanted:
        raise requests.not_modelled(*wanted)


def _preferences(given: Mapping[str, Any]) -> Preferences:
    warmup = given.get("InstanceWarmup")
    return Preferences(
        min_healthy=given.get("MinHealthyPercentage"),
        max_healthy=given.get("MaxHealthyPercentage"),
        warmup=None if warmup is None else timedelta(seconds=warmup),
        skip_matching=given.get("SkipMatching", False),
        auto_rollback=given.get("AutoRollback", False),
        checkpoints=tuple(given.get("CheckpointPercentages", ())),
        checkpoint_delay=timedelta(seconds=given.get("CheckpointDelay", 3600)),
        bake=timedelta(seconds=given.get("BakeTime", 0)),
        alarms=tuple(given.get("AlarmSpecification", {}).get("Alarms", ())),
        protected=UNMOVABLE[given.get("ScaleInProtectedInstances", "Wait")],
        standby=UNMOVABLE[given.get("StandbyInstances", "Wait")],
    )
