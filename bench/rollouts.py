"""A good and a bad launch template version, as the stack rolls them out and as pulumi-aws's own instance refresh does.

    python -m bench.rollouts [--sizes 2,6] [--hours 24] [--figure docs/pictures/rollouts.svg]
    python -m bench.rollouts --seeds 1000 [--processes 2] [--careless]

All fleets have the same sizes and warm-up, and stand in an embedded AWS. A good version is timed from when it is made
to the end of the refresh, and times are divided. A bad one (its instance check fails) is
followed for so many hours; after a quarter of them one instance breaks: what replaces it is of the group's version.
The figure shows both fleets over time. Needs Matplotlib.

With `--seeds` random histories are played instead, the healer beside the rollout, under a referee of their own
(tap_cli/sim/rollout_rules.py); `--careless` plays them with a rollout that never looks, to see that it is noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from support.deployed import plain
from support.deployed.stack import ROOT, SPEED
from support.rollouts import careless

from embedded_aws.fleet import Check, Lifecycle
from tap_cli.sandbox import Sandbox
from tap_cli.sim import rollouts
from tap_cli.sim.rollout_rules import NEVER_BOTH, WAITS
from tap_stack.config.capacity import healthy_ceiling

REGION = "eu-west-1"
STEP = 15  # seconds of cloud time between two looks
LIMIT = 4 * 3600
HOUR = 3600
COLOURS = {"old": "#4a6fa5", "new": "#0b6e4f", "bad": "#c1554d"}
Sample = tuple[float, int, int, str]
"""Minutes since the version was made; members of the old and the new one in service or booting; the group's version."""


@dataclass
class Played:
    """What became of a version.

    Attributes:
        seconds: From when the version is made to the end of the refresh.
        bad_launches: Launches of the new version after that.
        bad_members: Members of it at the end of all.
        version: The group's version at the end of all.
    """

    seconds: float = 0.0
    status: str = ""
    bad_launches: int = 0
    bad_members: int = 0
    version: str = ""
    samples: list[Sample] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """One way to roll out: the program, its group, and its configuration for a size and an image."""

    name: str
    group: str
    program: Callable[[Path], Path]
    config: Callable[[int, str], dict[str, str]]


def _of_stack(size: int, image: str) -> dict[str, str]:
    sizes = {"tap:minSize": str(size), "tap:desiredCapacity": str(size), "tap:maxSize": str(2 * size)}
    return sizes | {"tap:imageId": image, "tap:volumeSize": "20"}  # moto gives images volumes of other sizes


def _at_once(size: int, image: str) -> dict[str, str]:
    return _of_stack(size, image) | {"tap:rolloutCanaryPercent": "100"}


def _of_plain(size: int, image: str) -> dict[str, str]:
    return plain.config_of(image, size=size, healthy=(100, healthy_ceiling(2 * size)))


def _of_defaults(size: int, image: str) -> dict[str, str]:
    return plain.config_of(image, size=size, healthy=AWS_DEFAULTS)


AWS_DEFAULTS = (90, 100)
"""Percentages of an instance refresh to which nobody has said any (user guide, "Understand the default values")."""

OURS = Way("rollout", "tap-fleet-dev", lambda _: ROOT, _of_stack)
AT_ONCE = Way("rollout, all at once", "tap-fleet-dev", lambda _: ROOT, _at_once)
PLAIN = Way("refresh, all at once", plain.GROUP, plain.write_program, _of_plain)
DEFAULTS = Way("refresh, AWS's defaults", plain.GROUP, plain.write_program, _of_defaults)


class Fleet:
    """A deployed fleet that gets another version."""

    def __init__(self, sandbox: Sandbox, way: Way, size: int) -> None:
        self._sandbox, self._way = sandbox, way
        self._clock = sandbox.cloud.clock
        first, self._next = (plain.new_image(sandbox, name) for name in ("first", "next"))
        self._up(size, first)
        self._clock.advance(600)
        self._size = size
        self._old = self._model.settings.template_version
        self._new = f"{self._old.partition(':')[0]}:2"

    @property
    def _model(self) -> Any:
        return self._sandbox.cloud.autoscaling.fleet(self._way.group)

    def _up(self, size: int, image: str, speed: float = SPEED) -> None:
        self._clock.set_speed(speed)
        self._sandbox.engine_for(self._way.config(size, image)).up()
        self._clock.stop()

    def roll(self, *, bad: bool, hours: float) -> Played:
        """Want the next version; follow it to the end of its refresh, and then for so many hours."""
        if bad:
            self._model.spoil_template(self._new, Check.INSTANCE, self._clock.now())
        self._up(self._size, self._next, speed=1)  # what the program takes on this machine is not multiplied
        begun, played = self._made(), Played()
        while not self._over() and (self._clock.now() - begun).total_seconds() < LIMIT:
            self._pass(STEP, begun, played)
        ended = self._clock.now()
        played.seconds, played.status = (ended - begun).total_seconds(), self._model.refreshes[0].status.value
        for hour in range(int(hours)):
            if hour == int(hours) // 4:
                self._break_one()
            self._pass(HOUR, begun, played)
        late = [each for each in self._model.activities if each.start > ended and "Launching" in each.description]
        gone = {each.instance_id for each in late}
        machines = self._sandbox.cloud.client("ec2", REGION).describe_instances()["Reservations"]
        versions = {
            each["InstanceId"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]}["aws:ec2launchtemplate:version"]
            for reservation in machines
            for each in reservation["Instances"]
        }
        played.bad_launches = sum(versions.get(instance_id) == "2" for instance_id in gone)
        played.bad_members = sum(each.template_version == self._new for each in self._model.members)
        played.version = self._model.settings.template_version.rpartition(":")[2]
        return played

    def _made(self) -> datetime:
        """When the next version was made: the refresh begins while `up` still runs."""
        ec2, template = self._sandbox.cloud.client("ec2", REGION), self._new.partition(":")[0]
        found = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["2"])
        made: datetime = found["LaunchTemplateVersions"][0]["CreateTime"]
        return made

    def _break_one(self) -> None:
        serving = [each.id for each in self._model.members if each.lifecycle is Lifecycle.IN_SERVICE]
        self._sandbox.cloud.break_instance(serving[0], "system")

    def _over(self) -> bool:
        found = self._model.refreshes
        return bool(found) and not found[0].active

    def _pass(self, seconds: float, begun: datetime, played: Played) -> None:
        self._clock.advance(seconds)
        counted = Counter(
            each.template_version
            for each in self._model.members
            if each.lifecycle in {Lifecycle.IN_SERVICE, Lifecycle.PENDING}
        )
        minutes = (self._clock.now() - begun).total_seconds() / 60
        version = self._model.settings.template_version.rpartition(":")[2]
        played.samples.append((minutes, counted[self._old], counted[self._new], version))


def play(way: Way, size: int, *, bad: bool, hours: float) -> Played:
    """Deploy a fleet, and roll a version out to it."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as closing:
        folder = Path(name)
        program = way.program(folder / "program")
        sandbox = closing.enter_context(Sandbox(program, "bench", {}, region=REGION, folder=folder, speed=SPEED))
        return Fleet(sandbox, way, size).roll(bad=bad, hours=hours)


def figure(found: Mapping[tuple[str, str], Played], path: Path) -> None:
    """Both fleets over time, for the good version and the bad one: the old members, and upon them the new ones."""
    from matplotlib import rc_context  # noqa: PLC0415 - an extra, and slow to import
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - likewise
    from matplotlib.figure import Figure  # noqa: PLC0415 - likewise

    picture = Figure(figsize=(9, 5.6), layout="constrained")
    FigureCanvasAgg(picture)
    grid = picture.subplots(2, 2, sharey=True)
    for row, (kind, new) in zip(grid, (("good", "new"), ("bad", "bad")), strict=True):
        for axes, way in zip(row, (OURS, PLAIN), strict=True):
            played = found[kind, way.name]
            longest = 1.15 * max(found[kind, each.name].seconds for each in (OURS, PLAIN)) / 60
            first = (0.0, played.samples[0][1], 0, "1")
            samples = [each for each in played.samples if each[0] < longest]
            last = (longest, *samples[-1][1:])
            minutes, *numbers, version = zip(first, *samples, last, strict=True)
            shades = [COLOURS["old"], COLOURS[new]]
            axes.stackplot(minutes, *numbers, step="post", colors=shades, labels=["old version", f"{kind} version"])
            moved = next((at for at, one in zip(minutes, version, strict=True) if one == "2"), None)
            if moved is not None:
                axes.axvline(moved, color="black", linestyle="--", linewidth=1.2, label="the group's template moves")
            axes.set(title=f"{kind} version, {way.name}: {played.status}", xlim=(0, longest))
            axes.set(xlabel="minutes", ylim=(0, 6), yticks=range(0, 7, 2), ylabel="instances")
            axes.legend(loc="upper right", ncols=2, fontsize="small")
    with rc_context({"svg.hashsalt": "tap"}):
        picture.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def idle(*_: object) -> None:
    """No rollout at all."""


@dataclass
class Judged:
    """What happened in a history, what was broken in it, what of that is so without any rollout too, and what is not.

    Attributes:
        foreseen: Rollouts under a braked zone of which the referee does not know that they were the way out.
    """

    seed: int
    counted: Counter[str]
    broken: list[str]
    also_without: list[str]
    foreseen: list[str]


def judged(task: tuple[int, bool]) -> Judged:
    """Play one history; where a property of the healer is broken, once more without a rollout."""
    seed, without_looking = task
    history = rollouts.draw(Random(f"rollouts/{seed}"))  # noqa: S311 - a model: repeatable is what it has to be
    played = rollouts.play(history, careless) if without_looking else rollouts.play(history)
    counted = Counter(each.status.value for each in played.world.fleet.refreshes)
    counted["marks"] = len(played.referee.marks)
    wrong = played.referee.violations
    healers = {each.property for each in wrong if each.property < NEVER_BOTH}
    alone = {each.property for each in rollouts.play(history, idle).referee.violations} if healers else set()
    told: dict[bool, list[str]] = {False: [], True: []}
    foreseen: list[str] = []
    for each in wrong:
        kind = foreseen if each.property == WAITS and is_way_out(played, each.time) else told[each.property in alone]
        kind.append(f"property {each.property} at {each.time:%H:%M:%S}: {each.what}")
    return Judged(seed, counted, told[False], told[True], foreseen)


def is_way_out(played: rollouts.PlayedRollouts, at: datetime) -> bool:
    """Whether the healer's next sweep suspects the image, and no refresh of the hour before can be why.

    The rollout decides by the healer's rules and may look a moment before the healer. The referee only knows what the
    healer has said until then.
    """
    ended = [each.end for each in played.world.fleet.refreshes if each.end is not None and each.end <= at]
    lines = [json.loads(text) for _, text in played.referee.function.lines]
    sweeps = [
        each
        for each in lines
        if "reasons" in each and datetime.fromisoformat(each["time"]) >= at.replace(microsecond=0)
    ]
    soon = [each for each in sweeps[:1] if datetime.fromisoformat(each["time"]) - at < timedelta(minutes=2)]
    return any(each["suspended"] for each in soon) and all(at - end > timedelta(hours=1) for end in ended)


def seeds(number: int, processes: int, *, without_looking: bool) -> int:
    """Play so many histories in so many processes at once; the exit code."""
    counted: Counter[str] = Counter()
    broken = without = foreseen = 0
    with ProcessPoolExecutor(processes) as pool:
        for found in pool.map(judged, [(seed, without_looking) for seed in range(number)], chunksize=10):
            counted += found.counted
            broken += bool(found.broken)
            without += bool(found.also_without)
            foreseen += bool(found.foreseen)
            if found.seed % 100 == 99:  # noqa: PLR2004 - now and then
                print(f"{found.seed + 1} histories so far", file=sys.stderr, flush=True)
            for each in found.broken[:2]:
                print(f"history {found.seed}: {each}")
            for each in found.also_without[:1]:
                print(f"history {found.seed}: {each}; so without any rollout too")
            for each in found.foreseen:
                print(f"history {found.seed}: {each}; the healer suspects the image in its next sweep")
    print(
        f"{number} histories: {dict(counted)}; {broken} with something broken, {without} without any rollout too, "
        f"{foreseen} in which the rollout saw a bad image before the healer"
    )
    return int(bool(broken))


def good(size: int, found: dict[tuple[str, str], Played]) -> bool:
    """Roll a good version out in each way, into `found`; whether a rollout takes at most 1.2 times a plain refresh.

    A plain refresh has AWS's own percentages. One that launches as many as there are has no first instance to learn
    from, and is compared with a rollout that has none either.
    """
    took: dict[str, float] = {}
    for way in (OURS, DEFAULTS, AT_ONCE, PLAIN):
        played = play(way, size, bad=False, hours=0)
        found.setdefault(("good", way.name), played)
        took[way.name] = played.seconds
        print(f"good, {size} instances, {way.name:23}: {played.status} after {played.seconds:5.0f} s")
    pairs = [(OURS, DEFAULTS), (AT_ONCE, PLAIN), (OURS, PLAIN)]
    ratios = [took[one.name] / took[other.name] for one, other in pairs]
    for (one, other), ratio in zip(pairs, ratios, strict=True):
        print(f"good, {size} instances: {one.name} takes {ratio:.2f} times {other.name}")
    return max(ratios[:2]) <= 1.2  # noqa: PLR2004 - the promise


def main() -> int:
    """Measure and print; the exit code is 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="2,6", help="sizes of the fleet, for the good version")
    parser.add_argument("--hours", type=float, default=24, help="how long a bad version is followed")
    parser.add_argument("--figure", type=Path, help="an SVG or a PNG")
    parser.add_argument("--seeds", type=int, help="play so many random histories instead")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="that play histories at once")
    parser.add_argument("--careless", action="store_true", help="with a rollout that never looks")
    options = parser.parse_args()
    if options.seeds:
        return seeds(options.seeds, options.processes, without_looking=options.careless)
    found: dict[tuple[str, str], Played] = {}
    kept = all([good(size, found) for size in map(int, options.sizes.split(","))])  # noqa: C419 - each is to be measured
    for way in (OURS, PLAIN):
        played = found["bad", way.name] = play(way, 2, bad=True, hours=options.hours)
        print(
            f"bad, 2 instances, {way.name:23}: {played.status} after {played.seconds:5.0f} s; at most "
            f"{max(new for _, _, new, _ in played.samples)} bad at a time; the group's version is {played.version}, "
            f"{played.bad_members} bad members and {played.bad_launches} bad launches in {options.hours:g} h after "
            "that, in which one instance broke"
        )
        kept &= way is PLAIN or (played.version, played.bad_members, played.bad_launches) == ("1", 0, 0)
    if options.figure:
        figure(found, options.figure)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
