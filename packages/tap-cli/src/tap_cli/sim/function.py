"""The healer's Lambda in simulated time. Events come late, twice or not at all; invocations run out of time.

Sources: EventBridge, "at least once" delivery and one event a minute at most for a scheduled rule; Lambda, reserved
concurrency and the age of asynchronous events. With a reserved concurrency of one an event that comes while a sweep
runs waits, and is dropped when it is older than 60 s; without it the sweeps run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from embedded_aws.account import ACCOUNT
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import GROUP_NAME, REGION
from tap_cli.sim.strands import Course, Strand, run
from tap_stack.healer.handler import Surroundings

TICK = timedelta(seconds=60)  # the schedule
EVENT_AGE = timedelta(seconds=60)  # an event that has waited for longer is dropped
SCHEDULED = "Scheduled Event"
LOG_GROUP = "/aws/lambda/tap-healer"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:tap"
TOGETHER = timedelta(seconds=4)  # two events of their own that come at nearly the same moment
PROMPT = 2.0  # seconds within which an event arrives that is neither late nor a copy


class SweepFunction(Protocol):
    """What runs at each event."""

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:
        """One sweep; it may raise what fails it."""


@dataclass(frozen=True)
class Arrival:
    """One arrival of an event.

    Attributes:
        due: When it was made, by the schedule if nothing else is said.
        time: What it says of that instead, if anything.
        kind: Its `detail-type`; another than the schedule's is one of Auto Scaling's.
    """

    due: datetime
    arrives: datetime
    time: object = None
    kind: str = SCHEDULED

    @property
    def event(self) -> dict[str, Any]:
        """What the function is invoked with."""
        said = f"{self.due:%Y-%m-%dT%H:%M:%SZ}" if self.time is None else self.time
        source = "aws.events" if self.kind == SCHEDULED else "aws.autoscaling"
        detail = {} if self.kind == SCHEDULED else {"AutoScalingGroupName": GROUP_NAME}
        return {"source": source, "detail-type": self.kind, "time": said, "detail": detail}


@dataclass(frozen=True)
class Schedule:
    """When events come.

    Attributes:
        until: No event is due later.
        every: How far they are apart.
        repeated: Chance that an event comes a second time.
        late: Chance that an event comes late.
        twofold: Chance that another event, with a time of its own, comes at nearly the same moment.
        wobble_seconds: Within how many seconds of its minute the schedule makes an event.
        prompt_seconds: Within how many seconds an event arrives that is neither late nor a copy.
        extra: Further arrivals, as they are.
        latest_seconds: How late an event, or its copy, may come.
        silent: Spans (from, to) in which no event comes, as when the rule is disabled.
    """

    first: datetime
    until: datetime
    every: timedelta = TICK
    repeated: float = 0.0
    late: float = 0.0
    twofold: float = 0.0
    wobble_seconds: float = 0.0
    prompt_seconds: float = PROMPT
    extra: Sequence[Arrival] = ()
    latest_seconds: float = 120.0
    silent: Sequence[tuple[datetime, datetime]] = ()

    def deliveries(self, rng: Random) -> list[Arrival]:
        """All arrivals, in order of time."""
        return sorted([*self._arrivals(rng), *self.extra], key=lambda item: (item.arrives, item.due))

    def _arrivals(self, rng: Random) -> Iterator[Arrival]:
        minute = self.first
        while minute <= self.until:
            due = minute + timedelta(seconds=self.wobble_seconds * rng.random()) if self.wobble_seconds else minute
            if not any(begin <= due < end for begin, end in self.silent):
                late = rng.random() < self.late
                within = self.latest_seconds if late else self.prompt_seconds
                arrives = due + timedelta(seconds=rng.random() * within)
                yield Arrival(due, arrives)
                if self.twofold and rng.random() < self.twofold:
                    yield Arrival(due - timedelta(seconds=rng.randint(1, 25)), arrives + TOGETHER * rng.random())
                if rng.random() < self.repeated:
                    yield Arrival(due, due + timedelta(seconds=rng.random() * self.latest_seconds))
            minute += self.every


class TimedOut(BaseException):
    """Lambda ended an invocation whose time was up: nothing in the healer can catch that."""


class LambdaContext:
    """Lambda's context object, and the clients' way to its time."""

    log_group_name = LOG_GROUP

    def __init__(self, strand: Strand, seconds: float) -> None:
        self._strand = strand
        self._deadline = strand.time + timedelta(seconds=seconds)
        strand.deadline = self._deadline
        strand.too_late = TimedOut

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends it."""
        return int((self._deadline - self._strand.time).total_seconds() * 1000)


@dataclass
class Function:
    """The Lambda function.

    Attributes:
        reserved: It has a reserved concurrency of one.
        on_start: Called with each session and the arrival that begins it.
        on_end: Called with each session and the error that ended it, None for none.
        lines: What the healer printed, with the number of the session.
        dropped: Events that waited for too long.
    """

    account: Account
    healer: SweepFunction
    environ: dict[str, str]
    rng: Random
    seconds: float = 50
    reserved: bool = True
    on_start: Callable[[ClientSession, Arrival], None] = lambda _session, _delivery: None
    on_end: Callable[[ClientSession, BaseException | None], None] = lambda _session, _error: None
    lines: list[tuple[int, str]] = field(default_factory=list)
    errors: int = 0
    dropped: int = 0

    def run(self, schedule: Schedule) -> None:
        """Run every event of a schedule, and let time pass until its end."""
        deliveries = schedule.deliveries(self.rng)
        if self.reserved:
            self._one_after_the_other(deliveries)
        else:
            self._at_once(deliveries)
        self.account.world.advance(schedule.until)

    def _one_after_the_other(self, deliveries: list[Arrival]) -> None:
        world = self.account.world
        for delivery in deliveries:
            if world.now - delivery.arrives > EVENT_AGE:
                self.dropped += 1
            else:
                run(world, [(delivery.arrives, self._course(delivery))])

    def _at_once(self, deliveries: list[Arrival]) -> None:
        longest = timedelta(seconds=self.seconds)
        cluster: list[Arrival] = []
        for delivery in deliveries:
            if cluster and delivery.arrives > max(cluster[-1].arrives, self.account.world.now) + longest:
                self._run(cluster)
                cluster = []
            cluster.append(delivery)
        if cluster:
            self._run(cluster)

    def _run(self, cluster: list[Arrival]) -> None:
        run(self.account.world, [(item.arrives, self._course(item)) for item in cluster])

    def _course(self, delivery: Arrival) -> Course:
        return lambda strand: self._invoke(strand, delivery)

    def _invoke(self, strand: Strand, delivery: Arrival) -> None:
        session = ClientSession(self.account, strand)
        around = Surroundings(
            clients=session,
            environ=self.environ,
            sleep=session.sleep,
            random=self.rng.random,
            emit=lambda text: self.lines.append((session.number, text)),
        )
        self.on_start(session, delivery)
        try:
            self.healer.sweep(delivery.event, LambdaContext(strand, self.seconds), around)
        except (Exception, TimedOut) as error:  # noqa: BLE001 - as Lambda does: whatever it is fails the invocation
            self.errors += 1
            self.on_end(session, error)
        else:
            self.on_end(session, None)
