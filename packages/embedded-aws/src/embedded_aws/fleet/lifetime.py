"""Maximum instance lifetime: members that have lived that long are replaced, the oldest first.

Source: AWS, "Replace Auto Scaling instances based on maximum instance lifetime": a day at least; instances are replaced
one at a time, and up to 10 percent of the capacity at a time where more are due; an instance maintenance policy says in
which order old and new come and go. A suspended Terminate stops it.

Assumed: protected members are replaced too, since it is no scale-in.
"""

from __future__ import annotations

from embedded_aws.fleet import replacement
from embedded_aws.fleet.members import Kind, Lifecycle
from embedded_aws.fleet.replacement import Order
from embedded_aws.fleet.state import Process, State


def replace_old(state: State) -> None:
    """Replace the members that are due, as many as may go at a time."""
    lifetime = state.settings.max_lifetime
    if lifetime is None or state.is_suspended(Process.TERMINATE) or _is_early(state):
        return
    serving = [each for each in state.roster.by_state.of(Lifecycle.IN_SERVICE) if each.leaves_by is None]
    for member in sorted(serving, key=lambda each: each.launched_at):
        due = member.launched_at + lifetime
        if due > state.now:
            state.lifetime_due = due
            state.timeline.at(due, lambda: None)
            return
        policy = state.settings.maintenance
        order = replacement.within(state, policy, member) if policy else Order.TERMINATE_FIRST
        if order is Order.WAIT or state.flights.count(Kind.LIFETIME) >= replacement.ten_percent(state):
            return
        replacement.begin(state, member, Kind.LIFETIME, state.words.lifetime, order)


def _is_early(state: State) -> bool:
    """Whether nobody is due yet: members that come later are younger."""
    return state.lifetime_due is not None and state.now < state.lifetime_due
