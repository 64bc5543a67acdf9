"""Random histories: a group, what happens to it, and how AWS and the schedule misbehave; a referee watches.

A history is a plain value. Its randomness comes from a seed in the soak, and from Hypothesis in the tests, which can
then shrink what it has found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, NoReturn

from botocore.exceptions import ReadTimeoutError

from embedded_aws.fleet import GroupSettings, Timings, causes
from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.words import Words
from embedded_aws.in_process import alterations, faults, target_groups
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.alterations import Alteration
from embedded_aws.in_process.faults import ApiFaults, Fate, Trouble
from embedded_aws.in_process.world import GROUP_NAME, World, build
from tap_cli.sim import steps
from tap_cli.sim.chance import stream
from tap_cli.sim.function import TOPIC, Arrival, Function, Schedule, SweepFunction
from tap_cli.sim.policies import Ours
from tap_cli.sim.referee import BrokenProperty, Referee

MONTH = timedelta(days=30)
SHUTDOWN, BOOT = timedelta(seconds=40), timedelta(seconds=70)
REASONS = ("stopped", "status_checks", "volume_check", "zones", "refresh", "marked")
LAUNCHED = "EC2 Instance Launch Successful"


@dataclass(frozen=True)
class History:
    """One history.

    Attributes:
        seed: Of everything that is not said here: latencies, boot times, which members are met.
        steps: (seconds, name, parameters) of what happens to the group.
        every: Seconds from one event to the next.
        repeated, late, twofold: Chances that an event comes twice, late, or with another one beside it.
        wobble_seconds: Within how many seconds of its minute the schedule makes an event.
        prompt_seconds: Within how many seconds an event arrives that is neither late nor a copy.
        events: Further events: (seconds, the time that it says instead of its own).
        changes: Seconds at which an event of Auto Scaling tells of a launch.
        environ: Settings of the function that differ.
        bygone: Replacements in the month before.
        age_minutes: Of the group when the history begins.
        altered: (operation, name in `ALTERATIONS`, its argument): answers that differ from what their reader knows.
        troubled: (operation, name in `TROUBLES`, its argument): requests of which some fare worse than others.
        target_groups: How many the group has.
        reserved: The function has a reserved concurrency of one.
    """

    seed: int
    minutes: int
    settings: GroupSettings
    timings: Timings = field(default_factory=Timings)
    steps: tuple[tuple[float, str, dict[str, Any]], ...] = ()
    faults: ApiFaults = field(default_factory=ApiFaults)
    every: float = 60
    repeated: float = 0.0
    late: float = 0.0
    twofold: float = 0.0
    wobble_seconds: float = 0.0
    prompt_seconds: float = 2.0
    events: tuple[tuple[float, object], ...] = ()
    changes: tuple[float, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()
    bygone: int = 0
    words: Words = field(default_factory=Words)
    age_minutes: int = 20
    altered: tuple[tuple[str, str, Any], ...] = ()
    troubled: tuple[tuple[str, str, Any], ...] = ()
    target_groups: int = 0
    reserved: bool = True
    observing: bool = False
    seconds: float = 50


@dataclass(frozen=True)
class PlayedHistory:
    """What became of a history that began at a time."""

    begin: datetime
    world: World
    account: Account
    function: Function
    referee: Referee

    @property
    def violations(self) -> list[BrokenProperty]:
        """Every property that was broken."""
        return self.referee.violations


def play(
    history: History, healer: SweepFunction | None = None, before: Callable[[World], None] = lambda _: None
) -> PlayedHistory:
    """Play a history from its beginning to its end; `before` sees the world when it begins."""
    world = build(history.settings, history.timings, stream(history.seed, "group"), words=history.words)
    world.strangers = tuple(f"i-{number:017x}" for number in range(0xF000, 0xF003))
    if history.target_groups:
        target_groups.attach(world, history.target_groups)
    if history.bygone:
        rng = stream(history.seed, "bygone")
        past = earlier_activities(rng, history.words, world.now - MONTH, world.now, history.bygone)
        world.fleet.activities.remember(past)
    world.advance(world.now + timedelta(minutes=history.age_minutes))
    account = Account(world, stream(history.seed, "api"), _faults(history))
    mode = "observe" if history.observing else "live"
    environ = {"GROUP_NAME": GROUP_NAME, "HEALER_MODE": mode, "TOPIC_ARN": TOPIC} | dict(history.environ)
    function = Function(account, healer or Ours(), environ, stream(history.seed, "function"))
    function.reserved, function.seconds = history.reserved, history.seconds
    before(world)
    referee = Referee(account, function, observing=history.observing)
    steps.plan(world, stream(history.seed, "steps"), history.steps)
    begin = world.now
    function.run(_schedule(begin, history))
    return PlayedHistory(begin, world, account, function, referee)


def _faults(history: History) -> ApiFaults:
    rng = stream(history.seed, "alterations")
    altered = {action: ALTERATIONS[name](argument, rng) for action, name, argument in history.altered}
    troubled = {action: TROUBLES[name](argument) for action, name, argument in history.troubled}
    return replace(history.faults, altered=altered, troubled=troubled) if altered or troubled else history.faults


def _lost(_: dict[str, Any]) -> NoReturn:
    raise ReadTimeoutError(endpoint_url="https://amazonaws.com/")


def _first(alteration: Alteration) -> Alteration:
    """The alteration for the first answer only."""
    left = [alteration]
    return lambda answer: left.pop()(answer) if left else answer


ALTERATIONS: dict[str, Callable[[Any, Random], Alteration]] = {
    "without": lambda keys, _: alterations.without(*keys),
    "with": lambda pair, _: alterations.with_value(*pair),
    "sometimes without": lambda keys, rng: alterations.sometimes(0.2, rng, alterations.without(*keys)),
    "sometimes with": lambda pair, rng: alterations.sometimes(0.2, rng, alterations.with_value(*pair)),
    "puzzling": lambda name, _: alterations.puzzling(name),
    "words": lambda seed, _: alterations.in_drawn_words(seed),
    "lost first": lambda _, __: _first(_lost),
    "lost": lambda chance, rng: alterations.sometimes(chance, rng, _lost),
}
"""How answers may be altered, by the name that histories use; `lost` ones took effect, and never arrive."""

TROUBLES: dict[str, Callable[[Any], Trouble]] = {
    "slow": faults.slow,
    "lost at first": lambda pair: faults.lost_at_first(*pair),
    "the first is refused": lambda code: faults.always_the_first(Fate(refused=code)),
    "the first is lost": lambda _: faults.always_the_first(faults.LOST),
}
"""How requests may fare, by the name that histories use."""


def _schedule(begin: datetime, history: History) -> Schedule:
    first = begin + timedelta(seconds=60 * stream(history.seed, "phase").random())
    return Schedule(
        first,
        begin + timedelta(minutes=history.minutes),
        timedelta(seconds=history.every),
        repeated=history.repeated,
        late=history.late,
        twofold=history.twofold,
        wobble_seconds=history.wobble_seconds,
        prompt_seconds=history.prompt_seconds,
        extra=[*_events(begin, history)],
    )


def _events(begin: datetime, history: History) -> Iterator[Arrival]:
    for seconds, said in history.events:
        when = begin + timedelta(seconds=seconds)
        yield Arrival(when, when, said)
    for seconds in history.changes:
        when = begin + timedelta(seconds=seconds)
        yield Arrival(when, when, kind=LAUNCHED)


def earlier_activities(rng: Random, words: Words, begin: datetime, end: datetime, number: int) -> list[Activity]:
    """So many replacements between two moments, the oldest first: each a termination, and a launch that may fail."""
    span = (end - begin).total_seconds()
    times = sorted(begin + timedelta(seconds=span * rng.random()) for _ in range(number))
    return [activity for index, when in enumerate(times) for activity in _replacement(rng, words, when, index)]


def _replacement(rng: Random, words: Words, when: datetime, index: int) -> list[Activity]:
    zone, reason = rng.choice("abc"), rng.choice(REASONS)
    gone, come = f"i-{0xA000000 + 2 * index:017x}", f"i-{0xA000001 + 2 * index:017x}"
    leaving = Activity(_identity(rng), words.terminate.format(id=gone), "", when, zone, gone)
    leaving.status, leaving.end = StatusCode.SUCCESSFUL, when + SHUTDOWN
    leaving.cause = causes.taken_out(words, when, getattr(words, reason))
    arriving = Activity(_identity(rng), words.launch.format(id=come), "", when, zone, come)
    arriving.status, arriving.end = StatusCode.SUCCESSFUL, when + BOOT
    arriving.cause = causes.launched(words, when, words.unhealthy)
    if rng.random() < 0.05:  # noqa: PLR2004 - a chance
        arriving.status, arriving.instance_id, arriving.description = StatusCode.FAILED, "", words.launch_failed
    return [leaving, arriving]


def _identity(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"
