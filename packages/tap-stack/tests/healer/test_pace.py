"""The slow start: one at a time while many fail together, wider on proof, narrower and slower on failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.healing.builders import POLICY, ZONES, a_group, a_launch, a_member, a_termination, ago, broken, decided

from tap_stack.healer.model import (
    Activity,
    Burst,
    Cause,
    Check,
    Decision,
    Group,
    Impairment,
    Mark,
    Member,
    Outcome,
    Reason,
)
from tap_stack.healer.pace import cooldown, threshold

BURST_BEGAN = 40 * 60
"""Seconds ago; long enough for some replacements to have happened since."""


def a_burst(size: int = 30, desired: int = 150, extra: tuple[Member, ...] = (), seconds: float = BURST_BEGAN) -> Group:
    """A fifth of a group of 150, evenly over three zones, fails at once."""
    return a_group(*(broken(number, seconds) for number in range(size)), *extra, desired=desired)


def proven(number: int, minutes: float = 20) -> Activity:
    """The launch of a replacement that is there and well."""
    return a_launch(f"i-{number:05}", ago(minutes=minutes))


def width(decision: Decision) -> tuple[int, int]:
    """The width, and how many are marked by it."""
    return decision.width, len(decision.marks)


@pytest.mark.parametrize(("serving", "enough"), [(1, 3), (15, 3), (16, 4), (100, 20), (101, 21)])
def test_a_burst_is_a_fifth_rounded_up_and_at_least_three(serving: int, enough: int) -> None:
    assert threshold(serving, POLICY) == enough


def test_below_the_threshold_the_pace_is_that_of_the_cap() -> None:
    decision = decided(a_burst(29))

    assert (decision.burst, *width(decision)) == (False, 15, 7)


def test_with_no_history_the_width_is_1() -> None:
    decision = decided(a_burst())

    assert (decision.burst, *width(decision)) == (True, 1, 1)
    assert [item.reason for item in decision.verdicts[1:]] == [Reason.BURST_COOLDOWN] * 29


def test_a_burst_is_within_5_minutes() -> None:
    def spread(seconds: float) -> Group:
        first = [broken(number, 400) for number in range(15)]
        return a_group(*first, *(broken(number, 400 - seconds) for number in range(15, 30)), desired=150)

    assert decided(spread(300)).burst is True
    assert decided(spread(301)).burst is False


def test_it_begins_when_its_threshold_is_crossed_and_not_with_an_old_broken_member() -> None:
    """One member is broken in its long grace period; five replacements were proven before 24 of 100 fail at once."""
    old = broken(90, 5000)
    earlier = [proven(50 + number, minutes=30 + number) for number in range(5)]
    gone = [a_termination(f"i-gone{number}", ago(minutes=32 + number)) for number in range(5)]
    group = a_group(old, *(broken(number, 150) for number in range(24)), desired=100, grace_seconds=7200)
    young = a_launch(old.id, ago(seconds=5100))

    assert width(decided(group, *earlier, *gone, young)) == (1, 1)


def test_what_was_proven_in_an_earlier_burst_does_not_widen_the_next() -> None:
    """30 fail 40 minutes ago and are all replaced but one; 29 more fail 3 minutes ago."""
    earlier = [broken(number, BURST_BEGAN) for number in range(1)]
    victims = tuple(Mark(f"i-gone{number}", ago(minutes=30), ago(seconds=BURST_BEGAN)) for number in range(29))
    later = [broken(number, 180) for number in range(1, 31)]
    group = a_group(*earlier, *later, desired=150, marks=victims)

    assert width(decided(group, *(proven(number) for number in range(100, 110)))) == (1, 1)


def test_those_that_went_otherwise_do_not_make_a_burst_older_than_its_own_failures_do() -> None:
    """20 of 100 fail one after the other; meanwhile 10 go, and what came for one of them was proven before the 20th."""
    failing = [broken(number, BURST_BEGAN - 12 * number) for number in range(20)]
    gone = [a_termination(f"i-gone{number}", ago(seconds=BURST_BEGAN - 5)) for number in range(10)]
    early = a_launch("i-00050", ago(seconds=BURST_BEGAN - 150))

    assert width(decided(a_group(*failing, desired=100), *gone, early)) == (1, 1)


def test_where_only_those_that_went_otherwise_make_a_burst_it_began_with_the_end_of_its_first_5_minutes() -> None:
    """15 of 100 fail within 3 minutes and 10 go: nobody knows which failure was the 20th, nor when."""
    failing = [broken(number, BURST_BEGAN - 12 * number) for number in range(15)]
    gone = [a_termination(f"i-gone{number}", ago(seconds=BURST_BEGAN - 5)) for number in range(10)]
    group = a_group(*failing, desired=100)

    assert width(decided(group, *gone, a_launch("i-00050", ago(seconds=BURST_BEGAN - 299)))) == (1, 1)
    assert width(decided(group, *gone, a_launch("i-00050", ago(seconds=BURST_BEGAN - 301)))) == (2, 2)


def test_what_may_have_been_launched_before_such_a_burst_takes_up_its_width_until_it_is_proven() -> None:
    """15 of 100 fail and 5 go by themselves: a replacement for one of these is under way or has just arrived."""
    failing = [broken(number, 200) for number in range(15)]
    gone = [a_termination(f"i-gone{number}", ago(seconds=190)) for number in range(5)]
    group = a_group(*failing, desired=100)

    assert width(decided(group, *gone)) == (1, 1)
    assert width(decided(group, *gone, proven(50, minutes=3))) == (1, 0)


def recorded(*marks: Mark) -> Group:
    """15 of 150 still fail of a burst of 10 minutes ago; others have recovered, and some are marked."""
    began = ago(minutes=10)
    burst = Burst(began, began, began, ago(minutes=2), 30)
    failing = [broken(number, 240 - 5 * number) for number in range(15)]
    return a_group(*failing, desired=150, marks=marks, burst=burst)


def a_victim(number: int) -> Mark:
    return Mark(f"i-gone{number}", ago(minutes=7), ago(minutes=9.5))


def test_a_burst_on_record_goes_on_where_members_recover_as_long_as_it_has_enough_victims() -> None:
    victims = [a_victim(number) for number in range(15)]

    assert width(decided(recorded(*victims))) == (1, 1)
    assert decided(recorded(*victims[1:])).burst is False
    assert decided(replace(recorded(*victims), burst=None)).burst is False


def test_who_fails_after_a_burst_on_record_is_not_of_it() -> None:
    later = [broken(number, 60) for number in range(20)]
    group = recorded(*(a_victim(number) for number in range(30)))

    assert decided(replace(group, members=a_group(*later, desired=150).members)).burst is False


def test_without_a_record_a_replacement_from_before_the_threshold_takes_up_the_width_until_it_is_proven() -> None:
    """Where members recover and others fail, the same burst seems to cross its threshold again and again."""
    arrived = a_member(100, id="i-00100")
    group = a_burst(extra=(arrived,), seconds=130)

    assert width(decided(group, a_launch(arrived.id, ago(seconds=180)))) == (1, 1)
    assert width(decided(replace(group, marks=None), a_launch(arrived.id, ago(seconds=180)))) == (1, 0)
    assert width(decided(replace(group, marks=None), a_launch(arrived.id, ago(seconds=380)))) == (1, 1)


def test_a_burst_is_recorded_when_it_begins_and_when_it_grows_and_not_in_each_sweep() -> None:
    group = a_burst(seconds=100)
    begun = decided(group).begun

    assert begun is not None
    assert decided(replace(group, burst=begun)).begun is None
    assert decided(replace(group, burst=begun, members=a_burst(35, seconds=100).members)).begun is None
    grown = decided(replace(group, burst=replace(begun, until=begun.until - timedelta(minutes=5)))).begun
    assert grown == begun
    assert decided(replace(group, marks=None)).begun is None


def test_what_was_proven_before_members_recovered_does_not_widen_the_pace() -> None:
    """30 have failed since two minutes ago; the burst on record began 20 minutes ago, and two were proven since."""
    began = ago(minutes=20)
    burst = Burst(began, began, began, ago(minutes=1), 30)
    group = replace(a_burst(seconds=130), burst=burst)

    assert width(decided(group, proven(100, 15), proven(101, 14))) == (1, 1)


def test_a_replacement_launched_for_a_reason_nobody_knows_never_widens_the_pace() -> None:
    assert width(decided(a_burst(), replace(proven(100), cause=Cause.UNKNOWN))) == (1, 1)
    assert width(decided(a_burst(), replace(proven(100, minutes=3), cause=Cause.UNKNOWN))) == (1, 0)


def test_those_replaced_since_it_began_count_on_so_that_it_does_not_end_half_way() -> None:
    gone = [a_termination(f"i-gone{number}", ago(minutes=5)) for number in range(20)]

    assert decided(a_burst(10, seconds=400), *gone).burst is True
    assert decided(a_burst(9, seconds=400), *gone).burst is False
    assert decided(a_burst(10, seconds=400), *(replace(item, started=ago(seconds=401)) for item in gone)).burst is False


def test_a_backlog_starts_slowly_too_however_slowly_it_grew() -> None:
    """Nothing stampedes when a suspension ends: 30 failures, one each 10 minutes, all held back till now."""
    piled_up = [broken(number, 900 + number * 600) for number in range(30)]

    assert width(decided(a_group(*piled_up, desired=150))) == (1, 1)
    assert decided(a_group(*piled_up[:29], desired=150)).burst is False


def test_a_backlog_too_lasts_until_its_victims_are_gone() -> None:
    left_over = [broken(number, 900 + number * 600) for number in range(10)]
    gone = [a_termination(f"i-gone{number}", ago(minutes=number)) for number in range(20)]

    assert decided(a_group(*left_over, desired=150), *gone).burst is True
    assert decided(a_group(*left_over, desired=150), *gone[1:]).burst is False


def test_members_that_the_operator_spares_count_to_the_threshold() -> None:
    spared = [broken(number, skip_until="2026-11-24T00:00:00Z") for number in range(29)]

    assert decided(a_group(*spared, broken(30), desired=150)).burst is True


def test_each_replacement_that_stays_well_for_5_minutes_widens_it_by_one() -> None:
    assert width(decided(a_burst(), proven(100))) == (2, 2)
    assert width(decided(a_burst(), proven(100), proven(101), proven(102))) == (4, 4)


def test_the_width_stays_within_the_cap_in_flight() -> None:
    assert decided(a_burst(), *(proven(number) for number in range(100, 130))).width == 15


def test_five_minutes_count_from_coming_into_service_and_to_the_second() -> None:
    launch = a_launch("i-00100", ago(seconds=360), took=60)

    assert width(decided(a_burst(), launch)) == (2, 2)
    assert width(decided(a_burst(), replace(launch, ended=ago(seconds=299)))) == (1, 0)


def test_what_is_under_way_or_unproven_takes_up_the_width() -> None:
    pending = a_member(900, lifecycle="Pending")

    assert width(decided(replace(a_burst(extra=(pending,), desired=151), desired=150), proven(100))) == (2, 1)
    assert width(decided(a_burst(), proven(100), a_launch("i-00101", ago(seconds=200)))) == (2, 1)


def test_one_that_leaves_and_one_that_arrives_for_it_are_one_replacement() -> None:
    moving = (a_member(900, lifecycle="Pending"), a_member(901, lifecycle="Terminating"))
    group = replace(a_burst(extra=moving, desired=152), desired=151)

    assert width(decided(group, proven(100), proven(101))) == (3, 2)


def test_one_that_still_leaves_or_is_still_owed_takes_up_the_width_as_well() -> None:
    leaving = replace(a_burst(extra=(a_member(900, lifecycle="Terminating"),), desired=151), desired=150)
    owed = replace(a_burst(), desired=151)

    assert width(decided(leaving, proven(100))) == (2, 1)
    assert width(decided(owed, proven(100))) == (2, 1)


def test_an_instance_launched_to_grow_the_group_proves_nothing() -> None:
    assert width(decided(a_burst(), replace(proven(100), cause=Cause.OTHER))) == (1, 1)


def test_a_replacement_launched_before_the_burst_proves_nothing() -> None:
    assert width(decided(a_burst(), a_launch("i-00100", ago(seconds=BURST_BEGAN + 1)))) == (1, 1)


def test_a_replacement_that_went_for_another_reason_proves_nothing() -> None:
    assert width(decided(a_burst(), a_launch("i-scaled-in", ago(minutes=20)))) == (1, 1)


def test_a_failed_launch_puts_the_width_back_to_1_and_pauses() -> None:
    failure = a_launch("", ago(seconds=100), took=60, outcome=Outcome.FAILED)

    decision = decided(a_burst(), proven(100), proven(101), failure)

    assert (width(decision), decision.cooldown_seconds) == ((1, 0), 20)
    assert decision.verdicts[0].reason is Reason.BURST_COOLDOWN


def test_a_replacement_that_fails_its_check_puts_the_width_back_when_it_is_confirmed() -> None:
    """Launched 20 minutes ago, impaired since 150 s ago, confirmed 30 s ago: half a minute of the pause is left."""
    sick = a_member(100, impairments=(Impairment(Check.SYSTEM, ago(seconds=150)),))
    decision = decided(a_burst(extra=(sick,)), proven(100), proven(101))

    assert (decision.width, decision.cooldown_seconds) == (1, 30)


def test_a_replacement_taken_out_for_its_health_is_a_failed_one() -> None:
    decision = decided(
        a_burst(), proven(100), a_launch("i-gone", ago(minutes=9)), a_termination("i-gone", ago(seconds=45))
    )

    assert (decision.width, decision.cooldown_seconds) == (1, 15)


def test_after_the_pause_it_goes_on_with_1() -> None:
    failure = a_launch("", ago(seconds=180), took=60, outcome=Outcome.FAILED)

    assert width(decided(a_burst(), proven(100, minutes=30), failure)) == (1, 1)


def test_failures_in_a_row_pause_for_1_2_4_8_and_then_10_minutes() -> None:
    pauses = [cooldown(failures, POLICY).total_seconds() / 60 for failures in range(1, 8)]

    assert pauses == [1, 2, 4, 8, 10, 10, 10]


def failing(minutes: float) -> Activity:
    """A replacement of which a health check made an end so many minutes ago: one failure, and no failed launch."""
    return a_termination(f"i-f{minutes}", ago(minutes=minutes))


def test_the_third_failure_in_a_row_pauses_for_4_minutes_and_a_success_between_starts_anew() -> None:
    launches = [a_launch(f"i-f{minutes}", ago(minutes=minutes + 3)) for minutes in (30, 20, 1)]
    failures = [failing(30), failing(20), failing(1)]

    assert decided(a_burst(), *launches, *failures).cooldown_seconds == 180
    assert decided(a_burst(), *launches, *failures, proven(100, minutes=15)).cooldown_seconds == 0


outcomes = st.lists(st.tuples(st.booleans(), st.floats(6, 39)), max_size=12, unique_by=lambda item: round(item[1], 1))


@given(outcomes)
def test_whatever_has_happened_the_width_is_between_1_and_one_more_than_the_proofs(
    happened: list[tuple[bool, float]],
) -> None:
    history: list[Activity] = []
    for number, (well, minutes) in enumerate(happened):
        history.append(a_launch(f"i-{100 + number:05}" if well else f"i-bad{number}", ago(minutes=minutes)))
        if not well:
            history.append(a_termination(f"i-bad{number}", ago(minutes=minutes - 1)))

    decision = decided(a_burst(), *history)

    assert 1 <= decision.width <= min(15, 1 + sum(well for well, _ in happened))
    assert len(decision.marks) <= decision.width


@given(outcomes, st.integers(0, 900))
def test_never_0_for_ever_ten_minutes_after_the_last_failure_one_may_go(
    happened: list[tuple[bool, float]], later: int
) -> None:
    history = [
        entry
        for number, (_, minutes) in enumerate(happened)
        for entry in (
            a_launch(f"i-bad{number}", ago(minutes=minutes)),
            a_termination(f"i-bad{number}", ago(minutes=minutes - 1)),
        )
    ]
    now: datetime = max((item.started for item in history), default=ago()) + timedelta(seconds=600 + later)

    assert decided(a_burst(seconds=BURST_BEGAN), *history, now=now).cooldown_seconds == 0


@pytest.mark.parametrize(
    ("minutes", "changes", "allowed"),
    [
        (2, {}, 0),  # in service, and not yet for five minutes
        (8, {}, 1),  # proven: the pace goes on, and is no wider for it
        (8, {"impairments": (Impairment(Check.SYSTEM, ago(minutes=6)),)}, 1),  # broken like its zone: no cooldown
        (1, {"lifecycle": "Pending"}, 0),
    ],
)
def test_a_replacement_that_was_put_into_a_braked_zone_takes_up_the_width_until_its_end_is_known(
    minutes: float, changes: dict[str, object], allowed: int
) -> None:
    """The zone of every third is at fault; of the others so many fail that the slow start holds there."""
    at_fault = [broken(number) for number in range(0, 90, 3)]
    burst = [broken(number) for number in range(90) if number % 3 and number < 36]
    stray = a_member(141)._replace(**changes)  # type: ignore[arg-type]
    gone = a_termination("i-gone", ago(minutes=minutes + 1), zone=ZONES[1])
    launch = a_launch(stray.id, ago(minutes=minutes), zone=ZONES[0])
    probe = a_termination("i-probe", ago(minutes=5), zone=ZONES[0])  # so that the zone has had its probe

    decision = decided(a_group(*at_fault, *burst, stray, desired=150), launch, gone, probe)

    assert decision.braked_zones == (ZONES[0],)
    assert width(decision) == (1, allowed)


def braked_later(*extra: Member, minutes: float = 2, **mark: object) -> tuple[Group, Activity]:
    """Zone a is at fault and a burst holds in the others; before that, one of zone a was marked, and has gone."""
    at_fault = [broken(number) for number in range(0, 90, 3)]
    burst = [broken(number) for number in range(90) if number % 3 and number < 36]
    recorded = Mark("i-marked", ago(minutes=minutes), ago(minutes=minutes + 3), **mark)  # type: ignore[arg-type]
    gone = a_termination(recorded.id, recorded.at, zone=ZONES[0])
    return a_group(*at_fault, *burst, *extra, desired=150, marks=(recorded,)), gone


def test_a_mark_keeps_its_place_while_its_instance_leaves_a_zone_that_came_under_the_brake_later() -> None:
    leaving = a_member(900, id="i-marked", lifecycle="Terminating")
    group, gone = braked_later(leaving)
    probe, _ = braked_later(leaving, zone=ZONES[0], probe=True)

    assert decided(group, gone).braked_zones == (ZONES[0],)
    assert width(decided(replace(group, desired=149), gone)) == (1, 0)
    assert width(decided(replace(probe, desired=149), gone)) == (1, 1)


@pytest.mark.parametrize(
    ("minutes", "changes", "allowed"),
    [
        (2, {}, 0),  # in service, and not yet for five minutes
        (8, {}, 1),  # proven: it gives up its place, and the pace is no wider for it
        (8, {"impairments": (Impairment(Check.SYSTEM, ago(minutes=6)),)}, 1),  # failed
        (1, {"lifecycle": "Pending"}, 0),
    ],
)
def test_it_keeps_its_place_until_it_is_known_what_becomes_of_its_replacement(
    minutes: float, changes: dict[str, object], allowed: int
) -> None:
    came = a_member(141)._replace(**changes)  # type: ignore[arg-type]
    launch = a_launch(came.id, ago(minutes=minutes), zone=ZONES[0])
    group, gone = braked_later(came, minutes=minutes + 1)

    assert width(decided(group, gone, launch)) == (1, allowed)
    assert width(decided(replace(group, marks=None), gone, launch)) == (1, allowed)  # the record cannot be read


def test_a_zone_that_is_braked_because_the_group_may_have_probed_it_excuses_no_failures() -> None:
    """4 of 8 fail; then the group takes one of zone a, of which nobody knows what was wrong with it."""
    group = a_group(*(broken(number, 400, zone=ZONES[number % 2]) for number in range(4)), desired=8)
    taken = a_termination("i-taken", ago(seconds=60), zone=ZONES[0], cause=Cause.HEALTH_CHECK)

    assert decided(group, taken).braked_zones == (ZONES[0],)
    assert decided(group, taken).burst is True
