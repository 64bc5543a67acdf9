"""Fleet: instances in a network that exists, without a healer; and what it has in common with a TapStack."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from zlib import crc32

import pulumi

from tap_stack.components.component import Component, told_in_one_line
from tap_stack.components.compute import Compute
from tap_stack.components.discovery import Discovered, discover
from tap_stack.components.first_boot import first_boot
from tap_stack.components.given import Given, look_at
from tap_stack.components.given_network import GivenNetwork
from tap_stack.components.iam import Iam
from tap_stack.components.load_balancer import LoadBalancer
from tap_stack.components.monitoring import Monitoring
from tap_stack.components.networking import Networking
from tap_stack.components.rollout import Rollout
from tap_stack.components.scaling import resource_label
from tap_stack.components.security import Security
from tap_stack.config import InfraConfig
from tap_stack.config.args import FleetArgs
from tap_stack.config.arguments import GivenIds, given_ids, with_arguments
from tap_stack.errors import ConfigError
from tap_stack.outputs import FLEET_OUTPUT_KEYS, FleetOutputs


class FleetParts(Component):
    """The parts of a fleet: what its instances are, who gets to them, how they scale, and who is told."""

    def discover(self) -> Discovered:
        """What AWS says, asked through this component's provider."""
        return discover(self.config, pulumi.InvokeOptions(parent=self))

    def join_network(self, around: Discovered, ids: GivenIds | None) -> GivenNetwork:
        """The network that exists: found already, or to be looked at as soon as its ids are known."""
        config, place, asked = self.config, around.place, pulumi.InvokeOptions(parent=self)
        given: Any = around.given
        if ids is not None:

            @told_in_one_line
            def look(found: Sequence[Any]) -> Given:
                return look_at(config.joined(*found), place, around.offering, asked)

            given = pulumi.Output.all(ids.vpc_id, ids.private, ids.public).apply(look)
        return GivenNetwork(
            self.names.of("networking"),
            {"config": config, "place": place, "given": given, "endpoint_zones": around.endpoint_zones},
            self.child(),
        )

    def create_fleet(self, around: Discovered, network: Networking | GivenNetwork, *, heals: bool) -> None:
        """Make the instances in a network, and all that is for them; `heals`: a healer gets its role too."""
        config, names, place = self.config, self.names, around.place
        self.networking = network
        self.security = Security(
            names.of("security"),
            {"config": config, "vpc_id": self.networking.vpc_id, "closed_egress": self.networking.closed_egress},
            self.child(),
        )
        self.iam = Iam(names.of("iam"), {"config": config, "place": place, "heals": heals}, self.child())
        self.load_balancer = self._create_load_balancer(around) if config.load_balancer else None
        self.compute = self._create_compute(around)
        policies = self.compute.scale_up_policy_arn, self.compute.scale_down_policy_arn
        self.monitoring = Monitoring(
            names.of("monitoring"), {"config": config, "place": place, "scaling_policy_arns": policies}, self.child()
        )

    def _create_load_balancer(self, around: Discovered) -> LoadBalancer:
        network = self.networking
        public = self.config.load_balancer == "public"
        return LoadBalancer(
            self.names.of("load-balancer"),
            {
                "config": self.config,
                "place": around.place,
                "vpc_id": network.vpc_id,
                "vpc_cidr": network.vpc_cidr,
                "subnet_ids": network.public_subnet_ids if public else network.private_subnet_ids,
                "instance_security_group_id": self.security.ec2_security_group_id,
            },
            self.child(depends_on=[network]),
        )

    def _create_compute(self, around: Discovered) -> Compute:
        own = [self.load_balancer] if self.load_balancer else []
        user_data: pulumi.Input[bytes] = around.user_data
        if self.config.joins:
            with_cidr = told_in_one_line(partial(first_boot, self.config, around.place))
            user_data = self.networking.vpc_cidr.apply(with_cidr)
        return Compute(
            self.names.of("compute"),
            {
                "config": self.config,
                "machine": around.machine,
                "user_data": user_data,
                "moves": around.moves,
                "group": around.group,
                "volume_key": around.volume_key,
                "subnet_ids": self.networking.fleet_subnet_ids,
                "security_group_id": self.security.ec2_security_group_id,
                "instance_profile_name": self.iam.ec2_instance_profile_name,
                # An instance needs routes and permissions when it boots, not some time later.
                "before_instances": [self.networking, self.security, self.iam, *own],
                "target_groups": self._target_groups(),
                "requests_label": self._requests_label(around),
            },
            self.child(),
        )

    def _target_groups(self) -> dict[str, pulumi.Input[str]]:
        """The target groups that the fleet joins, by a name of each."""
        own: dict[str, pulumi.Input[str]] = {}
        if self.load_balancer:
            own["behind-own"] = self.load_balancer.target_group_arn
        return own | {f"behind-{crc32(arn.encode()):08x}": arn for arn in self.config.target_group_arns}

    def _requests_label(self, around: Discovered) -> pulumi.Input[str] | None:
        """By which load balancer and target group the requests of an instance are counted."""
        own = self.load_balancer
        if own is None:
            return around.requests_label
        arns = pulumi.Output.all(own.arn, own.target_group_arn)
        return arns.apply(lambda each: resource_label(str(each[0]), str(each[1])))

    def create_rollout(self, around: Discovered, healer_log_group_name: pulumi.Input[str] | None) -> Rollout:
        """Make what rolls new versions out; it takes turns with the healer of that log group."""
        return Rollout(
            self.names.of("rollout"),
            {
                "config": self.config,
                "place": around.place,
                "log_group": around.rollout_log,
                "auto_scaling_group_name": self.compute.auto_scaling_group_name,
                "wanted_template": self.compute.wanted_template,
                "launch_template_arn": self.compute.launch_template_arn,
                "instance_role_arn": self.iam.ec2_role_arn,
                "rollout_role_arn": self.iam.rollout_role_arn,
                "rollout_role_name": self.iam.rollout_role_name,
                "healer_log_group_name": healer_log_group_name,
                "topic_arn": self.monitoring.topic_arn,
                "key_arn": self.monitoring.key_arn,
            },
            # A rollout is refused as long as its alarm is not there.
            self.child(depends_on=list(self.monitoring.of_rollouts.values())),
        )

    def how_to_get_in(self) -> str:
        """How to get onto an instance; there is no other way."""
        region, group = self.config.region, f"Name=tag:aws:autoscaling:groupName,Values={self.names.group}"
        return (
            "Instances are reached through SSM Session Manager alone. Find them with "
            f"`aws ec2 describe-instances --region {region} --filters {group}` and open a shell with "
            f"`aws ssm start-session --region {region} --target <instance id>`."
        )


class Fleet(FleetParts, FleetOutputs):
    """A fleet in a network that exists: an Auto Scaling group in private subnets, reached through SSM alone.

    It scales, rolls new versions out, and tells its topic. Broken instances it leaves to a `Healer` for its group, or
    to nobody. The network is the program's own, such as a `Network`, or somebody else's: its ids are texts, or outputs
    of resources.

    Args:
        name: The component's name. Names in AWS begin with `<tap:namePrefix>-<name>`.
        args: The network's ids, and what differs from the configuration keys. What those say of a network of the
            stack's own, a fleet does not read.
        opts: A provider, if it is not the default one; it must be for the configuration's region.

    Raises:
        ConfigError: an argument is not accepted, AWS does not have what is asked for, or the network does not do.
        QuestionRefused: AWS does not answer the program's questions.
    """

    @told_in_one_line
    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        config, ids = configured_fleet(name, args)
        super().__init__(name, config, opts)
        around = self.discover()
        self.create_fleet(around, self.join_network(around, ids), heals=False)
        rollout = self.create_rollout(around, None)
        self.monitoring.watch(None, rollout.first_run)
        parts = (self.networking, self.security, self.iam, self.compute, self.monitoring, rollout)
        values = {key: value for part in parts for key, value in part.published.items()} | {
            **config.model_dump(include={"region", "environment", "environment_suffix"}),
            "zones": self.networking.zones,
            "notification_topic_arn": self.monitoring.topic_arn,
            "ssm_access_instructions": self.how_to_get_in(),
            "load_balancer_dns_name": self.load_balancer.dns_name if self.load_balancer else "",
        }
        self.publish(**{key: values[key] for key in FLEET_OUTPUT_KEYS})


def configured_fleet(name: str, args: FleetArgs) -> tuple[InfraConfig, GivenIds | None]:
    """The configuration of a fleet, and the ids of its network if they are outputs.

    Raises:
        ConfigError: an argument is unknown, its value is not accepted, or no network is given.
    """
    config = InfraConfig.from_pulumi()
    given = {"name_prefix": f"{config.name_prefix}-{name}", **args}
    ids = given_ids(given)
    config = with_arguments(config.without_network(), given, FleetArgs.__annotations__)
    if ids is not None:
        return config.joining(), ids
    if not config.vpc_id:
        raise ConfigError("vpc_id", args.get("vpc_id"), "the VPC for the fleet to stand in, and its private_subnet_ids")
    return config, None
