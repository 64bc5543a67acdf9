"""The account's quotas: what the stack needs of them, and what there is. Pure arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNRESERVED = 100
"""Concurrent executions that Lambda keeps unreserved (Lambda Developer Guide, "Configuring reserved concurrency"); an
account whose quota is smaller has none to reserve."""

_FAMILY = re.compile(r"u-|[a-z]+")


@dataclass(frozen=True)
class NamedQuota:
    """A quota by Service Quotas' codes (AWS General Reference, "Service endpoints and quotas")."""

    service: str
    code: str
    what: str


VPCS = NamedQuota("vpc", "L-F678F1CE", "VPCs")
ADDRESSES = NamedQuota("ec2", "L-0263D0A3", "elastic addresses")
RULES = NamedQuota("vpc", "L-0EA8095F", "inbound rules of a security group")
CONCURRENCY = NamedQuota("lambda", "L-B99A9384", "concurrent executions")
STANDARD = NamedQuota("ec2", "L-1216C47A", "vCPUs of the standard families")
VCPUS = {
    **dict.fromkeys("acdhimrtz", STANDARD),
    **dict.fromkeys(("g", "gr", "vt"), NamedQuota("ec2", "L-DB2E81BA", "vCPUs of the families G and VT")),
    "dl": NamedQuota("ec2", "L-6E869C2A", "vCPUs of the family DL"),
    "f": NamedQuota("ec2", "L-74FC7D96", "vCPUs of the family F"),
    "hpc": NamedQuota("ec2", "L-F7808C92", "vCPUs of the family HPC"),
    "inf": NamedQuota("ec2", "L-1945791B", "vCPUs of the family Inf"),
    "p": NamedQuota("ec2", "L-417A185B", "vCPUs of the family P"),
    "trn": NamedQuota("ec2", "L-2C3B7624", "vCPUs of the family Trn"),
    "u-": NamedQuota("ec2", "L-43DA4232", "vCPUs of the family High Memory"),
    "x": NamedQuota("ec2", "L-7295265B", "vCPUs of the family X"),
}
"""The beginning of an instance type to the quota that its instances count against (EC2 User Guide, "EC2 On-Demand
instance quotas")."""


@dataclass(frozen=True)
class Room:
    """What there is of a quota.

    Attributes:
        limit: The applied value.
        used: What others use of it; the stack's own does not count.
    """

    quota: NamedQuota
    limit: float
    used: int

    @property
    def left(self) -> int:
        """How much the stack may have, at least none."""
        return max(0, int(self.limit) - self.used)

    def lacks(self, needed: int) -> str | None:
        """What is needed and what there is, if it is not enough; else None."""
        if needed <= self.left:
            return None
        there = f"the quota is {self.limit:g} and others use {self.used}, which leaves {self.left}"
        return f"{needed} {self.quota.what} are needed, and {there} ({self.quota.service} {self.quota.code})"


def vcpu_quota(instance_type: str) -> NamedQuota:
    """The quota on vCPUs that instances of a type count against: `t3.micro` is of the standard families."""
    match = _FAMILY.match(instance_type)
    family = match[0] if match else ""
    return VCPUS.get(family) or VCPUS.get(family[:1], STANDARD)


def may_reserve(limit: float, reserved: int) -> bool:
    """Whether Lambda lets one more execution be reserved.

    Args:
        limit: The account's quota of concurrent executions.
        reserved: What other functions have reserved.
    """
    return limit - reserved - 1 >= UNRESERVED
