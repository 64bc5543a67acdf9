"""Load balancers in histories: what they say changes no mark, and a healer that counts wrongly is caught."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from embedded_aws.fleet import Lifecycle
from embedded_aws.in_process import target_groups
from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.world import World
from tap_cli.sim.aimed_at_targets import targets
from tap_cli.sim.draws import draw
from tap_cli.sim.history import History, PlayedHistory, play
from tap_stack.healer import handler
from tap_stack.healer.handler import Surroundings

OF_TARGETS = {"targets", "calls"}


def without_targets(history: History) -> History:
    """The same history, in a group that no load balancer knows, and in which nothing goes wrong on the way to AWS."""
    checks = history.settings.health_checks - {"ELB"}
    return replace(
        history,
        settings=replace(history.settings, health_checks=checks),
        target_groups=0,
        steps=tuple(step for step in history.steps if step[1] != "target"),
        faults=ApiFaults(latency_seconds=0),
        altered=(),
        troubled=(),
    )


def half_are_unhealthy(world: World) -> None:
    """Two target groups, in which each minute every second member is called unhealthy."""
    target_groups.attach(world, 2)

    def fail() -> None:
        for member in sorted(world.fleet.members.by_state.of(Lifecycle.IN_SERVICE), key=lambda each: each.id)[::2]:
            target_groups.fail(world, member.id, "Target.FailedHealthChecks")

    for minute in range(60):
        world.at(world.now + timedelta(minutes=minute), fail)


def told(outcome: PlayedHistory) -> list[dict[str, Any]]:
    """All lines, without what is said of targets."""
    lines = [json.loads(text) for _, text in outcome.function.lines]
    return [{key: value for key, value in line.items() if key not in OF_TARGETS} for line in lines]


def test_what_load_balancers_say_changes_no_mark_and_no_reason() -> None:
    marked = 0
    for number in range(16):
        history = without_targets(draw(Random(number)))  # noqa: S311 - a model
        plain, balanced = play(history), play(history, before=half_are_unhealthy)

        assert balanced.referee.marks == plain.referee.marks
        assert told(balanced) == told(plain)
        assert balanced.violations == []
        marked += len(plain.referee.marks)
    assert marked > 0


def test_some_drawn_histories_have_target_groups_and_the_others_have_none() -> None:
    drawn = [draw(Random(number)) for number in range(60)]  # noqa: S311 - a model
    balanced = [each for each in drawn if each.target_groups]

    assert 5 <= len(balanced) <= 40
    assert {step[1] for each in balanced for step in each.steps} >= {"target", "fail"}
    assert not any(step[1] == "target" for each in drawn if not each.target_groups for step in each.steps)


class Careless:
    """The healer, with a line or a metric that has something else to say of targets."""

    def __init__(self, part: str) -> None:
        self._part = part

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:
        def emit(text: str) -> None:
            line = json.loads(text)
            around.emit(json.dumps(line | {"targets": {}} if self._part == "line" else line))

        clients: Any = around.clients
        if self._part == "metric":
            others = {name: getattr(clients, name) for name in ("autoscaling", "ec2", "elbv2", "sns", "logs")}
            clients = SimpleNamespace(cloudwatch=Dull(clients.cloudwatch), **others)
        return handler.sweep(event, context, Surroundings(clients, around.environ, around.sleep, around.random, emit))


class Dull:
    """A client of CloudWatch that counts everybody as healthy."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def put_metric_data(self, **params: Any) -> Any:
        for item in params["MetricData"]:
            item["Value"] = 12.0 if item["MetricName"] == "HealthyInstances" else item["Value"]
        return self._client.put_metric_data(**params)


@pytest.mark.parametrize("part", ["line", "metric"])
def test_a_healer_that_calls_an_unhealthy_target_healthy_is_caught(part: str) -> None:
    history = next(targets()).history

    assert {each.property for each in play(history, Careless(part)).violations} == {20}
