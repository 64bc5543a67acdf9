"""Instance refresh: rolling, with warm-up and checkpoints, cancelled, failed and rolled back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from embedded_aws.fleet import (
    Check,
    Lifecycle,
    MaintenancePolicy,
    Preferences,
    Process,
    RefreshStatus,
    Refused,
    ScalingGroup,
    Unmovable,
)

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
PLAIN = Preferences()


def versions(fleet: ScalingGroup) -> Counter[str]:
    return Counter(member.template_version for member in fleet.members if member.lifecycle is Lifecycle.IN_SERVICE)


def status(fleet: ScalingGroup) -> RefreshStatus:
    return fleet.refreshes[0].status


def test_a_refresh_replaces_every_member_and_then_adopts_the_new_version(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.start_refresh(PLAIN, at(5), "2")
    assert fleet.settings.template_version == "1"
    fleet.advance(at(30))

    assert (status(fleet), versions(fleet)) == (RefreshStatus.SUCCESSFUL, {"2": 4})
    assert fleet.settings.template_version == "2"
    assert fleet.refreshes[0].percentage_complete == 100
    assert any(
        each.cause.endswith("an instance was launched in response to an instance refresh.") for each in fleet.activities
    )


def test_a_refresh_keeps_ninety_percent_in_service_by_default(make: Make, at: At) -> None:
    fleet = make(desired=20)
    fleet.start_refresh(PLAIN, at(5))

    assert fleet.members.by_state.count(Lifecycle.TERMINATING) == 2


@pytest.mark.parametrize(
    ("wishes", "policy", "terminating_and_pending"),
    [
        (Preferences(min_healthy=50), None, (5, 5)),
        (Preferences(min_healthy=100, max_healthy=130), None, (0, 3)),
        (Preferences(), MaintenancePolicy(100, 110), (0, 1)),
        (Preferences(min_healthy=100, max_healthy=100), None, (1, 1)),
    ],
)
def test_how_many_at_a_time(
    make: Make, at: At, wishes: Preferences, policy: MaintenancePolicy | None, terminating_and_pending: tuple[int, int]
) -> None:
    fleet = make(desired=10, maintenance=policy)
    fleet.start_refresh(wishes, at(5))

    counts = fleet.members.by_state
    assert (counts.count(Lifecycle.TERMINATING), counts.count(Lifecycle.PENDING)) == terminating_and_pending


def test_a_refresh_waits_for_the_warm_up_of_each(make: Make, at: At) -> None:
    fleet = make(desired=2, boot=timedelta(minutes=1))
    fleet.start_refresh(Preferences(warmup=timedelta(minutes=4)), at(5))
    fleet.advance(at(9.9))
    assert fleet.refreshes[0].instances_to_update == 2

    fleet.advance(at(10))

    assert fleet.refreshes[0].instances_to_update == 1
    assert fleet.refreshes[0].percentage_complete == 50


def test_the_warm_up_is_the_groups_or_else_its_grace_period(make: Make, at: At) -> None:
    fleet = make(desired=1, boot=timedelta(minutes=1), grace=timedelta(minutes=10))
    fleet.start_refresh(PLAIN, at(5))
    fleet.advance(at(15.9))
    assert status(fleet) is RefreshStatus.IN_PROGRESS

    fleet.advance(at(16))

    assert status(fleet) is RefreshStatus.SUCCESSFUL


def test_members_that_match_are_skipped_where_that_is_wished(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.start_refresh(Preferences(skip_matching=True), at(5), "1")

    assert status(fleet) is RefreshStatus.SUCCESSFUL
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == 4


def test_a_second_refresh_is_refused_while_one_is_under_way(make: Make, at: At) -> None:
    fleet = make()
    fleet.start_refresh(PLAIN, at(5))

    with pytest.raises(Refused) as refusal:
        fleet.start_refresh(PLAIN, at(5))

    assert refusal.value.code == "InstanceRefreshInProgress"


def test_a_suspended_instance_refresh_process_pauses_it(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.suspend([Process.INSTANCE_REFRESH], at(4))
    fleet.start_refresh(PLAIN, at(5), "2")
    fleet.advance(at(20))
    assert versions(fleet) == {"1": 4}

    fleet.resume([], at(21))
    fleet.advance(at(50))

    assert versions(fleet) == {"2": 4}


def test_a_cancelled_refresh_finishes_what_it_has_begun_and_no_more(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.start_refresh(PLAIN, at(5), "2")
    fleet.cancel_refresh(at(5.1))
    assert status(fleet) is RefreshStatus.CANCELLING
    fleet.advance(at(30))

    assert status(fleet) is RefreshStatus.CANCELLED
    assert versions(fleet) == {"1": 3, "2": 1}
    assert fleet.settings.template_version == "1"


def test_there_is_nothing_to_cancel_without_a_refresh(make: Make, at: At) -> None:
    with pytest.raises(Refused) as refusal:
        make().cancel_refresh(at(5))

    assert refusal.value.code == "ActiveInstanceRefreshNotFound"


def test_a_rollback_brings_the_old_version_back(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.start_refresh(PLAIN, at(5), "2")
    fleet.advance(at(6.6))
    assert versions(fleet)["2"] == 2
    fleet.roll_back_refresh(at(6.6))
    assert status(fleet) is RefreshStatus.ROLLING_BACK
    fleet.advance(at(60))

    assert (status(fleet), versions(fleet)) == (RefreshStatus.ROLLED_BACK, {"1": 4})
    assert fleet.refreshes[0].percentage_complete == 0


def test_a_refresh_without_a_desired_configuration_cannot_be_rolled_back(make: Make, at: At) -> None:
    fleet = make()
    fleet.start_refresh(PLAIN, at(5))

    with pytest.raises(Refused) as refusal:
        fleet.roll_back_refresh(at(6))

    assert refusal.value.code == "IrreversibleInstanceRefresh"


@pytest.mark.parametrize("check", [Check.INSTANCE, None])
def test_a_refresh_to_a_bad_version_fails_and_rolls_back_by_itself(make: Make, at: At, check: Check | None) -> None:
    fleet = make(desired=4, refresh_timeout=timedelta(hours=1))
    fleet.spoil_template("2", check, at(4))
    fleet.start_refresh(Preferences(auto_rollback=True, min_healthy=100, max_healthy=110), at(5), "2")
    fleet.advance(at(64))
    assert versions(fleet)["1"] == 4

    fleet.advance(at(200))

    assert (status(fleet), versions(fleet)) == (RefreshStatus.ROLLED_BACK, {"1": 4})
    assert fleet.refreshes[0].rollback is not None
    assert "did not become healthy" in fleet.refreshes[0].rollback.reason


def test_a_refresh_to_a_bad_version_without_rollback_fails_after_its_time(make: Make, at: At) -> None:
    fleet = make(desired=4)
    fleet.spoil_template("2", Check.INSTANCE, at(4))
    fleet.start_refresh(PLAIN, at(5), "2")
    fleet.advance(at(200))

    assert status(fleet) is RefreshStatus.FAILED
    assert fleet.settings.template_version == "1"
    assert fleet.members.by_state.count(Lifecycle.IN_SERVICE) == 4


def test_auto_rollback_needs_something_to_roll_back_to(make: Make, at: At) -> None:
    with pytest.raises(Refused, match="desired configuration"):
        make().start_refresh(Preferences(auto_rollback=True), at(5))


def test_a_checkpoint_pauses_it(make: Make, at: At) -> None:
    fleet = make(desired=4)
    wishes = Preferences(checkpoints=(50, 100), checkpoint_delay=timedelta(hours=2))
    fleet.start_refresh(wishes, at(5), "2")
    fleet.advance(at(120))
    assert versions(fleet) == {"1": 2, "2": 2}

    fleet.advance(at(150))

    assert (status(fleet), versions(fleet)) == (RefreshStatus.SUCCESSFUL, {"2": 4})


def test_it_bakes_before_it_is_successful(make: Make, at: At) -> None:
    fleet = make(desired=1)
    fleet.start_refresh(Preferences(bake=timedelta(minutes=10)), at(5), "2")
    fleet.advance(at(10))
    assert status(fleet) is RefreshStatus.BAKING

    fleet.advance(at(16))

    assert status(fleet) is RefreshStatus.SUCCESSFUL


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Unmovable.IGNORE, (RefreshStatus.SUCCESSFUL, {"1": 1, "2": 3})),
        (Unmovable.REPLACE, (RefreshStatus.SUCCESSFUL, {"2": 4})),
        (Unmovable.WAIT, (RefreshStatus.FAILED, {"1": 1, "2": 3})),
    ],
)
def test_protected_members(
    make: Make, at: At, choice: Unmovable, expected: tuple[RefreshStatus, dict[str, int]]
) -> None:
    fleet = make(desired=4)
    fleet.protect([next(iter(fleet.members)).id], at(4), protected=True)
    fleet.start_refresh(Preferences(protected=choice), at(5), "2")
    fleet.advance(at(200))

    assert (status(fleet), versions(fleet)) == expected


@pytest.mark.parametrize(
    ("choice", "expected", "standing_by"),
    [
        (Unmovable.IGNORE, RefreshStatus.SUCCESSFUL, 1),
        (Unmovable.REPLACE, RefreshStatus.SUCCESSFUL, 0),
        (Unmovable.WAIT, RefreshStatus.FAILED, 1),
    ],
)
def test_members_on_standby(make: Make, at: At, choice: Unmovable, expected: RefreshStatus, standing_by: int) -> None:
    fleet = make(desired=4)
    fleet.enter_standby([next(iter(fleet.members)).id], at(4), decrement=True)
    fleet.start_refresh(Preferences(standby=choice), at(5), "2")
    fleet.advance(at(200))

    assert status(fleet) is expected
    assert fleet.members.by_state.count(Lifecycle.STANDBY) == standing_by


@pytest.mark.parametrize("bake", [timedelta(0), timedelta(hours=1)])
def test_an_alarm_rolls_it_back_at_once_also_while_it_bakes(make: Make, at: At, bake: timedelta) -> None:
    fleet = make(desired=2)
    wishes = Preferences(auto_rollback=True, alarms=("errors",), bake=bake)
    fleet.start_refresh(wishes, at(5), "2")
    fleet.advance(at(12) if bake else at(6))
    assert status(fleet) is (RefreshStatus.BAKING if bake else RefreshStatus.IN_PROGRESS)

    fleet.refresh_alarmed("errors", fleet.now)
    fleet.refresh_alarmed("errors", fleet.now)
    assert status(fleet) is RefreshStatus.ROLLING_BACK
    fleet.advance(at(60))

    assert (status(fleet), versions(fleet)) == (RefreshStatus.ROLLED_BACK, {"1": 2})
    assert fleet.settings.template_version == "1"
    assert "errors" in fleet.refreshes[0].reason


def test_an_alarm_fails_a_refresh_that_is_not_to_be_rolled_back(make: Make, at: At) -> None:
    fleet = make(desired=2)
    fleet.start_refresh(Preferences(alarms=("errors",)), at(5), "2")

    fleet.refresh_alarmed("errors", at(6))

    assert status(fleet) is RefreshStatus.FAILED
    assert fleet.settings.template_version == "1"


def test_a_refresh_is_forgotten_after_six_weeks(make: Make, at: At) -> None:
    fleet = make(desired=1)
    fleet.start_refresh(PLAIN, at(5), "2")
    fleet.advance(at(5) + timedelta(weeks=6))
    assert status(fleet) is RefreshStatus.SUCCESSFUL

    fleet.advance(at(6) + timedelta(weeks=6))

    assert fleet.refreshes == []
