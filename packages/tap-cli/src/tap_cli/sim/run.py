"""Scenarios played by policies, and what that cost."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from embedded_aws.fleet import GroupSettings, MaintenancePolicy, Timings
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.world import GROUP_NAME, World, build
from tap_cli.sim import steps
from tap_cli.sim.census import Census, Fault
from tap_cli.sim.chance import stream
from tap_cli.sim.function import TOPIC, Function, Schedule
from tap_cli.sim.policies import POLICIES
from tap_cli.sim.scenario import ZONES, Scenario

AGE = timedelta(hours=2)


@dataclass(frozen=True)
class Spread:
    """Median, 99th percentile and worst of some seconds; None where there was nothing to measure."""

    median: float | None
    p99: float | None
    max: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of these values, by the nearest rank."""
        ordered = sorted(values)
        if not ordered:
            return cls(None, None, None)
        return cls(*(round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1) for share in (0.5, 0.99, 1)))


@dataclass(frozen=True)
class Run:
    """What one policy did in one scenario with one seed.

    Attributes:
        to_mark, to_heal: Seconds of each genuine fault; of one that was never marked or healed, until the end.
        never_healed: How many were not healed by the end.
        capacity: (minutes from the beginning, sound members in service) at each change.
        faults: Minutes at which genuine faults began.
        marks: (minutes, whether the member was sound) of each mark.
    """

    to_mark: tuple[float, ...]
    to_heal: tuple[float, ...]
    never_healed: int
    lost_minutes: float
    healthy_killed: int
    max_in_flight: int
    min_capacity: int
    aws_calls: int
    capacity: tuple[tuple[float, int], ...]
    faults: tuple[float, ...]
    marks: tuple[tuple[float, bool], ...]


@dataclass(frozen=True)
class PolicySummary:
    """What one policy did in one scenario, over all seeds.

    Times are those of all seeds together; lost capacity, healthy ones killed and calls are means of a seed; most in
    flight and lowest capacity are the worst of any seed. What happened over time is of the first seed.
    """

    seconds_to_mark: Spread
    seconds_to_heal: Spread
    never_healed: float
    capacity_lost_instance_minutes: float
    healthy_killed: float
    max_in_flight: int
    min_capacity: int
    aws_calls: float
    capacity: tuple[tuple[float, int], ...]
    faults: tuple[float, ...]
    marks: tuple[tuple[float, bool], ...]

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        hidden = {"never_healed", "capacity", "faults", "marks"}
        return {key: value for key, value in asdict(self).items() if key not in hidden}


Results = dict[str, dict[str, PolicySummary]]


def simulate(
    scenarios: dict[str, Scenario],
    policies: Sequence[str],
    seeds: Sequence[int],
    *,
    jobs: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> Results:
    """Play each scenario with each policy and each seed.

    Args:
        scenarios: By name.
        policies: Names out of `POLICIES`.
        seeds: Each is one play of each policy in each scenario.
        jobs: Processes to use; 0 for one for each core.
        progress: Called after each play.

    Returns:
        Scenario to policy to what it did.
    """
    tasks = [(name, policy, seed) for name in scenarios for policy in policies for seed in seeds]
    played = [scenarios[name] for name, _, _ in tasks], [task[1] for task in tasks], [task[2] for task in tasks]
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    found: dict[tuple[str, str], list[Run]] = {}
    with ProcessPoolExecutor(workers, initializer=_end_with_parent) if workers > 1 else nullcontext() as pool:
        runs = pool.map(play, *played) if pool else map(play, *played)
        for (name, policy, _), run in zip(tasks, runs, strict=True):
            found.setdefault((name, policy), []).append(run)
            progress()
    return {name: {policy: _summary(found[name, policy]) for policy in policies} for name in scenarios}


def _end_with_parent() -> None:
    """Have this process end when the one that plays ends, whatever ends it."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def play(scenario: Scenario, policy: str, seed: int) -> Run:
    """Play one scenario. Raises KeyError: there is no policy of that name."""
    world = build(_settings(scenario), _timings(scenario), stream(seed, "group"))
    world.advance(world.now + AGE)
    given: dict[str, Any] = dict(scenario.api)
    for whole in ("page_size", "throttled_every"):
        given[whole] = int(given.get(whole, 0))
    account = Account(world, stream(seed, "api"), ApiFaults(**given))
    environ = {"GROUP_NAME": GROUP_NAME, "HEALER_MODE": "live", "TOPIC_ARN": TOPIC}
    environ["HEALER_POLICY"] = json.dumps(scenario.policy)
    function = Function(account, POLICIES[policy](), environ, stream(seed, "function"))
    census, begin = Census(world), world.now
    planned = [(step.at * 60, step.do, step.params()) for step in scenario.steps]
    steps.plan(world, stream(seed, "steps"), planned)
    function.run(_schedule(scenario, begin, seed))
    return _run(census, account, begin, world)


def _settings(scenario: Scenario) -> GroupSettings:
    group = scenario.group
    return GroupSettings(
        min_size=0,
        max_size=2 * group.desired,
        desired=group.desired,
        zones=tuple(ZONES[: group.zones]),
        template_version="1",
        grace=timedelta(seconds=group.grace_seconds),
        warmup=None if group.warmup_seconds is None else timedelta(seconds=group.warmup_seconds),
        maintenance=None if group.maintenance is None else MaintenancePolicy(*group.maintenance),
    )


def _timings(scenario: Scenario) -> Timings:
    given = scenario.timings
    return Timings(
        boot=timedelta(seconds=given.boot_seconds),
        boot_jitter=timedelta(seconds=given.boot_jitter_seconds),
        shutdown=timedelta(seconds=given.shutdown_seconds),
        native_delay=timedelta(seconds=given.native_delay_seconds),
    )


def _schedule(scenario: Scenario, begin: datetime, seed: int) -> Schedule:
    given = scenario.schedule
    silent = given.silent_minutes
    spans = [(begin + timedelta(minutes=silent[0]), begin + timedelta(minutes=silent[1]))] if silent else []
    return Schedule(
        first=begin + timedelta(seconds=60 * stream(seed, "phase").random()),
        until=begin + timedelta(minutes=scenario.minutes),
        repeated=given.repeated,
        late=given.late,
        silent=spans,
    )


# --- measuring ---


def _run(census: Census, account: Account, begin: datetime, world: World) -> Run:
    end = world.now

    def minutes(when: datetime) -> float:
        return (when - begin).total_seconds() / 60

    return Run(
        to_mark=tuple(_seconds(fault, fault.marked, end) for fault in census.faults),
        to_heal=tuple(_seconds(fault, fault.healed, end) for fault in census.faults),
        never_healed=sum(fault.healed is None for fault in census.faults),
        lost_minutes=census.lost_seconds / 60,
        healthy_killed=census.healthy_killed,
        max_in_flight=census.max_in_flight,
        min_capacity=census.min_capacity,
        aws_calls=sum(account.calls.values()),
        capacity=tuple((minutes(when), number) for when, number in census.capacity),
        faults=tuple(minutes(fault.since) for fault in census.faults),
        marks=tuple((minutes(when), sound) for when, sound in census.marks),
    )


def _seconds(fault: Fault, done: datetime | None, end: datetime) -> float:
    return ((done or end) - fault.since).total_seconds()


def _summary(runs: list[Run]) -> PolicySummary:
    return PolicySummary(
        seconds_to_mark=Spread.of(value for run in runs for value in run.to_mark),
        seconds_to_heal=Spread.of(value for run in runs for value in run.to_heal),
        never_healed=_mean(run.never_healed for run in runs),
        capacity_lost_instance_minutes=_mean(run.lost_minutes for run in runs),
        healthy_killed=_mean(run.healthy_killed for run in runs),
        max_in_flight=max(run.max_in_flight for run in runs),
        min_capacity=min(run.min_capacity for run in runs),
        aws_calls=_mean(run.aws_calls for run in runs),
        capacity=runs[0].capacity,
        faults=runs[0].faults,
        marks=runs[0].marks,
    )


def _mean(values: Iterable[float]) -> float:
    """A mean with one decimal place, and whole numbers without."""
    found = list(values)
    mean = round(sum(found) / len(found), 1)
    return int(mean) if mean == int(mean) else mean
