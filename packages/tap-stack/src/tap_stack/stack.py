"""TapStack: the components put together, and the stack's outputs as one contract."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import pulumi
from pulumi.runtime.stack import Stack

from tap_stack.components.component import Component
from tap_stack.components.compute import Compute
from tap_stack.components.discovery import Discovered, discover
from tap_stack.components.given_network import GivenNetwork
from tap_stack.components.healing import Healing
from tap_stack.components.iam import Iam
from tap_stack.components.load_balancer import LoadBalancer
from tap_stack.components.monitoring import Monitoring
from tap_stack.components.networking import Networking
from tap_stack.components.rollout import Rollout
from tap_stack.components.security import Security
from tap_stack.config import InfraConfig
from tap_stack.config.args import TapStackArgs
from tap_stack.config.arguments import with_arguments
from tap_stack.outputs import EXTRA_OUTPUT_KEYS, OUTPUT_KEYS, ContractOutputs, ExtraOutputs

Outputs = Sequence[tuple[str, pulumi.Input[object]]]


class OutputContractError(ValueError):
    """An output is missing, or there are two of one name."""


class TapStack(Component, ContractOutputs, ExtraOutputs):
    """A VPC, a fleet in its private subnets that is reached through SSM alone, and the healer that looks after it.

    Each of its outputs is an attribute: `stack.auto_scaling_group_name`. A program may have several stacks, each with a
    configuration of its own that differs in `name_prefix` or `environment_suffix`.

    Args:
        name: The component's name; what it contains is named by the configuration.
        args: What is to be built: a whole configuration, or what differs from that of the program's keys.
        opts: A provider, if it is not the default one; it must be for the configuration's region.
        config: The configuration, as the second argument was called before.

    Raises:
        ConfigError: An argument is not accepted, AWS does not have what is asked for, or the account has no room.
        QuestionRefused: AWS does not answer the program's questions.
    """

    def __init__(
        self,
        name: str,
        args: TapStackArgs | InfraConfig | None = None,
        opts: pulumi.ResourceOptions | None = None,
        *,
        config: InfraConfig | None = None,
    ) -> None:
        config = _configured(config or args or {})
        super().__init__(name, config, opts)
        around = self._discover()
        place, names = around.place, self.names
        self.networking = self._create_network(around)
        self.security = Security(
            names.of("security"),
            {"config": config, "vpc_id": self.networking.vpc_id, "closed_egress": self.networking.closed_egress},
            self.child(),
        )
        self.iam = Iam(names.of("iam"), {"config": config, "place": place}, self.child())
        self.load_balancer = self._create_load_balancer(around) if config.load_balancer else None
        self.compute = self._create_compute(around)
        policies = self.compute.scale_up_policy_arn, self.compute.scale_down_policy_arn
        self.monitoring = Monitoring(
            names.of("monitoring"), {"config": config, "place": place, "scaling_policy_arns": policies}, self.child()
        )
        self.healing = self._create_healing(around)
        self.rollout = self._create_rollout(around)
        self.monitoring.watch(self.healing.first_sweep, self.rollout.first_run)
        self.outputs: Outputs = self._create_outputs(around.zones)
        self.publish(**dict(self.outputs))

    def _create_healing(self, around: Discovered) -> Healing:
        return Healing(
            self.names.of("healing"),
            {
                "config": self.config,
                "place": around.place,
                "log_group": around.healer_log,
                "auto_scaling_group_name": self.compute.auto_scaling_group_name,
                "lambda_role_arn": self.iam.lambda_role_arn,
                "lambda_role_name": self.iam.lambda_role_name,
                "topic_arn": self.monitoring.topic_arn,
                "key_arn": self.monitoring.key_arn,
                "reserves_concurrency": around.reserves_concurrency,
            },
            self.child(),
        )

    def _create_network(self, around: Discovered) -> Networking | GivenNetwork:
        """The stack's own network, or one that exists: the same outputs."""
        name, config, place = self.names.of("networking"), self.config, around.place
        endpoint_zones = around.endpoint_zones
        if around.given is not None:
            given = around.given
            return GivenNetwork(
                name,
                {"config": config, "place": place, "given": given, "endpoint_zones": endpoint_zones},
                self.child(),
            )
        return Networking(
            name,
            {
                "config": config,
                "ipv6_block": around.ipv6_block,
                "place": place,
                "zones": around.zones,
                "endpoint_zones": endpoint_zones,
                "dual_stack": around.dual_stack,
                "flow_log": around.flow_log,
            },
            self.child(),
        )

    def _create_compute(self, around: Discovered) -> Compute:
        own = [self.load_balancer] if self.load_balancer else []
        return Compute(
            self.names.of("compute"),
            {
                "config": self.config,
                "machine": around.machine,
                "user_data": around.user_data,
                "moves": around.moves,
                "group": around.group,
                "volume_key": around.volume_key,
                "subnets": self.networking.private_subnets,
                "security_group_id": self.security.ec2_security_group_id,
                "instance_profile_name": self.iam.ec2_instance_profile_name,
                # An instance needs routes and permissions when it boots, not some time later.
                "before_instances": [self.networking, self.security, self.iam, *own],
                "target_groups": self._target_groups(),
            },
            self.child(),
        )

    def _target_groups(self) -> dict[str, pulumi.Input[str]]:
        """The target groups that the fleet joins, by a name of each."""
        own: dict[str, pulumi.Input[str]] = {}
        if self.load_balancer:
            own["behind-own"] = self.load_balancer.target_group_arn
        return own | {f"behind-{crc32(arn.encode()):08x}": arn for arn in self.config.target_group_arns}

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

    def _create_rollout(self, around: Discovered) -> Rollout:
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
                "healer_log_group_name": self.healing.lambda_log_group_name,
                "topic_arn": self.monitoring.topic_arn,
                "key_arn": self.monitoring.key_arn,
            },
            # A rollout is refused as long as its alarm is not there.
            self.child(depends_on=list(self.monitoring.of_rollouts.values())),
        )

    def _discover(self) -> Discovered:
        return discover(self.config, pulumi.InvokeOptions(parent=self))

    def _create_outputs(self, zones: Sequence[str]) -> Outputs:
        parts = (self.networking, self.security, self.iam, self.compute, self.monitoring, self.healing, self.rollout)
        values = {key: value for part in parts for key, value in part.published.items()} | {
            **self.config.model_dump(include={"region", "environment", "environment_suffix", "healer_mode"}),
            "ssm_access_instructions": self._ssm_access_instructions(),
            "zones": list(zones),
            "notification_topic_arn": self.monitoring.topic_arn,
        }
        outputs = [(key, values[key]) for key in (*OUTPUT_KEYS, *EXTRA_OUTPUT_KEYS)]
        if self.load_balancer is not None:
            outputs.append(("load_balancer_dns_name", self.load_balancer.dns_name))
        return outputs

    def _ssm_access_instructions(self) -> str:
        """How to get onto an instance; there is no other way."""
        group = f"Name=tag:aws:autoscaling:groupName,Values={self.names.group}"
        return (
            "Instances are reached through SSM Session Manager alone. Find them with "
            f"`aws ec2 describe-instances --region {self.config.region} --filters {group}` and open a shell with "
            f"`aws ssm start-session --region {self.config.region} --target <instance id>`."
        )


def _configured(args: TapStackArgs | InfraConfig) -> InfraConfig:
    if isinstance(args, InfraConfig):
        return args
    return with_arguments(InfraConfig.from_pulumi(), args, TapStackArgs.__annotations__)


def export_outputs(outputs: Outputs, prefix: str = "") -> None:
    """Export a stack's outputs from the running Pulumi stack.

    Without one (TapStack inside another program's component, or in a unit test) there is nothing to export to; that
    is said, and is no error.

    Args:
        outputs: `TapStack.outputs`.
        prefix: Begins the name of each export, such as `blue_`, where the program has several stacks.

    Raises:
        OutputContractError: a key of OUTPUT_KEYS is missing, or a key is there twice, here or in the stack already.
    """
    stack = pulumi.runtime.get_root_resource()
    taken = list(stack.outputs) if isinstance(stack, Stack) else []
    keys = [key for key, _ in outputs]
    if missing := [key for key in OUTPUT_KEYS if key not in keys]:
        raise OutputContractError(f"missing outputs: {', '.join(missing)}")
    if duplicate := sorted({key for key in keys if keys.count(key) > 1 or f"{prefix}{key}" in taken}):
        raise OutputContractError(f"duplicate outputs: {', '.join(duplicate)}")
    if not isinstance(stack, Stack):
        pulumi.log.warn("No Pulumi stack is running: TAP's outputs are not exported")
        return
    for key, value in outputs:
        pulumi.export(f"{prefix}{key}", value)
