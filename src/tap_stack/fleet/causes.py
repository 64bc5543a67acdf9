"""AWS's own words for why something happened: the Cause and Description of scaling activities.

Seen in real accounts' activities and in the user guide's pages "Unhealthy instance replacement", "Temporarily remove
instances", "Detach instances" and "Troubleshoot: health checks"; the rebalancing words are recalled, not verified.
"""

from __future__ import annotations

from datetime import datetime

from tap_stack.fleet.members import Check, Member, Verdict

STOPPED = "in response to an EC2 health check indicating it has been terminated or stopped"
MARKED = "in response to a user health-check"
STATUS_CHECKS = "in response to an EC2 instance status checks failure"
VOLUME_CHECK = "in response to EBS volume health check failure"
REFRESH = "in response to an instance refresh"
BALANCE = "to aid in balancing the group's zones"
UNHEALTHY = "in response to an unhealthy instance needing to be replaced"
NEVER_HEALTHY = (
    "Instance became unhealthy while waiting for instance to be in InService state. "
    "Termination Reason: Client.InstanceInitiatedShutdown: Instance initiated shutdown"
)


def stamp(now: datetime) -> str:
    """A time as Causes write it: whole seconds, UTC."""
    return f"{now:%Y-%m-%dT%H:%M:%SZ}"


def at(now: datetime, what: str) -> str:
    """One sentence of a Cause."""
    return f"At {stamp(now)} {what}."


def of_verdict(member: Member) -> str:
    """Why an unhealthy member is taken out of service."""
    if member.verdict is Verdict.STOPPED:
        return STOPPED
    if member.verdict is Verdict.MARKED:
        return MARKED
    return VOLUME_CHECK if set(member.faults) == {Check.EBS} else STATUS_CHECKS


def taken_out(now: datetime, why: str) -> str:
    """The Cause of a termination that somebody or something asked for."""
    return at(now, f"an instance was taken out of service {why}")


def launched(now: datetime, why: str) -> str:
    """The Cause of a launch that takes the place of a member."""
    return at(now, f"an instance was launched {why}")


def grown(now: datetime, have: int, want: int) -> str:
    """The Cause of a launch towards the desired capacity."""
    difference = "a difference between desired and actual capacity"
    return at(
        now, f"an instance was started in response to {difference}, increasing the capacity from {have} to {want}"
    )


def shrunk(now: datetime, have: int, want: int, instance_id: str) -> str:
    """The Cause of a scale-in."""
    difference = "a difference between desired and actual capacity"
    why = f"in response to {difference}, shrinking the capacity from {have} to {want}"
    return f"{taken_out(now, why)}  {at(now, f'instance {instance_id} was selected for termination')}"


def by_user(now: datetime, instance_id: str, what: str, have: int, want: int) -> str:
    """The Cause of something done to one instance by request, with the change of capacity if there was one."""
    change = {
        -1: f", shrinking the capacity from {have} to {want}",
        1: f", increasing the capacity from {have} to {want}",
    }
    step = (want > have) - (want < have)
    return at(now, f"instance {instance_id} was {what} in response to a user request{change.get(step, '')}")
