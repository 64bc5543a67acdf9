"""The requests that somebody lets reach target groups, as CloudWatch tells of them: each minute, on the minute.

Source: Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer": RequestCountPerTarget is "the
average number of requests per target", with the statistic Sum; metrics are reported while requests flow, and else not.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from embedded_aws.clock import Clock
from embedded_aws.services.cloudwatch.metrics import MetricStore
from embedded_aws.services.cloudwatch.times import every_aligned
from embedded_aws.services.elbv2 import store
from embedded_aws.services.elbv2.targets import Targets

PERIOD = timedelta(seconds=60)
NAMESPACE = "AWS/ApplicationELB"


class RequestMetrics:
    """Feeds the metric store once a minute.

    Args:
        lock: The gateway's own, re-entrant.
    """

    def __init__(self, clock: Clock, lock: AbstractContextManager[Any], metrics: MetricStore, targets: Targets) -> None:
        self._clock = clock
        self._lock = lock
        self._metrics = metrics
        self._targets = targets
        self._rates: dict[str, float] = {}

    def start(self) -> None:
        """Sample from the next full minute on."""
        every_aligned(self._clock, PERIOD, self.sample)

    def give(self, target_group: str, per_minute: float) -> None:
        """Let so many requests a minute reach a target group from now on. Raises AwsError: there is none."""
        with self._lock:
            store.target_group(target_group.split(":")[3], target_group)
            self._rates[target_group] = per_minute

    def sample(self, when: datetime) -> None:
        """Store one point for each target group that requests reach, and for each of its load balancers."""
        with self._lock:
            for arn, rate in self._rates.items():
                with self._clock.contained(f"the requests of {arn}"):
                    self._sample(arn, rate, when)

    def _sample(self, arn: str, rate: float, when: datetime) -> None:
        region = arn.split(":")[3]
        group, healthy = store.backend(region).target_groups.get(arn), self._targets.healthy(region, arn)
        if group is None or not healthy or not rate:
            return
        values = {"RequestCount": (rate, "Count"), "RequestCountPerTarget": (rate / healthy, "Count")}
        targets = {"TargetGroup": arn.split(":", 5)[5]}
        balancers = [each.split("loadbalancer/", 1)[1] for each in group.load_balancer_arns]
        for dimensions in (targets, *({**targets, "LoadBalancer": balancer} for balancer in balancers)):
            self._metrics.put(region, values, namespace=NAMESPACE, dimensions=dimensions, when=when)
