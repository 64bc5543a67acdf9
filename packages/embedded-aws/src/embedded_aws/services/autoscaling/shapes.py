"""What the Describe calls answer, in boto3's shapes: the shared ones, with what only this AWS knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from embedded_aws.calls import AwsError
from embedded_aws.fleet import Activity, Health, Lifecycle, Member, Refresh, WarmPool
from embedded_aws.in_process import shapes as aws
from embedded_aws.services.autoscaling import stores, templates
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.ec2.zones import zone_ids

Item = TypeVar("Item")
DELETING = "Delete in progress"
PENDING_DELETE = "PendingDelete"


def group(each: Group, *, instances: bool = True) -> dict[str, Any]:
    """An AutoScalingGroup."""
    configuration = each.configuration
    identity = aws.Identity(
        name=each.name,
        arn=each.arn,
        created=each.created,
        template=_template(each),
        zones=list(configuration.subnets),
        subnets=[subnet for zone in configuration.subnets.values() for subnet in zone],
        tags=each.tags,
        metrics=each.metrics,
        described=configuration.described
        | aws.traffic(each.target_groups.arns)
        | _warm_pool(each)
        | ({"Status": DELETING} if each.fleet.deleting else {}),
    )
    suspended = [(process.value, reason) for process, reason in each.fleet.suspended.items()]
    members = [_instance(each, member) for member in each.fleet.members] if instances else []
    shape = aws.group(identity, each.fleet.settings, suspended, members)
    if configuration.policy is not None:
        shape["MixedInstancesPolicy"] = configuration.policy.shape(shape.pop("LaunchTemplate"))
    return shape


def _warm_pool(each: Group) -> dict[str, Any]:
    configuration = pool_configuration(each)
    return {"WarmPoolConfiguration": configuration, "WarmPoolSize": len(each.fleet.pool)} if configuration else {}


def pool_configuration(each: Group) -> dict[str, Any]:
    """The WarmPoolConfiguration of a group, also while its pool is being deleted; empty without a pool."""
    if each.fleet.settings.warm_pool is not None:
        return each.warm_pool
    return {**each.warm_pool, "Status": PENDING_DELETE} if each.fleet.pool else {}


def warm_pool(pool: WarmPool) -> dict[str, Any]:
    """A pool as a WarmPoolConfiguration."""
    prepared = {} if pool.max_prepared is None else {"MaxGroupPreparedCapacity": pool.max_prepared}
    shape = {"MinSize": pool.min_size, "PoolState": pool.state.value}
    return {**prepared, **shape, "InstanceReusePolicy": {"ReuseOnScaleIn": pool.reuse}}


def _template(each: Group) -> dict[str, Any]:
    """The group's launch template: its id and name, and its version as it was given."""
    given = each.configuration.template
    identity = each.fleet.settings.template_version.partition(":")[0]
    stored = stores.ec2(each.region).launch_templates.get(identity)
    name = stored.name if stored is not None else given.get("LaunchTemplateName", "")
    shape = {"LaunchTemplateId": identity, "LaunchTemplateName": name}
    return shape | ({"Version": given["Version"]} if given.get("Version") else {})


def _instance(each: Group, member: Member) -> dict[str, Any]:
    machine = each.instances[member.id]
    return aws.member(
        member,
        instance_type=machine.instance.instance_type,
        zone_id=zone_ids(each.region)[member.zone],
        template=machine.template.named,
        weight=member.weight if each.weighted else None,
    )


def pooled(each: Group, member: Member) -> dict[str, Any]:
    """An Instance of a group's warm pool."""
    return _instance(each, member)


def instance(each: Group, member: Member) -> dict[str, Any]:
    """An AutoScalingInstanceDetails; its health is in capitals, as the guide's examples have it."""
    health = {Health.HEALTHY: "HEALTHY", Health.UNHEALTHY: "UNHEALTHY"}[member.health]
    return _instance(each, member) | {"AutoScalingGroupName": each.name, "HealthStatus": health}


def metrics(each: Group) -> dict[str, float]:
    """The group's metrics in CloudWatch's namespace AWS/AutoScaling."""
    settings, counted = each.fleet.settings, each.fleet.members.by_state.count
    return {
        "GroupMinSize": settings.min_size,
        "GroupMaxSize": settings.max_size,
        "GroupDesiredCapacity": settings.desired,
        "GroupInServiceInstances": counted(Lifecycle.IN_SERVICE),
        "GroupPendingInstances": counted(Lifecycle.PENDING),
        "GroupStandbyInstances": counted(Lifecycle.STANDBY),
        "GroupTerminatingInstances": counted(Lifecycle.TERMINATING),
        "GroupTotalInstances": len(each.fleet.members),
        **_units(each),
    }


def _units(each: Group) -> dict[str, float]:
    """The same in units of capacity (CloudWatch's guide to groups with weights: "GroupInServiceCapacity", ...)."""
    weight = each.fleet.members.by_state.weight
    return {
        "GroupInServiceCapacity": weight(Lifecycle.IN_SERVICE),
        "GroupPendingCapacity": weight(Lifecycle.PENDING),
        "GroupStandbyCapacity": weight(Lifecycle.STANDBY),
        "GroupTerminatingCapacity": weight(Lifecycle.TERMINATING),
        "GroupTotalCapacity": sum(member.weight for member in each.fleet.members),
    }


def details(each: Group, done: Activity) -> dict[str, str]:
    """Where an activity took place."""
    return aws.details(done.zone, each.configuration.subnets.get(done.zone, []))


def activity(each: Group, done: Activity) -> dict[str, Any]:
    """An Activity."""
    return aws.activity(done, each.name, each.configuration.subnets.get(done.zone, []))


def refresh(each: Group, one: Refresh) -> dict[str, Any]:
    """An InstanceRefresh."""
    target = None if one.target is None else templates.by_key(each.region, one.target).named
    shape = aws.refresh(one, each.name, target)
    policy = each.policies.get(one.id)
    if policy is not None and target is not None:
        shape["DesiredConfiguration"] = {"MixedInstancesPolicy": policy.shape(target)}
    return shape


def page(
    items: Sequence[Item], params: Mapping[str, Any], identity: Callable[[Item], str], *, most: int, usual: int
) -> tuple[Sequence[Item], dict[str, str]]:
    """One page of `items`, and the token for the next one; the token is the identity of the page's last item.

    Raises:
        AwsError: `ValidationError` for a page that is too long, `InvalidNextToken`.
    """
    size = params.get("MaxRecords", usual)
    if not 1 <= size <= most:
        raise AwsError("ValidationError", f"The maximum number of records is {most}; {size} is not valid.")
    begin = 0
    if token := params.get("NextToken"):
        identities = [identity(item) for item in items]
        if token not in identities:
            raise AwsError("InvalidNextToken", "The token provided is invalid.")
        begin = identities.index(token) + 1
    shown = items[begin : begin + size]
    return shown, {"NextToken": identity(shown[-1])} if begin + size < len(items) else {}
