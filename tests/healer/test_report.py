"""What a sweep tells: every member once, and notices that are news."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_stack.healer.model import Decision, Facts, Mode, Reason, Verdict
from tap_stack.healer.report import Sweep, line, metrics, notice

from .builders import NOW, a_group, a_member, broken, decided


def a_sweep(*reasons: Reason, seconds: int = 0, mode: Mode = Mode.LIVE) -> Sweep:
    """A sweep that found one impaired member for each reason, confirmed so many seconds ago."""
    verdicts = tuple(Verdict(broken(number), reason, 600, seconds) for number, reason in enumerate(reasons))
    group = a_group(*(item.member for item in verdicts), desired=max(30, len(verdicts)))
    return Sweep(Facts(group, now=NOW), Decision(verdicts=verdicts), mode)


@given(st.lists(st.sampled_from(list(Reason))))
def test_every_impaired_member_is_in_the_line_once(reasons: list[Reason]) -> None:
    told = line(a_sweep(*reasons))

    ids = [id_ for group in told["reasons"].values() for id_ in group]
    assert sorted(ids) == [f"i-{number:05}" for number in range(len(reasons))]
    assert sum(told["counts"].values()) == len(reasons)


def test_the_outcome_of_a_mark_takes_the_place_of_its_decision() -> None:
    sweep = replace(a_sweep(Reason.MARKED), outcomes={"i-00000": Reason.SKIPPED_GRACE})

    assert line(sweep)["reasons"] == {"skipped_grace": ["i-00000"]}
    assert line(sweep)["decided"] == {"marked": ["i-00000"]}


def test_a_line_about_ten_thousand_impaired_members_fits_into_one_event_of_the_log() -> None:
    """CloudWatch Logs: 256 KB are safe everywhere, its limit of late is 1 MB."""
    members = [broken(number, id=f"i-{number:017x}") for number in range(10_000)]
    group = a_group(*members)

    assert len(str(line(Sweep(Facts(group, now=NOW), decided(group), Mode.LIVE)))) < 2 * 256 * 1024


def test_unhealthy_are_those_in_service_that_fail_or_are_marked() -> None:
    group = a_group(broken(1), a_member(2, health="Unhealthy"), broken(3, lifecycle="Standby"), desired=10)
    told = metrics(Sweep(Facts(group, now=NOW), decided(group), Mode.LIVE))

    assert (told["HealthyInstances"], told["UnhealthyInstances"]) == (7, 2)


def test_a_veto_is_not_deferred_and_its_age_is_nobodys_alarm() -> None:
    told = metrics(a_sweep(Reason.VETOED, Reason.VETOED))

    assert (told["Deferred"], told["OldestImpairedAge"]) == (0, 0)


@pytest.mark.parametrize(
    "reason",
    [
        Reason.SKIPPED_GRACE,
        Reason.CAPPED_INFLIGHT,
        Reason.CAPPED_RATE,
        Reason.FLOOR,
        Reason.ZONE_BRAKE,
        Reason.BURST_COOLDOWN,
        Reason.SUSPENDED_BAD_IMAGE,
        Reason.PROCESS_SUSPENDED,
        Reason.REFRESH,
    ],
)
def test_what_is_held_back_is_deferred_ages_and_is_told(reason: Reason) -> None:
    sweep = a_sweep(reason)

    assert (metrics(sweep)["Deferred"], metrics(sweep)["OldestImpairedAge"]) == (1, 600)
    assert notice(sweep) is not None


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, True), (59, True), (60, False), (3599, False), (3600, True), (3659, True), (3660, False)]
)
def test_held_back_is_news_in_its_first_minute_and_each_hour_after(seconds: int, told: bool) -> None:  # noqa: FBT001 - a table
    assert (notice(a_sweep(Reason.FLOOR, seconds=seconds)) is not None) is told


def test_waiting_vetoed_and_marked_already_are_no_news() -> None:
    assert notice(a_sweep(Reason.WAITING_WINDOW, Reason.VETOED, Reason.ALREADY_MARKED, Reason.NOT_IN_SERVICE)) is None


def test_a_mark_is_always_news() -> None:
    assert notice(a_sweep(Reason.MARKED, seconds=1000)) is not None


def test_observing_says_that_it_only_observes() -> None:
    told = notice(a_sweep(Reason.OBSERVED, mode=Mode.OBSERVE))

    assert told is not None
    assert told["Subject"] == "tap: tap-web: the healer observes 1 of 1 impaired instances."


def test_a_notice_names_ten_and_counts_the_rest() -> None:
    told = notice(a_sweep(*[Reason.MARKED] * 13))

    assert told is not None
    assert told["Message"].count("i-000") == 10
    assert "and 3 more" in told["Message"]


def test_a_subject_is_short_enough_for_sns_and_ascii() -> None:
    sweep = a_sweep(Reason.MARKED)
    named = replace(sweep.facts.group, name="tap-ü" + "x" * 250)
    told = notice(replace(sweep, facts=replace(sweep.facts, group=named)))

    assert told is not None
    assert len(told["Subject"]) < 100
    assert told["Subject"].isascii()
