"""What Auto Scaling answers to the calls that a healer may make.

Sources: the API references of DescribeAutoScalingGroups, DescribeScalingActivities (under way first, then newest
first), DescribeInstanceRefreshes, SetInstanceHealth.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from embedded_aws.fleet import Activity, Health
from embedded_aws.fleet.activities import KEPT
from embedded_aws.in_process import shapes
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.filters import is_wanted
from embedded_aws.in_process.pages import Entry, Pages, paged
from embedded_aws.in_process.replica import Replica
from embedded_aws.in_process.world import World, subnets, template

Params: TypeAlias = dict[str, Any]


def describe_groups(account: Account, pages: Pages, params: Params) -> Entry:
    """The group, if it is asked for; no name means all."""
    name = account.world.fleet.name
    if name not in (params.get("AutoScalingGroupNames") or [name]):
        return {"AutoScalingGroups": []}
    instances = params.get("IncludeInstances", True)
    group = _group(account.world, account.look(), instances=instances)
    return paged(account, pages, params, "AutoScalingGroups", lambda: [group])


def _group(world: World, replica: Replica, *, instances: bool) -> Entry:
    facts = replica.facts()
    settings, name = facts.settings, world.fleet.name
    of_group = {"ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
    impairment = {
        "ZonalShiftEnabled": world.zonal_shift_enabled,
        "ImpairedZoneHealthCheckBehavior": "ReplaceUnhealthy"
        if settings.replace_in_impaired_zone
        else "IgnoreUnhealthy",
    }
    identity = shapes.Identity(
        name=name,
        arn=world.arn,
        created=world.began,
        template=template(facts.template_version),
        overrides=[
            shapes.override(each.instance_type, template(each.template) if each.template else None, each.weight)
            for each in settings.overrides
        ],
        warm_pool_size=len(world.fleet.pool),
        zones=settings.zones,
        subnets=[subnet for zone in settings.zones for subnet in subnets(zone)],
        tags=[{"Key": key, "Value": value} | of_group for key, value in facts.tags],
        described=shapes.described(settings)
        | shapes.traffic(world.target_groups)
        | {"AvailabilityZoneImpairmentPolicy": impairment, "ServiceLinkedRoleARN": _linked_role(world)},
    )
    return shapes.group(identity, settings, facts.suspended, replica.entries() if instances else [])


def _linked_role(world: World) -> str:
    """The role as which Auto Scaling acts for the group, if nobody has named another one."""
    _, partition, _, _, account, _ = world.arn.split(":", 5)
    name = "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    return f"arn:{partition}:iam::{account}:role/aws-service-role/{name}"


def describe_activities(account: Account, pages: Pages, params: Params) -> Entry:
    """Scaling activities, as far as the copy knows of them."""
    _require_group(account, params)
    replica, name = account.look(), account.world.fleet.name

    def tell(item: Activity) -> Entry:
        over = item.end is None or item.end <= replica.as_of
        return shapes.activity(item, name, subnets(item.zone), over=over)

    return paged(account, pages, params, "Activities", lambda: _known(account, replica, params), tell=tell)


def _known(account: Account, replica: Replica, params: Params) -> list[Activity]:
    """What the copy knows of: under way first, as the copy sees it."""
    now, as_of = account.world.now, replica.as_of
    oldest = now - KEPT
    known = [item for item in account.world.fleet.activities if oldest <= item.start <= as_of]
    if params.get("Filters") or params.get("ActivityIds"):
        known = [item for item in known if is_wanted(item, params, now)]
    if replica.lag:
        known.sort(key=lambda item: item.end is not None and item.end <= as_of)
    return known


def describe_refreshes(account: Account, pages: Pages, params: Params) -> Entry:
    """Instance refreshes, newest first."""
    _require_group(account, params)
    fleet, as_of, wanted = account.world.fleet, account.look().as_of, params.get("InstanceRefreshIds")
    refreshes = [one for one in fleet.refreshes if one.start <= as_of and (not wanted or one.id in wanted)]
    return paged(
        account,
        pages,
        params,
        "InstanceRefreshes",
        lambda: refreshes,
        tell=lambda one: shapes.refresh(one, fleet.name, None if one.target is None else template(one.target)),
    )


def _require_group(account: Account, params: Params) -> None:
    name = params.get("AutoScalingGroupName")
    if name not in {None, account.world.fleet.name}:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")


def set_instance_health(account: Account, _: Pages, params: Params) -> Entry:
    """Mark one member, or take a mark back."""
    status = {each.value: each for each in Health}.get(params["HealthStatus"])
    if status is None:
        raise AwsError("ValidationError", "Valid instance health states are: [Healthy, Unhealthy]")
    world, respect = account.world, params.get("ShouldRespectGracePeriod", True)
    world.fleet.set_instance_health(params["InstanceId"], status, world.now, respect_grace=respect)
    return {}
