"""What a sweep tells: every member once, and notices that are news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.healing.builders import NOW, POLICY, a_group, a_member, broken, decided

from tap_stack.healer import notices
from tap_stack.healer.model import Decision, Facts, Mode, Reason, Verdict
from tap_stack.healer.report import LONGEST_LINE, Sweep, encoded, line, metrics
from tap_stack.healer.settings import Settings

SETTINGS = Settings("web", "arn:aws:sns:x:1:tap", Mode.LIVE, POLICY, "eu-west-1", "/aws/lambda/tap-healer")


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
    """256 KB, above which Lambda cuts a line into several that no program reads."""
    members = [broken(number, id=f"i-{number:017x}") for number in range(10_000)]
    group = a_group(*members)
    told = line(Sweep(Facts(group, now=NOW), decided(group), Mode.LIVE))

    assert len(encoded(told)) <= LONGEST_LINE
    left_out = sum(told["left_out"].values())
    assert sum(len(ids) for ids in told["reasons"].values()) + left_out == sum(told["counts"].values()) == 10_000


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
    assert reason.value in notices.of_sweep(sweep, SETTINGS)["Message"]


class Memory:
    """What was told, as the log streams remember it."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def first(self, what: str) -> bool:
        """Whether it is told for the first time."""
        known = what in self._told
        self._told.add(what)
        return not known


@pytest.mark.parametrize("spacing", [30, 60, 61, 75, 119])
def test_held_back_is_told_in_the_second_sweep_and_again_each_hour_whatever_their_spacing(spacing: int) -> None:
    memory = Memory()
    sweeps = [a_sweep(Reason.FLOOR, seconds=seconds) for seconds in range(7, 3 * 3600, spacing)]
    told = [number for number, sweep in enumerate(sweeps) if notices.news(sweep, POLICY, memory.first)]
    later = [next(number for number, _ in enumerate(sweeps) if 7 + number * spacing >= hour * 3600) for hour in (1, 2)]

    assert told == [1, *later]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, False), (60, True), (119, True), (120, False), (3600, True), (3660, False)]
)
def test_where_nobody_remembers_the_age_tells_which_sweep_is_the_second(seconds: int, told: bool) -> None:  # noqa: FBT001 - a table
    assert notices.news(a_sweep(Reason.FLOOR, seconds=seconds), POLICY, lambda _: None) is told


def test_a_second_time_of_being_held_back_is_told_anew() -> None:
    memory = Memory()
    first, second = a_sweep(Reason.FLOOR, seconds=90), a_sweep(Reason.FLOOR, seconds=90)
    later = Verdict(broken(0, seconds=90_000), Reason.FLOOR, 600, 90)
    second = replace(second, decision=Decision(verdicts=(later,)))

    assert [notices.news(sweep, POLICY, memory.first) for sweep in (first, first, first)] == [False, True, False]
    assert [notices.news(sweep, POLICY, memory.first) for sweep in (second, second)] == [False, True]


def test_that_the_image_is_suspected_is_told_although_another_reason_was_told_before() -> None:
    memory, sweep = Memory(), a_sweep(Reason.FLOOR, seconds=90)
    stopped = replace(sweep, decision=replace(sweep.decision, suspended="2 launches failed"))
    told = [notices.news(item, POLICY, memory.first) for item in (sweep, sweep, stopped, stopped)]

    assert told == [False, True, False, True]


@pytest.mark.parametrize("remembered", [True, False])
def test_a_group_switched_off_without_an_end_is_told_once_a_day_whether_or_not_anything_is_remembered(
    remembered: bool,  # noqa: FBT001 - a table
) -> None:
    memory = Memory()
    quiet = a_sweep(mode=Mode.OFF)
    midnight = NOW.replace(hour=0, minute=0, second=11)
    sweeps = [
        replace(quiet, facts=replace(quiet.facts, now=midnight + timedelta(minutes=minute)))
        for minute in range(2 * 24 * 60)
    ]
    first = memory.first if remembered else lambda _: None
    told = [sweep.facts.now for sweep in sweeps if notices.news(sweep, POLICY, first)]

    assert told == [midnight + timedelta(days=day, hours=9) for day in range(2)]


def test_waiting_vetoed_and_marked_already_are_no_news() -> None:
    sweep = a_sweep(Reason.WAITING_WINDOW, Reason.VETOED, Reason.ALREADY_MARKED, Reason.NOT_IN_SERVICE)

    assert notices.news(sweep, POLICY, Memory().first) is False


def test_a_mark_is_always_news() -> None:
    assert notices.news(a_sweep(Reason.MARKED, seconds=1000), POLICY, lambda _: False) is True


def test_observing_says_that_it_only_observes() -> None:
    told = notices.of_sweep(a_sweep(Reason.OBSERVED, mode=Mode.OBSERVE), SETTINGS)

    assert told["Subject"] == "web: the healer observes 1 of 1 impaired instances."


def test_a_notice_names_ten_and_counts_the_rest() -> None:
    told = notices.of_sweep(a_sweep(*[Reason.MARKED] * 13), SETTINGS)

    assert told["Message"].count("i-000") == 10
    assert "and 3 more" in told["Message"]


@pytest.mark.parametrize("reason", sorted(notices.WHAT_TO_DO))
def test_every_notice_says_why_what_to_do_and_where_to_look(reason: Reason) -> None:
    message = notices.of_sweep(a_sweep(reason), SETTINGS)["Message"]

    assert "What you can do:" in message
    assert "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#AutoScaling" in message
    assert "logsV2:log-groups/log-group/$252Faws$252Flambda$252Ftap-healer" in message
    assert f"Runbook: docs/runbooks.md#{reason.value}" in message
    assert reason is Reason.ALREADY_MARKED or "Why:" in message


def test_a_notice_stays_within_256_kilobytes() -> None:
    sweep = replace(a_sweep(*[Reason.FLOOR] * 200), notes=("\U0001f600" * 250_000,))

    assert len(notices.of_sweep(sweep, SETTINGS)["Message"].encode()) < 256_000


def test_the_subject_is_the_first_line() -> None:
    told = notices.of_sweep(a_sweep(Reason.MARKED), SETTINGS)

    assert told["Message"].startswith(told["Subject"])


def test_a_subject_is_short_enough_for_sns_and_ascii() -> None:
    sweep = a_sweep(Reason.MARKED)
    named = replace(sweep.facts.group, name="tap-ü" + "x" * 250)
    told = notices.of_sweep(replace(sweep, facts=replace(sweep.facts, group=named)), SETTINGS)

    assert len(told["Subject"]) < 100
    assert told["Subject"].isascii()
