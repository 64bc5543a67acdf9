"""Calls about instance refreshes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import Preferences, Unmovable
from embedded_aws.services.autoscaling import requests, shapes, templates
from embedded_aws.services.autoscaling.registry import Registry

UNMOVABLE = {
    "Wait": Unmovable.WAIT,
    "Ignore": Unmovable.IGNORE,
    "Refresh": Unmovable.REPLACE,
    "Terminate": Unmovable.REPLACE,
}
SYMBOLIC = frozenset({"$Latest", "$Default"})


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
        wished = call.params.get("DesiredConfiguration", {}).get("LaunchTemplate")
        if given.get("AutoRollback") and SYMBOLIC & {_version(group.configuration.template), _version(wished)}:
            raise requests.invalid("Auto rollback needs a launch template version that is not $Latest or $Default.")
        target = None
        if wished is not None:
            template = templates.resolve(call.region, wished)
            templates.check(call.region, template)
            target = template.key
        refresh = group.fleet.start_refresh(_preferences(given), call.time, target)
        if wished is not None and target is not None:
            group.desired_configurations[target] = wished
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
        if _version(group.configuration.template) in SYMBOLIC:
            message = "The Auto Scaling group uses the launch template's $Latest or $Default version."
            raise AwsError("IrreversibleInstanceRefresh", message)
        return {"InstanceRefreshId": group.fleet.roll_back_refresh(call.time).id}


def _version(specification: Mapping[str, Any] | None) -> str:
    """The version of a specification as it was given; one without a version means the default one."""
    return "" if specification is None else str(specification.get("Version") or "$Default")


def _refuse_what_is_not_modelled(params: Mapping[str, Any]) -> None:
    wanted = []
    if params.get("Strategy", "Rolling") != "Rolling":
        wanted.append(f"Strategy={params['Strategy']}")
    if params.get("DesiredConfiguration", {}).get("MixedInstancesPolicy"):
        wanted.append("DesiredConfiguration.MixedInstancesPolicy")
    if params.get("Preferences", {}).get("AlarmSpecification", {}).get("Alarms"):
        wanted.append("Preferences.AlarmSpecification")
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
        protected=UNMOVABLE[given.get("ScaleInProtectedInstances", "Wait")],
        standby=UNMOVABLE[given.get("StandbyInstances", "Wait")],
    )
