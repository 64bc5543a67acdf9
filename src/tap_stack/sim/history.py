"""Random histories: a group, what befalls it, and how AWS and the schedule misbehave; played under a referee's eyes.

A history is a plain value. Whoever draws it decides where chance comes from: a seed in the soak, Hypothesis in the
tests, which can then shrink what it has found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from tap_stack.fleet import MaintenancePolicy, Settings, Timings
from tap_stack.in_process_aws.account import Account
from tap_stack.in_process_aws.faults import ApiFaults
from tap_stack.in_process_aws.world import GROUP_NAME, World, build
from tap_stack.sim import steps
from tap_stack.sim.chance import stream
from tap_stack.sim.function import Function, Healer, Schedule
from tap_stack.sim.policies import Ours
from tap_stack.sim.referee import Referee, Violation

AGE = timedelta(minutes=20)  # of the group when its history begins: grown, warm, and past any grace period
ZONES = ("a", "b", "c")
VERSIONS = ("1", "2")
CHECKS = ("system", "instance", "ebs")
TOPIC = "arn:aws:sns:xx-sim-1:123456789012:tap"
MAINTENANCE = (None, None, None, MaintenancePolicy(100, 200), MaintenancePolicy(90, 110))


@dataclass(frozen=True)
class History:
    """One history.

    Attributes:
        seed: Of everything that is not said here: latencies, boot times, which members are met.
        steps: (seconds, name, parameters) of what befalls the group.
        repeated, late: Chances that an event comes twice or late.
        reserved: The function has a reserved concurrency of one.
    """

    seed: int
    minutes: int
    settings: Settings
    timings: Timings = field(default_factory=Timings)
    steps: tuple[tuple[float, str, dict[str, Any]], ...] = ()
    faults: ApiFaults = field(default_factory=ApiFaults)
    repeated: float = 0.0
    late: float = 0.0
    reserved: bool = True
    observing: bool = False
    seconds: float = 30


@dataclass(frozen=True)
class Outcome:
    """What became of a history."""

    world: World
    account: Account
    function: Function
    referee: Referee

    @property
    def violations(self) -> list[Violation]:
        """Every property that was broken."""
        return self.referee.violations


def play(history: History, healer: Healer | None = None, before: Callable[[World], None] = lambda _: None) -> Outcome:
    """Play a history from its beginning to its end; `before` sees the world when it begins."""
    world = build(history.settings, history.timings, stream(history.seed, "group"))
    world.strangers = tuple(f"i-{number:017x}" for number in range(0xF000, 0xF003))
    world.advance(world.now + AGE)
    account = Account(world, stream(history.seed, "api"), history.faults)
    mode = "observe" if history.observing else "live"
    environ = {"GROUP_NAME": GROUP_NAME, "HEALER_MODE": mode, "TOPIC_ARN": TOPIC}
    function = Function(account, healer or Ours(), environ, stream(history.seed, "function"))
    function.reserved, function.seconds = history.reserved, history.seconds
    before(world)
    referee = Referee(account, function, observing=history.observing)
    steps.plan(world, stream(history.seed, "steps"), history.steps)
    first = world.now + timedelta(seconds=60 * stream(history.seed, "phase").random())
    until = world.now + timedelta(minutes=history.minutes)
    function.run(Schedule(first, until, repeated=history.repeated, late=history.late))
    return Outcome(world, account, function, referee)


# --- drawing one ---


def draw(rng: Random, *, minutes: int = 0, size: int = 0) -> History:
    """A random history of a random group, with a few things going wrong in each respect."""
    settings = _settings(rng, size or _size(rng))
    length = minutes or rng.randint(6, 16)
    timings = Timings(
        boot_jitter=timedelta(seconds=30),
        native_delay=timedelta(minutes=rng.choice((5, 5, 10, 60))),
        mark_reaction=timedelta(seconds=rng.choice((0, 0, 5))),
        shutdown=timedelta(seconds=rng.choice((10, 30, 120))),
    )
    number = 1 + min(rng.randrange(6), rng.randrange(6))
    happenings = tuple(_step(rng, settings, length) for _ in range(number))
    history = History(rng.getrandbits(32), length, settings, timings, happenings)
    return _with_bad_luck(rng, history)


def _size(rng: Random) -> int:
    low, high = rng.choice(((1, 3), (2, 12), (4, 19), (15, 30), (20, 60), (60, 200)))
    return rng.randint(low, high)


def _settings(rng: Random, size: int) -> Settings:
    return Settings(
        min_size=0,
        max_size=2 * size + 2,
        desired=size,
        zones=ZONES[: rng.randint(1, 3)],
        template_version="1",
        grace=timedelta(seconds=rng.choice((0, 0, 60, 300))),
        warmup=rng.choice((None, None, timedelta(seconds=60))),
        maintenance=rng.choice(MAINTENANCE),
        health_checks=frozenset({"EC2"} | ({"EBS"} if rng.random() < 0.3 else set())),  # noqa: PLR2004 - a chance
    )


def _with_bad_luck(rng: Random, history: History) -> History:
    """AWS and the schedule misbehave in some histories, each in a few ways."""
    faults = ApiFaults(latency_seconds=rng.choice((0.0, 0.2, 0.2, 2.0)))
    if rng.random() < 0.5:  # noqa: PLR2004 - every other history
        for name in rng.sample(sorted(MISFORTUNES), 2):
            faults = replace(faults, **{name: rng.choice(MISFORTUNES[name])})
    return replace(
        history,
        faults=faults,
        repeated=rng.choice((0.0, 0.0, 0.0, 0.3)),
        late=rng.choice((0.0, 0.0, 0.2)),
        reserved=rng.random() < 0.6,  # noqa: PLR2004 - a chance
        observing=rng.random() < 0.05,  # noqa: PLR2004 - a chance
    )


MISFORTUNES: dict[str, tuple[Any, ...]] = {
    "throttled": (0.1, 0.5),
    "broken": (0.1,),
    "lost_request": (0.05,),
    "lost_reply": (0.05, 0.3),
    "undated": (0.1, 1.0),
    "lost_page": (0.3,),
    "empty_page": (0.5,),
    "repeated_page": (0.2,),
    "overlapping_page": (1.0,),
    "lag_seconds": (3.0, 10.0),
    "page_size": (2, 7),
}


def _step(rng: Random, settings: Settings, minutes: int) -> tuple[float, str, dict[str, Any]]:
    name = rng.choice(NAMES)
    return rng.random() * 50 * minutes, name, DRAWS[name](rng, settings)


def _zone(rng: Random, settings: Settings) -> dict[str, Any]:
    return {"zone": rng.choice(settings.zones)}


def _some(rng: Random, settings: Settings) -> dict[str, Any]:
    """One or a few members, or a share of them; anywhere, or in one zone."""
    number: dict[str, Any] = rng.choice(({"count": 1}, {"count": rng.randint(1, 4)}, {"percent": rng.randint(5, 100)}))
    return number | (_zone(rng, settings) if rng.random() < 0.4 else {})  # noqa: PLR2004 - a chance


def _few(rng: Random, settings: Settings) -> dict[str, Any]:
    return {"count": rng.randint(1, max(1, settings.desired // 10))}


def _failure(rng: Random, settings: Settings) -> dict[str, Any]:
    drawn: dict[str, Any] = {"check": rng.choice(CHECKS), "genuine": rng.random() < 0.7, "over_seconds": 0}  # noqa: PLR2004 - a chance
    drawn |= {"over_seconds": rng.choice((0, 0, 60, 400)), "told": rng.choice(TOLD)}
    if rng.random() < 0.3:  # noqa: PLR2004 - a chance
        drawn["repair_after_seconds"] = rng.choice((30, 119, 150, 400))
    return drawn | _some(rng, settings) | ({"lifecycle": "Standby"} if rng.random() < 0.05 else {})  # noqa: PLR2004 - a chance


TOLD = ("usual",) * 12 + ("undated", "future", "insufficient")
PROCESSES = ("Launch", "Terminate", "ReplaceUnhealthy", "HealthCheck", "AZRebalance")


def _processes(rng: Random, _: Settings) -> dict[str, Any]:
    return {"processes": rng.sample(PROCESSES, rng.randint(1, 2))}


DRAWS: dict[str, Any] = {
    "fail": _failure,
    "flap": lambda rng, settings: (
        _some(rng, settings) | {"check": "system", "down_seconds": rng.choice((60, 130)), "up_seconds": 60, "times": 3}
    ),
    "stop": _few,
    "suspend": _processes,
    "resume": lambda _rng, _settings: {},
    "refresh": lambda rng, _: {"version": rng.choice((None, *VERSIONS))},
    "cancel-refresh": lambda _rng, _settings: {},
    "template": lambda rng, _: {
        "version": rng.choice(VERSIONS),
        "bad": rng.choice((None, "system", "instance", steps.NEVER)),
    },
    "shift": _zone,
    "unshift": _zone,
    "desired": lambda rng, settings: {"to": rng.randint(1, settings.max_size)},
    "standby": _few,
    "back": _few,
    "detach": _few,
    "terminate": _few,
    "mark": _few,
    "switch": lambda rng, _: {"to": rng.choice(("on", "off", "observe"))},
    "spare": lambda rng, settings: _some(rng, settings) | {"minutes": rng.choice((5, 60))},
    "no-machines": _zone,
    "machines": _zone,
}
"""How the parameters of each step are drawn."""

NAMES = ("fail",) * 16 + tuple(DRAWS)
"""Faults are what this is about: more than a third of all steps."""
