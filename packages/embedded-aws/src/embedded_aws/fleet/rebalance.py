"""Even zones: launch into the emptiest zone, then terminate in the fullest.

Source: AWS, "Distribute instances across Availability Zones", section "Availability Zone rebalancing": launches before
it terminates; may exceed the maximum size by 10 percent or one instance. "Suspend and resume processes": stops while
Launch is suspended, launches without terminating while Terminate is. A zone under a zonal shift is left alone. Assumed:
how soon it begins, and that it replaces at most 10 percent at a time and spares protected members.
"""

from __future__ import annotations

from embedded_aws.fleet import causes, joining
from embedded_aws.fleet.members import Flight, Kind, Lifecycle
from embedded_aws.fleet.replacement import ten_percent
from embedded_aws.fleet.state import Process, State

UNEVEN = 2
"""A difference of one cannot be helped; with weights one of less than twice the heaviest might only turn round."""


def even_out(state: State) -> None:
    """Rebalance the zones once they have been uneven for a while."""
    if state.is_suspended(Process.LAUNCH, Process.AZ_REBALANCE) or state.missing:
        return
    if _uneven(state) is None:
        state.uneven_until = None
    elif state.uneven_until is None:
        _wait(state)
    elif state.now >= state.uneven_until and not state.roster.by_state.count(Lifecycle.PENDING):
        _move_some(state)


def _wait(state: State) -> None:
    state.uneven_until = state.now + state.timings.rebalance_delay
    state.timeline.at(state.uneven_until, lambda: None)


def _uneven(state: State) -> tuple[str, str] | None:
    """The zone to take from and the zone to give to; None if the zones are even."""
    sizes = state.zone_sizes()
    open_zones = state.open_zones()
    if not open_zones:
        return None
    emptiest = min(open_zones, key=lambda zone: sizes[zone])
    closed = [zone for zone in sizes if zone not in state.settings.zones and sizes[zone]]
    if closed:
        return closed[0], emptiest
    fullest = max(open_zones, key=lambda zone: sizes[zone])
    enough = UNEVEN * state.roster.capacity.weights()[1]
    return (fullest, emptiest) if sizes[fullest] - sizes[emptiest] >= enough else None


def _move_some(state: State) -> None:
    while (pair := _uneven(state)) is not None:
        if not has_margin(state) or state.flights.count(Kind.REBALANCE) >= ten_percent(state):
            return
        versions = [key for key in state.roster.eligible.present() if key[0] == pair[0]]
        oldest = min(versions, key=lambda key: state.ages.get(key[1], 0), default=None)
        victim = state.roster.eligible.first(oldest) if oldest else None
        arriving = victim and joining.launch_into(
            state, causes.launched(state.words, state.now, state.words.zones), pair[1]
        )
        if victim is None or arriving is None:
            _wait(state)
            return
        flight = Flight(Kind.REBALANCE, victim, state.words.zones, launch_first=True)
        with state.roster.change(victim):
            victim.leaves_by, victim.retiring = flight, True
        state.flights.open(flight)
        state.flights.assign(flight, arriving)


def has_margin(state: State) -> bool:
    """Whether one more fits below the maximum size and the ten percent above it."""
    most = state.settings.max_size
    present = state.roster.by_state.weight(Lifecycle.IN_SERVICE) + state.roster.by_state.weight(Lifecycle.PENDING)
    return present < most + max(1, most // 10)
