"""Spot Instances: EC2 takes one back, or recommends to replace it before that.

Source: AWS, "Use Capacity Rebalancing to handle Amazon EC2 Spot interruptions": without it, an instance is replaced
after it was interrupted and its health check failed; with it, a rebalance recommendation brings a new instance first,
up to 10 percent above the maximum size, and a two-minute interruption notice ends the old one at once.

The model does not know which members are Spot Instances: a member that is interrupted was one.
"""

from __future__ import annotations

from embedded_aws.fleet import causes, health, leaving, rebalance, replacement
from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import COUNTED, Kind, Lifecycle, Member
from embedded_aws.fleet.replacement import Order
from embedded_aws.fleet.state import Process, State


def interrupt(state: State, member: Member) -> None:
    """EC2 gives notice, and takes the machine after `Timings.spot_notice`."""

    def take() -> None:
        if state.roster.get(member.id) is member and not member.shutting_down:
            health.stopped(state, member)

    state.tell(What.INTERRUPTED, member)
    state.timeline.at(state.now + state.timings.spot_notice, take)
    if not state.settings.capacity_rebalance or state.is_suspended(Process.TERMINATE):
        return
    if member.lifecycle not in COUNTED:
        return
    if member.leaves_by is None:
        replacement.begin(state, member, Kind.SPOT, state.words.spot, Order.TERMINATE_FIRST)
    else:
        leaving.terminate(state, member, causes.taken_out(state.words, state.now, state.words.spot))


def recommend(state: State, member: Member) -> None:
    """EC2 recommends to replace a member; a group without Capacity Rebalancing ignores it."""
    state.tell(What.REBALANCE_RECOMMENDED, member)
    free = member.lifecycle is Lifecycle.IN_SERVICE and member.leaves_by is None
    open_to_it = state.settings.capacity_rebalance and not state.is_suspended(Process.LAUNCH, Process.TERMINATE)
    if free and open_to_it and rebalance.has_margin(state):
        replacement.begin(state, member, Kind.SPOT, state.words.rebalance, Order.LAUNCH_FIRST)
