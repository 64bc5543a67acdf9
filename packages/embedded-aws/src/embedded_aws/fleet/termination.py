"""Termination policies: which member a scale-in takes.

Source: AWS, "Configure termination policies": whatever the policies, a scale-in takes from the zones with the most
instances. The first policy chooses among those, the next one among its equals, and so on. `Default` takes the oldest
launch template, among equals the instance closest to its next billing hour and then any (here the one longest in
service). No instance here comes from a launch configuration or an allocation strategy, so the policies about those
choose nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.fleet.members import Lifecycle, Member
from embedded_aws.fleet.state import State

_HOUR = 3600  # seconds


def _template(state: State, member: Member) -> Any:
    return state.ages.get(member.template_version, 0)


def _launched(_: State, member: Member) -> Any:
    return member.launched_at.timestamp()


def _newest(_: State, member: Member) -> Any:
    return -member.launched_at.timestamp()


def _next_hour(state: State, member: Member) -> Any:
    return -((state.now - member.launched_at).total_seconds() % _HOUR)


def _nobody(_: State, __: Member) -> Any:
    return 0


POLICIES: Mapping[str, Callable[[State, Member], Any]] = {
    "Default": _template,
    "AllocationStrategy": _nobody,
    "ClosestToNextInstanceHour": _next_hour,
    "NewestInstance": _newest,
    "OldestInstance": _launched,
    "OldestLaunchConfiguration": _nobody,
    "OldestLaunchTemplate": _template,
}
"""The rank of a member by each policy; the least goes first."""


def selected(state: State, extra: int) -> Member | None:
    """The member that the group's policies take, of those that weigh no more than the capacity that is too much.

    Protected ones never go, and those still booting only when nobody else is left.
    """
    eligible = state.roster.eligible.present()
    if not eligible:
        free = [member for member in state.roster.by_state.of(Lifecycle.PENDING) if not member.protected]
        booting = [member for member in free if member.weight <= extra]
        return booting[-1] if booting else None
    if state.roster.eligible.units > state.roster.eligible.size:
        return _by_weight(state, extra)
    if {POLICIES[policy] for policy in state.settings.termination} <= {_template, _nobody}:
        return _by_template(state, eligible)
    sizes = state.zone_sizes()
    most = max(sizes[zone] for zone, _ in eligible)
    fullest = [member for key in eligible if sizes[key[0]] == most for member in state.roster.eligible.of(key)]
    return min(fullest, key=lambda member: [POLICIES[policy](state, member) for policy in state.settings.termination])


def _by_weight(state: State, extra: int) -> Member | None:
    """The same where members have weights: the fullest zone in which one of them is light enough."""
    roster, sizes = state.roster, state.zone_sizes()
    fit = [member for key in roster.eligible.present() for member in roster.eligible.of(key) if member.weight <= extra]
    return min(
        fit,
        key=lambda member: [
            -sizes[member.zone],
            *(POLICIES[policy](state, member) for policy in state.settings.termination),
        ],
        default=None,
    )


def _by_template(state: State, eligible: list[tuple[str, str]]) -> Member | None:
    """The same for policies that look at no single instance: a large group shrinks without a look at each member."""
    sizes = state.zone_sizes()
    order = {zone: rank for rank, zone in enumerate(state.settings.zones)}
    choice = min(eligible, key=lambda key: (-sizes[key[0]], state.ages.get(key[1], 0), order.get(key[0], -1), key))
    return state.roster.eligible.first(choice)
