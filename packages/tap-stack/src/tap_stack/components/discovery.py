"""What the account, the region and the instance type turn out to be: questions to AWS before anything is built."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from tap_stack.components.addresses import ZonesUnavailable, choose_zones
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig

IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
"""AWS publishes the newest Amazon Linux 2023 under these names (AL2023 User Guide, "Launching AL2023 using SSM")."""

ARCHITECTURES = ("arm64", "x86_64")
"""What Amazon Linux 2023 exists for; EC2 lists i386 beside x86_64 for some types."""


@dataclass(frozen=True)
class Discovered:
    """What the stack is built into.

    Attributes:
        place: Partition, region and account.
        zones: The zones to stand in, in alphabetical order.
        image_id: The machine image.
        moves: The fleet stands in a VPC with other addresses, which this deployment replaces.
    """

    place: Place
    zones: tuple[str, ...]
    image_id: str
    moves: bool


def discover(config: InfraConfig, opts: pulumi.InvokeOptions) -> Discovered:
    """Ask AWS. `opts` carries the parent, and with it the provider, so that it is the right region that answers.

    Raises:
        ConfigError: the zones or the instance type cannot be had there.
    """
    zones = _zones(config, opts)
    return Discovered(
        place=Place(
            partition=aws.get_partition(opts=opts).partition,
            region=config.region,
            account=aws.get_caller_identity(opts=opts).account_id,
        ),
        zones=zones,
        image_id=config.image_id or _newest_image(config, opts),
        moves=_moves(config, opts),
    )


def _zones(config: InfraConfig, opts: pulumi.InvokeOptions) -> tuple[str, ...]:
    # Local and Wavelength Zones are opt-in; the region's own zones never are.
    regular = aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
    available = aws.get_availability_zones(state="available", filters=[regular], opts=opts).names
    by_type = aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=[config.instance_type])
    offering = aws.ec2.get_instance_type_offerings(
        filters=[by_type], location_type="availability-zone", opts=opts
    ).locations
    if not offering:
        raise config.refused("instance_type", f"a type that {config.region} offers; no zone of it has this one")
    try:
        return tuple(choose_zones(config.zones, available, offering))
    except ZonesUnavailable as error:
        raise config.refused("zones", str(error)) from error


def _newest_image(config: InfraConfig, opts: pulumi.InvokeOptions) -> str:
    offered = aws.ec2.get_instance_type(instance_type=config.instance_type, opts=opts).supported_architectures
    usable = [architecture for architecture in ARCHITECTURES if architecture in offered]
    if not usable:
        raise config.refused("instance_type", f"a type for {' or '.join(ARCHITECTURES)}; this one is for {offered}")
    return aws.ssm.get_parameter(name=IMAGE_PARAMETER.format(architecture=usable[0]), opts=opts).value


def _moves(config: InfraConfig, opts: pulumi.InvokeOptions) -> bool:
    """Whether a VPC of this stack stands that has other addresses than the configured ones."""
    of_stack = {"tag:Name": config.names.of("vpc"), "tag:Project": config.common_tags["Project"]}
    named = [aws.ec2.GetVpcsFilterArgs(name=key, values=[value]) for key, value in of_stack.items()]
    fitting = aws.ec2.GetVpcsFilterArgs(name="cidr", values=[str(config.vpc_cidr)])
    standing = aws.ec2.get_vpcs(filters=named, opts=opts).ids
    return bool(standing) and set(aws.ec2.get_vpcs(filters=[*named, fitting], opts=opts).ids) != set(standing)
