"""Rollouts beside the healer: the referee finds nothing in ours, and notices rollouts that break its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from support.rollouts import careless

from embedded_aws.fleet import RefreshStatus
from tap_cli.sim.rollout_rules import NEVER_BOTH, ON_SUCCESS, ONCE
from tap_cli.sim.rollouts import PlayedRollouts, Roller, draw, play
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


def test_the_histories_have_rollouts_that_succeed_and_that_are_rolled_back() -> None:
    ends = Counter(each.status for seed in SEEDS for each in played(seed).world.fleet.refreshes)

    assert ends[RefreshStatus.SUCCESSFUL] > 3
    assert ends[RefreshStatus.ROLLED_BACK] > 3
