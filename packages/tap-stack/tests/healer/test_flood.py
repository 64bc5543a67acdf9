"""A flood over all zones: what is left to the zone brake in some of them must not go unbraked in the others."""

from __future__ import annotations

from support.healing.builders import ZONES, a_group, broken, decided, reasons

from tap_stack.healer.model import Reason


def test_a_zone_just_short_of_its_brake_is_slowed_down_as_a_burst() -> None:
    """33 in each zone; all of two zones fail, and 17 of the third: 51 %, and 17 % of the group."""
    flood = [broken(number) for number in range(99) if number % 3 or number < 17 * 3]
    decision = decided(a_group(*flood, desired=99))

    assert decision.braked_zones == ZONES[1:]
    assert decision.burst
    assert [id_ for id_ in decision.marks if int(id_.removeprefix("i-")) % 3 == 0] == ["i-00000"]


def test_a_few_faults_beside_a_broken_zone_are_no_burst() -> None:
    """33 in each zone; all of one zone fail, and five elsewhere: 8 % of the other two zones."""
    zone = [broken(number, seconds=900) for number in range(1, 99, 3)]
    elsewhere = [broken(number) for number in (0, 3, 6, 9, 12)]
    decision = decided(a_group(*zone, *elsewhere, desired=99))

    assert not decision.burst
    assert [reasons(decision)[member.id] for member in elsewhere].count(Reason.MARKED) == 4
