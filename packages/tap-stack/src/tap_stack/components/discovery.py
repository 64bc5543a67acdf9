"""What the account, the region and the instance type turn out to be: questions to AWS before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_aws as aws

from tap_stack.components.account import AccountQuestions, answered, needed
from tap_stack.components.addresses import ZonesUnavailable, choose_zones
from tap_stack.components.endpoints import interface_service
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.config.capacity import INTERFACE_ENDPOINTS

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
        endpoint_zones: For each interface endpoint, those of the zones that have its service.
        reserves_concurrency: Whether one concurrent execution is reserved for the healer.
        volume_key: The customer's key that encrypts volumes by default, None if it is AWS's own.
    """

    place: Place
    zones: tuple[str, ...]
    image_id: str
    endpoint_zones: Mapping[str, Sequence[str]]
    reserves_concurrency: bool
    volume_key: str | None


def discover(config: InfraConfig, opts: pulumi.InvokeOptions) -> Discovered:
    """Ask AWS. `opts` carries the parent, and with it the provider, so that it is the right region that answers.

    Raises:
        ConfigError: the zones or the instance type cannot be had there, or the account's quotas are not enough.
        QuestionRefused: AWS does not answer.
    """
    place = Place(
        partition=needed(partial(aws.get_partition, opts=opts)).partition,
        region=config.region,
        account=needed(partial(aws.get_caller_identity, opts=opts)).account_id,
    )
    standing = _standing(config, opts)
    zones = _zones(config, standing, opts)
    described = needed(partial(aws.ec2.get_instance_type, instance_type=config.instance_type, opts=opts))
    account = AccountQuestions(config, place, opts)
    account.check_instances(described.default_vcpus or 0)
    if not set(zones) <= standing:
        account.check_network(zones)
        account.check_rules()
    return Discovered(
        place=place,
        zones=zones,
        image_id=config.image_id or _newest_image(config, described.supported_architectures, opts),
        endpoint_zones=_endpoint_zones(config, place, zones, opts) if config.endpoints else {},
        reserves_concurrency=account.reserves_concurrency(),
        volume_key=account.volume_key(),
    )


def _standing(config: InfraConfig, opts: pulumi.InvokeOptions) -> set[str]:
    """The zones in which the stack has private subnets already; none if the deployer may not look."""
    own = {"Project": "tap", "EnvironmentSuffix": config.environment_suffix, "Type": "Private"}
    ids = answered(lambda: aws.ec2.get_subnets(tags=own, opts=opts).ids) or []
    found = [answered(partial(aws.ec2.get_subnet, id=each, opts=opts)) for each in ids]
    return {subnet.availability_zone for subnet in found if subnet and subnet.availability_zone}


def _zones(config: InfraConfig, standing: Collection[str], opts: pulumi.InvokeOptions) -> tuple[str, ...]:
    # Local and Wavelength Zones are opt-in; the region's own zones never are.
    regular = aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
    available = needed(partial(aws.get_availability_zones, state="available", filters=[regular], opts=opts)).names
    by_type = aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=[config.instance_type])
    offered = partial(aws.ec2.get_instance_type_offerings, location_type="availability-zone", opts=opts)
    offering = needed(partial(offered, filters=[by_type])).locations
    if not offering:
        raise config.refused("instance_type", f"a type that {config.region} offers; no zone of it has this one")
    try:
        return tuple(choose_zones(config.zones, available, offering, standing))
    except ZonesUnavailable as error:
        raise config.refused("zones", str(error)) from error


def _endpoint_zones(
    config: InfraConfig, place: Place, zones: Sequence[str], opts: pulumi.InvokeOptions
) -> dict[str, Sequence[str]]:
    """For each interface endpoint, the zones that have its service: not every zone has each (AWS PrivateLink guide).

    An endpoint's private name leads there from the other zones too.
    """
    found: dict[str, Sequence[str]] = {}
    for service in INTERFACE_ENDPOINTS:
        name = interface_service(service, place)
        asked = partial(aws.ec2.get_vpc_endpoint_service, service_name=name, service_type="Interface", opts=opts)
        offer = answered(asked)
        told = (offer and offer.availability_zones) or zones
        found[service] = [zone for zone in zones if zone in told]
        if not found[service]:
            raise config.refused("zones", f"zones with one of {', '.join(sorted(told))}: no other has {name}")
    return found


def _newest_image(config: InfraConfig, offered: Sequence[str], opts: pulumi.InvokeOptions) -> str:
    usable = [architecture for architecture in ARCHITECTURES if architecture in offered]
    if not usable:
        raise config.refused("instance_type", f"a type for {' or '.join(ARCHITECTURES)}; this one is for {offered}")
    name = IMAGE_PARAMETER.format(architecture=usable[0])
    return needed(partial(aws.ssm.get_parameter, name=name, opts=opts)).value
