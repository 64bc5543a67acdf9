"""Who may be replaced at all: every guard of the decision by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.healing.builders import NOW, POLICY, a_group, a_launch, a_member, ago, broken, decided, reason_of, reasons

from tap_stack.healer.model import Check, Impairment, Reason


def test_a_confirmed_fault_in_a_sound_group_is_marked() -> None:
    decision = decided(a_group(broken(1), desired=10))

    assert decision.marks == ("i-00001",)
    assert reasons(decision) == {"i-00001": Reason.MARKED}


def test_no_fault_leads_to_no_mark_and_no_verdict() -> None:
    decision = decided(a_group(desired=10))

    assert (decision.marks, decision.verdicts) == ((), ())


def test_an_empty_group_leads_to_no_mark() -> None:
    decision = decided(a_group())

    assert (decision.marks, decision.verdicts) == ((), ())


@pytest.mark.parametrize(
    "lifecycle",
    [
        "Pending",
        "Pending:Wait",
        "Pending:Proceed",
        "Terminating",
        "Terminating:Wait",
        "Terminating:Retained",
        "Terminated",
        "Detaching",
        "Detached",
        "EnteringStandby",
        "Standby",
        "Quarantined",
        "Warmed:Running",
        "Warmed:Stopped",
        "ReplacingRootVolume",
    ],
)
def test_only_members_in_service_are_anyones_business(lifecycle: str) -> None:
    member = broken(1, lifecycle=lifecycle)

    assert reason_of(member, a_group(member, desired=10)) is Reason.NOT_IN_SERVICE


def test_a_member_that_somebody_has_marked_is_not_marked_again() -> None:
    member = broken(1, health="Unhealthy")

    assert reason_of(member, a_group(member, desired=100)) is Reason.ALREADY_MARKED


@pytest.mark.parametrize(("check", "window"), [(Check.SYSTEM, 120), (Check.EBS, 120), (Check.INSTANCE, 300)])
def test_each_check_is_confirmed_when_its_window_is_over_and_not_a_second_earlier(check: Check, window: int) -> None:
    early, late = broken(1, window - 1, check), broken(1, window, check)

    assert reason_of(early, a_group(early, desired=10)) is Reason.WAITING_WINDOW
    assert reason_of(late, a_group(late, desired=10)) is Reason.MARKED


@pytest.mark.parametrize("since", [None, NOW + timedelta(seconds=1), NOW + timedelta(days=1)])
def test_a_missing_or_future_time_is_never_confirmed(since: object) -> None:
    member = a_member(1, impairments=(Impairment(Check.SYSTEM, since),))  # type: ignore[arg-type]
    verdict = decided(a_group(member, desired=10)).verdicts[0]

    assert (verdict.reason, verdict.age_seconds) == (Reason.WAITING_WINDOW, None)


def test_the_first_check_whose_window_is_over_confirms() -> None:
    impairments = (Impairment(Check.INSTANCE, ago(seconds=240)), Impairment(Check.SYSTEM, ago(seconds=120)))
    member = a_member(1, impairments=impairments)

    assert reason_of(member, a_group(member, desired=10)) is Reason.MARKED


@pytest.mark.parametrize("process", ["Launch", "Terminate", "ReplaceUnhealthy", "HealthCheck", "AddToLoadBalancer"])
def test_nothing_is_marked_while_a_process_that_replaces_is_suspended(process: str) -> None:
    member = broken(1)
    group = a_group(member, desired=10, suspended_processes=frozenset({process}))

    assert reason_of(member, group) is Reason.PROCESS_SUSPENDED


@pytest.mark.parametrize("process", ["AZRebalance", "AlarmNotification", "ScheduledActions", "InstanceRefresh"])
def test_other_suspended_processes_do_not_matter(process: str) -> None:
    member = broken(1)
    group = a_group(member, desired=10, suspended_processes=frozenset({process}))

    assert reason_of(member, group) is Reason.MARKED


def test_nothing_is_marked_while_an_instance_refresh_runs() -> None:
    member = broken(1)

    assert reason_of(member, a_group(member, desired=10, refreshing=True)) is Reason.REFRESH


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ("", Reason.MARKED),
        ("on", Reason.MARKED),
        ("observe", Reason.MARKED),
        ("off", Reason.VETOED),
        ("disabled", Reason.VETOED),
    ],
)
def test_the_groups_tag_switches_the_healer_off_and_a_word_not_understood_does_too(switch: str, reason: Reason) -> None:
    member = broken(1)

    assert reason_of(member, a_group(member, desired=10, switch=switch)) is reason


def test_a_switch_that_is_not_understood_is_reported() -> None:
    notes = decided(a_group(broken(1), desired=10, switch="disabled")).notes

    accepted = "on, observe, off, off until <RFC 3339 time>"
    assert notes == (f"group tag tap:healer = 'disabled' is taken as off; accepted: {accepted}",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-23T12:00:01Z", Reason.VETOED),
        ("2026-11-23T14:00:01+02:00", Reason.VETOED),
        ("2026-11-30T12:00:00Z", Reason.VETOED),
        ("2026-11-30T12:00:01Z", Reason.VETOED),
        ("9999-12-31T23:59:59-05:00", Reason.VETOED),
        ("9999-12-31T23:59:59.999999999z", Reason.VETOED),
        ("2026-11-24t00:00:00z", Reason.VETOED),
        (" 2026-11-24T00:00Z ", Reason.VETOED),
        ("0001-01-01T00:00:00+05:00", Reason.MARKED),
        ("2026-11-24T24:61:00Z", Reason.MARKED),
        ("\u0662\u0660\u0662\u0667-01-01T00:00:00Z", Reason.MARKED),
        ("\U0001f600" * 256, Reason.MARKED),
        ("2026-11-23T12:00:00Z", Reason.MARKED),
        ("2020-01-01T00:00:00Z", Reason.MARKED),
        ("2026-11-24T00:00:00", Reason.MARKED),
        ("2026-11-24", Reason.MARKED),
        ("forever", Reason.MARKED),
        ("", Reason.MARKED),
    ],
)
def test_an_instances_tag_spares_it_until_its_time_and_for_7_days_at_most(text: str, reason: Reason) -> None:
    member = broken(1, skip_until=text)

    assert reason_of(member, a_group(member, desired=10)) is reason


@pytest.mark.parametrize("text", ["2026-11-24", "forever", "2026-11-24T00:00:00"])
def test_a_tag_that_does_not_spare_is_reported(text: str) -> None:
    notes = decided(a_group(broken(1, skip_until=text), desired=10)).notes

    assert notes == (
        (
            f"i-00001: tap:healer-skip-until = {text!r} is not read, and the healer may mark it; "
            "accepted: an RFC 3339 time with its offset, at most 7 days ahead"
        ),
    )


def test_an_expired_tag_is_not_worth_a_note() -> None:
    assert decided(a_group(broken(1, skip_until="2020-01-01T00:00:00Z"), desired=10)).notes == ()


def test_a_veto_is_reported_from_the_first_sweep_on_and_not_only_when_the_window_is_over() -> None:
    member = broken(1, seconds=1, skip_until="2026-11-24T00:00:00Z")

    assert reason_of(member, a_group(member, desired=10)) is Reason.VETOED


def test_a_member_in_its_grace_period_is_not_tried() -> None:
    member = broken(1)
    group = a_group(member, desired=10, grace_seconds=300)
    launch = a_launch(member.id, ago(seconds=359), took=60)

    assert reason_of(member, group, launch) is Reason.SKIPPED_GRACE
    assert reason_of(member, group, replace(launch, ended=ago(seconds=300))) is Reason.MARKED


def test_a_blind_group_gives_every_member_the_reason_blind() -> None:
    group = a_group(broken(1), broken(2, lifecycle="Standby"), desired=10, blind="a page failed")

    assert reasons(decided(group)) == {"i-00001": Reason.BLIND, "i-00002": Reason.BLIND}
    assert decided(group).marks == ()
    assert decided(group).blind == "a page failed"


def test_verdicts_are_by_age_and_then_by_id() -> None:
    unknown = a_member(0, impairments=(Impairment(Check.SYSTEM, None),))
    group = a_group(unknown, broken(3, 700), broken(2, 900), broken(1, 700), desired=30)

    order = [verdict.member.id for verdict in decided(group).verdicts]

    assert order == ["i-00002", "i-00001", "i-00003", "i-00000"]


def test_the_oldest_is_marked_first() -> None:
    group = a_group(broken(1, 600), broken(2, 900), desired=19)

    assert decided(group).marks == ("i-00002",)


def test_a_verdict_tells_the_age_and_since_when_it_is_confirmed() -> None:
    verdict = decided(a_group(broken(1, seconds=200), desired=10), policy=POLICY).verdicts[0]

    assert (verdict.age_seconds, verdict.confirmed_seconds) == (200, 80)
