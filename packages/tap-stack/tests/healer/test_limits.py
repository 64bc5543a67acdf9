"""How much of a group may be replaced at once: each limit by its worked numbers, then all of them on any group."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.healing.builders import (
    NOW,
    POLICY,
    ZONES,
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

from tap_stack.healer import limits
from tap_stack.healer.model import Activity, Cause, Group, Mark, Member, Policy, Reason

LIFECYCLES = ("InService", "Pending", "Pending:Wait", "Terminating", "Terminating:Wait", "Standby", "Warmed:Running")


@pytest.mark.parametrize(("desired", "cap"), [(0, 1), (1, 1), (19, 1), (20, 2), (99, 9), (100, 10), (10_000, 1000)])
def test_the_cap_in_flight_is_a_tenth_rounded_down_and_at_least_one(desired: int, cap: int) -> None:
    assert limits.in_flight_cap(desired, POLICY) == cap


@pytest.mark.parametrize(("desired", "cap"), [(1, 1), (19, 1), (20, 1), (39, 1), (40, 2), (10_000, 500)])
def test_a_sweep_marks_one_in_a_small_group_and_a_twentieth_of_a_large_one(desired: int, cap: int) -> None:
    assert limits.sweep_cap(desired, POLICY) == cap


@pytest.mark.parametrize(("desired", "cap"), [(1, 2), (14, 2), (15, 3), (100, 20), (10_000, 2000)])
def test_an_hour_marks_two_in_a_small_group_and_a_fifth_of_a_large_one(desired: int, cap: int) -> None:
    assert limits.hour_cap(desired, POLICY) == cap


@pytest.mark.parametrize(("desired", "floor"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (100, 50), (101, 51)])
def test_the_floor_is_half_rounded_up_and_at_least_one(desired: int, floor: int) -> None:
    assert limits.floor_of(desired, POLICY) == floor


@pytest.mark.parametrize(
    "moving",
    [
        a_member(50, lifecycle="Pending"),
        a_member(50, lifecycle="Pending:Wait"),
        a_member(50, lifecycle="Terminating"),
        a_member(50, lifecycle="Terminating:Proceed"),
        a_member(50, health="Unhealthy"),
    ],
)
def test_whoever_started_a_flight_it_counts(moving: Member) -> None:
    member = broken(1)

    assert reason_of(member, a_group(member, moving, desired=10)) is Reason.CAPPED_INFLIGHT


@pytest.mark.parametrize("cause", [Cause.OTHER, Cause.HEALTH_CHECK, Cause.UNKNOWN, Cause.USER_MARK])
def test_a_recorded_mark_counts_for_its_hour_whatever_became_of_the_instance(cause: Cause) -> None:
    """Scale-in, a person or Spot may have taken it."""
    member = broken(1)
    marks = tuple(Mark(f"i-gone{number}", ago(minutes=59)) for number in (1, 2))
    ends = [a_termination(item.id, ago(minutes=59), cause=cause) for item in marks]

    assert reason_of(member, a_group(member, desired=10, marks=marks), *ends) is Reason.CAPPED_RATE
    assert reason_of(member, a_group(member, desired=10, marks=marks)) is Reason.CAPPED_RATE
    assert reason_of(member, a_group(member, desired=10, marks=marks[:1])) is Reason.MARKED


def test_where_the_record_cannot_be_read_each_replacement_stands_for_a_mark() -> None:
    """Scale-in took the two that were marked while their replacements booted: only the launches tell."""
    member = broken(1)
    group = a_group(member, desired=10, marks=None)
    launches = [a_launch(f"i-{number:05}", ago(minutes=50)) for number in (8, 9)]
    ends = [a_termination(f"i-gone{number}", ago(minutes=49), cause=Cause.OTHER) for number in (1, 2)]
    native = [replace(item, cause=Cause.HEALTH_CHECK) for item in ends]

    assert reason_of(member, group, *launches, *ends) is Reason.CAPPED_RATE
    assert reason_of(member, group, *launches, *native) is Reason.MARKED
    assert reason_of(member, group, *ends) is Reason.MARKED


def test_a_recorded_mark_that_was_refused_does_not_count_once_the_group_shows_it() -> None:
    """Its instance serves on, unmarked: for half a minute that may be an answer that lags behind."""
    member = broken(1)

    def reason(seconds: float) -> Reason:
        marks = tuple(Mark(a_member(number).id, ago(seconds=seconds)) for number in (2, 3))
        return reason_of(member, a_group(member, desired=10, marks=marks))

    assert reason(30) is Reason.CAPPED_RATE
    assert reason(31) is Reason.MARKED


def test_an_instance_that_is_owed_counts_as_in_flight() -> None:
    member = broken(1)
    group = a_group(member, desired=9)

    assert reason_of(member, group) is Reason.MARKED
    assert reason_of(member, replace(group, desired=10)) is Reason.CAPPED_INFLIGHT


def test_an_instance_retained_for_forensics_is_not_in_flight() -> None:
    member = broken(1)
    kept = a_member(50, lifecycle="Terminating:Retained")

    assert reason_of(member, replace(a_group(member, kept, desired=11), desired=10)) is Reason.MARKED


def test_a_mark_needs_room_for_the_one_that_leaves_and_the_one_that_arrives() -> None:
    """100 desired, cap 10, 7 in flight: (10 - 7) // 2 = 1 more."""
    arriving = [a_member(200 + number, lifecycle="Pending") for number in range(7)]
    group = a_group(*(broken(number) for number in range(5)), *arriving, desired=107)

    decision = decided(replace(group, desired=100))

    assert decision.marks == ("i-00000",)
    assert decision.in_flight == 7
    assert [item.reason for item in decision.verdicts[1:]] == [Reason.CAPPED_INFLIGHT] * 4


def test_a_small_group_has_one_mark_a_sweep() -> None:
    group = a_group(broken(1), broken(2), desired=19)
    wide = Policy(in_flight_minimum=10)

    assert [item.reason for item in decided(group, policy=wide).verdicts] == [Reason.MARKED, Reason.CAPPED_RATE]


def test_a_large_group_has_a_twentieth_a_sweep() -> None:
    decision = decided(a_group(*(broken(number) for number in range(8)), desired=100))

    assert len(decision.marks) == 5
    assert decision.limits.sweep == 5


def test_the_marks_of_the_last_60_minutes_count_to_the_second() -> None:
    member = broken(1)
    group = a_group(member, desired=10)
    first, second = a_termination("i-gone1", ago(minutes=60)), a_termination("i-gone2", ago(minutes=10))
    earlier = replace(first, started=ago(minutes=60, seconds=1))

    assert reason_of(member, group, first, second) is Reason.CAPPED_RATE
    assert reason_of(member, group, earlier, second) is Reason.MARKED


def test_a_mark_that_is_not_in_the_history_yet_counts_once() -> None:
    marked = a_member(50, health="Unhealthy")
    group = a_group(marked, desired=100)

    assert limits.marked_lately(group, (), NOW) == 1
    assert limits.marked_lately(group, (a_termination(marked.id, NOW),), NOW) == 1


def test_the_groups_own_replacements_are_not_marks() -> None:
    history = (a_termination("i-gone", NOW, cause=Cause.HEALTH_CHECK),)

    assert limits.marked_lately(a_group(desired=10), history, NOW) == 0


def test_the_floor_holds_where_others_would_let_go() -> None:
    member = broken(1)
    group = a_group(member, a_member(2, lifecycle="Standby"), a_member(3), desired=3)
    wide = Policy(in_flight_minimum=50, small_group_sweep_marks=10)

    assert reason_of(member, group, policy=wide) is Reason.FLOOR


def test_a_group_of_one_is_healed() -> None:
    member = broken(1)

    assert reason_of(member, a_group(member)) is Reason.MARKED


def test_a_group_of_two_keeps_one() -> None:
    decision = decided(a_group(broken(1), broken(2)), policy=Policy(in_flight_minimum=10, small_group_sweep_marks=10))

    assert [item.reason for item in decision.verdicts] == [Reason.MARKED, Reason.FLOOR]


# --- on any group ---


@st.composite
def members(draw: st.DrawFn) -> Member:
    """Any member, and with a good chance a broken one."""
    number = draw(st.integers(0, 99_999))
    sound = a_member(number, zone=draw(st.sampled_from(ZONES)))
    if draw(st.booleans()):
        sound = broken(number, draw(st.integers(0, 4000)), zone=sound.zone)
    lifecycle = draw(st.one_of(st.just("InService"), st.sampled_from(LIFECYCLES)))
    return sound._replace(lifecycle=lifecycle, health=draw(st.sampled_from(["Healthy", "Healthy", "Unhealthy"])))


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """Any group: the members of `members` among sound ones, at its desired capacity or off it."""
    found = draw(st.lists(members(), max_size=30, unique_by=lambda member: member.id))
    sound = [a_member(100_000 + number) for number in range(draw(st.integers(0, 120)))]
    group = a_group(*found, *sound)
    return replace(group, desired=max(0, group.desired + draw(st.integers(-10, 10))))


pasts = st.lists(
    st.builds(
        lambda number, minutes: a_termination(f"i-past{number}", ago(minutes=minutes)), st.integers(), st.floats(0, 90)
    ),
    max_size=12,
    unique_by=lambda item: item.instance_id,
)


@given(groups(), pasts)
def test_whatever_the_group_only_broken_members_in_service_are_marked_and_once(
    group: Group, past: list[Activity]
) -> None:
    marks = decided(group, *past).marks
    eligible = {item.id for item in group.members if item.in_service and item.impaired and not item.marked}

    assert set(marks) <= eligible
    assert len(set(marks)) == len(marks)


@given(groups(), pasts)
def test_whatever_the_group_flights_stay_within_the_cap_even_if_each_mark_makes_two(
    group: Group, past: list[Activity]
) -> None:
    marks = decided(group, *past).marks
    moving = sum(
        item.lifecycle.startswith(("Pending", "Terminating")) or (item.in_service and item.health == "Unhealthy")
        for item in group.members
    )

    assert not marks or moving + 2 * len(marks) <= max(1, group.desired // 10) or (moving, len(marks)) == (0, 1)


@given(groups(), pasts)
def test_whatever_the_group_the_rates_hold(group: Group, past: list[Activity]) -> None:
    marks = decided(group, *past).marks
    last_hour = sum(item.started >= ago(minutes=60) for item in past)

    assert len(marks) <= (1 if group.desired < 20 else group.desired // 20)
    assert not marks or last_hour + len(marks) <= max(2, group.desired // 5)


@given(groups(), pasts)
def test_whatever_the_group_the_floor_holds(group: Group, past: list[Activity]) -> None:
    marks = decided(group, *past).marks
    standing = sum(item.in_service and item.health == "Healthy" for item in group.members)

    assert not marks or group.desired == 1 or standing - len(marks) >= max(1, (group.desired + 1) // 2)


@given(groups(), pasts)
def test_whatever_the_group_nothing_is_marked_before_its_window(group: Group, past: list[Activity]) -> None:
    ages = {item.member.id: item.age_seconds for item in decided(group, *past).verdicts}

    assert all((ages[id_] or 0) >= 120 for id_ in decided(group, *past).marks)


@given(groups(), pasts)
def test_whatever_the_group_each_impaired_member_has_one_reason(group: Group, past: list[Activity]) -> None:
    decision = decided(group, *past)

    assert sorted(reasons(decision)) == sorted(item.id for item in group.members if item.impaired)
    assert len(decision.verdicts) == len(reasons(decision))
    assert {id_ for id_, reason in reasons(decision).items() if reason is Reason.MARKED} == set(decision.marks)


@given(st.integers(1, 300))
def test_whatever_the_size_one_lonely_fault_in_a_sound_group_is_marked(desired: int) -> None:
    member = broken(1, 120)

    assert reason_of(member, a_group(member, desired=desired)) is Reason.MARKED


@given(groups(), pasts, st.randoms())
def test_the_order_of_the_answer_does_not_matter(group: Group, past: list[Activity], random: Random) -> None:
    shuffled = list(group.members)
    random.shuffle(shuffled)

    assert decided(replace(group, members=tuple(shuffled)), *past) == decided(group, *past)
