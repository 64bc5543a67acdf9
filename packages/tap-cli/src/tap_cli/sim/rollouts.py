"""Rollouts and the healer side by side in simulated time: random histories, and who watches over them.

Two functions run each minute against one group, each with a log group of its own: the healer and the rollout, both as
they are deployed. Their events come late and twice, and their calls interleave, are throttled and lost. Meanwhile
members fail, operators meddle, and one launch template version after the other is wanted, some of them bad.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, TypeAlias

from embedded_aws.fleet import Check, MaintenancePolicy
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.world import GROUP_NAME, TEMPLATE, World, build
from tap_cli.sim import draws, steps
from tap_cli.sim.chance import stream
from tap_cli.sim.function import LOG_GROUP, TOPIC, Arrival, Function, Schedule
from tap_cli.sim.history import History
from tap_cli.sim.rollout_rules import ROLLOUT, RolloutReferee
from tap_stack.healer.handler import Surroundings, sweep
from tap_stack.rollout import handler

ALARM, METRIC = "rollout-unhealthy", "NewVersionImpaired"
MINUTE = timedelta(minutes=1)
NOT_HERE = frozenset({"template", "publish", "refresh"})
"""Steps that change the group's template, or refresh it, behind the rollout's back."""


@dataclass(frozen=True)
class Wish:
    """That a version is wanted from some second of the history on; `bad` is the check that its members fail."""

    at: float
    version: str
    bad: str | None = None


@dataclass(frozen=True)
class RolloutHistory:
    """A history of the healer with the versions that are wanted in it."""

    history: History
    wishes: tuple[Wish, ...]


Roller: TypeAlias = Callable[[Mapping[str, Any], Any, Surroundings], object]
"""What runs at each event of the rollout: event, context, surroundings. It may raise what fails it."""


@dataclass(frozen=True)
class Both:
    """The two functions behind one schedule, each with its own variables."""

    roll: Roller
    environ: dict[str, str]

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:
        """Run the one that the event is for."""
        if event["detail-type"] != ROLLOUT:
            return sweep(event, context, around)
        return self.roll({"time": event["time"]}, context, replace(around, environ=self.environ))


@dataclass(frozen=True)
class PlayedRollouts:
    """What became of a history."""

    world: World
    account: Account
    referee: RolloutReferee


def draw(rng: Random) -> RolloutHistory:
    """A random history of three quarters of an hour, in which more fails than in most."""
    drawn = draws.draw(rng, minutes=45)
    settings = replace(
        drawn.settings,
        template_version="1",
        overrides=(),
        warm_pool=None,
        maintenance=rng.choice((MaintenancePolicy(100, 110), MaintenancePolicy(100, 150), MaintenancePolicy(90, 110))),
        warmup=timedelta(seconds=rng.choice((0, 60, 300))),
    )
    faults = replace(drawn.faults, lag_seconds=0.0)
    more = draws.draw(rng, minutes=45, size=settings.desired).steps
    kept = tuple(each for each in (*drawn.steps, *more) if each[1] not in NOT_HERE)
    history = replace(
        drawn, settings=settings, steps=kept, faults=faults, altered=(), reserved=False, observing=False, twofold=0.0
    )
    return RolloutHistory(history, _wishes(rng))


def _wishes(rng: Random) -> tuple[Wish, ...]:
    """One to three versions, one after the other, each of them bad in one of three cases; the first may come back."""
    found, at = [], 0.0
    for number in range(2, 2 + rng.randint(1, 3)):
        at += rng.uniform(60, 900)
        bad = rng.choice((None, None, None, None, "instance", steps.NEVER))
        found.append(Wish(at, str(number), bad))
    back = [Wish(at + rng.uniform(300, 1200), "1")] if rng.random() < 0.2 else []  # noqa: PLR2004 - a chance
    return (*found, *back)


def play(
    rollouts: RolloutHistory, roll: Roller = handler.run, prepare: Callable[[Account], None] = lambda _: None
) -> PlayedRollouts:
    """Play a history from its beginning to its end, under a referee."""
    history = rollouts.history
    world = build(history.settings, history.timings, stream(history.seed, "group"), words=history.words)
    world.advance(world.now + timedelta(minutes=history.age_minutes))
    account = Account(world, stream(history.seed, "api"), history.faults)
    account.alarms[ALARM] = METRIC
    prepare(account)
    environ = {"GROUP_NAME": GROUP_NAME, "HEALER_MODE": "live", "TOPIC_ARN": TOPIC} | dict(history.environ)
    own = {
        "GROUP_NAME": GROUP_NAME,
        "TOPIC_ARN": TOPIC,
        "WANTED_TEMPLATE": wanted("1"),
        "ALARMS": json.dumps([ALARM]),
        "HEALER_LOG_GROUP": LOG_GROUP,
        "HEALER_POLICY": environ.get("HEALER_POLICY", ""),
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tap-rollout",
    }
    function = Function(account, Both(roll, own), environ, stream(history.seed, "function"))
    function.reserved, function.seconds = False, history.seconds
    referee = RolloutReferee(account, function)
    begin = world.now
    steps.plan(world, stream(history.seed, "steps"), history.steps)
    for wish in rollouts.wishes:
        world.at(begin + timedelta(seconds=wish.at), partial(_want, referee, own, wish))
    function.run(_schedule(begin, history))
    return PlayedRollouts(world, account, referee)


def wanted(version: str) -> str:
    """A version of the group's launch template as the rollout's variable names it."""
    return f"{TEMPLATE['LaunchTemplateId']}:{version}"


def _want(referee: RolloutReferee, environ: dict[str, str], wish: Wish) -> None:
    world = referee.account.world
    referee.wished.append(world.now)
    environ["WANTED_TEMPLATE"] = wanted(wish.version)
    if wish.bad is not None:
        check = None if wish.bad == steps.NEVER else Check(wish.bad)
        world.fleet.spoil_template(wish.version, check, world.now)


def _schedule(begin: datetime, history: History) -> Schedule:
    """The healer's schedule with the rollout's beside it, each at a second of its own of every minute."""
    rng = stream(history.seed, "rollout")
    end, first = begin + timedelta(minutes=history.minutes), begin + MINUTE * rng.random()
    extra, due = [], first
    while due <= end:
        late = rng.random() * (100 if rng.random() < history.late else 2)
        extra.append(Arrival(due, due + timedelta(seconds=late), kind=ROLLOUT))
        if rng.random() < history.repeated:
            extra.append(Arrival(due, due + timedelta(seconds=60 * rng.random()), kind=ROLLOUT))
        due += MINUTE
    return Schedule(
        begin + MINUTE * rng.random(),
        end,
        repeated=history.repeated,
        late=history.late,
        wobble_seconds=history.wobble_seconds,
        prompt_seconds=history.prompt_seconds,
        extra=extra,
    )


def without_faults(rollouts: RolloutHistory) -> RolloutHistory:
    """The same history with an API that answers at once and always."""
    return replace(rollouts, history=replace(rollouts.history, faults=ApiFaults()))
