"""A network that somebody else owns: what AWS says of it, and whether the stack can stand in it.

Everything here is asked and checked before anything is created. Nothing of the network is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from tap_stack.components.account import answered, needed
from tap_stack.components.addresses import SLOTS
from tap_stack.components.endpoints import S3, gateway_service, interface_service
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.config.capacity import most_at_once
from tap_stack.config.checks import FEWEST_ZONES
from tap_stack.config.network import GATEWAYS
from tap_stack.errors import QuestionRefused

if TYPE_CHECKING:
    from pulumi_aws.ec2.outputs import GetRouteTableRouteResult

PRIVATE, PUBLIC = "private_subnet_ids", "public_subnet_ids"
ANYWHERE = "0.0.0.0/0"

FOR_SSM = ("ssm", "ssmmessages")
"""The services without whose endpoints, or another way out, Systems Manager does not reach an instance."""

OWN, OTHERS, NOBODY = "own", "others", "nobody"


@dataclass(frozen=True)
class GivenTable:
    """A route table. Its routes are those that somebody made; None if AWS does not say."""

    id: str
    routes: Sequence[GetRouteTableRouteResult] | None

    @property
    def internet_gateway(self) -> str:
        """The internet gateway that a route leads to, or empty."""
        return next((each.gateway_id for each in self.routes or () if (each.gateway_id or "").startswith("igw-")), "")

    @property
    def leads_out(self) -> bool:
        """Whether it has a way to anywhere, through whatever gateway."""
        return self.routes is None or any(each.cidr_block == ANYWHERE for each in self.routes)


@dataclass(frozen=True)
class GivenSubnet:
    """A subnet of the network; `free` is how many addresses are left in it, None if AWS does not say."""

    id: str
    zone: str
    free: int | None
    table: GivenTable


@dataclass(frozen=True)
class Given:
    """The network.

    Attributes:
        cidrs: The VPC's addresses, the first block first.
        resolves: Whether the VPC resolves names, and gives host names.
        private: Where instances go, in the order of the configuration.
        public: What else was named.
        present: The services of which the VPC has endpoints that are not this stack's.
        own: Those of which it has this stack's.
        s3_prefix_list: Of the region.
    """

    vpc_id: str
    cidrs: tuple[str, ...]
    resolves: bool
    private: tuple[GivenSubnet, ...]
    public: tuple[GivenSubnet, ...]
    present: frozenset[str]
    own: frozenset[str]
    s3_prefix_list: str

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones in which the fleet stands, in alphabetical order."""
        return tuple(sorted(subnet.zone for subnet in self.private))

    @property
    def private_tables(self) -> list[str]:
        """The route tables of the private subnets, each once."""
        return list(dict.fromkeys(subnet.table.id for subnet in self.private))

    @property
    def internet_gateway(self) -> str:
        """The internet gateway that the public subnets' routes lead to, or empty."""
        return next((subnet.table.internet_gateway for subnet in self.public), "")

    @property
    def public_table(self) -> str:
        """The route table of the first public subnet, or empty."""
        return next((subnet.table.id for subnet in self.public), "")

    @property
    def nat_gateways(self) -> list[str]:
        """The NAT gateways that the private subnets' routes lead to, each once."""
        routes = [route for subnet in self.private for route in subnet.table.routes or ()]
        return list(dict.fromkeys(route.nat_gateway_id for route in routes if route.nat_gateway_id))


class NetworkQuestions:
    """One network, asked as the stack's own provider would be.

    Args:
        opts: Carries the parent, and with it the provider.
    """

    def __init__(self, config: InfraConfig, place: Place, opts: pulumi.InvokeOptions) -> None:
        self._config = config
        self._place = place
        self._opts = opts
        self._tables: dict[str, GivenTable] = {}

    def look(self) -> Given:
        """What AWS says of the network.

        Raises:
            ConfigError: the VPC or a subnet does not exist, or a subnet is of another VPC.
            QuestionRefused: AWS does not answer.
        """
        vpc = self._vpc()
        config = self._config
        asked = sorted({*FOR_SSM, *config.interface_endpoints, *config.gateway_endpoints})
        owners = {service: self._owner(service) for service in asked}
        blocks = [each.cidr_block for each in vpc.cidr_block_associations or () if each.state == "associated"]
        return Given(
            vpc_id=config.vpc_id,
            cidrs=tuple(dict.fromkeys([vpc.cidr_block, *blocks])),
            resolves=bool(vpc.enable_dns_support and vpc.enable_dns_hostnames),
            private=self._subnets(PRIVATE, vpc.main_route_table_id),
            public=self._subnets(PUBLIC, vpc.main_route_table_id),
            present=frozenset(service for service, owner in owners.items() if owner == OTHERS),
            own=frozenset(service for service, owner in owners.items() if owner == OWN),
            s3_prefix_list="" if config.open_egress else self._s3_prefix_list(),
        )

    def _vpc(self) -> Any:
        try:
            return needed(partial(aws.ec2.get_vpc, id=self._config.vpc_id, opts=self._opts))
        except QuestionRefused as error:
            if "no matching" not in str(error):
                raise
            raise self._config.refused("vpc_id", f"a VPC that exists in {self._config.region}") from error

    def _subnets(self, field: str, main_table: str) -> tuple[GivenSubnet, ...]:
        return tuple(
            self._subnet(field, number, id_, main_table) for number, id_ in enumerate(getattr(self._config, field))
        )

    def _subnet(self, field: str, number: int, id_: str, main_table: str) -> GivenSubnet:
        config = self._config
        try:
            found = needed(partial(aws.ec2.get_subnet, id=id_, vpc_id=config.vpc_id, opts=self._opts))
        except QuestionRefused as error:
            if "no matching" not in str(error):
                raise
            elsewhere = answered(partial(aws.ec2.get_subnet, id=id_, opts=self._opts))
            where = f"is of {elsewhere.vpc_id}" if elsewhere else f"does not exist in {config.region}"
            raise config.refused(field, f"subnets of {config.vpc_id}; {id_} {where}") from error
        zone = found.availability_zone or ""
        if not zone.startswith(config.region):  # it is made up, as where a program is rehearsed without a cloud
            zone = f"{config.region}{SLOTS[number % len(SLOTS)]}"
        return GivenSubnet(id_, zone, found.available_ip_address_count, self._table_of(id_, main_table))

    def _table_of(self, subnet: str, main: str) -> GivenTable:
        """The route table that a subnet is associated with; else it follows the VPC's main one.

        Source: VPC User Guide, "Subnet route tables".
        """
        try:
            return self._table(partial(aws.ec2.get_route_table, subnet_id=subnet))
        except QuestionRefused as error:
            if "no results" not in str(error) and "no matching" not in str(error):
                raise
        if main not in self._tables:
            self._tables[main] = self._table(partial(aws.ec2.get_route_table, route_table_id=main))
        return self._tables[main]

    def _table(self, ask: Callable[..., Any]) -> GivenTable:
        found = needed(partial(ask, opts=self._opts))
        return GivenTable(found.route_table_id or found.id, _told(found.routes))

    def _owner(self, service: str) -> str:
        """Whose endpoint of a service the VPC has: this stack's, somebody else's, or nobody's.

        An interface endpoint counts if it answers under the service's own name. Of several, nobody tells which one
        does: then it is the stack's if one of them is.
        """
        gateway = service in GATEWAYS
        ask = partial(
            aws.ec2.get_vpc_endpoint,
            vpc_id=self._config.vpc_id,
            service_name=(gateway_service if gateway else interface_service)(service, self._place),
            vpc_endpoint_type="Gateway" if gateway else "Interface",
            state="available",  # EC2 shows a deleted one for a while
            opts=self._opts,
        )
        own = self._config.names.of(f"endpoint-{service}")
        try:
            found = needed(ask)
        except QuestionRefused as error:
            if "multiple" not in str(error):
                return NOBODY
            return OTHERS if answered(partial(ask, tags={"Name": own})) is None else OWN
        if (found.tags or {}).get("Name") == own:
            return OWN
        return OTHERS if gateway or found.private_dns_enabled else NOBODY

    def _s3_prefix_list(self) -> str:
        name = gateway_service(S3, self._place)
        found = needed(partial(aws.ec2.get_prefix_list, name=name, opts=self._opts))
        return found.prefix_list_id or found.id

    def members(self) -> int | None:
        """How many of the stack's own instances have an address of the private subnets; None if nobody says."""
        group = {"aws:autoscaling:groupName": self._config.names.group}
        within = [aws.ec2.GetInstancesFilterArgs(name="subnet-id", values=list(self._config.private_subnet_ids))]
        states = ["pending", "running", "stopping", "stopped", "shutting-down"]
        ask = partial(aws.ec2.get_instances, instance_tags=group, filters=within, instance_state_names=states)
        found = answered(partial(ask, opts=self._opts))
        return None if found is None else len(found.ids)


def look_at(config: InfraConfig, place: Place, offering: Collection[str], opts: pulumi.InvokeOptions) -> Given:
    """The network that `config` names, if the fleet can stand in it; `offering` as for `check`.

    Raises:
        ConfigError: it cannot.
        QuestionRefused: AWS does not answer.
    """
    questions = NetworkQuestions(config, place, opts)
    given = questions.look()
    check(config, given, offering)
    check_room(config, given, questions.members())
    warn_if_unreachable(config, given)
    return given


def _told(routes: Sequence[GetRouteTableRouteResult] | None) -> Sequence[GetRouteTableRouteResult] | None:
    """The routes, or None if they are made up: a route of AWS's is to networks, or to a prefix list."""
    ends = [each.cidr_block or each.ipv6_cidr_block for each in routes or ()]
    return None if any(each and "/" not in each for each in ends) else routes


def check(config: InfraConfig, given: Given, offering: Collection[str]) -> None:
    """Refuse a network in which the fleet cannot stand, or in which it would not be private.

    `offering` are the zones in which the instance type can be had.

    Raises:
        ConfigError: subnets share a zone, lack the instance type, or are not what their key says; or the VPC does not
            resolve the names of the endpoints that the stack is to make.
    """
    for field, subnets in ((PRIVATE, given.private), (PUBLIC, given.public)):
        _check_zones_apart(config, field, subnets)
    for subnet in given.private:
        if offering and subnet.zone not in offering:
            zones = ", ".join(sorted(offering))
            most = f"subnets in zones that have {config.instance_type} ({zones}); {subnet.id} is in {subnet.zone}"
            raise config.refused(PRIVATE, most)
        if gateway := subnet.table.internet_gateway:
            leads = f"the route table of {subnet.id}, {subnet.table.id}, leads to {gateway}"
            raise config.refused(PRIVATE, f"subnets without a route to an internet gateway; {leads}")
    for subnet in given.public:
        if subnet.table.routes is not None and not subnet.table.internet_gateway:
            leads = f"the route table of {subnet.id}, {subnet.table.id}, leads to none"
            raise config.refused(PUBLIC, f"subnets with a route to an internet gateway; {leads}")
    if config.interface_endpoints and not given.resolves:
        both = "enableDnsSupport and enableDnsHostnames, by which endpoints answer under their services' names"
        raise config.refused("vpc_id", f"a VPC with {both}; or no endpoints")


def _check_zones_apart(config: InfraConfig, field: str, subnets: Sequence[GivenSubnet]) -> None:
    by_zone: dict[str, str] = {}
    for subnet in subnets:
        if other := by_zone.get(subnet.zone):
            both = f"{other} and {subnet.id} are both in {subnet.zone}"
            raise config.refused(field, f"subnets in different zones, {FEWEST_ZONES} or more; {both}")
        by_zone[subnet.zone] = subnet.id


def check_room(config: InfraConfig, given: Given, members: int | None) -> None:
    """Refuse a group that the private subnets have no addresses for, with replacements and new endpoints.

    `members` are its instances that have an address there already, None if nobody says.

    Raises:
        ConfigError: there are too few.
    """
    free = [subnet.free for subnet in given.private if subnet.free is not None]
    if members is None or len(free) < len(given.private):
        return
    new_endpoints = len(set(config.interface_endpoints) - given.own - given.present)
    room = sum(max(0, each - new_endpoints) for each in free) + members
    if (most := most_at_once(config.max_size, config.instance_weights)) > room:
        taken = f", {new_endpoints} in each for endpoints" if new_endpoints else ""
        fits = f"what fits in tap:privateSubnetIds: up to {most} instances with replacements"
        raise config.refused("max_size", f"{fits}, and there is room for {room}{taken}")


def warn_if_unreachable(config: InfraConfig, given: Given) -> None:
    """Say which instances Systems Manager will not reach, and with it nobody: that is no error of the network's."""
    if set(FOR_SSM) <= {*given.present, *config.interface_endpoints}:
        return
    lost = [subnet for subnet in given.private if not (subnet.table.leads_out and config.open_egress)]
    if not lost:
        return
    where = ", ".join(f"{subnet.id} ({subnet.zone})" for subnet in lost)
    lack = "their route tables have no way out" if config.open_egress else "tap:openEgress is false"
    pulumi.log.warn(
        f"Instances in {where} will not reach Systems Manager, and nobody will reach them: {lack}, and {given.vpc_id} "
        f"has no endpoints of {' and '.join(FOR_SSM)}: a stack makes them with tap:vpcEndpoints = true"
    )
