"""What EC2 reports of its instances: their CPU and their status checks, by instance and by Auto Scaling group.

Instances are looked at each minute, and only where something happened to one of them; what is kept is when each of them
changed. Points are made when somebody asks for them, so that ten thousand idle instances cost nothing.

Source: EC2 User Guide, "CloudWatch metrics that are available for your instances": CPUUtilization each minute with
detailed monitoring, each five minutes without; StatusCheckFailed, of 0 or 1, "by default, this metric is available at a
1-minute frequency at no charge". Of the dimensions, InstanceId and AutoScalingGroupName are here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TypeAlias

from embedded_aws.clock import Clock
from embedded_aws.services.cloudwatch.metrics import MetricKey
from embedded_aws.services.cloudwatch.statistics import Sample
from embedded_aws.services.cloudwatch.times import aligned, every_aligned

NAMESPACE = "AWS/EC2"
MINUTE, BASIC_PERIOD = timedelta(minutes=1), timedelta(minutes=5)
KEPT = timedelta(days=15)
"""Points of a minute "are available for 15 days" (CloudWatch User Guide, "Metrics retention")."""

CPU = "CPUUtilization"
FAILURES = {
    "StatusCheckFailed": "failed",
    "StatusCheckFailed_Instance": "failed_instance",
    "StatusCheckFailed_System": "failed_system",
    "StatusCheckFailed_AttachedEBS": "failed_ebs",
}
"""A metric to the attribute of a reading that it tells."""


@dataclass(frozen=True)
class Reading:
    """How many running instances there are, and how many of them fail which check.

    Attributes:
        detailed: Those with detailed monitoring.
        failed: Those that fail any of the checks.
    """

    running: int = 0
    detailed: int = 0
    failed: int = 0
    failed_system: int = 0
    failed_instance: int = 0
    failed_ebs: int = 0

    def __add__(self, other: Reading) -> Reading:
        """Both together."""
        return Reading(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Seen:
    """A running instance as it was seen."""

    instance_id: str
    group: str | None
    reading: Reading


Look: TypeAlias = Callable[[str], Iterable[Seen]]
"""A region's running instances."""

Changes: TypeAlias = Callable[[], dict[str, Hashable]]
"""Each region to a value that is another one whenever something happened to one of its instances."""

LoadAt: TypeAlias = Callable[[str, str | None, datetime, int], float]
"""(region, group, time, running instances of the group) to the average CPU of the group's instances in percent."""


class _Timeline:
    """What was seen under one set of dimensions, and since when."""

    def __init__(self, group: str | None) -> None:
        self.group = group
        self.times: list[datetime] = []
        self.readings: list[Reading] = []

    def note(self, when: datetime, reading: Reading) -> None:
        if not self.readings or self.readings[-1] != reading:
            self.times.append(when)
            self.readings.append(reading)

    def at(self, when: datetime) -> Reading:
        place = bisect_right(self.times, when)
        return self.readings[place - 1] if place else Reading()


_Dimensions: TypeAlias = frozenset[tuple[str, str]]


class InstanceMetrics:
    """A source of metric data: see `MetricStore.add_source`.

    Args:
        look: Called with the cloud's lock held, as `changes`.
        load: The CPU at a time.
    """

    def __init__(self, clock: Clock, *, look: Look, changes: Changes, load: LoadAt) -> None:
        self._clock = clock
        self._look = look
        self._changes = changes
        self._load = load
        self._known: dict[str, Hashable] = {}
        self._timelines: dict[str, dict[_Dimensions, _Timeline]] = defaultdict(dict)

    def start(self) -> None:
        """Look at the instances from the next full minute on."""
        every_aligned(self._clock, MINUTE, self.observe)

    def observe(self, when: datetime) -> None:
        """Take down what has changed."""
        for region, state in self._changes().items():
            if self._known.get(region) != state:
                self._known[region] = state
                with self._clock.contained(f"the metrics of instances in {region}"):
                    self._take_down(region, when)

    def _take_down(self, region: str, when: datetime) -> None:
        timelines = self._timelines[region]
        sums: dict[str, Reading] = defaultdict(Reading)
        now: dict[_Dimensions, tuple[str | None, Reading]] = {}
        for seen in self._look(region):
            now[frozenset({("InstanceId", seen.instance_id)})] = (seen.group, seen.reading)
            if seen.group is not None:
                sums[seen.group] += seen.reading
        now |= {frozenset({("AutoScalingGroupName", group)}): (group, total) for group, total in sums.items()}
        for dimensions, (group, reading) in now.items():
            timelines.setdefault(dimensions, _Timeline(group)).note(when, reading)
        for dimensions in [each for each in timelines if each not in now]:
            timelines[dimensions].note(when, Reading())
            if timelines[dimensions].times[-1] < when - KEPT:
                del timelines[dimensions]

    def metrics(self, region: str) -> Iterator[MetricKey]:
        """Every metric that has data."""
        for dimensions in self._timelines.get(region, {}):
            for name in (CPU, *FAILURES):
                yield MetricKey(NAMESPACE, name, dimensions)

    def samples(self, region: str, metric: MetricKey, start: datetime, end: datetime) -> Sequence[Sample]:
        """The data of one metric with start <= time < end."""
        timeline = self._timelines.get(region, {}).get(metric.dimensions)
        if metric.namespace != NAMESPACE or timeline is None or metric.name not in {CPU, *FAILURES}:
            return []
        found = []
        when = max(aligned(start, MINUTE), timeline.times[0])
        while when < end and when <= self._clock.now():
            sample = self._sample(region, metric.name, timeline, when)
            if when >= start and sample is not None:
                found.append(sample)
            when += MINUTE
        return found

    def _sample(self, region: str, name: str, timeline: _Timeline, when: datetime) -> Sample | None:
        reading = timeline.at(when)
        if name == CPU:
            count = reading.running if when == aligned(when, BASIC_PERIOD) else reading.detailed
            load = self._load(region, timeline.group, when, self._running(region, timeline, when))
            return Sample(when, load, load, load * count, count, "Percent") if count else None
        failed = getattr(reading, FAILURES[name])
        least, most = float(failed == reading.running), float(failed > 0)
        return Sample(when, least, most, float(failed), reading.running, "Count") if reading.running else None

    def _running(self, region: str, timeline: _Timeline, when: datetime) -> int:
        """How many instances ran in the group that a timeline is of, or of which its instance is a member."""
        of_group = self._timelines[region].get(frozenset({("AutoScalingGroupName", timeline.group or "")}), timeline)
        return of_group.at(when).running
