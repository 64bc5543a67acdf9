"""The volumes of an instance: what EBS makes of a type, a size and a performance. Pure functions.

Each raises ValueError with a phrase that completes "accepted: ...".

Source: EBS User Guide, "Amazon EBS volume types", "General Purpose SSD volumes" (500 IOPS for each GiB of gp3, and
0.25 MiB/s for each of its IOPS), "Provisioned IOPS SSD volumes" (50 IOPS for each GiB of io1, 1,000 of io2); EC2 User
Guide, "Device names for volumes" (`/dev/sd[f-p]` for what is attached).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tap_stack.errors import shown


@dataclass(frozen=True)
class VolumeType:
    """What EBS takes for a type: GiB, IOPS, IOPS for each GiB, MiB/s; None where none can be asked for."""

    least_size: int
    iops: range | None = None
    iops_per_gib: int = 0
    throughput: range | None = None


TYPES: Mapping[str, VolumeType] = {
    "gp3": VolumeType(1, range(3000, 80_001), 500, range(125, 2001)),
    "gp2": VolumeType(1),
    "io1": VolumeType(4, range(100, 64_001), 50),
    "io2": VolumeType(4, range(100, 256_001), 1000),
}
NEED_IOPS = frozenset({"io1", "io2"})
BASELINE = 3000
"""IOPS that gp3 has however small it is."""
IOPS_PER_MIB = 4
"""IOPS of gp3 for each MiB/s beyond those that it has anyway."""

DEVICE = re.compile(r"/dev/sd[f-p]")
SIZES = range(1, 16_385)
DATA_IN_WORDS = "device=GiB pairs with commas between them, such as /dev/sdf=100, with devices /dev/sdf to /dev/sdp"


def iops(value: int, kind: str, size: int) -> int:
    """IOPS that a root volume of this type and size can have; 0 leaves them to EBS."""
    of_type = TYPES[kind]
    if value == 0:
        if kind in NEED_IOPS:
            raise ValueError(f"IOPS, without which there is no {kind}: {_of(of_type.iops)}")
        return value
    if of_type.iops is None:
        raise ValueError(f"0: a {kind} volume has the IOPS of its size")
    if value not in of_type.iops:
        raise ValueError(f"{_of(of_type.iops)} for {kind}, or 0 for its own")
    most = size * of_type.iops_per_gib
    if value > max(most, BASELINE if kind == "gp3" else 0):
        raise ValueError(f"at most {most} for {kind} of {size} GiB, which is {of_type.iops_per_gib} for each")
    return value


def throughput(value: int, kind: str, operations: int) -> int:
    """MiB/s that a root volume of this type and these IOPS can have; 0 leaves it to EBS."""
    allowed = TYPES[kind].throughput
    if value == 0:
        return value
    if allowed is None:
        raise ValueError(f"0: only gp3 has a throughput of its own, and volumeType is {kind}")
    if value not in allowed:
        raise ValueError(f"{_of(allowed)} MiB/s, or 0 for its own")
    if value * IOPS_PER_MIB > (had := operations or BASELINE):
        raise ValueError(f"at most {had // IOPS_PER_MIB} MiB/s with {had} IOPS; more IOPS allow more")
    return value


def data(values: dict[str, str]) -> dict[str, str]:
    """Further volumes by their device, each with its size in GiB."""
    for device, size in values.items():
        if not DEVICE.fullmatch(device) or not size.isdecimal() or int(size) not in SIZES:
            raise ValueError(f"{DATA_IN_WORDS} and {_of(SIZES)} GiB; {shown(f'{device}={size}')} is none")
    return values


def _of(numbers: range | None) -> str:
    return f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
