"""The properties that something happens in time: histories made for them, and what is overdue in the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from embedded_aws.fleet import Event, GroupSettings, Timings, What
from embedded_aws.in_process.faults import ApiFaults
from tap_cli.sim.checks import CHECKS, WINDOWS
from tap_cli.sim.draws import ZONES
from tap_cli.sim.history import History, PlayedHistory, play

IN_TIME = 65  # seconds after the window, with a working API and sweeps that begin at most 60 s apart
IN_TIME_WOBBLING = 125  # the same where the scheduler's minute wobbles
IN_TIME_USUALLY = 180  # with each call throttled with a probability of one half: 99 of 100
IN_TIME_ALWAYS = 600  # and all of them
GENUINE_IN_TIME = timedelta(minutes=30)
LONG = timedelta(hours=6)  # the group's own patience, so that only the healer can be in time
KINDS = ("prompt", "wobbling", "throttled")


@dataclass
class MemberTimes:
    """When each member was marked, and since when its checks failed."""

    failed: dict[str, datetime]
    marked: dict[str, datetime]

    def hear(self, event: Event) -> None:
        """Note the first of each."""
        if event.what is What.IMPAIRED:
            self.failed.setdefault(event.instance_id, event.time)
        elif event.what is What.UNHEALTHY:
            self.marked.setdefault(event.instance_id, event.time)


def _settings(size: int, zones: int) -> GroupSettings:
    return GroupSettings(0, 2 * size, size, ZONES[:zones], "1", grace=timedelta(seconds=300))


def lonely(rng: Random, kind: str) -> tuple[History, str]:
    """One fault in a group where nothing else is wrong; and the check that fails.

    `prompt` sweeps begin 60 s apart, `wobbling` ones up to 120 s; `throttled` is each call with a chance of one half.
    """
    check = rng.choice(sorted(CHECKS))
    history = History(
        seed=rng.getrandbits(32),
        minutes=20 if kind == "throttled" else 14,
        settings=_settings(rng.choice((1, 2, 3, 5, 12, 40, 200)), rng.randint(1, 3)),
        timings=Timings(boot_jitter=timedelta(seconds=30), native_delay=LONG),
        steps=((rng.random() * 180, "fail", {"check": check}),),
        faults=ApiFaults(throttled=0.5 if kind == "throttled" else 0),
        wobble_seconds=60.0 if kind == "wobbling" else 0.0,
        prompt_seconds=0.0 if kind == "prompt" else 2.0,
        reserved=rng.random() < 0.5,  # noqa: PLR2004 - every other one
    )
    return history, check


def delay_when_alone(history: History, check: str) -> tuple[PlayedHistory, float]:
    """Property 16: play such a history; how many seconds after its window the fault was marked."""
    outcome, watch = _watched(history)
    taken = [
        (watch.marked.get(instance_id, outcome.world.now) - since).total_seconds()
        - WINDOWS[CHECKS[check]].total_seconds()
        for instance_id, since in watch.failed.items()
    ]
    return outcome, max(taken)


def overdue_when_alone(delay: float, kind: str) -> str:
    """Property 16: what no lone fault may take; that 99 of 100 take less is judged over many of them."""
    most = {"prompt": IN_TIME, "wobbling": IN_TIME_WOBBLING, "throttled": IN_TIME_ALWAYS}[kind]
    return f"marked {delay:.0f} s after its window, at most {most} s" if delay > most else ""


def too_many_late(delays: Sequence[float]) -> str:
    """Property 16: of faults amid random throttling 99 of 100 are in time; so many more as chance may bring are let go.

    Let go are the mean of one in 100 and three standard deviations: of 100 faults 4, of 1,000 about 19.
    """
    late = sum(delay > IN_TIME_USUALLY for delay in delays)
    expected = len(delays) / 100
    most = math.ceil(expected + 3 * math.sqrt(expected * 0.99))
    return (
        f"{late} of {len(delays)} were marked later than {IN_TIME_USUALLY} s after their window" if late > most else ""
    )


def flood(rng: Random) -> History:
    """One zone is falsely reported whole; a few members of the others fail genuinely."""
    size = rng.choice((30, 60, 120))
    wrong = {"check": rng.choice(sorted(CHECKS)), "percent": 100, "zone": "a", "genuine": False, "over_seconds": 60}
    right = {"check": rng.choice(sorted(CHECKS)), "count": rng.randint(1, 2), "zone": rng.choice(("b", "c"))}
    return History(
        seed=rng.getrandbits(32),
        minutes=50,
        settings=_settings(size, 3),
        timings=Timings(boot_jitter=timedelta(seconds=30), native_delay=LONG),
        steps=((rng.random() * 300, "fail", wrong), (rng.random() * 600, "fail", right | {"over_seconds": 120})),
    )


def overdue_in_flood(history: History) -> tuple[PlayedHistory, str]:
    """Property 17: play such a history; which genuine fault is overdue in it, or ""."""
    outcome, watch = _watched(history)
    ailments = outcome.world.ailments
    for instance_id, since in watch.failed.items():
        if instance_id in ailments and not ailments[instance_id].genuine:
            continue
        marked = watch.marked.get(instance_id, outcome.world.now)
        if marked - since > GENUINE_IN_TIME:
            return outcome, f"{instance_id}: genuine, marked after {(marked - since).total_seconds():.0f} s"
    return outcome, ""


def _watched(history: History) -> tuple[PlayedHistory, MemberTimes]:
    watch = MemberTimes({}, {})
    outcome = play(history, before=lambda world: world.listeners.append(watch.hear))
    return outcome, watch
