"""Target groups of a group: which members are in them, and what load balancers say of those.

Sources: EC2 Auto Scaling API reference (AttachLoadBalancerTargetGroups, DetachLoadBalancerTargetGroups,
LoadBalancerTargetGroupState); user guide, "Suspend and resume processes" (AddToLoadBalancer: members launched in the
meantime are not added later) and "Temporarily remove instances" (standby takes a member out of its target groups).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from embedded_aws.fleet import Event, Lifecycle, ScalingGroup, What
from embedded_aws.services.elbv2.checks import TargetState

LEAVES = frozenset({What.TERMINATING, What.STANDBY, What.DETACHED, What.POOL_RETURNED})


class TargetRegistry(Protocol):
    """Where targets are registered."""

    def check_exist(self, region: str, arns: Sequence[str]) -> None:
        """Refuse target groups that are not there. Raises AwsError."""

    def register(self, region: str, arn: str, instance_id: str, now: datetime) -> None:
        """Register an instance."""

    def deregister(self, region: str, arn: str, instance_id: str, now: datetime) -> None:
        """Deregister an instance."""

    def delay(self, region: str, arns: Sequence[str]) -> timedelta:
        """The longest deregistration delay of target groups that have a load balancer."""

    def states(self, region: str, arn: str, instance_id: str) -> set[TargetState]:
        """What a target group makes of an instance."""


class AttachmentState(Enum):
    """LoadBalancerTargetGroupState."""

    ADDED = "Added"
    IN_SERVICE = "InService"
    REMOVING = "Removing"


@dataclass
class TargetGroups:
    """The target groups of one group.

    Attributes:
        arns: Those that it is attached to, in the order in which they were named.
        removing: Those that it was detached from, until when their targets drain.
    """

    region: str
    registry: TargetRegistry
    arns: list[str]
    removing: dict[str, datetime] = field(default_factory=dict)

    def follow(self, event: Event, *, adds: bool) -> None:
        """Register who comes into service, if the group adds anyone now, and deregister who leaves it."""
        if event.what is What.IN_SERVICE and adds:
            for arn in self.arns:
                self.registry.register(self.region, arn, event.instance_id, event.time)
        elif event.what in LEAVES:
            for arn in self.arns:
                self.registry.deregister(self.region, arn, event.instance_id, event.time)

    def attach(self, fleet: ScalingGroup, arns: Sequence[str], now: datetime) -> None:
        """Attach target groups: everyone in service is registered. Raises AwsError: `ValidationError`."""
        self.registry.check_exist(self.region, arns)
        for arn in [arn for arn in dict.fromkeys(arns) if arn not in self.arns]:
            self.arns.append(arn)
            self.removing.pop(arn, None)
            for member in fleet.members:
                if member.lifecycle is Lifecycle.IN_SERVICE:
                    self.registry.register(self.region, arn, member.id, now)

    def detach(self, fleet: ScalingGroup, arns: Sequence[str], now: datetime) -> None:
        """Detach target groups: everyone is deregistered, and drains."""
        for arn in [arn for arn in dict.fromkeys(arns) if arn in self.arns]:
            self.arns.remove(arn)
            self.removing[arn] = now + self.registry.delay(self.region, [arn])
            for member in fleet.members:
                self.registry.deregister(self.region, arn, member.id, now)

    def judge(self, fleet: ScalingGroup, now: datetime, instance_ids: Sequence[str] | None = None) -> None:
        """Tell the fleet which members its load balancers call unhealthy now."""
        for member in list(fleet.members):
            if instance_ids is not None and member.id not in instance_ids:
                continue
            unhealthy = any(
                TargetState.UNHEALTHY in self.registry.states(self.region, arn, member.id) for arn in self.arns
            )
            if unhealthy and member.balancer_since is None:
                fleet.target_unhealthy(member.id, now)
            elif not unhealthy and member.balancer_since is not None:
                fleet.target_healthy(member.id, now)

    def _is(self, arn: str, instance_id: str, state: TargetState) -> bool:
        return state in self.registry.states(self.region, arn, instance_id)

    def keep_delay(self, fleet: ScalingGroup, now: datetime) -> None:
        """Let members that leave drain for as long as the target groups say now."""
        delay = self.registry.delay(self.region, self.arns)
        if delay != fleet.settings.draining and not fleet.deleting:
            fleet.update(now, draining=delay)

    def shown(self, fleet: ScalingGroup, now: datetime) -> list[dict[str, str]]:
        """LoadBalancerTargetGroupStates."""
        told = dict.fromkeys(self.arns, AttachmentState.ADDED)
        for arn in self.arns:
            if any(
                TargetState.HEALTHY in self.registry.states(self.region, arn, member.id) for member in fleet.members
            ):
                told[arn] = AttachmentState.IN_SERVICE
        told |= {arn: AttachmentState.REMOVING for arn, until in self.removing.items() if until > now}
        return [{"LoadBalancerTargetGroupARN": arn, "State": state.value} for arn, state in told.items()]
