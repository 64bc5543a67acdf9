"""When a new member counts as ready: in service, warmed up, and without a fault.

AWS, "Health checks for instances": "it waits for the new instances to pass an initial health check. It also waits for
the default instance warmup". Assumed: the initial check is passed at once, unless a status check has failed.
"""

from __future__ import annotations

from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import Lifecycle, Member
from embedded_aws.fleet.state import State


def begin(state: State, member: Member) -> None:
    """Start the warm-up of a member that has just come into service."""
    if not state.warmup:
        look(state, member)
    else:
        state.timeline.at(state.now + state.warmup, lambda: look(state, member))


def look(state: State, member: Member) -> None:
    """Count the member as ready if it is; the replacement for which it came is over then."""
    if member.lifecycle is not Lifecycle.IN_SERVICE or member.in_service_at is None or member.warm or member.faults:
        return
    if state.now < member.in_service_at + state.warmup:
        return
    with state.roster.change(member):
        member.warm = True
    if member.arrives_by is not None:
        state.flights.land(member.arrives_by)
    if state.warmup:
        state.tell(What.WARM, member)
