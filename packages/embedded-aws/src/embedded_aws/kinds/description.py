"""The description of an account: plain values, which the parts of the cloud act upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]
"""A policy as JSON."""


@dataclass(frozen=True)
class ZoneTrouble:
    """What is wrong with one zone, or missing in it.

    Attributes:
        state: As DescribeAvailabilityZones tells it: `available`, `impaired`, `constrained` or `unavailable`.
        without_types: Instance types that the zone does not offer.
        without_services: Endpoint services that the zone does not have, such as `ssmmessages`.
        without_capacity: For how long, from the first launch that is tried there, EC2 has no machines there.
    """

    state: str = "available"
    without_types: frozenset[str] = frozenset()
    without_services: frozenset[str] = frozenset()
    without_capacity: timedelta = timedelta(0)


@dataclass(frozen=True)
class AccountKind:
    """One kind of account.

    Attributes:
        name: What it is called.
        told: What somebody who deploys into it should know, in one sentence.
        quotas: The applied values that are lower than those of a standing account, by the quota's code.
        scaling_role: Whether AWSServiceRoleForAutoScaling is there already, and that of Elastic Load Balancing.
        settling: How long a new role or instance profile is not known to other services, nor a service-linked role
            usable.
        service_control: The service control policies, level by level from the organisation's root down.
        resource_control: The resource control policies, beside the one that allows everything.
        tag_policy: Tag key to its only allowed values.
        boundary: The permissions boundary that the account has for its roles: a managed policy's document.
        encrypted: Whether EBS encrypts new volumes by default.
        own_key: Whether EBS's default key is one of the customer's.
        zones: Zone letter to its trouble, in every region.
        needs: What a deployment must bring along here, in words.
    """

    name: str
    told: str
    quotas: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    scaling_role: bool = True
    settling: timedelta = timedelta(0)
    service_control: tuple[tuple[Document, ...], ...] = ()
    resource_control: tuple[Document, ...] = ()
    tag_policy: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    boundary: Document | None = None
    encrypted: bool = False
    own_key: bool = False
    zones: Mapping[str, ZoneTrouble] = field(default_factory=lambda: MappingProxyType({}))
    needs: tuple[str, ...] = ()
