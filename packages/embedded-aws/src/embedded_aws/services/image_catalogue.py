"""The public images that every region has: their names in the form in which their publishers document them.

Amazon Linux is what the region's public parameters name; the others are those that programs ask for by name. Ids are
made up where AWS's lists do not reach; versions and dates are examples.

Source: EC2 user guide, "Find an AMI" and "Reference AMIs using Systems Manager parameters"; Amazon Linux 2 user guide,
"Identifying Amazon Linux images" (`amzn2-ami-hvm-2.0.<date>-x86_64-gp2`); Amazon Linux 2023 user guide, "Launching
AL2023" (`al2023-ami-2023.<version>-kernel-6.1-x86_64`); Ubuntu on AWS, "Find Ubuntu images"; Debian wiki,
"Cloud/AmazonEC2Image"; AWS Windows AMI reference, "AMI version history".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from moto.utilities.utils import get_partition

RELEASED = datetime(2026, 1, 14)  # noqa: DTZ001 - moto's times are naive UTC
STAMP = f"{RELEASED:%Y%m%d}"
AMAZON, AMAZON_ALIAS = "137112412989", "amazon"
WINDOWS_OWNERS = {"aws": "801119661308", "aws-cn": "016951021795", "aws-us-gov": "077303321853"}
CANONICAL = {"aws": "099720109477", "aws-cn": "837727238323", "aws-us-gov": "513442679011"}
DEBIAN = "136693071363"
UBUNTU_RELEASES = (
    ("noble", "24.04", "hvm-ssd-gp3", "ebs-gp3"),
    ("jammy", "22.04", "hvm-ssd", "ebs-gp2"),
    ("focal", "20.04", "hvm-ssd", "ebs-gp2"),
)
"""Codename, version, how its images are called, how its parameters call the volume."""

DEBIAN_RELEASES = ("13", "12", "11")
WINDOWS_VERSIONS = ("2025", "2022", "2019", "2016")
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
ID_DIGITS = 17
LINUX_GIBIBYTES, WINDOWS_GIBIBYTES = 8, 30

_AL_VERSIONS = {"al2023": "2023.10.20260105.0", "al2027": "2027.0.20260105.0"}
_AL = re.compile(r"((al\d{4})(?:-preview)?-ami(?:-minimal)?)-(kernel-[\d.]+)-(x86_64|arm64)")
_AL2 = re.compile(r"(amzn2-ami(?:-minimal)?(?:-kernel-[\d.]+)?-hvm)-(x86_64|arm64)-(gp2|ebs)")
_AL1 = re.compile(r"(amzn-ami(?:-minimal)?-(?:hvm|pv))-(x86_64)-(gp2|ebs|s3)")


@dataclass(frozen=True)
class PublicImage:
    """One image.

    Attributes:
        parameters: The public SSM parameters that name it, beyond those that AWS's own lists have.
        alias: The name that stands for its owner's account, if one does.
        root_gibibytes: The size of the snapshot behind its root device.
    """

    id: str
    name: str
    description: str
    owner: str
    alias: str | None
    architecture: str
    released: datetime
    parameters: tuple[str, ...] = ()
    windows: bool = False
    root_device: str = "/dev/xvda"
    root_type: str = "ebs"
    virtualization: str = "hvm"

    @property
    def root_gibibytes(self) -> int:
        """GiB that a root volume has at least."""
        return WINDOWS_GIBIBYTES if self.windows else LINUX_GIBIBYTES


def made_up_id(region: str, name: str) -> str:
    """An id that a region's image of this name has in every run."""
    return f"ami-{hashlib.sha256(f'{region} {name}'.encode()).hexdigest()[:ID_DIGITS]}"


def images(region: str, amazon_linux: Iterable[tuple[str, str]]) -> list[PublicImage]:
    """The public images of a region.

    Args:
        region: Such as `eu-west-1`.
        amazon_linux: The parameters of Amazon Linux there, each with the id in it.
    """
    return [*_amazon_linux(amazon_linux), *others(region)]


def others(region: str) -> list[PublicImage]:
    """The images that are not Amazon Linux."""
    partition = get_partition(region)
    return [*_ubuntu(region, partition), *_debian(region), *_windows(region, partition)]


def _amazon_linux(parameters: Iterable[tuple[str, str]]) -> Iterator[PublicImage]:
    named: dict[str, list[str]] = {}
    for parameter, image in parameters:
        named.setdefault(image, []).append(parameter.rpartition("/")[2])
    for image, names in named.items():
        # Several parameters lead to one image: `kernel-default` to a kernel, kernel 4.14 to what had no kernel's name.
        plain = min(names, key=lambda each: ("default" in each, "kernel-4.14" in each, each))
        name = documented_name(plain)
        yield PublicImage(
            id=image,
            name=name,
            description=_AL_TITLES.get(plain.partition("-")[0], "Amazon Linux"),
            owner=AMAZON,
            alias=AMAZON_ALIAS,
            architecture="arm64" if "arm64" in plain else "x86_64",
            released=RELEASED + timedelta(minutes=30 * ("default" in " ".join(names))),
            root_type="instance-store" if plain.endswith("-s3") else "ebs",
            virtualization="paravirtual" if "-pv-" in plain else "hvm",
        )


_AL_TITLES: Mapping[str, str] = {
    "al2023": "Amazon Linux 2023 AMI",
    "al2027": "Amazon Linux 2027 preview AMI",
    "amzn2": "Amazon Linux 2 AMI",
    "amzn": "Amazon Linux AMI",
}


def documented_name(parameter: str) -> str:
    """The image's name for the last part of a parameter's: with the version that the parameter leaves out."""
    if match := _AL.fullmatch(parameter):
        return f"{match[1]}-{_AL_VERSIONS.get(match[2], STAMP)}-{match[3]}-{match[4]}"
    if match := _AL2.fullmatch(parameter):
        return f"{match[1]}-2.0.{STAMP}.0-{match[2]}-{match[3]}"
    if match := _AL1.fullmatch(parameter):
        return f"{match[1]}-2018.03.0.20231218.0-{match[2]}-{match[3]}"
    return parameter


def _ubuntu(region: str, partition: str) -> Iterator[PublicImage]:
    for codename, version, storage, volume in UBUNTU_RELEASES:
        for vendor, architecture in ARCHITECTURES.items():
            name = f"ubuntu/images/{storage}/ubuntu-{codename}-{version}-{vendor}-server-{STAMP}"
            yield PublicImage(
                id=made_up_id(region, name),
                name=name,
                description=f"Canonical, Ubuntu, {version}, {vendor} {codename} image",
                owner=CANONICAL[partition],
                alias=AMAZON_ALIAS,
                architecture=architecture,
                released=RELEASED,
                parameters=tuple(
                    f"/aws/service/canonical/ubuntu/server/{each}/stable/current/{vendor}/hvm/{volume}/ami-id"
                    for each in (version, codename)
                ),
                root_device="/dev/sda1",
            )


def _debian(region: str) -> Iterator[PublicImage]:
    for release in DEBIAN_RELEASES:
        for vendor, architecture in ARCHITECTURES.items():
            name = f"debian-{release}-{vendor}-{STAMP}-2400"
            yield PublicImage(
                id=made_up_id(region, name),
                name=name,
                description=f"Debian {release} ({STAMP}-2400)",
                owner=DEBIAN,
                alias=None,
                architecture=architecture,
                released=RELEASED,
                parameters=(f"/aws/service/debian/release/{release}/latest/{vendor}",),
            )


def _windows(region: str, partition: str) -> Iterator[PublicImage]:
    for version in WINDOWS_VERSIONS:
        for edition in ("Full", "Core"):
            family = f"Windows_Server-{version}-English-{edition}-Base"
            name = f"{family}-{RELEASED:%Y.%m.%d}"
            yield PublicImage(
                id=made_up_id(region, name),
                name=name,
                description=f"Microsoft Windows Server {version} {edition} Locale English AMI provided by Amazon",
                owner=WINDOWS_OWNERS[partition],
                alias=AMAZON_ALIAS,
                architecture="x86_64",
                released=RELEASED,
                parameters=(f"/aws/service/ami-windows-latest/{family}",),
                windows=True,
                root_device="/dev/sda1",
            )
