"""moto's EC2 as the place where everything is kept: what it holds of a region, and the views that the overlay needs.

moto's EC2 is slow to import (its zones and 1,400 instance types), so that happens at the first call and not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.in_process.instance_status import Instance


def backend(region: str) -> Any:
    """Moto's EC2 backend of a region. Hold the cloud's lock."""
    return get_backend("ec2")[ACCOUNT][region]


def instances(region: str) -> Iterator[Instance]:
    """Every instance of a region, in any state that EC2 still shows."""
    ec2 = backend(region)
    zone_ids = {zone.name: zone.zone_id for zone in ec2.describe_availability_zones()}
    for each in ec2.all_instances():
        zone = each.availability_zone or ""
        yield Instance(each.id, each.state, each.state_code, zone, zone_ids.get(zone, ""))
