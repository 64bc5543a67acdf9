"""The quotas that this cloud holds clients to: their codes in Service Quotas, and AWS's default values.

Source: AWS General Reference, "Service endpoints and quotas" of EC2, VPC and Lambda; EC2 User Guide, "EC2 On-Demand
instance quotas"; for new accounts benellis.cloud, "My Lambda concurrency applied quota is only 10", and the refusals in
aws-samples/one-observability-demo 278 and aws-samples/s3-to-lambda-patterns 36 (read 2026-11-30).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RAISED = 1_000_000.0
"""What Service Quotas answers of a quota that a standing account had raised beyond all that is tried here."""

FAMILY = re.compile(r"u-|[a-z]+")


@dataclass(frozen=True)
class Quota:
    """One quota.

    Attributes:
        service: Service Quotas' code of the service.
        code: Its own code.
        default: AWS's default value.
        adjustable: Whether it can be raised.
        raised: Whether a standing account has it raised.
    """

    service: str
    code: str
    name: str
    default: float
    adjustable: bool = True
    raised: bool = False


VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5, raised=True)
GATEWAYS = Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5, raised=True)
RULES = Quota("vpc", "L-0EA8095F", "Inbound or outbound rules per security group", 60)
ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5, raised=True)
CONCURRENCY = Quota("lambda", "L-B99A9384", "Concurrent executions", 1000)


def _running(code: str, what: str, default: float = 0) -> Quota:
    return Quota("ec2", code, f"Running On-Demand {what} instances", default, raised=True)


STANDARD_FAMILIES = _running("L-1216C47A", "Standard (A, C, D, H, I, M, R, T, Z)", 5)
VCPUS = {
    **dict.fromkeys("acdhimrtz", STANDARD_FAMILIES),
    **dict.fromkeys(("g", "gr", "vt"), _running("L-DB2E81BA", "G and VT")),
    "dl": _running("L-6E869C2A", "DL"),
    "f": _running("L-74FC7D96", "F"),
    "hpc": _running("L-F7808C92", "HPC"),
    "inf": _running("L-1945791B", "Inf"),
    "p": _running("L-417A185B", "P"),
    "trn": _running("L-2C3B7624", "Trn"),
    "u-": _running("L-43DA4232", "High Memory"),
    "x": _running("L-7295265B", "X"),
}
"""The beginning of an instance type to the quota on vCPUs of its bucket."""

QUOTAS = tuple(dict.fromkeys((VPCS, GATEWAYS, RULES, ADDRESSES, CONCURRENCY, *VCPUS.values())))


def vcpu_quota(instance_type: str) -> Quota:
    """The quota on vCPUs that instances of a type count against: `t3.micro` is of the standard families."""
    match = FAMILY.match(instance_type)
    family = match[0] if match else ""
    return VCPUS.get(family) or VCPUS.get(family[:1], STANDARD_FAMILIES)
