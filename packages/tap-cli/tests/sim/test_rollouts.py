"""Rollouts beside the healer: the referee finds nothing in ours, and notices rollouts that break its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from support.rollouts import careless

from embedded_aws.fleet import Check, GroupSettings, MaintenancePolicy, RefreshStatus
from tap_cli.sim.history import History
from tap_cli.sim.rollout_rules import NEVER_BOTH, ON_SUCCESS, ONCE
from tap_cli.sim.rollouts import PlayedRollouts, Roller, RolloutHistory, Wish, draw, play
from tap_stack.healer.handler import Surroundings
from tap_stack.rollout import handler

SEEDS = range(12)  # `python -m bench.rollouts --seeds 1000` plays more


def played(seed: int, roll: Roller = handler.run) -> PlayedRollouts:
    return play(draw(Random(f"rollouts/{seed}")), roll)  # noqa: S311 - a model: repeatable is what it has to be


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_broken_in_a_random_history(seed: int) -> None:
    assert played(seed).referee.violations == []


def test_what_spot_takes_amid_a_burst_is_no_proof_in_it() -> None:
    """Of 60, 14 fail within 7 minutes, and Spot takes 6 others: what came for those was launched before the 12th."""
    assert play(draw(Random("roll/240"))).referee.violations == []  # noqa: S311 - repeatable is what it has to be


def test_a_mark_holds_back_a_probe_in_its_zone_even_if_a_person_took_its_instance() -> None:
    assert played(387).referee.violations == []


def test_a_rollout_waits_for_a_marked_instance_that_somebody_terminates_meanwhile() -> None:
    """The activity tells of the person, and not of the mark: the instance is still being replaced for its health."""
    assert played(767).referee.violations == []


def test_a_rollout_that_is_rolled_back_does_not_lift_the_stop_for_a_bad_image() -> None:
    """Version 1 is bad, version 3 cannot be launched: the group goes back to version 1, which is bad still."""
    assert played(678).referee.violations == []


def stubborn(_: Mapping[str, Any], context: Any, around: Surroundings) -> object:
    """A rollout that takes every run for somebody's wish to try again."""
    return handler.run({"retry": around.environ["WANTED_TEMPLATE"]}, context, around)


def test_a_rollout_that_does_not_look_for_the_healer_is_noticed() -> None:
    assert {each.property for each in played(13, careless).referee.violations} == {NEVER_BOTH}


def test_a_rollout_that_begins_a_bad_version_again_is_noticed() -> None:
    broken = Counter(each.property for seed in SEEDS for each in played(seed, stubborn).referee.violations)

    assert broken[ONCE] > 0


def test_a_template_that_moves_by_itself_is_noticed() -> None:
    def by_hand(_: Mapping[str, Any], __: Any, around: Surroundings) -> None:
        clients: Any = around.clients
        world = clients.account.world
        world.fleet.update(world.now, template_version=around.environ["WANTED_TEMPLATE"].partition(":")[2])

    assert ON_SUCCESS in {each.property for each in played(0, by_hand).referee.violations}


def small(size: int, bad: str | None) -> RolloutHistory:
    """A fleet of this size in which nothing goes wrong but, perhaps, the version that is wanted after a minute."""
    settings = GroupSettings(
        min_size=size,
        desired=size,
        max_size=2 * size,
        zones=("a", "b"),
        template_version="1",
        maintenance=MaintenancePolicy(100, 200),
        warmup=timedelta(minutes=5),
        grace=timedelta(minutes=5),
    )
    return RolloutHistory(History(size, 45, settings, reserved=False), (Wish(60, "2", bad),))


def launches(found: PlayedRollouts) -> int:
    """How many launches the group has begun since the version was wanted."""
    since, activities = found.referee.wished[0], found.world.fleet.activities
    return sum(each.start > since and each.description.startswith("Launching") for each in activities)


@pytest.mark.parametrize("bad", [Check.INSTANCE.value, Check.SYSTEM.value])
@pytest.mark.parametrize("size", [2, 3, 4, 8, 12])
def test_a_bad_version_stops_at_the_first_instance_of_a_small_fleet(size: int, bad: str) -> None:
    found = play(small(size, bad))
    fleet = found.world.fleet

    assert [each.status for each in fleet.refreshes] == [RefreshStatus.ROLLED_BACK]
    assert launches(found) == 1
    assert Counter(each.template_version for each in fleet.members) == {"1": size}
    assert found.referee.violations == []


def test_a_good_version_takes_two_waves_in_a_small_fleet_and_the_first_is_one_instance() -> None:
    found = play(small(8, None))
    (refresh,) = found.world.fleet.refreshes

    assert (refresh.status, refresh.preferences.checkpoints) == (RefreshStatus.SUCCESSFUL, (12, 100))
    assert launches(found) == 8
    assert Counter(each.template_version for each in found.world.fleet.members) == {"2": 8}


def test_the_histories_have_rollouts_that_succeed_and_that_are_rolled_back() -> None:
    ends = Counter(each.status for seed in SEEDS for each in played(seed).world.fleet.refreshes)

    assert ends[RefreshStatus.SUCCESSFUL] > 3
    assert ends[RefreshStatus.ROLLED_BACK] > 3
