"""The volumes of an instance, which are all gp3: what EBS makes of a size and a performance. Pure functions.

Each raises ValueError with a phrase that completes "accepted: ...".

Source: EBS User Guide, "General Purpose SSD volumes" (3,000 to 80,000 IOPS, 500 for each GiB; 125 to 2,000 MiB/s, 0.25
for each of the IOPS); EC2 User Guide, "Device names for volumes" (`/dev/sd[f-p]` for what is attached).
"""

from __future__ import annotations

import re

from tap_stack.errors import shown

IOPS = range(3000, 80_001)
IOPS_PER_GIB = 500
THROUGHPUT = range(125, 2001)
IOPS_PER_MIB = 4
"""IOPS for each MiB/s."""

DEVICE = re.compile(r"/dev/sd[f-p]")
SIZES = range(1, 16_385)
IOPS_IN_WORDS = f"0, or {IOPS[0]} to {IOPS[-1]}"
THROUGHPUT_IN_WORDS = f"0, or {THROUGHPUT[0]} to {THROUGHPUT[-1]}"
DATA_IN_WORDS = "device=GiB pairs with commas between them, such as /dev/sdf=100, with devices /dev/sdf to /dev/sdp"


def iops(value: int, size: int) -> int:
    """IOPS that a root volume of this size can have; 0 says nothing of them."""
    if value and value not in IOPS:
        raise ValueError(IOPS_IN_WORDS)
    if value > max(size * IOPS_PER_GIB, IOPS[0]):
        raise ValueError(f"at most {size * IOPS_PER_GIB} with {size} GiB, which is {IOPS_PER_GIB} for each")
    return value


def throughput(value: int, operations: int) -> int:
    """MiB/s that a root volume with these IOPS can have; 0 says nothing of it."""
    if value and value not in THROUGHPUT:
        raise ValueError(THROUGHPUT_IN_WORDS)
    had = operations or IOPS[0]
    if value * IOPS_PER_MIB > had:
        raise ValueError(f"at most {had // IOPS_PER_MIB} MiB/s with {had} IOPS; more volumeIops allow more")
    return value


def data(values: dict[str, str]) -> dict[str, str]:
    """Further volumes by their device, each with its size in GiB."""
    for device, size in values.items():
        if not DEVICE.fullmatch(device) or not size.isdecimal() or int(size) not in SIZES:
            raise ValueError(f"{DATA_IN_WORDS} and 1 to {SIZES[-1]} GiB; {shown(f'{device}={size}')} is none")
    return values
