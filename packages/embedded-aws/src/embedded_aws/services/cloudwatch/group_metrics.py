"""The sizes of Auto Scaling groups, each minute, for the groups that ask for them.

Source: Auto Scaling User Guide, "CloudWatch metrics for Amazon EC2 Auto Scaling".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from embedded_aws.clock import Clock
from embedded_aws.services.cloudwatch.metrics import MetricStore
from embedded_aws.services.cloudwatch.times import every_aligned

PERIOD = timedelta(seconds=60)

Groups: TypeAlias = Callable[[], Iterable[tuple[str, str]]]
"""All Auto Scaling groups, as (region, name)."""

Sizes: TypeAlias = Callable[[str, str], Mapping[str, float]]
"""(region, group) to the values of those metrics, such as GroupInServiceInstances, whose collection is enabled."""


class GroupMetrics:
    """Feeds the metric store once a minute, on the minute."""

    def __init__(self, clock: Clock, store: MetricStore, *, groups: Groups, sizes: Sizes) -> None:
        self._clock = clock
        self._store = store
        self._groups = groups
        self._sizes = sizes

    def start(self) -> None:
        """Sample from the next full minute on."""
        every_aligned(self._clock, PERIOD, self.sample)

    def sample(self, when: datetime) -> None:
        """Store one point for each metric of each group."""
        for region, group in self._groups():
            with self._clock.contained(f"the metrics of the group {group} in {region}"):
                sizes = {name: (value, "None") for name, value in self._sizes(region, group).items()}
                dimensions = {"AutoScalingGroupName": group}
                self._store.put(region, sizes, namespace="AWS/AutoScaling", dimensions=dimensions, when=when)
