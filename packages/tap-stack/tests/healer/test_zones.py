"""The zone brake: a zone that fails as a whole is probed, and the others are healed as ever."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.healing.builders import (
    NOW,
    POLICY,
    a_group,
    a_launch,
    a_member,
    a_termination,
    ago,
    broken,
    decided,
    reason_of,
    reasons,
)

from tap_stack.healer import zones
from tap_stack.healer.model import Cause, Group, Mark, Member, Policy, Reason

WIDE = Policy(in_flight_minimum=100, small_group_sweep_marks=10, hour_minimum=100, burst_minimum=100, burst_percent=100)


def in_zone(zone: str, impaired: int, sound: int, start: int = 0) -> list[Member]:
    """Members of one zone, the impaired ones first."""
    sick = [broken(start + number, 900 - number, zone=zone) for number in range(impaired)]
    return sick + [a_member(start + impaired + number, zone=zone) for number in range(sound)]


def a_group_with_a_broken_zone(impaired: int = 6, sound: int = 4) -> Group:
    """Zone a fails, zones b and c have ten sound members each."""
    return a_group(*in_zone("zone-a", impaired, sound), *in_zone("zone-b", 0, 10, 100), *in_zone("zone-c", 0, 10, 200))


@pytest.mark.parametrize(
    ("impaired", "sound", "suspected"),
    [(3, 2, True), (3, 3, False), (2, 0, False), (11, 9, True), (10, 10, False), (3, 0, True), (109, 91, False)],
)
def test_a_zone_is_suspected_at_55_percent_and_three(impaired: int, sound: int, suspected: bool) -> None:  # noqa: FBT001 - a table
    group = a_group(*in_zone("zone-a", impaired, sound))

    assert zones.suspected(group, POLICY) == ({"zone-a"} if suspected else set())


def test_only_members_in_service_say_something_about_their_zone() -> None:
    members = in_zone("zone-a", 3, 3)
    group = a_group(*members[:5], members[5]._replace(lifecycle="Standby"))

    assert zones.suspected(group, POLICY) == {"zone-a"}


def test_of_a_suspected_zone_the_oldest_alone_is_replaced_as_a_probe() -> None:
    decision = decided(a_group_with_a_broken_zone(), policy=WIDE)

    assert decision.marks == ("i-00000",)
    assert decision.braked_zones == ("zone-a",)
    assert [item.reason for item in decision.verdicts[1:]] == [Reason.ZONE_BRAKE] * 5


def test_the_next_probe_is_due_10_minutes_after_the_last_one_began() -> None:
    group = a_group_with_a_broken_zone()
    before = a_termination("i-probe", ago(seconds=599), zone="zone-a")

    assert decided(group, before, policy=WIDE).marks == ()
    assert decided(group, replace(before, started=ago(seconds=600)), policy=WIDE).marks == ("i-00000",)


def test_a_zone_stays_braked_for_10_minutes_after_its_probe_even_below_the_share() -> None:
    """3 of 5 were impaired; the probe has gone, and 2 of 4 are left."""
    group = a_group(*in_zone("zone-a", 2, 2), *in_zone("zone-b", 0, 10, 100), *in_zone("zone-c", 0, 10, 200))
    probe = Mark("i-probe", ago(seconds=500), ago(seconds=900), "zone-a", probe=True)
    recorded = replace(group, marks=(probe,))

    assert decided(group, policy=WIDE).marks != ()
    assert decided(recorded, policy=WIDE).marks == ()
    assert decided(recorded, policy=WIDE).braked_zones == ("zone-a",)
    assert decided(replace(recorded, marks=(replace(probe, at=ago(seconds=631)),)), policy=WIDE).marks != ()


def test_a_mark_from_before_the_brake_holds_back_the_first_probe_even_if_a_person_took_its_instance() -> None:
    group = a_group_with_a_broken_zone()
    marked = Mark("i-taken", ago(seconds=500), ago(seconds=900), "zone-a")
    taken = a_termination("i-taken", ago(seconds=490), zone="zone-a", cause=Cause.OTHER)

    assert decided(replace(group, marks=(marked,)), taken, policy=WIDE).marks == ()
    assert decided(replace(group, marks=(replace(marked, zone="zone-b"),)), taken, policy=WIDE).marks != ()
    assert decided(replace(group, marks=(replace(marked, at=ago(seconds=631)),)), taken, policy=WIDE).marks != ()


def test_it_does_so_where_the_record_cannot_be_read_or_the_group_probed_by_itself() -> None:
    group = a_group(*in_zone("zone-a", 2, 2), *in_zone("zone-b", 0, 10, 100), marks=None)
    probe = a_termination("i-probe", ago(seconds=500), zone="zone-a", cause=Cause.HEALTH_CHECK)

    assert decided(group, probe, policy=WIDE).braked_zones == ("zone-a",)
    assert decided(group, replace(probe, started=ago(seconds=601)), policy=WIDE).braked_zones == ()


def test_a_probe_of_which_nothing_tells_the_zone_may_have_been_in_any() -> None:
    group = a_group(*in_zone("zone-a", 2, 2), *in_zone("zone-b", 0, 10, 100), marks=None)
    probe = a_termination("i-probe", ago(seconds=500), zone="", cause=Cause.HEALTH_CHECK)

    assert decided(group, probe, policy=WIDE).braked_zones == ("zone-a",)
    assert decided(group, replace(probe, started=ago(seconds=601)), policy=WIDE).braked_zones == ()


def test_the_groups_own_replacement_is_a_probe_as_well() -> None:
    before = a_termination("i-probe", ago(seconds=100), zone="zone-a", cause=Cause.HEALTH_CHECK)

    assert decided(a_group_with_a_broken_zone(), before, policy=WIDE).marks == ()


def test_a_replacement_elsewhere_is_no_probe_here_but_one_that_does_not_say_where_may_be() -> None:
    group = a_group_with_a_broken_zone()
    elsewhere = a_termination("i-gone", ago(seconds=100), zone="zone-b")

    assert decided(group, elsewhere, policy=WIDE).marks == ("i-00000",)
    assert decided(group, replace(elsewhere, zone=""), policy=WIDE).marks == ()


@pytest.mark.parametrize("under_way", [{"health": "Unhealthy"}, {"lifecycle": "Terminating"}])
def test_while_a_probe_is_under_way_there_is_no_other(under_way: dict[str, str]) -> None:
    probe = a_member(50, zone="zone-a")._replace(**under_way)  # type: ignore[arg-type]
    group = a_group(*a_group_with_a_broken_zone(7, 3).members, probe)

    assert decided(group, policy=WIDE).marks == ()


def test_a_zonal_shift_allows_no_probe_and_no_single_mark() -> None:
    group = a_group(*in_zone("zone-a", 1, 9), *in_zone("zone-b", 0, 10, 100), shifted_zones=frozenset({"zone-a"}))

    assert reasons(decided(group, policy=WIDE)) == {"i-00000": Reason.ZONE_BRAKE}


def test_the_other_zones_are_unaffected() -> None:
    genuine = broken(100, 130, zone="zone-b")
    alone = a_group(*in_zone("zone-a", 0, 10), genuine, *in_zone("zone-b", 0, 9, 101))
    beside = a_group(*in_zone("zone-a", 10, 0), genuine, *in_zone("zone-b", 0, 9, 101))

    assert reason_of(genuine, alone) is reason_of(genuine, beside) is Reason.MARKED


def test_a_genuine_fault_goes_before_a_probe_however_young_it_is() -> None:
    genuine = broken(100, 130, zone="zone-b")
    group = a_group(*in_zone("zone-a", 10, 0), genuine, *in_zone("zone-b", 0, 9, 101))

    assert decided(group).marks == (genuine.id,)


def test_a_probe_never_takes_the_last_mark_of_the_hour() -> None:
    group = a_group(*in_zone("zone-a", 5, 0), *in_zone("zone-b", 0, 5, 100))
    before = a_termination("i-gone", ago(minutes=30), zone="zone-b")
    genuine = broken(100, 130, zone="zone-b")

    assert reasons(decided(group, before))["i-00000"] is Reason.CAPPED_RATE
    assert reason_of(genuine, a_group(*in_zone("zone-a", 5, 0), genuine, *in_zone("zone-b", 0, 4, 101)), before) is (
        Reason.MARKED
    )


def test_failures_of_a_braked_zone_neither_start_nor_slow_a_slow_start_elsewhere() -> None:
    decision = decided(a_group_with_a_broken_zone(10, 0))

    assert decision.burst is False


def test_a_zone_explains_its_failures_only_while_another_zone_is_sound() -> None:
    one = a_group(*in_zone("zone-a", 5, 0), *in_zone("zone-b", 0, 5, 100))
    both = a_group(*in_zone("zone-a", 5, 0), *in_zone("zone-b", 5, 0, 100))

    assert zones.explaining(one, zones.suspected(one, POLICY)) == {"zone-a"}
    assert zones.explaining(both, zones.suspected(both, POLICY)) == set()
    assert zones.probes_due(both, POLICY, (), NOW, zones.suspected(both, POLICY)) == {"zone-a", "zone-b"}


def test_a_slow_start_elsewhere_does_not_hold_back_the_probe_nor_the_probe_the_slow_start() -> None:
    elsewhere = [
        *in_zone("zone-b", 30, 70, 1000),
        *in_zone("zone-c", 30, 70, 2000),
    ]
    decision = decided(a_group(*in_zone("zone-a", 60, 40), *elsewhere))

    assert decision.burst is True
    assert decision.marks == ("i-01000", "i-00000")


def test_what_was_replaced_in_a_braked_zone_neither_makes_a_burst_elsewhere_nor_narrows_it() -> None:
    zone_a = in_zone("zone-a", 60, 40)
    gone = [a_termination(f"i-gone{number}", ago(seconds=100), zone="zone-a") for number in range(2)]
    launches = [a_launch(item.instance_id, ago(seconds=200), zone="zone-a") for item in gone]

    below = decided(a_group(*zone_a, *in_zone("zone-b", 39, 161, 1000)), *gone)
    burst = decided(a_group(*zone_a, *in_zone("zone-b", 40, 160, 1000)), *gone, *launches)

    assert below.burst is False
    assert (burst.burst, burst.cooldown_seconds) == (True, 0)
