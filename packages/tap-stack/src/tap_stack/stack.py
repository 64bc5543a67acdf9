"""TapStack: the components put together, and the stack's outputs as one contract."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi.runtime.stack import Stack

from tap_stack.components.component import told_in_one_line
from tap_stack.components.discovery import Discovered
from tap_stack.components.healing import Healing
from tap_stack.components.networking import Networking
from tap_stack.config import InfraConfig
from tap_stack.config.args import TapStackArgs
from tap_stack.config.arguments import GivenIds, given_ids, with_arguments
from tap_stack.fleet import FleetParts
from tap_stack.outputs import EXTRA_OUTPUT_KEYS, OUTPUT_KEYS, ContractOutputs, ExtraOutputs

Outputs = Sequence[tuple[str, pulumi.Input[object]]]


class OutputContractError(ValueError):
    """An output is missing, or there are two of one name."""


class TapStack(FleetParts, ContractOutputs, ExtraOutputs):
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

    @told_in_one_line
    def __init__(
        self,
        name: str,
        args: TapStackArgs | InfraConfig | None = None,
        opts: pulumi.ResourceOptions | None = None,
        *,
        config: InfraConfig | None = None,
    ) -> None:
        config, ids = _configured(config or args or {})
        super().__init__(name, config, opts)
        around = self.discover()
        network = self.join_network(around, ids) if around.given or ids else self._create_network(around)
        self.create_fleet(around, network, heals=True)
        self.healing = self._create_healing(around)
        self.rollout = self.create_rollout(around, self.healing.lambda_log_group_name)
        self.monitoring.watch(self.healing.first_sweep, self.rollout.first_run)
        self.outputs: Outputs = self._create_outputs()
        self.publish(**dict(self.outputs))

    def _create_network(self, around: Discovered) -> Networking:
        return Networking(
            self.names.of("networking"),
            {
                "config": self.config,
                "ipv6_block": around.ipv6_block,
                "place": around.place,
                "zones": around.zones,
                "endpoint_zones": around.endpoint_zones,
                "dual_stack": around.dual_stack,
                "flow_log": around.flow_log,
            },
            self.child(),
        )

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

    def _create_outputs(self) -> Outputs:
        parts = (self.networking, self.security, self.iam, self.compute, self.monitoring, self.healing, self.rollout)
        values = {key: value for part in parts for key, value in part.published.items()} | {
            **self.config.model_dump(include={"region", "environment", "environment_suffix", "healer_mode"}),
            "ssm_access_instructions": self.how_to_get_in(),
            "zones": self.networking.zones,
            "notification_topic_arn": self.monitoring.topic_arn,
        }
        outputs = [(key, values[key]) for key in (*OUTPUT_KEYS, *EXTRA_OUTPUT_KEYS)]
        if self.load_balancer is not None:
            outputs.append(("load_balancer_dns_name", self.load_balancer.dns_name))
        return outputs


def _configured(args: TapStackArgs | InfraConfig) -> tuple[InfraConfig, GivenIds | None]:
    if isinstance(args, InfraConfig):
        return args, None
    given = dict(args)
    ids = given_ids(given)
    config = with_arguments(InfraConfig.from_pulumi(), given, TapStackArgs.__annotations__)
    return (config.joining() if ids else config), ids


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
