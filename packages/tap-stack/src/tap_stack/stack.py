"""TapStack: the components put together, and the stack's outputs as one contract."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi.runtime.stack import Stack

from tap_stack.components.component import Component
from tap_stack.components.compute import Compute
from tap_stack.components.discovery import discover
from tap_stack.components.healing import Healing
from tap_stack.components.iam import Iam
from tap_stack.components.monitoring import Monitoring
from tap_stack.components.networking import Networking
from tap_stack.components.security import Security
from tap_stack.config import InfraConfig
from tap_stack.outputs import EXTRA_OUTPUT_KEYS, OUTPUT_KEYS, OUTPUTS_OF

Outputs = Sequence[tuple[str, pulumi.Input[object]]]


class OutputContractError(ValueError):
    """An output is missing, or there are two of one name."""


class TapStack(Component):
    """A VPC, a fleet in its private subnets that is reached through SSM alone, and the healer that looks after it.

    Args:
        name: The component's name; what it contains is named by the configuration.
        config: What is to be built.
        opts: A provider, if it is not the default one; it must be for the configuration's region.

    Raises:
        ConfigError: AWS does not have what the configuration asks for.
    """

    outputs: Outputs

    def __init__(self, name: str, config: InfraConfig, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, config, opts)
        self._around = discover(config, pulumi.InvokeOptions(parent=self))
        self.networking = self._create_networking()
        self.security = self._create_security()
        self.iam = self._create_iam()
        self.compute = self._create_compute()
        self.monitoring = self._create_monitoring()
        self.healing = self._create_healing()
        self.outputs = (*self._contract(), *self._extras())
        self.register_outputs(dict(self.outputs))

    def _create_networking(self) -> Networking:
        return Networking(
            self.names.of("networking"),
            {"config": self.config, "place": self._around.place, "zones": self._around.zones},
            self.child(),
        )

    def _create_security(self) -> Security:
        return Security(
            self.names.of("security"),
            {"config": self.config, "vpc_id": self.networking.vpc_id, "endpoints": self.networking.endpoints},
            self.child(),
        )

    def _create_iam(self) -> Iam:
        return Iam(self.names.of("iam"), {"config": self.config, "place": self._around.place}, self.child())

    def _create_compute(self) -> Compute:
        return Compute(
            self.names.of("compute"),
            {
                "config": self.config,
                "image_id": self._around.image_id,
                "subnets": self.networking.private_subnets,
                "security_group_id": self.security.ec2_security_group_id,
                "instance_profile_name": self.iam.ec2_instance_profile_name,
                # An instance needs routes and permissions when it boots, not some time later.
                "before_instances": [self.networking, self.security, self.iam],
            },
            self.child(),
        )

    def _create_monitoring(self) -> Monitoring:
        return Monitoring(
            self.names.of("monitoring"),
            {
                "config": self.config,
                "place": self._around.place,
                "scale_up_policy_arn": self.compute.scale_up_policy_arn,
                "scale_down_policy_arn": self.compute.scale_down_policy_arn,
            },
            self.child(),
        )

    def _create_healing(self) -> Healing:
        return Healing(
            self.names.of("healing"),
            {
                "config": self.config,
                "place": self._around.place,
                "auto_scaling_group_name": self.compute.auto_scaling_group_name,
                "lambda_role_arn": self.iam.lambda_role_arn,
                "lambda_role_name": self.iam.lambda_role_name,
                "topic_arn": self.monitoring.topic_arn,
                "key_arn": self.monitoring.key_arn,
            },
            self.child(),
        )

    def _contract(self) -> Outputs:
        parts = [(key, getattr(getattr(self, part), key)) for part, keys in OUTPUTS_OF for key in keys]
        return (*parts, ("ssm_access_instructions", self.ssm_access_instructions))

    def _extras(self) -> Outputs:
        values: tuple[pulumi.Input[object], ...] = (
            list(self._around.zones),
            self.monitoring.topic_arn,
            self.monitoring.healer_alarm_arns,
            self.config.healer_mode,
        )
        return tuple(zip(EXTRA_OUTPUT_KEYS, values, strict=True))

    @property
    def ssm_access_instructions(self) -> str:
        """How to get onto an instance; there is no other way."""
        group = f"Name=tag:aws:autoscaling:groupName,Values={self.names.group}"
        return (
            "Instances are reached through SSM Session Manager alone. Find them with "
            f"`aws ec2 describe-instances --region {self.config.region} --filters {group}` and open a shell with "
            f"`aws ssm start-session --region {self.config.region} --target <instance id>`."
        )


def export_outputs(outputs: Outputs) -> None:
    """Export the outputs from the running Pulumi stack.

    Without one (TapStack inside another program's component, or in a unit test) there is nothing to export to; that
    is said, and is no error.

    Raises:
        OutputContractError: a key of OUTPUT_KEYS is missing, or a key is there twice, here or in the stack already.
    """
    stack = pulumi.runtime.get_root_resource()
    taken = list(stack.outputs) if isinstance(stack, Stack) else []
    _check_contract([key for key, _ in outputs], taken)
    if not isinstance(stack, Stack):
        pulumi.log.warn("No Pulumi stack is running: TAP's outputs are not exported")
        return
    for key, value in outputs:
        pulumi.export(key, value)


def _check_contract(keys: Sequence[str], taken: Sequence[str]) -> None:
    missing = [key for key in OUTPUT_KEYS if key not in keys]
    if missing:
        raise OutputContractError(f"missing outputs: {', '.join(missing)}")
    duplicate = sorted({key for key in keys if keys.count(key) > 1 or key in taken})
    if duplicate:
        raise OutputContractError(f"duplicate outputs: {', '.join(duplicate)}")
