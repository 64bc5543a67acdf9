"""How the zones are: their state, what they offer, and whether EC2 has machines there.

Source: EC2 API reference, AvailabilityZone.State ("available | information | impaired | unavailable | constrained");
EC2 User Guide, "Troubleshoot instance launch issues": InsufficientInstanceCapacity, Unsupported; the words of the
refusals as in kubernetes/kops 6253 and terraform-aws-modules/terraform-aws-vpc 462 (read 2026-11-30).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from embedded_aws.calls import AwsError
from embedded_aws.kinds.description import ZoneTrouble

AVAILABLE = "available"
WELL = ZoneTrouble()


class ZoneConditions:
    """The conditions of all zones, which may change at any time. A zone is known by its letter, in every region.

    Args:
        troubles: Zone letter to its trouble.
    """

    def __init__(self, troubles: Mapping[str, ZoneTrouble]) -> None:
        self._troubles = dict(troubles)
        self._empty_until: dict[str, datetime] = {}
        self._lacking: dict[tuple[str, str, bool], datetime] = {}

    def state(self, zone: str) -> str:
        """A zone's state, as DescribeAvailabilityZones tells it."""
        return self._of(zone).state

    def set_state(self, zone: str, state: str) -> None:
        """A zone is in trouble, or is well again (`available`)."""
        self._troubles[zone[-1]] = replace(self._of(zone), state=state)

    def lack_capacity(self, zone: str, until: datetime) -> None:
        """EC2 has no machines in a zone until then."""
        self._empty_until[zone[-1]] = until

    def lack_pool(self, zone: str, instance_type: str, until: datetime, *, spot: bool = False) -> None:
        """EC2 has no machines of a type in a zone until then, On-Demand or on the Spot market."""
        self._lacking[zone[-1], instance_type, spot] = until

    def offers(self, zone: str, instance_type: str) -> bool:
        """Whether a zone has an instance type at all."""
        return instance_type not in self._of(zone).without_types

    def has_service(self, zone: str, service: str) -> bool:
        """Whether a zone has interface endpoints of a service, such as `ssmmessages`."""
        return service not in self._of(zone).without_services

    def check_launch(
        self, zone: str, instance_type: str, zones: Collection[str], now: datetime, *, spot: bool = False
    ) -> None:
        """Refuse a launch that a zone cannot serve.

        Args:
            zone: Where.
            instance_type: Of which type.
            zones: The zones of the region, for the advice that AWS gives.
            now: Cloud time.
            spot: Whether it is a Spot Instance.

        Raises:
            AwsError: `Unsupported`, `InsufficientInstanceCapacity`, or `UnfulfillableCapacity` of the Spot market.
        """
        if not self.offers(zone, instance_type):
            others = ", ".join(each for each in zones if self.offers(each, instance_type))
            raise AwsError(
                "Unsupported",
                f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone "
                f"({zone}). Please retry your request by not specifying an Availability Zone or choosing {others}.",
            )
        empty = now < self._empty_until.setdefault(zone[-1], now + self._of(zone).without_capacity)
        lacks = now < self._lacking.get((zone[-1], instance_type, spot), now)
        if spot and (empty or lacks):
            raise AwsError(
                "UnfulfillableCapacity",
                "Unable to fulfill capacity due to your request configuration. Please adjust your request and try "
                "again.",
            )
        if empty or lacks:
            others = ", ".join(each for each in zones if each != zone and now >= self._empty_until.get(each[-1], now))
            raise AwsError(
                "InsufficientInstanceCapacity",
                f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested "
                f"({zone}). Our system will be working on provisioning additional capacity. You can currently get "
                f"{instance_type} capacity by not specifying an Availability Zone in your request or choosing "
                f"{others}.",
                500,
            )

    def _of(self, zone: str) -> ZoneTrouble:
        return self._troubles.get(zone[-1], WELL)
