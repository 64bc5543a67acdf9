"""What account, region, image and instance type turn out to be: questions to AWS before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count

import pulumi
import pulumi_aws as aws

from tap_stack.components.account import AccountQuestions, answered, needed
from tap_stack.components.addresses import ZonesUnavailable, choose_zones
from tap_stack.components.endpoints import DUAL_STACK, interface_service
from tap_stack.components.first_boot import first_boot
from tap_stack.components.given import PRIVATE, Given, look_at
from tap_stack.components.nat import nat_plan
from tap_stack.components.networking import NetworkingArgs
from tap_stack.components.policies import Place
from tap_stack.components.scaling import resource_label
from tap_stack.config import InfraConfig
from tap_stack.config.placements import STRATEGIES
from tap_stack.config.pools import HIBERNATED
from tap_stack.errors import QuestionRefused, shown

IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
"""AWS publishes the newest Amazon Linux 2023 under these names (AL2023 User Guide, "Launching AL2023 using SSM")."""

NEWEST = "newest"
"""What `tap:imageId` says for the Amazon Linux of the day, at each deployment."""

ROOT_DEVICE = "/dev/xvda"
"""Amazon Linux 2023's root device."""

GONE = ("disassociating", "disassociated", "failing", "failed")
"""The states of a VPC's IPv6 block that it does not have (EC2 API, VpcCidrBlockState)."""

NOT_GONE = ("pending", "running", "stopping", "stopped", "shutting-down")
"""States of instances that are in their placement group."""

MEBIBYTES = 1024
"""Of a gibibyte."""

ARCHITECTURES = ("arm64", "x86_64")
"""What Amazon Linux 2023 exists for; EC2 lists i386 beside x86_64 for some types."""


@dataclass(frozen=True)
class Machine:
    """What instances are made of.

    Attributes:
        image_id: The configured image, or the newest Amazon Linux 2023.
        architecture: `arm64` or `x86_64`.
        root_device: The image's.
        ebs_optimized: Whether the type can be EBS-optimized; EC2 launches none of the others if that is asked for.
        auto_recovery: Whether EC2 would recover an instance of the type by itself, so that it can be switched off.
        vcpus: What an instance of the type has, 0 if AWS does not say.
    """

    image_id: str
    architecture: str
    root_device: str
    ebs_optimized: bool
    auto_recovery: bool
    vcpus: int


@dataclass(frozen=True)
class StandingGroup:
    """An Auto Scaling group that stands.

    Attributes:
        mixed: Whether it has a mixed instances policy.
        version: The version of the launch template that it launches from, as the group says it.
        role: The ARN of the service-linked role that it acts as.
        placed: The strategies of the stack's own placement groups that have instances.
    """

    mixed: bool
    version: str
    role: str
    placed: Sequence[str] = ()


@dataclass(frozen=True)
class Discovered:
    """What the stack is built into.

    Attributes:
        place: Partition, region and account.
        zones: The zones to stand in, in alphabetical order; none if the network's ids are not known yet.
        machine: The image and what the instance type can do.
        user_data: What instances run at their first boot, in raw form; without the network's own values as long as
            its ids are not known.
        healer_log: A name for the healer's log group that no other log group has.
        flow_log: The same for the VPC's flow log.
        rollout_log: The same for the rollout's.
        moves: The fleet stands in another VPC, which this deployment leaves or replaces.
        given: The network that exists, if the stack is to stand in one.
        endpoint_zones: For each interface endpoint, those of the zones that have its service.
        group: The Auto Scaling group as it stands, None if it does not.
        reserves_concurrency: Whether one concurrent execution is reserved for the healer.
        volume_key: The customer's key that encrypts volumes by default, None if it is AWS's own.
        offering: The zones in which the instance type can be had.
        ipv6_block: Whether the stack's own VPC has an IPv6 block, or is to have one.
        requests_label: By what requests are counted, if that is a target group of somebody else's.
        dual_stack: With such a block, the services whose interface endpoints can have IPv6 addresses.
    """

    place: Place
    zones: tuple[str, ...]
    machine: Machine
    user_data: bytes
    healer_log: str
    flow_log: str
    rollout_log: str
    moves: bool
    given: Given | None
    group: StandingGroup | None
    endpoint_zones: Mapping[str, Sequence[str]]
    reserves_concurrency: bool
    volume_key: str | None
    offering: Sequence[str] = ()
    ipv6_block: bool = False
    dual_stack: frozenset[str] = frozenset()
    requests_label: str | None = None


def discover(config: InfraConfig, opts: pulumi.InvokeOptions) -> Discovered:
    """Ask AWS. `opts` carries the parent, and with it the provider, so that it is the right region that answers.

    Raises:
        ConfigError: the zones, the instance type or the image cannot be had there, or do not fit together, the
            account's quotas are not enough, or a file of the user's cannot be used.
        QuestionRefused: AWS does not answer.
    """
    place = whereabouts(config, opts)
    _check_policies(config, place, opts)
    offering = _offering(config, opts)
    given = look_at(config, place, offering, opts) if config.vpc_id else None
    own = not (given or config.joins)
    standing = _standing(config, opts) if own else set()
    zones = _zones(config, offering, standing, opts) if own else given.zones if given else ()
    machine = _machine(config, opts)
    account = AccountQuestions(config, place, opts)
    account.check_instances(machine.vcpus)
    homes = _homes(config, opts)
    # Which network an output is of, nobody knows yet: then the fleet does not count as moving.
    fitting = homes if config.joins else _fitting(config, homes, opts)
    stands = set(zones) <= standing if own else config.vpc_id in homes or (config.joins and bool(homes))
    if own:
        _check_account(config, account, zones, new=not stands)
    if not stands:
        account.check_rules()
    ipv6_block = own and (config.ipv6 or _has_ipv6(fitting, opts))
    endpoints = _endpoints(config, place, zones, given, opts)
    return Discovered(
        place=place,
        zones=zones,
        machine=machine,
        user_data=first_boot(config, place, given.cidrs[0] if given else str(config.vpc_cidr)),
        healer_log=free_log_group(config.names.healer_log, opts),
        flow_log=free_log_group(config.names.of("flow-logs"), opts),
        rollout_log=free_log_group(config.names.rollout_log, opts),
        moves=not homes <= fitting,
        given=given,
        group=_group(config, opts) if homes else None,
        endpoint_zones={service: offer.zones for service, offer in endpoints.items()},
        reserves_concurrency=account.reserves_concurrency(),
        volume_key=account.volume_key(),
        offering=offering,
        ipv6_block=ipv6_block,
        requests_label=_requests_label(config, opts),
        dual_stack=frozenset(service for service, offer in endpoints.items() if ipv6_block and offer.dual_stack),
    )


def discover_network(config: InfraConfig, opts: pulumi.InvokeOptions) -> NetworkingArgs:
    """Ask AWS about a network that is to stand alone; `opts` and what is raised are as for `discover`."""
    place = whereabouts(config, opts)
    standing = _standing(config, opts)
    zones = _zones(config, _offering(config, opts), standing, opts)
    account = AccountQuestions(config, place, opts)
    _check_account(config, account, zones, new=not set(zones) <= standing)
    ipv6_block = config.ipv6 or _has_ipv6(_own_vpcs(config, opts), opts)
    endpoints = _endpoints(config, place, zones, None, opts)
    return {
        "config": config,
        "ipv6_block": ipv6_block,
        "place": place,
        "zones": zones,
        "endpoint_zones": {service: offer.zones for service, offer in endpoints.items()},
        "dual_stack": [service for service, offer in endpoints.items() if ipv6_block and offer.dual_stack],
        "flow_log": free_log_group(config.names.of("flow-logs"), opts),
    }


def whereabouts(config: InfraConfig, opts: pulumi.InvokeOptions) -> Place:
    """Partition, region and account. Raises QuestionRefused."""
    return Place(
        partition=needed(partial(aws.get_partition, opts=opts)).partition,
        region=config.region,
        account=needed(partial(aws.get_caller_identity, opts=opts)).account_id,
    )


def _check_account(config: InfraConfig, account: AccountQuestions, zones: Sequence[str], *, new: bool) -> None:
    """Refuse a network of the stack's own that the account has no addresses or no room for."""
    ways_out = nat_plan(config, zones)
    account.check_addresses(ways_out)
    if new:
        account.check_network(ways_out)


def _check_policies(config: InfraConfig, place: Place, opts: pulumi.InvokeOptions) -> None:
    """Refuse managed policies that the instances' role cannot have: of another partition, or that do not exist."""
    for arn in config.instance_policy_arns:
        if arn.split(":")[1] != place.partition:
            raise config.refused(
                "instance_policy_arns", f"policies of {place.partition}; {arn} is of another partition"
            )
        try:
            needed(partial(aws.iam.get_policy, arn=arn, opts=opts))
        except QuestionRefused as error:
            if "couldn't find resource" in str(error):
                raise config.refused("instance_policy_arns", f"policies that exist; {arn} does not") from error
            pulumi.log.debug(f"not answered: {error}")  # the deployer need not be allowed to ask


def _standing(config: InfraConfig, opts: pulumi.InvokeOptions) -> set[str]:
    """The zones in which the stack has private subnets already; none if the deployer may not look."""
    own = {"Project": "tap", "EnvironmentSuffix": config.environment_suffix, "Type": "Private"}
    named = [aws.ec2.GetSubnetsFilterArgs(name="tag:Name", values=[config.names.of("private-?")])]
    ids = answered(lambda: aws.ec2.get_subnets(tags=own, filters=named, opts=opts).ids) or []
    found = [answered(partial(aws.ec2.get_subnet, id=each, opts=opts)) for each in ids]
    return {subnet.availability_zone for subnet in found if subnet and subnet.availability_zone}


def _group(config: InfraConfig, opts: pulumi.InvokeOptions) -> StandingGroup | None:
    """The Auto Scaling group as it stands; None if it does not, or if the deployer may not look.

    Raises:
        ConfigError: its instances are to hibernate from now on. The template that it launches from does not enable
            that, and a rollout moves it to another only after the deployment.
    """
    found = answered(partial(aws.autoscaling.get_group, name=config.names.group, opts=opts))
    if found is None:
        return None
    hibernates = any(each.pool_state.lower() == HIBERNATED for each in found.warm_pools or ())
    if config.warm_pool == HIBERNATED and not hibernates:
        wanted = "empty, stopped or running for a fleet that stands without it"
        why = "an instance must be launched with hibernation enabled, so that only a new fleet can begin with it"
        raise config.refused("warm_pool", f"{wanted}: {why}")
    of_policies = [each for policy in found.mixed_instances_policies for each in policy.launch_templates]
    named = [each for launched in of_policies for each in launched.launch_template_specifications]
    versions = [each.version for each in named] or [each.version for each in found.launch_templates]
    role = found.service_linked_role_arn
    placed = _placed(config, opts)
    return StandingGroup(mixed=bool(named), version=versions[0], role=role, placed=placed) if versions else None


def _placed(config: InfraConfig, opts: pulumi.InvokeOptions) -> list[str]:
    """The strategies of the stack's own placement groups that have instances: EC2 deletes no such group."""

    def has_instances(*strategies: str) -> bool:
        names = [config.names.of(each) for each in strategies]
        of_groups = [aws.ec2.GetInstancesFilterArgs(name="placement-group-name", values=names)]
        ask = partial(aws.ec2.get_instances, filters=of_groups, instance_state_names=NOT_GONE, opts=opts)
        found = answered(ask)
        return found is not None and bool(found.ids)

    return [each for each in STRATEGIES if has_instances(each)] if has_instances(*STRATEGIES) else []


def _offering(config: InfraConfig, opts: pulumi.InvokeOptions) -> Sequence[str]:
    """The zones in which one of the instance types can be had."""
    types = (config.instance_type, *config.instance_types)
    by_type = aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=list(types))
    offered = partial(aws.ec2.get_instance_type_offerings, location_type="availability-zone", opts=opts)
    found = needed(partial(offered, filters=[by_type]))
    for name in types:
        if name not in found.instance_types:
            if name == config.instance_type:
                most = f"a type that {config.region} offers; no zone of it has this one"
                raise config.refused("instance_type", most)
            raise config.refused("instance_types", f"types that {config.region} offers; no zone of it has {name}")
    return sorted(set(found.locations))


def _zones(
    config: InfraConfig, offering: Collection[str], standing: Collection[str], opts: pulumi.InvokeOptions
) -> tuple[str, ...]:
    # Local and Wavelength Zones are opt-in; the region's own zones never are.
    regular = aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])
    available = needed(partial(aws.get_availability_zones, state="available", filters=[regular], opts=opts)).names
    try:
        return tuple(choose_zones(config.zones, available, offering, standing))
    except ZonesUnavailable as error:
        raise config.refused("zones", str(error)) from error


@dataclass(frozen=True)
class Offer:
    """In which of the stack's zones a service has interface endpoints, and whether they can have IPv6 addresses."""

    zones: Sequence[str]
    dual_stack: bool


def _endpoints(
    config: InfraConfig, place: Place, zones: Sequence[str], given: Given | None, opts: pulumi.InvokeOptions
) -> dict[str, Offer]:
    """For each interface endpoint, the zones that have its service: not every zone has each (AWS PrivateLink guide).

    An endpoint's private name leads there from the other zones too. In a network that exists, those are left out which
    it has.
    """
    found: dict[str, Offer] = {}
    for service in (each for each in config.interface_endpoints if given is None or each not in given.present):
        name = interface_service(service, place)
        told = _offered(config, service, name, opts)
        found[service] = Offer([zone for zone in zones if zone in (told.zones or zones)], told.dual_stack)
        if not found[service].zones:
            field, what = (PRIVATE, "subnets in") if given else ("zones", "zones with")
            raise config.refused(field, f"{what} one of {', '.join(sorted(told.zones))}: no other has {name}")
    return found


def _offered(config: InfraConfig, service: str, name: str, opts: pulumi.InvokeOptions) -> Offer:
    """All zones that have the service of an endpoint; none if the deployer may not ask."""
    ask = partial(aws.ec2.get_vpc_endpoint_service, service_name=name, service_type="Interface", opts=opts)
    try:
        found = needed(ask)
        return Offer(found.availability_zones or (), DUAL_STACK in (found.supported_ip_address_types or ()))
    except QuestionRefused as error:
        unknown = "no matching" in str(error) or "InvalidServiceName" in str(error)
        if unknown and service in config.endpoints:
            most = f"services of which {config.region} has interface endpoints; {shown(service)} is none"
            raise config.refused("endpoints", most) from error
        pulumi.log.debug(f"not answered: {error}")
        return Offer((), dual_stack=False)


def free_log_group(name: str, opts: pulumi.InvokeOptions) -> str:
    """The name, or the name with a number where another stack left a log group behind that it was told to keep.

    A stack that stands finds its own log group here: what has a name keeps it (`components.log_group`).
    """
    taken = needed(partial(aws.cloudwatch.get_log_groups, log_group_name_prefix=name, opts=opts)).log_group_names
    return next(each for each in chain([name], (f"{name}-{number}" for number in count(2))) if each not in taken)


def _machine(config: InfraConfig, opts: pulumi.InvokeOptions) -> Machine:
    kind = needed(partial(aws.ec2.get_instance_type, instance_type=config.instance_type, opts=opts))
    others = [
        needed(partial(aws.ec2.get_instance_type, instance_type=each, opts=opts)) for each in config.instance_types
    ]
    usable = [architecture for architecture in ARCHITECTURES if architecture in kind.supported_architectures]
    if not usable:
        offered = kind.supported_architectures
        raise config.refused("instance_type", f"a type for {' or '.join(ARCHITECTURES)}; this one is for {offered}")
    if config.warm_pool == HIBERNATED:
        _check_hibernation(config, supported=kind.hibernation_supported is True, memory=kind.memory_size or 0)
    for each in others:
        if usable[0] not in each.supported_architectures:
            has = " and ".join(each.supported_architectures)
            most = f"types for {usable[0]}, as {config.instance_type} is; {each.instance_type} is for {has}"
            raise config.refused("instance_types", most)
    if config.image_id in {"", NEWEST}:
        name = IMAGE_PARAMETER.format(architecture=usable[0])
        newest = needed(partial(aws.ssm.get_parameter, name=name, opts=opts))
        image_id, root_device = newest.value, ROOT_DEVICE
    else:
        image_id = _own_image(config, opts)
        root_device = _root_device(config, image_id, usable, opts)
    return Machine(
        image_id,
        usable[0],
        root_device,
        ebs_optimized=all(each.ebs_optimized_support != "unsupported" for each in (kind, *others)),
        auto_recovery=all(each.auto_recovery_supported is not False for each in (kind, *others)),
        vcpus=kind.default_vcpus or 0,
    )


def _check_hibernation(config: InfraConfig, *, supported: bool, memory: int) -> None:
    """Refuse a pool of instances that cannot hibernate; `memory` is in MiB.

    Source: EC2 User Guide, "Prerequisites for EC2 instance hibernation": the root volume must hold the memory.
    """
    if not supported:
        wanted = "empty, stopped or running, unless instanceType can hibernate"
        raise config.refused("warm_pool", f"{wanted}; {config.instance_type} cannot")
    if memory >= config.volume_size * MEBIBYTES:
        gibibytes = memory / MEBIBYTES
        raise config.refused("volume_size", f"more than {gibibytes:g}, for the memory of a hibernated instance")


def _own_image(config: InfraConfig, opts: pulumi.InvokeOptions) -> str:
    """The id of the configured image; that of an SSM parameter is asked for, as EC2 does with `resolve:ssm:`."""
    if config.image_id.startswith("ami-"):
        return config.image_id
    name = config.image_id.removeprefix("resolve:ssm:")
    try:
        return needed(partial(aws.ssm.get_parameter, name=name, opts=opts)).value
    except QuestionRefused as error:
        if "ParameterNotFound" not in str(error) and "couldn't find resource" not in str(error):
            raise
        raise config.refused("image_id", f"an SSM parameter that exists in {config.region}") from error


def _root_device(config: InfraConfig, image_id: str, architectures: list[str], opts: pulumi.InvokeOptions) -> str:
    """The root device of the configured image, from which an instance of the type must be able to boot."""
    named = aws.ec2.GetAmiFilterArgs(name="image-id", values=[image_id])
    try:
        image = needed(partial(aws.ec2.get_ami, filters=[named], include_deprecated=True, opts=opts))
    except QuestionRefused as error:
        if "returned no results" not in str(error):
            raise
        raise config.refused(
            "image_id", f"an image that this account can use in {config.region}; {shown(image_id)} is none"
        ) from error
    if image.architecture and image.architecture not in architectures:
        wanted = f"an image for {' or '.join(architectures)}, as {config.instance_type} needs"
        raise config.refused("image_id", f"{wanted}; this one is for {image.architecture}")
    if image.platform == "windows" or image.root_device_type == "instance-store":
        raise config.refused("image_id", "an image of Linux whose root device is an EBS volume")
    for mapping in image.block_device_mappings or ():
        least = int(mapping.ebs.get("volume_size") or 0)
        if mapping.device_name == image.root_device_name and least > config.volume_size:
            raise config.refused("volume_size", f"at least {least}, the size of {image_id}")
    return image.root_device_name


def _homes(config: InfraConfig, opts: pulumi.InvokeOptions) -> set[str]:
    """The VPCs in which the fleet has its security group, so that its instances may be there."""
    of_group = {"tag:Name": config.names.of("instances"), "tag:Project": config.common_tags["Project"]}
    named = [aws.ec2.GetSecurityGroupsFilterArgs(name=key, values=[value]) for key, value in of_group.items()]
    return set(needed(partial(aws.ec2.get_security_groups, filters=named, opts=opts)).vpc_ids)


def _fitting(config: InfraConfig, homes: Collection[str], opts: pulumi.InvokeOptions) -> set[str]:
    """The VPCs in which the fleet may stay: the configured one, or the stack's own with the configured addresses.

    A fleet that is elsewhere moves with this deployment.
    """
    return {config.vpc_id} - {""} if config.vpc_id or not homes else _own_vpcs(config, opts)


def _own_vpcs(config: InfraConfig, opts: pulumi.InvokeOptions) -> set[str]:
    """The stack's own VPCs with the configured addresses."""
    of_stack = {"tag:Name": config.names.of("vpc"), "tag:Project": config.common_tags["Project"]}
    filters = {**of_stack, "cidr": str(config.vpc_cidr)}
    named = [aws.ec2.GetVpcsFilterArgs(name=key, values=[value]) for key, value in filters.items()]
    return set(needed(partial(aws.ec2.get_vpcs, filters=named, opts=opts)).ids)


def _has_ipv6(vpcs: Collection[str], opts: pulumi.InvokeOptions) -> bool:
    """Whether one of the VPCs has an IPv6 block: it keeps it, since AWS takes none from subnets that use it."""
    found = [answered(partial(aws.ec2.get_vpc, id=each, opts=opts)) for each in vpcs]
    blocks = [block for each in found if each for block in each.ipv6_cidr_block_associations or ()]
    return any(block.state not in GONE for block in blocks)


def _requests_label(config: InfraConfig, opts: pulumi.InvokeOptions) -> str | None:
    """The load balancer and the target group of somebody else's by which requests are counted."""
    if not config.requests_per_target or config.load_balancer:
        return None
    arn = config.target_group_arns[0]
    try:
        balancers = needed(partial(aws.lb.get_target_group, arn=arn, opts=opts)).load_balancer_arns
    except QuestionRefused as error:
        if "couldn't find resource" not in str(error):
            raise
        raise config.refused("target_group_arns", f"target groups that exist; {arn} does not") from error
    counting = [each for each in balancers if ":loadbalancer/app/" in each]
    if not counting:
        wanted = "0, or with a target group that an Application Load Balancer forwards to"
        raise config.refused("requests_per_target", f"{wanted}; {arn} is not used by one")
    return resource_label(counting[0], arn)
