"""Metrics that AWS's own services would report each minute: a group's CPU, and the sizes of groups that ask for them.

Source: EC2 User Guide, "Instance metrics" (with detailed monitoring: one point a minute); Auto Scaling User Guide,
"CloudWatch metrics for Amazon EC2 Auto Scaling".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from embedded_aws.clock import Clock
from embedded_aws.services.cloudwatch.metrics import MetricStore
from embedded_aws.services.cloudwatch.times import every_aligned

PERIOD = timedelta(seconds=60)

Groups: TypeAlias = Callable[[], Iterable[tuple[str, str]]]
"""All Auto Scaling groups, as (region, name)."""

Cpu: TypeAlias = Callable[[str, str], float | None]
"""(region, group) to the average CPU of its instances in percent; None where nobody asked for a load."""

Sizes: TypeAlias = Callable[[str, str], Mapping[str, float]]
"""(region, group) to the values of those metrics, such as GroupInServiceInstances, whose collection is enabled."""


@dataclass(frozen=True)
class GivenLoad:
    """A CPU load that somebody gave a group.

    Attributes:
        until: When it ends; None if it stays.
        before: What holds after that; None if nobody had given a load.
    """

    percent: float
    until: datetime | None = None
    before: float | None = None

    def at(self, when: datetime) -> float | None:
        """The load at a time."""
        return self.percent if self.until is None or when <= self.until else self.before


class Load:
    """Feeds the metric store once a minute, on the minute."""

    def __init__(self, clock: Clock, store: MetricStore, *, groups: Groups, cpu: Cpu, sizes: Sizes) -> None:
        self._clock = clock
        self._store = store
        self._groups = groups
        self._cpu = cpu
        self._sizes = sizes

    def start(self) -> None:
        """Sample from the next full minute on."""
        every_aligned(self._clock, PERIOD, self.sample)

    def sample(self, when: datetime) -> None:
        """Store one point for each metric of each group."""
        for region, group in self._groups():
            with self._clock.contained(f"the metrics of the group {group} in {region}"):
                self._sample_group(region, group, when)

    def _sample_group(self, region: str, group: str, when: datetime) -> None:
        dimensions = {"AutoScalingGroupName": group}
        percent = self._cpu(region, group)
        if percent is not None:
            load = {"CPUUtilization": (percent, "Percent")}
            self._store.put(region, load, namespace="AWS/EC2", dimensions=dimensions, when=when)
        sizes = {name: (value, "None") for name, value in self._sizes(region, group).items()}
        self._store.put(region, sizes, namespace="AWS/AutoScaling", dimensions=dimensions, when=when)
