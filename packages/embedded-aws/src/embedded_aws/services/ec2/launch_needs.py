"""The look-ups of EC2 before a launch: everything that the launch data names must exist and fit together.

Source: API RunInstances; API error codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from embedded_aws.calls import AwsError
from embedded_aws.services.ec2 import images, store, templates


def check_needs(region: str, data: Mapping[str, Any], image: str, groups: Iterable[str]) -> None:
    """Refuse launch data that names what is not there.

    Args:
        region: Where.
        data: boto3's LaunchTemplateData.
        image: Its image id, looked up.
        groups: Ids of its security groups.

    Raises:
        AwsError: with EC2's code and message.
    """
    architecture = _architecture(region, image)
    _check_type(data.get("InstanceType"), architecture)
    for group in groups:
        if store.backend(region).get_security_group_from_id(group) is None:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    key = data.get("KeyName")
    if key and key not in store.backend(region).key_pairs:
        raise AwsError("InvalidKeyPair.NotFound", f"The key pair '{key}' does not exist")
    if data.get("NetworkInterfaces") and (data.get("SecurityGroupIds") or data.get("SecurityGroups")):
        message = "Network interfaces and an instance-level security groups may not be specified on the same request"
        raise AwsError("InvalidParameterCombination", message)
    _check_root(data, *images.root(region, image))


def check_supported(data: Mapping[str, Any]) -> None:
    """Refuse a launch of a type that cannot do what is asked; a group is made with such a template, and then fails.

    Source: EC2 user guide, "Amazon EBS-optimized instance types"; eksctl-io/eksctl 1257 and 2547, which have the
    activity's words.

    Raises:
        AwsError: `Unsupported`.
    """
    known = templates.instance_types()[data.get("InstanceType") or "m1.small"]
    if data.get("EbsOptimized") and known["EbsInfo"]["EbsOptimizedSupport"] == "unsupported":
        message = "The requested configuration is currently not supported. Please check the documentation for supported"
        raise AwsError("Unsupported", f"{message} configurations.")


def _architecture(region: str, image: str) -> str:
    """The architecture of an image. Raises AwsError: it does not exist, or cannot exist."""
    if not image.startswith("ami-"):
        raise AwsError("InvalidAMIID.Malformed", f'Invalid id: "{image}" (expecting "ami-...")')
    images.register(region)
    found = store.backend(region).amis.get(image)
    if found is None:
        raise AwsError("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")
    return str(found.architecture or "x86_64")


def _check_type(instance_type: str | None, architecture: str) -> None:
    """A type that exists and is of the image's architecture; without one EC2 takes m1.small."""
    known = templates.instance_types().get(instance_type or "m1.small")
    if known is None:
        raise AwsError("InvalidParameterValue", f"Invalid value '{instance_type}' for InstanceType.")
    supported = known["ProcessorInfo"]["SupportedArchitectures"]
    if architecture not in supported:
        message = (
            f"The architecture '{','.join(supported)}' of the specified instance type does not match the architecture "
            f"'{architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again."
        )
        raise AwsError("InvalidParameterValue", message)


def _check_root(data: Mapping[str, Any], device: str, gibibytes: int) -> None:
    """A root volume that holds its snapshot."""
    for mapping in data.get("BlockDeviceMappings", []):
        size = (mapping.get("Ebs") or {}).get("VolumeSize")
        if mapping.get("DeviceName") == device and size is not None and size < gibibytes:
            message = f"Volume of size {size}GB is smaller than the image's snapshot, expect size >= {gibibytes}GB"
            raise AwsError("InvalidBlockDeviceMapping", message)
