"""Target groups of the group in process: whom their load balancers call unhealthy, and what DescribeTargetHealth says.

Sources: Elastic Load Balancing API reference (DescribeTargetHealth, TargetHealth); user guide for Application Load
Balancers, "Health checks for Application Load Balancer target groups".

Assumed: each member in service is a target of each target group. Its application answers until `fail` says otherwise; a
machine that fails EC2's system or instance check does not answer, which two checks in a row find out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

from embedded_aws.account import ACCOUNT
from embedded_aws.fleet import Check, Event, Lifecycle, Member, Phase, What
from embedded_aws.in_process import shapes
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.pages import Entry, Pages
from embedded_aws.in_process.world import REGION, World

PORT = 8080
INTERVAL = timedelta(seconds=30)  # between two health checks
FOUND_OUT = 2 * INTERVAL
ANSWERING = frozenset({Check.EBS})
"""Checks that may fail while the machine still answers."""

TIMEOUT = "Target.Timeout"
DESCRIPTIONS = {
    TIMEOUT: "Request timed out",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.ResponseCodeMismatch": "Health checks failed with these codes: [503]",
    "Elb.InternalError": "Health checks failed due to an internal error",
}
"""Reason codes of unhealthy targets, and their words."""
HEALTHY = ("healthy", "", "")
INITIAL = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_REGISTERED = ("unused", "Target.NotRegistered", "Target is not registered to the target group")

Health: TypeAlias = tuple[str, str, str]
"""State, reason code and description, as API TargetHealth has them."""


def attach(world: World, number: int = 1) -> None:
    """Give the group so many target groups; to be called once, before anything fails."""
    numbers = range(1, number + 1)
    prefix = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup"
    world.target_groups = tuple(f"{prefix}/web-{each}/{each:016x}" for each in numbers)
    world.listeners.append(partial(_hear, world))


def fail(world: World, instance_id: str, reason: str) -> None:
    """Have the load balancers call a member unhealthy from now on. Raises Refused: it is no member."""
    world.target_faults[instance_id] = reason
    world.fleet.target_unhealthy(instance_id, world.now)


def recover(world: World, instance_id: str) -> None:
    """Have the load balancers call a member healthy again. Raises Refused: it is no member."""
    world.target_faults.pop(instance_id, None)
    world.fleet.target_healthy(instance_id, world.now)


def _hear(world: World, event: Event) -> None:
    if event.what in {What.IMPAIRED, What.REPAIRED}:
        world.at(event.time + FOUND_OUT, lambda: _check(world, event.instance_id))


def _check(world: World, instance_id: str) -> None:
    """See whether a machine answers the load balancers."""
    member = world.fleet.members.get(instance_id)
    if member is None:
        return
    if member.faults.keys() - ANSWERING:
        fail(world, instance_id, world.target_faults.get(instance_id, TIMEOUT))
    elif world.target_faults.get(instance_id) == TIMEOUT:
        recover(world, instance_id)


def describe_health(account: Account, _: Pages, params: dict[str, Any]) -> Entry:
    """The health of a target group's targets, or of those that are named."""
    world, arn = account.world, params["TargetGroupArn"]
    if arn not in world.target_groups:
        raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
    known = dict(_targets(world))
    asked = [each["Id"] for each in params.get("Targets", ())] or list(known)
    told = [(each, known.get(each, NOT_REGISTERED)) for each in asked]
    return {"TargetHealthDescriptions": [shapes.target_health((each, PORT), PORT, *health) for each, health in told]}


def _targets(world: World) -> Iterator[tuple[str, Health]]:
    """The targets of each target group, by their ids; no copy of them lags."""
    for member in world.fleet.members:
        if member.lifecycle is Lifecycle.IN_SERVICE:
            yield member.id, _health(world, member)
        elif member.lifecycle is Lifecycle.TERMINATING and member.phase is Phase.WAIT:
            yield member.id, DRAINING


def _health(world: World, member: Member) -> Health:
    if member.balancer_since is not None:
        reason = world.target_faults.get(member.id, TIMEOUT)
        return "unhealthy", reason, DESCRIPTIONS.get(reason, "")
    is_new = member.in_service_at is not None and world.now < member.in_service_at + INTERVAL
    return INITIAL if is_new else HEALTHY
