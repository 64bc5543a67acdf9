"""How members leave: Terminating, as long as lifecycle hooks hold them, and then gone; or out while they run on.

Sources: AWS, "Amazon EC2 Auto Scaling instance lifecycle"; "Use Elastic Load Balancing to distribute incoming
application traffic": a member that load balancers know is deregistered first, and runs on until the deregistration
delay is over (API ScalingActivityStatusCode: WaitingForELBConnectionDraining). One that does not run has nothing to
drain.
"""

from __future__ import annotations

from embedded_aws.fleet import waiting
from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.events import What
from embedded_aws.fleet.hooks import LifecycleTransition, Side
from embedded_aws.fleet.members import Lifecycle, Member
from embedded_aws.fleet.state import State


def terminate(state: State, member: Member, cause: str) -> Activity:
    """Begin to terminate a member: it drains, hooks may hold it, and after the shutdown time it is gone."""
    drains = member.running and member.lifecycle is Lifecycle.IN_SERVICE and bool(state.settings.draining)
    way = (Side.GROUP, Side.EC2)

    def drained() -> None:
        activity.status = StatusCode.IN_PROGRESS
        waiting.hold(state, member, LifecycleTransition.TERMINATING, way=way, activity=activity, onward=shut_down)

    def shut_down() -> None:
        state.machines.terminate(member.id, state.now)
        state.timeline.at(state.now + state.timings.shutdown, gone)

    def gone() -> None:
        state.roster.remove(member)
        member.lifecycle, member.phase = Lifecycle.TERMINATED, None
        state.log.finish(activity, state.now)
        state.tell(What.TERMINATED, member, activity=activity)

    waiting.drop(state, member)
    with state.roster.change(member):
        member.lifecycle, member.retiring = Lifecycle.TERMINATING, False
    forget_replacements(state, member)
    give_up_launch(state, member)
    description = state.words.terminate.format(id=member.id)
    activity = state.log.begin(state.now, description, cause, member.zone, member.id)
    state.tell(What.TERMINATING, member, detail=cause)
    if drains:
        activity.status = StatusCode.DRAINING
        state.timeline.at(state.now + state.settings.draining, drained)
    else:
        drained()
    return activity


def forget_replacements(state: State, member: Member) -> None:
    """Settle the replacements of a member that stops serving."""
    if member.arrives_by is not None:
        state.flights.lose(member.arrives_by)
    flight = member.leaves_by
    if flight is not None:
        flight.launch_first = False
        if flight.arriving is not None and flight.arriving.warm:
            state.flights.close(flight)


def give_up_launch(state: State, member: Member) -> None:
    """Cancel the launch of a member that is not there yet."""
    activity = state.launching.pop(member.id, None)
    if activity is not None:
        state.log.finish(activity, state.now, StatusCode.CANCELLED)
