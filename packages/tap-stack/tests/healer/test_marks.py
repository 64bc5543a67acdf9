"""What became of the healer's own marks: who marked whom, and the marks that led to no replacement."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.healing.builders import a_group, a_member, a_termination, ago, broken, decided, reasons

from tap_stack.healer.marks import marked_by, tried_in_vain
from tap_stack.healer.model import Activity, Cause, Mark, Reason

MARKED = broken(1, 1800, health="Unhealthy")


def stuck(mark: Mark, *history: Activity) -> str:
    """What is told of one recorded mark; "" if nothing is."""
    group = a_group(MARKED, broken(2, 10), desired=10, marks=(mark,))
    return decided(group, *history).stuck.get(mark.id, "")


@pytest.mark.parametrize(("minutes", "told"), [(14.9, False), (15, True), (59, True)])
def test_a_mark_that_is_not_carried_out_for_15_minutes_is_told(minutes: float, told: bool) -> None:  # noqa: FBT001 - a table
    assert (stuck(Mark("i-00001", ago(minutes=minutes))) != "") is told


@pytest.mark.parametrize(("minutes", "told"), [(16.9, False), (17, True)])
def test_of_somebody_elses_mark_only_the_age_of_the_fault_is_known(minutes: float, told: bool) -> None:  # noqa: FBT001 - a table
    group = a_group(broken(1, minutes * 60, health="Unhealthy"), desired=10)

    assert ("i-00001" in decided(group).stuck) is told


def test_a_mark_whose_instance_is_gone_without_an_activity_that_tells_why_is_told() -> None:
    mark = Mark("i-gone", ago(minutes=5))
    end = a_termination("i-gone", ago(minutes=4))

    assert "no activity tells why" in stuck(mark)
    assert "no activity tells why" in stuck(mark, replace(end, cause=Cause.UNKNOWN))
    assert stuck(mark, end) == ""
    assert stuck(mark, replace(end, cause=Cause.OTHER)) == ""
    assert stuck(replace(mark, at=ago(minutes=4.9))) == ""


def test_a_mark_that_was_refused_is_not_stuck() -> None:
    group = a_group(broken(1, 1800), desired=10, marks=(Mark("i-00001", ago(minutes=20)),))

    assert decided(group).stuck == {}
    assert reasons(decided(group)) == {"i-00001": Reason.MARKED}


def test_members_without_a_known_beginning_are_counted_as_undated() -> None:
    undated = a_member(3, impairments=(replace(broken(3).impairments[0], since=None),))
    group = a_group(undated, broken(1), desired=10)

    assert decided(group).undated == ("i-00003",)
    assert reasons(decided(group))["i-00003"] is Reason.WAITING_WINDOW


def test_it_says_by_whom_a_member_was_marked() -> None:
    group = a_group(MARKED, desired=10)

    assert marked_by(MARKED, replace(group, marks=(Mark("i-00001", ago()),))) == "the healer, at 12:00:00 UTC"
    assert marked_by(MARKED, replace(group, application_impaired=frozenset({"i-00001"}))).startswith("the group itself")
    assert marked_by(MARKED, group).startswith("somebody else than the healer")
    assert "cannot read its own record" in marked_by(MARKED, replace(group, marks=None))


def test_for_ten_minutes_those_whose_mark_had_no_effect_go_after_the_others() -> None:
    group = a_group(desired=10, refused={"i-00001": ago(minutes=3), "i-00002": ago(minutes=10.1)})

    assert tried_in_vain(group, ago()) == {"i-00001"}
