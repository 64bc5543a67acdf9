"""The network alone: a VPC for a fleet, or for anything else that belongs into private subnets."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from typing import TypeVar, cast

import pulumi

from tap_stack.components.component import Component, told_in_one_line
from tap_stack.components.discovery import discover_network
from tap_stack.components.networking import Networking
from tap_stack.config import InfraConfig
from tap_stack.config.args import NetworkArgs
from tap_stack.config.arguments import with_arguments
from tap_stack.outputs import NetworkOutputs

T = TypeVar("T")


class Network(Component, NetworkOutputs):
    """A VPC with a public and a private subnet in each zone, its ways out, its endpoints, and a record of its traffic.

    The ids of its subnets come with their routes: what is put into a private subnet has its way out from the beginning.

    Args:
        name: The component's name. Names in AWS begin with `<tap:namePrefix>-<name>`.
        args: What differs from the configuration keys. `instance_type` has a say in which zones will do.
        opts: A provider, if it is not the default one; it must be for the configuration's region.

    Raises:
        ConfigError: an argument is not accepted, AWS does not have what is asked for, or the account has no room.
        QuestionRefused: AWS does not answer the program's questions.
    """

    zones: list[str]
    region: str

    @told_in_one_line
    def __init__(self, name: str, args: NetworkArgs | None = None, opts: pulumi.ResourceOptions | None = None) -> None:
        config = configured_network(name, args or {})
        super().__init__(name, config, opts)
        found = discover_network(config, pulumi.InvokeOptions(parent=self))
        networking = Networking(self.names.of("networking"), found, self.child())
        whole = {
            f"{kind}_subnet_ids": _together(networking.published[f"{kind}_subnet_ids"], ways)
            for kind, ways in networking.ways.items()
        }
        self.publish(**networking.published | whole, zones=list(found["zones"]), region=config.region)


def configured_network(name: str, args: NetworkArgs) -> InfraConfig:
    """The configuration of a network that stands alone.

    Raises:
        ConfigError: an argument is unknown, or its value is not accepted; or the keys name a network that exists.
    """
    config = InfraConfig.from_pulumi()
    if config.vpc_id:
        raise config.refused("vpc_id", "unset: a Network is a new one; a Fleet can stand in one that exists")
    given = {"name_prefix": f"{config.name_prefix}-{name}", **args}
    return with_arguments(config, given, NetworkArgs.__annotations__)


def _together(value: pulumi.Output[T], others: Collection[pulumi.Resource]) -> pulumi.Output[T]:
    """The output, so that whoever uses it waits for these resources too."""

    async def resources() -> set[pulumi.Resource]:
        return {*await value.resources(), *others}

    future = cast("Awaitable[T]", value.future(with_unknowns=True))
    return pulumi.Output(resources(), future, value.is_known(), value.is_secret())
