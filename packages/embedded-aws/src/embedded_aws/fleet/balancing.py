"""What load balancers say of members: a group with the health check type ELB replaces an unhealthy target.

Sources: EC2 Auto Scaling user guide, "Health checks for instances in an Auto Scaling group" (ELB is optional; the grace
period holds for it; no checks on standby) and "How Amazon EC2 Auto Scaling minimizes downtime" (its brakes hold for all
but marked and stopped instances). Who is an unhealthy target is decided where the target groups are.

Assumed: the group acts as soon as the load balancer calls a target unhealthy; a suspended HealthCheck holds it back.
"""

from __future__ import annotations

from datetime import datetime

from embedded_aws.fleet import health
from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import Lifecycle, Member, UnhealthyReason
from embedded_aws.fleet.state import State

CHECK = "ELB"
"""The health check type by which the group follows its load balancers."""


def fail(state: State, member: Member) -> None:
    """A load balancer calls a member unhealthy from now on."""
    if member.balancer_since is not None:
        return
    with state.roster.change(member):
        member.balancer_since = state.now
    state.unhealthy_targets[member.id] = member
    state.tell(What.TARGET_UNHEALTHY, member)
    watch(state, member)


def recover(state: State, member: Member) -> None:
    """No load balancer calls it unhealthy any more. A verdict that has been reached stands."""
    if member.balancer_since is None:
        return
    with state.roster.change(member):
        member.balancer_since = None
    state.unhealthy_targets.pop(member.id, None)
    state.tell(What.TARGET_HEALTHY, member)


def watch(state: State, member: Member) -> None:
    """Check an unhealthy target again when the grace period ends."""
    health.look_again(state, member, UnhealthyReason.BALANCER, _patience_ends)


def watch_all(state: State) -> None:
    """Watch every unhealthy target anew: the rules of the group have changed, or it looks again."""
    for member in list(state.unhealthy_targets.values()):
        if state.roster.get(member.id) is member:
            watch(state, member)
        else:
            del state.unhealthy_targets[member.id]


def all_unhealthy(state: State) -> bool:
    """Whether load balancers call each member in service unhealthy."""
    return all(member.balancer_since is not None for member in state.roster.by_state.of(Lifecycle.IN_SERVICE))


def _patience_ends(state: State, member: Member) -> datetime | None:
    if CHECK not in state.settings.health_checks or member.lifecycle is not Lifecycle.IN_SERVICE:
        return None
    if member.balancer_since is None or member.in_service_at is None:
        return None
    return max(member.balancer_since, member.in_service_at + state.settings.grace)
