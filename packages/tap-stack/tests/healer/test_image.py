"""The stop for a bad image: it holds where replacements fail too, and lets go with a new template version."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.healing.builders import a_group, a_launch, a_member, a_termination, ago, broken, decided, reason_of

from tap_stack.healer.model import (
    Activity,
    ActivityKind,
    Cause,
    Check,
    Group,
    Impairment,
    Mark,
    Member,
    Outcome,
    Reason,
    Template,
)
from tap_stack.healer.replies import group_of

MEMBER = broken(1)


def sick(number: int, minutes: float = 10, **changes: object) -> tuple[Member, Activity]:
    """A replacement launched so many minutes ago and impaired ever since, and its launch."""
    impairments = (Impairment(Check.SYSTEM, ago(minutes=minutes)),)
    member = a_member(number, impairments=impairments)._replace(**changes)  # type: ignore[arg-type]
    return member, a_launch(member.id, ago(minutes=minutes))


def fleet(*members: Member, version: str = "1", template: str = "lt-1") -> Group:
    """The broken member, those given, and sound ones, so many that nothing else holds back."""
    return a_group(MEMBER, *members, desired=200, templates=frozenset({Template(template, version)}))


def well(*minutes: float) -> list[Activity]:
    """Launches of replacements that are well."""
    return [a_launch(f"i-{150 + number:05}", ago(minutes=ago_)) for number, ago_ in enumerate(minutes)]


def test_one_bad_replacement_of_four_is_no_bad_image() -> None:
    member, launch = sick(50)

    assert reason_of(MEMBER, fleet(member), launch, *well(61, 70, 80)) is Reason.MARKED


def test_two_bad_replacements_of_the_last_four_stop_everything() -> None:
    (one, first), (two, second) = sick(50), sick(51, 20)

    decision = decided(fleet(one, two), first, second, *well(61, 70))

    assert decision.marks == ()
    assert decision.suspended == "2 of the last 4 replacements failed soon after their launch"
    assert {item.reason for item in decision.verdicts} == {Reason.SUSPENDED_BAD_IMAGE}


def test_only_the_last_four_count() -> None:
    (one, first), (two, second) = sick(50), sick(51, 200)
    two = two._replace(impairments=(Impairment(Check.SYSTEM, ago(minutes=150)),))

    assert reason_of(MEMBER, fleet(one, two), first, second, *well(61, 70, 80)) is Reason.MARKED
    assert reason_of(MEMBER, fleet(one, two), first, second, *well(61, 70)) is Reason.SUSPENDED_BAD_IMAGE


@pytest.mark.parametrize("minutes", [1, 30, 59.9])
def test_those_that_are_not_decided_yet_do_not_lift_it(minutes: float) -> None:
    """Four of four were bad: three newcomers that have been well for so long change nothing."""
    pairs = [sick(50 + number, 20 + number) for number in range(4)]
    bad = fleet(*(member for member, _ in pairs))

    assert decided(bad, *(launch for _, launch in pairs), *well(*[minutes] * 3)).suspended != ""


def test_nor_do_those_that_a_person_spot_or_scale_in_took() -> None:
    (one, first), (two, second) = sick(50), sick(51, 20)
    taken = [a_launch(f"i-taken{number}", ago(minutes=15)) for number in range(4)]
    ends = [a_termination(item.instance_id, ago(minutes=5), cause=Cause.OTHER) for item in taken]

    assert decided(fleet(one, two), first, second, *taken, *ends).suspended != ""


def test_one_that_was_seen_to_fail_counts_although_its_check_passes_again() -> None:
    """Checks that fail on and off would otherwise lift the stop whenever they pass."""
    launches = [a_launch(f"i-{number:05}", ago(minutes=30)) for number in (50, 51)]
    failed = {item.instance_id: Template("lt-1", "1") for item in launches}

    assert decided(fleet(), *launches).suspended == ""
    assert decided(replace(fleet(), failed=failed), *launches).suspended != ""
    assert decided(replace(fleet(version="2"), failed=failed), *launches).suspended == ""


def test_those_that_have_failed_are_to_be_recorded_once() -> None:
    (one, first), (two, second) = sick(50), sick(51, 20)
    group = replace(fleet(one, two), failed={two.id: None})

    assert [item.id for item in decided(group, first, second).failed] == [one.id]


def test_a_replacement_older_than_a_day_does_not_count() -> None:
    def failed(hours: float) -> str:
        launches = [a_launch(f"i-gone{number}", ago(hours=hours)) for number in (1, 2)]
        ends = [a_termination(item.instance_id, ago(hours=hours - 0.2)) for item in launches]
        return decided(fleet(), *launches, *ends).suspended

    assert failed(23.9) != ""
    assert failed(24.1) == ""


def test_the_retry_of_a_failed_launch_is_the_replacement() -> None:
    """AWS says of it that it makes up a difference of capacity."""
    (one, first), (two, second) = sick(50, 5), sick(51, 3)
    lost = [a_launch("", ago(minutes=item), took=0, outcome=Outcome.FAILED) for item in (100, 90)]
    retries = [replace(item, cause=Cause.OTHER) for item in (first, second)]

    assert decided(fleet(one, two), *lost, *retries).suspended != ""
    assert decided(fleet(one, two), *retries).suspended == ""


def test_a_replacement_that_fails_later_than_60_minutes_after_its_launch_is_no_bad_image() -> None:
    def failing_after(minutes: float) -> Reason:
        pairs = [sick(50, 10), sick(51, 10)]
        launches = [replace(launch, started=ago(minutes=10 + minutes)) for _, launch in pairs]
        return reason_of(MEMBER, fleet(*(member for member, _ in pairs)), *launches)

    assert failing_after(60) is Reason.SUSPENDED_BAD_IMAGE
    assert failing_after(60.1) is Reason.MARKED


def test_a_replacement_whose_failure_is_not_confirmed_is_not_held_against_the_image() -> None:
    (one, first), (two, second) = sick(50, 1), sick(51, 1)

    assert reason_of(MEMBER, fleet(one, two), first, second) is Reason.MARKED


@pytest.mark.parametrize("cause", [Cause.USER_MARK, Cause.HEALTH_CHECK])
def test_replacements_that_are_gone_for_their_health_count(cause: Cause) -> None:
    history = [a_launch("i-gone1", ago(minutes=50)), a_launch("i-gone2", ago(minutes=30))]
    ends = [
        a_termination("i-gone1", ago(minutes=40), cause=cause),
        a_termination("i-gone2", ago(minutes=20), cause=cause),
    ]

    assert reason_of(MEMBER, fleet(), *history, *ends) is Reason.SUSPENDED_BAD_IMAGE


def test_a_replacement_gone_for_its_health_failed_up_to_a_window_before() -> None:
    """Marked 65 minutes after its launch it may have failed within 60; later it has not."""

    def gone_after(minutes: float) -> str:
        launches = [a_launch(f"i-gone{number}", ago(minutes=minutes + 10)) for number in (1, 2)]
        ends = [a_termination(item.instance_id, ago(minutes=10)) for item in launches]
        return decided(fleet(), *launches, *ends).suspended

    assert gone_after(65) != ""
    assert gone_after(65.1) == ""


def test_replacements_that_went_by_scale_in_do_not_count() -> None:
    history = [a_launch("i-gone1", ago(minutes=50)), a_launch("i-gone2", ago(minutes=30))]
    ends = [a_termination(item.instance_id, ago(minutes=20), cause=Cause.OTHER) for item in history]

    assert reason_of(MEMBER, fleet(), *history, *ends) is Reason.MARKED


def test_launches_that_replace_nobody_are_no_replacements() -> None:
    pairs = [sick(50), sick(51)]
    launches = [replace(launch, cause=Cause.OTHER) for _, launch in pairs]

    assert reason_of(MEMBER, fleet(*(member for member, _ in pairs)), *launches) is Reason.MARKED


def test_two_failed_launches_within_15_minutes_stop_everything() -> None:
    def failed(*minutes: float) -> list[Activity]:
        return [a_launch("", ago(minutes=item), took=0, outcome=Outcome.FAILED, cause=Cause.OTHER) for item in minutes]

    assert decided(fleet(), *failed(15, 1)).suspended == "2 launches failed within 15 minutes"
    assert decided(fleet(), *failed(15.1, 1)).suspended == ""
    assert decided(fleet(), *failed(1)).suspended == ""


def test_failed_launches_of_replacements_speak_against_the_image_for_60_minutes() -> None:
    def failed(*minutes: float) -> list[Activity]:
        return [a_launch("", ago(minutes=item), took=0, outcome=Outcome.FAILED) for item in minutes]

    assert decided(fleet(), *failed(60, 40)).suspended == "2 of the last 4 replacements failed soon after their launch"
    assert decided(fleet(), *failed(61, 40)).suspended == ""


def test_a_cancelled_launch_is_no_failed_one() -> None:
    history = [a_launch("", ago(minutes=item), outcome=Outcome.CANCELLED) for item in (1, 2, 3)]

    assert decided(fleet(), *history).suspended == ""


def test_a_launch_cancelled_because_its_instance_stopped_while_it_booted_is_a_failed_one() -> None:
    """The texts and the status are AWS's; whatever launched it, a second such launch speaks against the image."""

    def cancelled(cause: Cause) -> list[Activity]:
        launches = [
            a_launch(f"i-stopped{item}", ago(minutes=item), outcome=Outcome.CANCELLED, cause=Cause.OTHER)
            for item in (3, 5)
        ]
        return [*launches, *(a_termination(item.instance_id, ago(minutes=2), cause=cause) for item in launches)]

    assert decided(fleet(), *cancelled(Cause.HEALTH_CHECK)).suspended == "2 launches failed within 15 minutes"
    assert decided(fleet(), *cancelled(Cause.OTHER)).suspended == ""  # scaled in before it was in service


def test_a_new_template_version_resumes_at_once() -> None:
    (one, first), (two, second) = sick(50), sick(51, 20)

    assert decided(fleet(one, two), first, second).suspended != ""
    assert decided(fleet(one, two, version="2"), first, second).suspended == ""


def test_and_a_bad_new_version_stops_it_again() -> None:
    new = Template("lt-1", "2")
    (one, first), (two, second) = sick(50, template=new), sick(51, 20, template=new)

    assert decided(fleet(one, two, version="2"), first, second).suspended != ""


def test_a_launch_without_a_member_is_of_the_old_version_if_a_later_one_is() -> None:
    """Both failures are gone and tell no version, but an instance launched after them is known to be of version 1."""
    gone = [
        entry
        for number in (1, 2)
        for entry in (a_launch(f"i-gone{number}", ago(minutes=40)), a_termination(f"i-gone{number}", ago(minutes=30)))
    ]
    later = a_launch("i-00150", ago(minutes=25))

    assert decided(fleet(), *gone, later).suspended != ""
    assert decided(fleet(version="2"), *gone, later).suspended == ""
    assert decided(fleet(version="2"), *gone).suspended != ""


def test_a_refresh_that_is_rolled_back_clears_nothing() -> None:
    """It launched one of version 2. The group goes on with version 1, of which a member came before the failures."""
    failed = [a_launch("", ago(minutes=minutes), outcome=Outcome.FAILED) for minutes in (12, 10)]
    before, refreshed = a_launch("i-00150", ago(minutes=90)), a_launch("i-new", ago(minutes=5), cause=Cause.OTHER)
    marks = (Mark("i-new", ago(minutes=2), template=Template("lt-1", "2")),)

    assert decided(replace(fleet(), marks=marks), before, *failed, refreshed).suspended != ""
    assert decided(replace(fleet(), marks=marks), *failed, refreshed).suspended == ""
    assert decided(replace(fleet(version="3"), marks=marks), before, *failed, refreshed).suspended == ""


def test_another_template_of_the_same_version_number_is_another_one() -> None:
    (one, first), (two, second) = sick(50), sick(51, 20)

    assert decided(fleet(one, two, template="lt-2"), first, second).suspended == ""


def test_the_record_tells_the_templates_of_those_that_were_marked() -> None:
    """Both were bad, of version 1, and are gone; nothing that was launched after them tells a version."""
    gone = [a_launch(f"i-gone{number}", ago(minutes=40)) for number in (1, 2)]
    ends = [a_termination(item.instance_id, ago(minutes=30)) for item in gone]
    marks = tuple(Mark(item.instance_id, item.started, template=Template("lt-1", "1")) for item in ends)

    assert decided(fleet(version="2"), *gone, *ends).suspended != ""
    assert decided(replace(fleet(version="2"), marks=marks), *gone, *ends).suspended == ""
    assert decided(replace(fleet(), marks=marks), *gone, *ends).suspended != ""


def test_an_overrides_template_is_one_of_the_groups() -> None:
    (one, first), (two, second) = (sick(number, template=Template("lt-spot", "7")) for number in (50, 51))
    group = fleet(one, two)

    def suspended(override: str) -> str:
        templates = group.templates | {Template("lt-spot", override)}
        return decided(replace(group, templates=templates), first, second).suspended

    assert suspended("7") != ""
    assert suspended("8") == ""


def test_all_templates_of_a_mixed_instances_policy_are_the_groups() -> None:
    def named(template: str, **version: str) -> dict[str, dict[str, str]]:
        return {"LaunchTemplateSpecification": {"LaunchTemplateId": template} | version}

    mixed = named("lt-1", Version="3") | {"Overrides": [named("lt-spot", Version="7"), named("lt-arm"), {}]}
    said = {
        "AutoScalingGroupName": "g",
        "DesiredCapacity": 0,
        "Instances": [],
        "SuspendedProcesses": [],
        "Tags": [],
        "MixedInstancesPolicy": {"LaunchTemplate": mixed},
    }

    assert group_of(said).templates == {
        Template("lt-1", "3"),
        Template("lt-spot", "7"),
        Template("lt-arm", "$Default"),
    }


@pytest.mark.parametrize("version", ["$Latest", "$Default"])
def test_where_aws_resolves_the_version_it_is_that_of_the_newest_instance(version: str) -> None:
    (one, first), (two, second) = sick(50), sick(51, 20)
    newer = a_member(52, template=Template("lt-1", "2"))
    group, launch = fleet(one, two, newer, version=version), a_launch(newer.id, ago(minutes=2))

    assert decided(fleet(one, two, version=version), first, second).suspended != ""
    assert decided(group, first, second).suspended != ""
    assert decided(group, first, second, launch).suspended == ""


def test_replacements_that_fail_in_a_broken_zone_say_nothing_about_the_image() -> None:
    zone = [broken(300 + number, 900, zone="zone-x") for number in range(5)]
    pairs = [sick(50, zone="zone-x"), sick(51, zone="zone-x")]
    launches = [replace(launch, zone="zone-x") for _, launch in pairs]

    assert reason_of(MEMBER, fleet(*zone, *(member for member, _ in pairs)), *launches) is Reason.MARKED
    assert reason_of(MEMBER, fleet(*(member._replace(zone="zone-a") for member, _ in pairs)), *launches) is (
        Reason.SUSPENDED_BAD_IMAGE
    )


def test_a_zone_that_is_braked_because_the_group_may_have_probed_it_excuses_no_image() -> None:
    pairs = [sick(50, zone="zone-x"), sick(51, zone="zone-x")]
    taken = a_termination("i-taken", ago(seconds=60), zone="zone-x", cause=Cause.HEALTH_CHECK)
    launches = [replace(launch, zone="zone-x") for _, launch in pairs]

    decision = decided(fleet(*(member for member, _ in pairs)), taken, *launches)

    assert decision.braked_zones == ("zone-x",)
    assert decision.suspended == "2 of the last 4 replacements failed soon after their launch"


@pytest.mark.parametrize(
    ("cause", "stopped"), [(Cause.HEALTH_CHECK, True), (Cause.UNKNOWN, True), (Cause.OTHER, False)]
)
def test_launches_into_the_warm_pool_that_fail_speak_against_the_image(cause: Cause, stopped: bool) -> None:  # noqa: FBT001 - a table
    """What never comes up there is of the same template; what the pool takes out because it shrinks is not."""
    cancelled = [
        activity
        for number in (1, 2)
        for activity in (
            replace(
                a_launch(f"i-pool-{number}", ago(minutes=number), cause=Cause.OTHER, outcome=Outcome.CANCELLED),
                kind=ActivityKind.POOL_LAUNCH,
            ),
            a_termination(f"i-pool-{number}", ago(minutes=number), cause=cause, kind=ActivityKind.OTHER),
        )
    ]

    assert bool(decided(fleet(), *cancelled).suspended) is stopped
