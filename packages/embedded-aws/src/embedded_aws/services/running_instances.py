"""The instances that run, as EC2's metrics tell of them: moto's EC2 and the members of Auto Scaling groups together."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.fleet import Checks
from embedded_aws.services.autoscaling import AutoScalingService
from embedded_aws.services.cloudwatch.instance_metrics import Reading, Seen

IMPAIRED = "impaired"


class RunningInstances:
    """The running instances of all regions.

    Args:
        lock: The gateway's own, re-entrant.
    """

    def __init__(self, lock: AbstractContextManager[Any], autoscaling: AutoScalingService) -> None:
        self._lock = lock
        self._autoscaling = autoscaling

    def changes(self) -> dict[str, Hashable]:
        """Each region that was used to a value that changes with its instances."""
        with self._lock:
            groups = self._autoscaling.changes()
            regions: dict[str, Any] = dict(get_backend("ec2")[ACCOUNT])
            return {
                region: (ec2.launches, ec2.power_changes, groups.get(region, ())) for region, ec2 in regions.items()
            }

    def look(self, region: str) -> Iterator[Seen]:
        """A region's running instances, and which of their checks fail."""
        with self._lock:
            for each in get_backend("ec2")[ACCOUNT][region].all_instances():
                if each.state == "running":
                    checks = self._autoscaling.checks(each.id)
                    reading = _reading(checks, detailed=each.monitoring_state == "enabled")
                    # What a warm pool keeps running is not in its group's metrics (assumed).
                    group = self._autoscaling.group_of(region, each.id)
                    yield Seen(each.id, group if self._autoscaling.serves(region, each.id) else None, reading)


def _reading(checks: Checks | None, *, detailed: bool) -> Reading:
    failed = (
        [] if checks is None else [each.status == IMPAIRED for each in (checks.system, checks.instance, checks.ebs)]
    )
    return Reading(1, int(detailed), int(any(failed)), *map(int, failed))
