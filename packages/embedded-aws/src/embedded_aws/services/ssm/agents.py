"""The agents on instances: which of them report to Systems Manager, when they last did, and whom it can still reach.

The agent of an image reports once its role lets it, and each five minutes from then on. Once its machine stops, or
fails a status check, it is silent; Systems Manager notices when the next report stays out.

Source: Systems Manager user guide, "Configure instance permissions required for Systems Manager"; amazon-ssm-agent
README, `HealthFrequencyMinutes` (5 by default). Assumed: one report that stays out is a lost connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from embedded_aws.fleet.health import Checks
from embedded_aws.iam.authorizer import RoleMay
from embedded_aws.services.ec2 import store

ChecksOf: TypeAlias = Callable[[str], Checks | None]
"""Instance id to its status checks; None for one that nobody knows."""

PERIOD = timedelta(minutes=5)
REPORT = "ssm:UpdateInstanceInformation"
RUNNING = "running"
MANAGED_STATES = frozenset({RUNNING, "stopping", "stopped"})
REACHED = frozenset({"ok", "initializing"})
"""Results of a status check with which an agent still reaches its service."""


@dataclass(frozen=True)
class Agent:
    """The agent on one instance.

    Attributes:
        instance: Moto's.
        role: The ARN of the instance's role.
        began: When it began to report: its machine was launched, or last started.
        silent_since: Since when it does not; None while it does.
    """

    instance: Any
    role: str
    began: datetime
    silent_since: datetime | None

    @property
    def id(self) -> str:
        """The instance's id."""
        return str(self.instance.id)

    def last_report(self, now: datetime) -> datetime:
        """When it last reported."""
        until = now if self.silent_since is None else self.silent_since
        return self.began + PERIOD * ((until - self.began) // PERIOD)

    def is_online(self, now: datetime) -> bool:
        """Whether its connection counts as up (PingStatus)."""
        return self.silent_since is None or now < self.last_report(now) + PERIOD


class Agents:
    """The agents of all instances.

    Args:
        role_may: What IAM lets a role do.
        checks: Who knows the status checks of instances.
    """

    def __init__(self, role_may: RoleMay, checks: ChecksOf) -> None:
        self._role_may = role_may
        self._checks = checks

    def of_region(self, region: str) -> Iterator[Agent]:
        """Every agent of a region that Systems Manager knows, in the order of the instances' ids. Hold the lock."""
        ec2 = store.backend(region)
        for instance in sorted(ec2.all_instances(), key=lambda each: str(each.id)):
            if (agent := self._agent(ec2, instance)) is not None:
                yield agent

    def find(self, region: str, instance_id: str) -> Agent | None:
        """The agent on an instance; None if Systems Manager knows of none. Hold the lock."""
        ec2 = store.backend(region)
        instance = ec2.get_instance_by_id(instance_id)
        return None if instance is None else self._agent(ec2, instance)

    def may(self, agent: Agent, *actions: str) -> bool:
        """Whether an agent's role lets it do all of this."""
        try:
            return all(self._role_may(agent.role, each, "*").allowed for each in actions)
        except KeyError:  # the role is gone
            return False

    def _agent(self, ec2: Any, instance: Any) -> Agent | None:
        association = ec2.iam_instance_profile_associations.get(instance.id)
        roles = association.iam_instance_profile.roles if association is not None else []
        if instance.state not in MANAGED_STATES or not roles:
            return None
        switched = ec2.switched.get(instance.id)
        launched = _aware(instance.launch_time)
        began = _aware(switched) if switched is not None and instance.state == RUNNING else launched
        silent = _silent_since(self._checks(instance.id)) if instance.state == RUNNING else _aware(switched or launched)
        agent = Agent(instance, str(roles[0].arn), began, None if silent is None else max(silent, began))
        return agent if self.may(agent, REPORT) else None


def _silent_since(checks: Checks | None) -> datetime | None:
    """Since when a running machine's agent does not reach its service."""
    if checks is None:
        return None
    failed = [each.impaired_since for each in (checks.system, checks.instance) if each.status not in REACHED]
    return min(filter(None, failed), default=None)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
