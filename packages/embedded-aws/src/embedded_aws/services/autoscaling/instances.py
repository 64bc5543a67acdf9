"""Members as real EC2 instances of moto's, launched from a launch template.

moto 5.2.5 takes only image, user data, type, key, instance tags and security groups (the top-level ones) from a launch
template, and puts a second root volume beside the template's own. Here the whole template counts: profile, metadata
options, network interface, volumes with their encryption and throughput, monitoring, the tags of volumes and
interfaces. An instance is `pending` until it is in service or waits for a hook, and `shutting-down` until it is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol

from embedded_aws.calls import AwsError
from embedded_aws.fleet import Event, LaunchFailed, Lifecycle, Member, What
from embedded_aws.services.autoscaling import stores, templates
from embedded_aws.services.autoscaling.launching import Launching
from embedded_aws.services.autoscaling.mixed import MixedPolicy
from embedded_aws.services.autoscaling.templates import Template
from embedded_aws.services.ec2 import capacity_reservations, placement_groups
from embedded_aws.services.ec2.capacity_reservations import PlannedLaunch, Wanted
from embedded_aws.services.ec2.launch_needs import check_supported

PENDING, RUNNING = ("pending", 0), ("running", 16)
SHUTTING_DOWN, TERMINATED = ("shutting-down", 32), ("terminated", 48)
NOT_RUNNING = frozenset({"stopping", "stopped", "shutting-down", "terminated"})
GONE = frozenset({What.TERMINATED, What.POOL_TERMINATED})
ROOT_GIBIBYTES = 8
GROUP_TAG = "aws:autoscaling:groupName"
SPOT = "spot"
PROVISIONED = frozenset({"io1", "io2"})


class LaunchPlacement(Protocol):
    """What the group says about where its instances go and what they are called."""

    region: str
    name: str

    @property
    def role(self) -> str:
        """The ARN of the service-linked role that the group acts as."""

    @property
    def reservations(self) -> Wanted | None:
        """What the group says of capacity reservations; None leaves it to the launch template."""

    @property
    def mixed(self) -> MixedPolicy | None:
        """The mixed instances policy of the next launch."""

    def stays(self, instance_id: str) -> bool:
        """Whether a machine is to go on serving."""

    def subnets(self, zone: str) -> Sequence[str]:
        """The group's subnets in a zone."""

    def propagated_tags(self) -> Mapping[str, str]:
        """The group's tags that its new instances get."""


@dataclass(frozen=True)
class Launched:
    """A member's machine: moto's instance, and the template version that it was launched from."""

    instance: Any
    template: Template

    @property
    def runs(self) -> bool:
        """Whether EC2 has it running, or about to."""
        return self.instance.state not in NOT_RUNNING


class Instances:
    """The machines of one group.

    Args:
        place: Where and under what name they run.
        rng: Chooses among several subnets of a zone ("selects a subnet from the Availability Zone at random").
        launching: Whether a launch succeeds.
    """

    def __init__(self, place: LaunchPlacement, rng: Random, launching: Launching) -> None:
        self._place = place
        self._rng = rng
        self._launching = launching
        self._launched: dict[str, Launched] = {}

    def __getitem__(self, instance_id: str) -> Launched:
        """A member's machine."""
        return self._launched[instance_id]

    def launch(self, zone: str, template_version: str, now: datetime) -> str:
        """Run an instance from this version of the launch template in a subnet of `zone`; its id.

        Raises:
            LaunchFailed: EC2 refused, with EC2's reason.
        """
        subnet = self._rng.choice(self._place.subnets(zone))
        policy = self._place.mixed
        try:
            template = templates.by_key(self._place.region, template_version)
            if policy is None:
                instance = self._launch_one(template, zone, subnet, now)
            else:
                instance = self._launch_by_policy(policy, template, zone, subnet, now)
        except AwsError as refusal:
            raise LaunchFailed(refusal.message) from refusal
        except stores.service_exception() as refusal:
            raise LaunchFailed(str(getattr(refusal, "message", refusal))) from refusal
        _stamp(instance, now)
        _set_state(instance, PENDING)
        self._launched[instance.id] = Launched(instance, template)
        return str(instance.id)

    def _launch_one(self, template: Template, zone: str, subnet: str, now: datetime) -> Any:
        """Launch from a template as it is. Raises AwsError: EC2 refused."""
        data, spot = template.data, is_spot(template.data)
        templates.check_launch(self._place.region, data)
        instance_type, placement = data.get("InstanceType", "m1.small"), data.get("Placement") or {}
        reservation = ""
        if not spot:  # a reservation is of On-Demand capacity
            wish = self._place.reservations or capacity_reservations.wanted(
                data.get("CapacityReservationSpecification")
            )
            launch = PlannedLaunch(self._place.region, zone, instance_type, placement.get("Tenancy") or "default")
            reservation = capacity_reservations.choose(launch, now, wish)
        reserved = bool(reservation)
        role = self._place.role
        self._launching.check(self._place.region, zone, instance_type, role, now, spot=spot, reserved=reserved)
        check_supported(data)
        placement_groups.check_launch(self._place.region, zone, instance_type, placement)
        instance = self._run(template, subnet)
        placement_groups.put(self._place.region, instance, placement)
        capacity_reservations.put(instance, reservation)
        return instance

    def _launch_by_policy(self, policy: MixedPolicy, template: Template, zone: str, subnet: str, now: datetime) -> Any:
        """Launch the first type of the policy's that there is. Raises AwsError: there is none, as of the last one."""
        standing = self._standing()
        spot = policy.wants_spot(policy.units(standing[False]), policy.units(standing[True]))
        region, own = self._place.region, template.data.get("InstanceType", "m1.small")
        architecture = templates.architecture(region, template.data)
        offered = self._launching.offered(region, zone) if policy.by_requirements else ()
        refusal = AwsError("InvalidParameterValue", "No instance type matches the instance requirements.")
        for each in policy.types(own, architecture, offered, standing[spot], spot=spot):
            market = {"InstanceMarketOptions": {"MarketType": "spot"}} if spot else {}
            chosen = replace(template, data={**template.data, "InstanceType": each, **market})
            try:
                if spot:
                    _check_price(policy, each)
                return self._launch_one(chosen, zone, subnet, now)
            except AwsError as refused:
                refusal = refused
        kind = "Spot" if spot else "On-Demand"
        message = f"Could not launch {kind} Instances. {refusal.code} - {refusal.message}"
        raise AwsError(refusal.code, message)

    def _standing(self) -> dict[bool, Counter[str]]:
        """How many instances of each type stay, On-Demand (False) and Spot (True)."""
        found: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
        for each, launched in self._launched.items():
            if launched.runs and self._place.stays(each):
                found[launched.instance.lifecycle == SPOT][launched.instance.instance_type] += 1
        return found

    def weight(self, instance_id: str) -> int | None:
        """How many units of the group's capacity a machine is; None where its policy has no weights."""
        policy = self._place.mixed
        return None if policy is None else policy.weights.get(self._launched[instance_id].instance.instance_type)

    def types(self) -> dict[str, str]:
        """The types of all machines by id."""
        return {each: str(launched.instance.instance_type) for each, launched in self._launched.items()}

    def ends_with(self, instance_id: str) -> str | None:
        """How the launch of a machine ends before it is in service; None if it does not."""
        data = self._launched[instance_id].template.data
        return self._launching.ends_with(self._place.region, data, self._place.role)

    def terminate(self, instance_id: str, now: datetime) -> None:
        """Terminate an instance; termination protection is for users and does not hold Auto Scaling back."""
        instance = self._launched[instance_id].instance
        if instance.state == TERMINATED[0]:
            return
        instance.disable_api_termination = False
        stores.ec2(self._place.region).terminate_instances([instance_id])
        instance._reason = f"User initiated ({now.astimezone(UTC):%Y-%m-%d %H:%M:%S} GMT)"  # noqa: SLF001 - moto has no setter
        _set_state(instance, SHUTTING_DOWN)

    def stop(self, instance_id: str) -> None:
        """Stop an instance, as from within: the group does not know of it."""
        stores.ec2(self._place.region).stop_instances([instance_id])

    def is_lost(self, member: Member) -> bool:
        """Whether somebody has terminated an instance of the warm pool, or stopped one that it keeps running."""
        state = self._launched[member.id].instance.state
        gone = state in {SHUTTING_DOWN[0], TERMINATED[0]}
        leaves = member.lifecycle is Lifecycle.WARMED_TERMINATING
        return not leaves and (gone or (member.running and state in NOT_RUNNING))

    def reclaim(self, instance_id: str) -> None:
        """EC2 takes a Spot Instance back, if it is still there."""
        launched = self._launched.get(instance_id)
        if launched is not None and launched.runs:
            launched.instance.disable_api_termination = False
            stores.ec2(self._place.region).terminate_instances([instance_id])
            launched.instance._reason = "Server.SpotInstanceTermination"  # noqa: SLF001 - moto has no setter

    def follow(self, event: Event) -> None:
        """Bring the instance's EC2 state in line with what has just happened to the member."""
        machine = self._launched.get(event.instance_id)
        if machine is None:
            return
        if event.what in {What.WAITING, What.IN_SERVICE} and machine.instance.state == PENDING[0]:
            _set_state(machine.instance, RUNNING)
        elif event.what in GONE:
            _set_state(machine.instance, TERMINATED)
        if event.what in {*GONE, What.DETACHED}:
            del self._launched[event.instance_id]

    def _run(self, template: Template, subnet: str) -> Any:
        from moto.ec2.utils import parse_user_data  # noqa: PLC0415 - slow to import

        ec2 = stores.ec2(self._place.region)
        data = template.data
        # AWS, "Tag Auto Scaling groups and instances": where template and group both give a key, the group's value is
        # used; moto wants user data in a type of its own.
        tags = {
            **templates.tags(data, "instance"),
            **self._place.propagated_tags(),
            GROUP_TAG: self._place.name,
            "aws:ec2launchtemplate:id": template.id,
            "aws:ec2launchtemplate:version": str(template.number),
        }
        user_data = data.get("UserData")
        reservation = ec2.run_instances(
            templates.image(self._place.region, data),
            1,
            parse_user_data(user_data) if isinstance(user_data, str | bytes) else user_data,
            data.get("SecurityGroups", []),
            **_options(data, self._place.region, subnet),
            **_network(data),
            block_device_mappings=_volumes(ec2, self._place.region, data),
            tags={"instance": tags, "volume": templates.tags(data, "volume")},
        )
        instance = reservation.instances[0]
        instance.maintenance_options = dict(data.get("MaintenanceOptions", {"AutoRecovery": "default"}))
        _finish_volumes(ec2, instance, data)
        for interface in instance.nics.values():
            interface.add_tags(templates.tags(data, "network-interface"))
        if profile := data.get("IamInstanceProfile", {}):
            ec2.associate_iam_instance_profile(
                instance.id,
                iam_instance_profile_name=profile.get("Name"),
                iam_instance_profile_arn=profile.get("Arn"),
            )
        return instance


def is_spot(data: Mapping[str, Any]) -> bool:
    """Whether launch data asks for a Spot Instance."""
    return bool((data.get("InstanceMarketOptions") or {}).get("MarketType") == SPOT)


def _check_price(policy: MixedPolicy, instance_type: str) -> None:
    """Refuse a Spot Instance that costs more than the policy wants to pay. Raises AwsError: `SpotMaxPriceTooLow`."""
    most, price = policy.distribution["SpotMaxPrice"], policy.unit_price(instance_type, spot=True)
    if most and float(most) < price:
        message = (
            f"Your Spot request price of {most} is lower than the minimum required Spot request fulfillment price of "
            f"{price:.4f}."
        )
        raise AwsError("SpotMaxPriceTooLow", message)


def _options(data: Mapping[str, Any], region: str, subnet: str) -> dict[str, Any]:
    """The arguments of moto's `run_instances` that it does not take from a launch template."""
    return {
        "instance_type": data.get("InstanceType", "m1.small"),
        "is_instance_type_default": True,  # or moto looks through every type that the region offers, for nothing
        "region_name": region,
        "subnet_id": subnet,
        "key_name": data.get("KeyName"),
        "ebs_optimized": data.get("EbsOptimized", False),
        "disable_api_stop": data.get("DisableApiStop", False),
        "disable_api_termination": data.get("DisableApiTermination", False),
        "instance_initiated_shutdown_behavior": data.get("InstanceInitiatedShutdownBehavior"),
        "monitoring_state": "enabled" if data.get("Monitoring", {}).get("Enabled") else "disabled",
        "metadata_options": dict(data.get("MetadataOptions", {})),
        "hibernation_options": dict(data.get("HibernationOptions", {})),
        **({"instance_market_options": dict(data["InstanceMarketOptions"])} if is_spot(data) else {}),
    }


def _network(data: Mapping[str, Any]) -> dict[str, Any]:
    """One primary interface with the template's security groups; a public address only as template or subnet say."""
    interface = templates.primary_interface(data)
    public = interface.get("AssociatePublicIpAddress")
    others = [dict(each) for each in data.get("NetworkInterfaces", []) if int(each.get("DeviceIndex", 0))]
    primary = {"DeviceIndex": 0, "DeleteOnTermination": interface.get("DeleteOnTermination", True)}
    if "Description" in interface:
        primary["Description"] = interface["Description"]
    return {
        "associate_public_ip": public,
        "security_group_ids": templates.security_groups(data),
        "nics": [primary, *others],
    }


def _volumes(ec2: Any, region: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The template's volumes, and a root volume if it names none."""
    named = [dict(each) for each in data.get("BlockDeviceMappings", []) if each.get("Ebs")]
    for mapping in named:
        ebs = dict(mapping["Ebs"])
        if ebs.get("VolumeSize") is None and ebs.get("SnapshotId") is None:
            ebs["VolumeSize"] = ROOT_GIBIBYTES
        if ebs.get("VolumeType") in PROVISIONED:  # moto wants their IOPS, and takes none here
            ebs["VolumeType"] = "gp3"
        mapping["Ebs"] = {"DeleteOnTermination": True} | ebs
    root = _root_device(ec2, region, data)
    if root not in {mapping["DeviceName"] for mapping in named}:
        named.insert(0, {"DeviceName": root, "Ebs": {"VolumeSize": ROOT_GIBIBYTES, "DeleteOnTermination": True}})
    return named


def _root_device(ec2: Any, region: str, data: Mapping[str, Any]) -> str:
    """The image's root device; for an image that moto does not know, the template's first device."""
    images = ec2.describe_images(filters={"image-id": [templates.image(region, data)]})
    if images:
        return str(images[0].root_device_name)
    mappings = data.get("BlockDeviceMappings", [])
    return str(mappings[0]["DeviceName"]) if mappings else "/dev/xvda"


def _finish_volumes(ec2: Any, instance: Any, data: Mapping[str, Any]) -> None:
    """What moto leaves out of a volume: its type, throughput and provisioned IOPS; and the name of the root device."""
    wished = {each["DeviceName"]: each.get("Ebs", {}) for each in data.get("BlockDeviceMappings", [])}
    for device, mapping in instance.block_device_mapping.items():
        volume = ec2.get_volume(mapping.volume_id)
        ebs = wished.get(device, {})
        volume.throughput = ebs.get("Throughput", volume.throughput)
        volume.iops = ebs.get("Iops", volume.iops)
        volume.volume_type = ebs.get("VolumeType", volume.volume_type)
    if instance.root_device_name not in instance.block_device_mapping:
        instance.root_device_name = next(iter(instance.block_device_mapping), instance.root_device_name)


def _stamp(instance: Any, now: datetime) -> None:
    """Put the model's time on everything that was just made; moto keeps naive UTC."""
    moment = now.astimezone(UTC).replace(tzinfo=None)
    instance.launch_time = moment
    for interface in instance.nics.values():
        interface.attach_time = moment
    for mapping in instance.block_device_mapping.values():
        mapping.attach_time = moment
        volume = instance.ec2_backend.get_volume(mapping.volume_id)
        volume.create_time = moment
        volume.attachment.attach_time = moment


def _set_state(instance: Any, state: tuple[str, int]) -> None:
    instance._state.name, instance._state.code = state  # noqa: SLF001 - moto has no setter
