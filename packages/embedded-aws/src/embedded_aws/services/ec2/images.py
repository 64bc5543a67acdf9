"""The public images of a region in moto's EC2, and how DescribeImages and DescribeSnapshots tell of them.

moto knows none of the images that the public SSM parameters name. It gives every image a snapshot that everybody sees;
on AWS an image is shared without its snapshot.

Source: EC2 API reference, DescribeImages, DescribeSnapshots ("The snapshots available to you include public snapshots,
private snapshots that you own, and private snapshots owned by other accounts for which you have explicit create
volume permissions").
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from embedded_aws.calls import Call, Routes
from embedded_aws.services import public_images
from embedded_aws.services.ec2 import store
from embedded_aws.services.image_catalogue import LINUX_GIBIBYTES, PublicImage

RELEASE_PERIOD = timedelta(days=14)
ROOT_DEVICE = "/dev/xvda"
CATALOGUE = "embedded_catalogue"
"""The attribute of moto's backend that holds the public images of its region, by id."""


def routes() -> Routes:
    """The calls that this part answers."""
    return {("ec2", "DescribeImages"): _describe_images, ("ec2", "DescribeSnapshots"): _describe_snapshots}


def register(region: str) -> dict[str, PublicImage]:
    """Make the public images of a region exist; again is harmless.

    Returns:
        They, by their ids.
    """
    ec2 = store.backend(region)
    known: dict[str, PublicImage] | None = getattr(ec2, CATALOGUE, None)
    if known is None:
        known = {each.id: each for each in public_images.catalogue(region)}
        for image in known.values():
            ec2.amis[image.id] = _stored(ec2, image)
        setattr(ec2, CATALOGUE, known)
    return known


def release(region: str, parameter: str) -> str:
    """Publish a newer image under a public parameter, as its publisher does every other week. Hold the cloud's lock.

    Returns:
        The new image's id.

    Raises:
        LookupError: there is no such public parameter.
    """
    known = register(region)
    identity, earlier = public_images.release(region, parameter)
    later = RELEASE_PERIOD * earlier
    image = next(each for each in public_images.catalogue(region) if each.id == identity)
    name = re.sub(r"20\d{6}", lambda day: f"{date.fromisoformat(day[0]) + later:%Y%m%d}", image.name)
    image = replace(image, name=name, released=image.released + later)
    known[identity] = image
    store.backend(region).amis[identity] = _stored(store.backend(region), image)
    return identity


def root(region: str, image: str) -> tuple[str, int]:
    """The root device of an image and the least size of its volume in GiB; an account's own count as Amazon Linux."""
    known = register(region).get(image)
    return (ROOT_DEVICE, LINUX_GIBIBYTES) if known is None else (known.root_device, known.root_gibibytes)


def _stored(ec2: Any, image: PublicImage) -> Any:
    from moto.ec2.models.amis import Ami  # noqa: PLC0415 - with moto's EC2, see `store`

    return Ami(
        ec2,
        image.id,
        name=image.name,
        description=image.description,
        owner_id=image.owner,
        owner_alias=image.alias,
        public=True,
        virtualization_type=image.virtualization,
        architecture=image.architecture,
        creation_date=image.released,
        platform="windows" if image.windows else None,
        image_location=f"{image.alias or image.owner}/{image.name}",
        hypervisor="xen",
        root_device_type=image.root_type,
        root_device_name=image.root_device,
        region_name=f"{ec2.region_name}a",
        boot_mode="uefi" if image.architecture == "arm64" else "uefi-preferred",
    )


def _describe_images(call: Call) -> dict[str, Any]:
    known = register(call.region)
    result = call.forward()
    for told in result["Images"]:
        if told["ImageId"] in known:
            _complete(told, known[told["ImageId"]])
    return result


def _complete(told: dict[str, Any], image: PublicImage) -> None:
    platform, operation = ("Windows", "RunInstances:0002") if image.windows else ("Linux/UNIX", "RunInstances")
    told |= {"EnaSupport": True, "PlatformDetails": platform, "UsageOperation": operation, "SriovNetSupport": "simple"}
    for mapping in told.get("BlockDeviceMappings", []):
        mapping["DeviceName"] = image.root_device
        volume = {
            "DeleteOnTermination": True,
            "Encrypted": False,
            "VolumeType": "gp3",
            "VolumeSize": image.root_gibibytes,
        }
        mapping["Ebs"] |= volume


def _describe_snapshots(call: Call) -> dict[str, Any]:
    """Leave out those behind others' images, and those of other owners than are asked for."""
    result = call.forward()
    mine = call.caller.account
    owners = {mine if each == "self" else each for each in call.params.get("OwnerIds", [])}
    shown = [each for each in result["Snapshots"] if each["OwnerId"] == mine and (not owners or mine in owners)]
    return result | {"Snapshots": shown}
