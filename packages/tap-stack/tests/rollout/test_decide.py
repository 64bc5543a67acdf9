"""When a rollout begins, and why it does not: pure, by the group, its refreshes, the record and the healer's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_stack.healer.model import (
    Activity,
    ActivityKind,
    Cause,
    Check,
    Decision,
    Facts,
    Group,
    Impairment,
    Mark,
    Member,
    Outcome,
    Template,
)
from tap_stack.rollout.decide import evidence, failure, first, held, is_there, news, speaks_against
from tap_stack.rollout.model import HealersView, Record, RecordKind, Result, SeenRefresh, View
from tap_stack.rollout.policy import RolloutPolicy, checkpoints

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD, NEW, OTHER = (Template("lt-1", version) for version in ("1", "2", "3"))
BAD_ENDS = ("Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed")


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def refresh(status: str, target: Template | None = NEW, began: float = 20, ended: float | None = 10) -> SeenRefresh:
    return SeenRefresh("r", status, target, ago(began), None if ended is None else ago(ended), reason="AWS's words")


def view(*refreshes: SeenRefresh, records: tuple[Record, ...] = (), switch: str = "", **group: object) -> View:
    members = Member("i-1", "a", template=OLD), Member("i-2", "b", template=OLD)
    known = Group("web", desired=2, members=members, templates=frozenset({OLD}))
    whole = replace(known, **group)  # type: ignore[arg-type]
    return View(whole, NOW, current=OLD, switch=switch, refreshes=refreshes, records=records)


def wanted_since(minutes: float, template: Template = NEW) -> Record:
    return Record(ago(minutes), RecordKind.WANTED, template)


def seen(decision: Decision | None = None, group: Group | None = None, **more: object) -> HealersView:
    facts = Facts(group or view().group, now=NOW, **more)  # type: ignore[arg-type]
    return HealersView(facts, decision or Decision())


def test_another_version_that_is_wanted_is_rolled_out() -> None:
    assert first(view(), NEW).result is Result.READY
    assert held(view(), seen(), NEW).result is Result.READY


def test_the_groups_own_version_is_done() -> None:
    assert first(view(), OLD).result is Result.DONE


def test_members_of_another_version_are_brought_in_line_once() -> None:
    mixed = view(members=(Member("i-1", "a", template=OTHER), Member("i-2", "b", template=OLD)))
    assert first(mixed, OLD).result is Result.READY

    left_alone = replace(mixed, refreshes=(refresh("Successful", OLD),))
    assert is_there(left_alone, OLD)


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress", "Pausing"])
def test_nothing_is_begun_while_a_refresh_runs_whatever_its_status_is_called(status: str) -> None:
    assert first(view(refresh(status, ended=None)), NEW).result is Result.RUNNING


@pytest.mark.parametrize("status", BAD_ENDS)
def test_a_version_that_failed_is_not_tried_again(status: str) -> None:
    found = first(view(refresh(status), records=(wanted_since(30),)), NEW)

    assert found.result is Result.FAILED
    assert "AWS's words" in found.why


@pytest.mark.parametrize("status", BAD_ENDS)
def test_until_another_has_been_wanted_in_between(status: str) -> None:
    records = (wanted_since(5), wanted_since(8, OTHER), wanted_since(30))

    assert first(view(refresh(status), records=records), NEW).result is Result.READY


def test_or_somebody_asks_for_a_retry_which_counts_for_one_failure() -> None:
    failed, retry = Record(ago(9), RecordKind.FAILED, NEW), Record(ago(5), RecordKind.RETRY, NEW)
    asked = view(refresh("RollbackSuccessful"), records=(retry, failed, wanted_since(30)))
    assert first(asked, NEW).result is Result.READY

    again = replace(asked, refreshes=(refresh("RollbackSuccessful", began=4, ended=1), *asked.refreshes))
    assert first(again, NEW).result is Result.FAILED


def test_what_aws_has_forgotten_the_record_still_knows() -> None:
    known = view(records=(Record(ago(70_000), RecordKind.FAILED, NEW), wanted_since(70_010)))

    assert first(known, NEW).result is Result.FAILED


def test_what_is_written_down_is_each_new_wish_and_each_failure_once() -> None:
    assert [each.kind for each in news(view(), NEW, retry=False)] == [RecordKind.WANTED]
    failed = view(refresh("Failed"), records=(wanted_since(30),))
    assert [each.kind for each in news(failed, NEW, retry=False)] == [RecordKind.FAILED]
    recorded = replace(failed, records=(Record(ago(1), RecordKind.FAILED, NEW), *failed.records))
    assert news(recorded, NEW, retry=False) == []
    assert [each.kind for each in news(recorded, NEW, retry=True)] == [RecordKind.RETRY]


@given(st.lists(st.tuples(st.sampled_from(list(RecordKind)), st.sampled_from([OLD, NEW, OTHER])), max_size=12))
def test_a_failure_recorded_for_a_version_outlasts_everything_but_another_wish_and_a_retry(
    told: list[tuple[RecordKind, Template]],
) -> None:
    records = tuple(Record(ago(number), kind, template) for number, (kind, template) in enumerate(told))
    newest = next((each for each in records if each.kind is RecordKind.WANTED), None)
    since = records[: records.index(newest)] if newest else records
    last = next((each.kind for each in since if each.template == NEW), None)
    expected = newest is not None and newest.template == NEW and last is RecordKind.FAILED

    if newest is not None and newest.template == NEW:
        assert bool(failure(view(records=records), NEW)) is expected


@pytest.mark.parametrize("switch", ["off", "observe", "tomorrow"])
def test_the_operators_tag_holds_it_up_and_so_does_a_word_that_nobody_knows(switch: str) -> None:
    assert first(view(switch=switch), NEW).result is Result.OFF
    assert first(view(switch="on"), NEW).result is Result.READY


def test_a_suspended_process_and_a_symbolic_version_hold_it_up() -> None:
    suspended = view(suspended_processes=frozenset({"InstanceRefresh"}))
    assert first(suspended, NEW).result is Result.PROCESS_SUSPENDED
    assert first(replace(view(), current=Template("lt-1", "$Latest")), NEW).result is Result.UNNUMBERED


@pytest.mark.parametrize(
    ("decision", "result"),
    [
        (Decision(blind="no answer"), Result.BLIND),
        (Decision(marks=("i-1",)), Result.HEALING),
        (Decision(burst=True), Result.BURST),
        (Decision(braked_zones=("a",)), Result.ZONE_BRAKE),
    ],
)
def test_it_waits_for_what_the_healer_sees(decision: Decision, result: Result) -> None:
    assert held(view(), seen(decision), NEW).result is result


def test_it_waits_for_an_alarm_that_would_fail_it_at_once() -> None:
    assert held(view(), replace(seen(), alarmed=("errors",)), NEW).result is Result.ALARM


def test_a_suspected_image_is_waited_for_only_where_it_is_the_wanted_one() -> None:
    suspect = Decision(suspended="2 of 4 failed", burst=True, braked_zones=("a",))
    assert held(view(), seen(suspect), NEW).result is Result.READY
    assert held(view(templates=frozenset({NEW})), seen(suspect), NEW).result is Result.BAD_IMAGE


def test_after_a_refresh_the_suspect_may_be_its_version_so_that_a_braked_zone_counts() -> None:
    suspect = Decision(suspended="2 launches failed", braked_zones=("a",))

    assert held(view(refresh("RollbackSuccessful", OTHER)), seen(suspect), NEW).result is Result.ZONE_BRAKE


def a_member(lifecycle: str = "InService", health: str = "Healthy") -> Group:
    return replace(view().group, members=(Member("i-1", "a", lifecycle, health), Member("i-2", "b")))


def an_activity(kind: ActivityKind, cause: Cause) -> tuple[Activity, ...]:
    return (Activity(kind, cause, Outcome.UNDER_WAY, "i-1", ago(1)),)


@pytest.mark.parametrize(
    ("group", "history", "waits"),
    [
        (a_member(health="Unhealthy"), (), True),
        (a_member(lifecycle="Terminating"), (), True),
        (a_member(lifecycle="Terminating"), an_activity(ActivityKind.TERMINATE, Cause.USER_MARK), True),
        (a_member(lifecycle="Terminating"), an_activity(ActivityKind.TERMINATE, Cause.OTHER), False),
        (
            replace(a_member(lifecycle="Terminating"), marks=(Mark("i-1", ago(5)),)),
            an_activity(ActivityKind.TERMINATE, Cause.OTHER),
            True,
        ),
        (a_member(lifecycle="Pending"), an_activity(ActivityKind.LAUNCH, Cause.REPLACEMENT), True),
        (a_member(lifecycle="Pending"), an_activity(ActivityKind.LAUNCH, Cause.OTHER), False),
        (a_member(lifecycle="Standby"), (), False),
    ],
)
def test_it_waits_for_replacements_and_not_for_scaling(
    group: Group, history: tuple[Activity, ...], *, waits: bool
) -> None:
    found = held(view(), seen(group=group, history=history), NEW).result

    assert (found is Result.HEALING) is waits


def test_members_of_the_new_version_that_fail_and_launches_that_fail_speak_against_it() -> None:
    fails = Impairment(Check.INSTANCE, ago(3))
    members = (
        Member("i-1", "a", template=OLD, impairments=(fails,)),
        Member("i-2", "a", template=NEW, impairments=(fails,)),
        Member("i-3", "a", template=NEW, impairments=(Impairment(Check.SYSTEM, ago(0.5)),)),
        Member("i-4", "a", template=NEW, impairments=(Impairment(Check.SYSTEM, None),)),
    )
    lost = Activity(ActivityKind.LAUNCH, Cause.OTHER, Outcome.FAILED, "", ago(5))
    before = replace(lost, started=ago(50))
    facts = Facts(replace(view().group, members=members), (lost, lost, before), NOW, looked_back=True)

    found = evidence(facts, refresh("InProgress", ended=None), RolloutPolicy())
    assert (set(found.impaired), found.failed_launches) == ({"i-2", "i-4"}, 2)
    assert speaks_against(found, RolloutPolicy()) == 4
    assert speaks_against(found, RolloutPolicy(failed_launches=3)) == 2


def taken_first(desired: int, percentages: tuple[int, ...]) -> int:
    """How many AWS replaces until its first checkpoint: as few as are at least that share of the group."""
    return next(count for count in range(1, desired + 1) if count * 100 >= percentages[0] * desired)


@given(st.integers(1, 10_000), st.integers(1, 100))
def test_the_first_are_the_share_and_at_least_one_and_never_more(desired: int, percent: int) -> None:
    found, share = checkpoints(RolloutPolicy(canary_percent=percent), desired), max(1, desired * percent // 100)

    if not found:
        assert share == desired
        return
    assert 1 <= found[0] < found[1] == 100
    first = taken_first(desired, found)
    assert first <= max(share, -(-desired // 100))  # one percent is AWS's smallest
    if desired <= 100:
        assert first == share


@given(st.integers(2, 19))
def test_a_small_group_begins_with_one_instance(desired: int) -> None:
    assert taken_first(desired, checkpoints(RolloutPolicy(), desired)) == 1


def test_a_group_of_one_and_one_that_wants_all_at_once_have_no_first() -> None:
    assert checkpoints(RolloutPolicy(), 1) == checkpoints(RolloutPolicy(canary_percent=100), 50) == ()
