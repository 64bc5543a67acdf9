"""The volumes of an instance: what EBS makes of a type, a size and a performance. Pure functions.

Each check raises ValueError with a phrase that completes "accepted: ...".

Source: EBS User Guide, "General Purpose SSD volumes" (gp3: 3,000 to 80,000 IOPS, 500 for each GiB; 125 to 2,000 MiB/s,
0.25 for each of the IOPS), "Provisioned IOPS SSD volumes" (io1: 100 to 64,000 IOPS, 50 for each GiB; io2: to 256,000,
1,000 for each GiB), "Throughput Optimized HDD and Cold HDD volumes" (from 125 GiB, and never a root volume); EC2 User
Guide, "Device names for volumes" (`/dev/sd[f-p]` for what is attached).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationInfo

from tap_stack.errors import shown


@dataclass(frozen=True)
class VolumeType:
    """What EBS takes for a type.

    Attributes:
        sizes: GiB.
        iops: IOPS, None where none can be asked for.
        iops_per_gib: How many of them a GiB allows.
        needs_iops: Whether there is no such volume without.
    """

    sizes: range
    iops: range | None = None
    iops_per_gib: int = 0
    needs_iops: bool = False


GP3 = "gp3"
TYPES: Mapping[str, VolumeType] = {
    GP3: VolumeType(range(1, 16_385), range(3000, 80_001), 500),
    "gp2": VolumeType(range(1, 16_385)),
    "io1": VolumeType(range(4, 16_385), range(100, 64_001), 50, needs_iops=True),
    "io2": VolumeType(range(4, 16_385), range(100, 256_001), 1000, needs_iops=True),
    "st1": VolumeType(range(125, 16_385)),
    "sc1": VolumeType(range(125, 16_385)),
}
THROUGHPUT = range(125, 2001)
IOPS_PER_MIB = 4
"""IOPS of gp3 for each MiB/s."""

DEVICE = re.compile(r"/dev/sd[f-p]")
DATA = re.compile(r"(?P<size>[0-9]{1,5})(:(?P<type>[a-z0-9]{3}))?(:(?P<iops>[0-9]{1,6}))?")
IOPS_IN_WORDS = "0, or 3000 to 80000 for gp3, 100 to 64000 for io1, 100 to 256000 for io2"
THROUGHPUT_IN_WORDS = f"0, or {THROUGHPUT[0]} to {THROUGHPUT[-1]}"
DATA_IN_WORDS = (
    "device=GiB pairs with commas between them, such as /dev/sdf=100, with devices /dev/sdf to /dev/sdp; type and IOPS "
    "may follow, as in /dev/sdf=100:io2:4000"
)
KEY = r"^(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-)?[A-Za-z0-9-]{1,64})?$"
KEY_IN_WORDS = "empty, or the ARN of a key of KMS in the stack's region; not that of an alias"


@dataclass(frozen=True)
class DataVolume:
    """One volume beside the root."""

    size: int
    type: str
    iops: int

    @property
    def ebs(self) -> dict[str, Any]:
        """Its properties in the AWS provider's names."""
        return {"volume_type": self.type, "volume_size": self.size, **performance(self.type, self.iops)}


def performance(kind: str, iops: int, throughput: int = 0) -> dict[str, int]:
    """The performance of a volume in the AWS provider's names.

    What is not given is left out, and then stays as it is: to the provider these properties are computed. A type that
    takes no IOPS is told that it has none, which takes back those of another type.
    """
    if TYPES[kind].iops is None:
        return {"iops": 0}
    return {name: value for name, value in (("iops", iops), ("throughput", throughput)) if value}


def iops(value: int, kind: str, size: int) -> int:
    """IOPS that a volume of this type and size can have; 0 says nothing of them."""
    of_type = TYPES[kind]
    if of_type.iops is None:
        if value:
            raise ValueError(f"0: a {kind} volume has the performance of its size")
        return value
    least, most = of_type.iops[0], of_type.iops[-1]
    if not value and of_type.needs_iops:
        raise ValueError(f"IOPS, without which there is no {kind}: {least} to {most}")
    if value and value not in of_type.iops:
        raise ValueError(f"{'' if of_type.needs_iops else '0, or '}{least} to {most} for {kind}")
    if value > max(size * of_type.iops_per_gib, 0 if of_type.needs_iops else least):
        at_most = f"at most {size * of_type.iops_per_gib} with {size} GiB of {kind}"
        raise ValueError(f"{at_most}, which is {of_type.iops_per_gib} for each")
    return value


def throughput(value: int, kind: str, operations: int) -> int:
    """MiB/s that a root volume of this type with these IOPS can have; 0 says nothing of it."""
    if value and kind != GP3:
        raise ValueError(f"0: only gp3 has a throughput to choose, and volumeType is {kind}")
    if value and value not in THROUGHPUT:
        raise ValueError(THROUGHPUT_IN_WORDS)
    of_gp3 = TYPES[GP3].iops
    had = operations or (of_gp3[0] if of_gp3 else 0)
    if value * IOPS_PER_MIB > had:
        raise ValueError(f"at most {had // IOPS_PER_MIB} MiB/s with {had} IOPS; more volumeIops allow more")
    return value


def iops_of_root(value: int, info: ValidationInfo) -> int:
    """IOPS that the root volume can have."""
    known = {"volume_type", "volume_size"} <= info.data.keys()
    return iops(value, info.data["volume_type"], info.data["volume_size"]) if known else value


def throughput_of_root(value: int, info: ValidationInfo) -> int:
    """MiB/s that the root volume can have."""
    known = {"volume_type", "volume_iops"} <= info.data.keys()
    return throughput(value, info.data["volume_type"], info.data["volume_iops"]) if known else value


def data(values: dict[str, str]) -> dict[str, str]:
    """Further volumes by their device, each with its size in GiB, and with its type and IOPS if they are said."""
    for device, text in values.items():
        said = shown(f"{device}={text}")
        match = DATA.fullmatch(text)
        if not DEVICE.fullmatch(device) or match is None:
            raise ValueError(f"{DATA_IN_WORDS}; {said} is none")
        kind = match["type"] or GP3
        if kind not in TYPES:
            raise ValueError(f"types among {', '.join(TYPES)}; {said} has none of them")
        sizes = TYPES[kind].sizes
        if int(match["size"]) not in sizes:
            raise ValueError(f"{DATA_IN_WORDS}, and {sizes[0]} to {sizes[-1]} GiB of {kind}; {said} is none")
        try:
            iops(int(match["iops"] or 0), kind, int(match["size"]))
        except ValueError as error:
            raise ValueError(f"as IOPS of {device} {error}; {said} is none") from error
    return values


def read(values: Mapping[str, str]) -> dict[str, DataVolume]:
    """The checked volumes by their device."""
    found = {device: DATA.fullmatch(text) for device, text in values.items()}
    return {
        device: DataVolume(int(match["size"]), match["type"] or GP3, int(match["iops"] or 0))
        for device, match in found.items()
        if match
    }


def key_of_region(value: str, info: ValidationInfo) -> str:
    """A key that the stack's region has."""
    if value and value.split(":")[3] != info.data.get("region", value.split(":")[3]):
        raise ValueError(f"a key of {info.data['region']}")
    return value
