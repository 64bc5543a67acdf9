"""Warm pools: their calls, and what EC2 makes of their instances. The fleet has how they fill and empty.

Sources: EC2 Auto Scaling API reference (PutWarmPool, DescribeWarmPool, DeleteWarmPool, WarmPoolConfiguration,
InstanceReusePolicy); user guide, "Decrease latency for applications with long boot times using warm pools" (states,
limitations: no Spot Instances; hibernation must be enabled when an instance is launched); "Event types and patterns
that you can use with warm pools" (where an instance comes from and goes to).
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import Event, PoolState, WarmPool, What
from embedded_aws.services.autoscaling import requests, shapes, templates
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.registry import Registry

UNSET = -1
"""MaxGroupPreparedCapacity of a pool that goes by the group's maximum again."""

MOST_DESCRIBED = 50
STOPPED, PENDING, RUNNING = ("stopped", 80), ("pending", 0), ("running", 16)


class WarmPoolCalls:
    """Answers calls about warm pools."""

    def __init__(self, groups: Registry) -> None:
        self._groups = groups

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "PutWarmPool": self._put,
            "DescribeWarmPool": self._describe,
            "DeleteWarmPool": self._delete,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def _put(self, call: Call) -> dict[str, Any]:
        """Create a pool, or put another in its place.

        What is not named is at its default, but for the prepared capacity, of which -1 takes back "a value that you
        previously set" (API PutWarmPool).
        """
        group, params = self._groups.named(call), call.params
        known = group.fleet.settings.warm_pool
        if known is None and group.fleet.pool:
            raise AwsError("ScalingActivityInProgress", f"The warm pool of {group.name} is being deleted.")
        prepared = params.get("MaxGroupPreparedCapacity", None if known is None else known.max_prepared)
        pool = WarmPool(
            min_size=params.get("MinSize", 0),
            max_prepared=None if prepared == UNSET else prepared,
            state=PoolState(params.get("PoolState", PoolState.STOPPED.value)),
            reuse=params.get("InstanceReusePolicy", {}).get("ReuseOnScaleIn", False),
        )
        _check(group, pool)
        group.fleet.put_warm_pool(pool, call.time)
        group.warm_pool = shapes.warm_pool(pool)
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        shown, token = shapes.page(
            group.fleet.pool, call.params, lambda member: member.id, most=MOST_DESCRIBED, usual=MOST_DESCRIBED
        )
        configuration = shapes.pool_configuration(group)
        told = {"WarmPoolConfiguration": configuration} if configuration else {}
        return {**told, "Instances": [shapes.pooled(group, each) for each in shown], **token}

    def _delete(self, call: Call) -> dict[str, Any]:
        """Delete a pool; one with instances only by force, and then they go first."""
        group = self._groups.named(call)
        if group.fleet.settings.warm_pool is None:
            raise requests.invalid(f"No warm pool found for Auto Scaling group {group.name}.")
        if group.fleet.pool and not call.params.get("ForceDelete", False):
            message = "You cannot delete a warm pool while there are instances still in it."
            raise AwsError("ResourceInUse", message)
        group.fleet.delete_warm_pool(call.time)
        return {}


def _check(group: Group, pool: WarmPool) -> None:
    """Refuse a pool that the group's instances cannot be in. Raises AwsError: `ValidationError`."""
    data = templates.resolve(group.region, group.configuration.template).data
    if (data.get("InstanceMarketOptions") or {}).get("MarketType") == "spot":
        raise requests.invalid("You can't add a warm pool to a group whose launch template requests Spot Instances.")
    if group.configuration.policy is not None and group.configuration.policy.has_spot:
        raise requests.invalid("You can't add a warm pool to a group whose mixed instances policy has Spot Instances.")
    if pool.state is PoolState.HIBERNATED and not (data.get("HibernationOptions") or {}).get("Configured"):
        raise requests.invalid("The launch template must enable hibernation for the pool state Hibernated.")


def follow(group: Group, event: Event) -> None:
    """Bring an instance's EC2 state in line with what has just happened to it between pool and group."""
    if event.what is What.POOL_READY:
        pool = group.fleet.settings.warm_pool
        runs = pool is not None and pool.state is PoolState.RUNNING
        _set_state(group.instances[event.instance_id].instance, RUNNING if runs else STOPPED)
    elif event.what is What.LAUNCHED:
        instance = group.instances[event.instance_id].instance
        if instance.state == STOPPED[0]:
            instance.launch_time = event.time.astimezone(UTC).replace(tzinfo=None)  # moto keeps naive UTC
            _set_state(instance, PENDING)


def _set_state(instance: Any, state: tuple[str, int]) -> None:
    instance._state.name, instance._state.code = state  # noqa: SLF001 - moto has no setter
