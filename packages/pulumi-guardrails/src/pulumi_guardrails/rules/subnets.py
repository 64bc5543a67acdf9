"""Where things stand and which way they get out: VPCs, zones, subnets, routes, gateways, endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.network import ANYWHERE, default_routes, includes, is_public, may_lead_to, sources, tables_of
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import (
    DEFAULT_SUBNET,
    DEFAULT_VPC,
    EIP,
    EIP_ASSOCIATION,
    INSTANCE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    NETWORK_ACL,
    NETWORK_ACL_RULE,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
)


@rule(MANDATORY, of=(DEFAULT_SUBNET, DEFAULT_VPC), controls=("CKV_AWS_148",), mend="Make a VPC of your own.")
def no_default_vpc(resource: Resource) -> Iterator[str]:
    """Nothing is built in the default VPC.

    Every subnet of it is public, and everybody's experiments are in it.
    """
    yield f"{resource.name} is the default VPC, or a subnet of it"


ZONES = frozenset(f"aws:index/{name}:{name}" for name in ("getAvailabilityZones", "getAvailabilityZone"))


@rule(
    MANDATORY,
    controls=("seed:1",),
    mend="Take zones from aws.get_availability_zones(state='available'), and the region from configuration.",
)
def zones_from_region(program: Program) -> Iterator[Violation]:
    """Zones are asked of AWS, not written down.

    A zone that is written down binds the program to one region, and to what one account happens to see.
    """
    asked = program.invokes is None or bool(program.invokes & ZONES)
    for resource in program.of(SUBNET, INSTANCE):
        zone = resource.value("availabilityZone")
        if not isinstance(zone, str):
            continue
        if program.region and not zone.startswith(program.region):
            yield Violation(resource.urn, f"zone {zone} is not in the region {program.region}")
        elif not asked:
            yield Violation(resource.urn, f"zone {zone} is written down: the program never asks AWS for its zones")


@rule(
    ADVISORY,
    controls=("prowler vpc_subnet_different_az",),
    mend="Spread each kind of subnet over two or more zones.",
)
def subnet_zones(program: Program) -> Iterator[Violation]:
    """The public and the private subnets of a VPC each stand in two zones or more.

    A zone that fails takes everything in it along.
    """
    for vpc in program.of(VPC):
        subnets = program.users(vpc, SUBNET, by="vpcId")
        for public in (True, False):
            zones = [each.text("availabilityZone") for each in subnets if is_public(program, each) == public]
            if len(set(zones)) == 1 and None not in zones:
                kind = "public" if public else "private"
                yield Violation(vpc.urn, f"its {kind} subnets are all in the zone {zones[0]}")


@rule(MANDATORY, controls=("seed:7",), mend="Add aws.ec2.RouteTableAssociation(subnet_id=..., route_table_id=...).")
def subnet_route_table(program: Program) -> Iterator[Violation]:
    """Every subnet is associated with a route table.

    A subnet without one follows the VPC's main table, which nobody looks at.
    """
    for subnet in program.of(SUBNET):
        if not program.users(subnet, ROUTE_TABLE_ASSOCIATION, by="subnetId"):
            yield Violation(subnet.urn, "it follows the main route table, because it is associated with none")


@rule(
    MANDATORY,
    of=SUBNET,
    controls=("FSBP EC2.15", "CKV_AWS_130"),
    mend="Leave map_public_ip_on_launch out, or set it to False, in public subnets too.",
)
def subnet_no_public_ip(subnet: Resource) -> Iterator[str]:
    """Subnets give out no public addresses.

    An instance that lands there by mistake is on the internet. NAT gateways bring their own address.
    """
    if subnet.is_true("mapPublicIpOnLaunch"):
        yield "instances launched here get a public address (mapPublicIpOnLaunch)"


@rule(ADVISORY, controls=("seed:7",), mend="Associate a subnet with it, or remove it.")
def route_table_used(program: Program) -> Iterator[Violation]:
    """Every route table has a subnet.

    A table that no subnet follows is a change that was never finished.
    """
    for table in program.of(ROUTE_TABLE):
        if not program.users(table, ROUTE_TABLE_ASSOCIATION, by="routeTableId"):
            yield Violation(table.urn, "no subnet follows this route table")


@rule(
    MANDATORY,
    controls=("seed:7", "CKV2_AWS_35"),
    mend="Give every private route table a default route to a NAT gateway.",
)
def private_default_route(program: Program) -> Iterator[Violation]:
    """The private subnets of a VPC with NAT gateways all have a way out.

    A zone that was forgotten works until its first instance wants to install something.
    """
    vpcs = {
        vpc.urn
        for gateway in program.of(NAT_GATEWAY)
        for home in (gateway, *program.targets(gateway, "subnetId", SUBNET))  # a regional one is in no subnet
        for vpc in program.targets(home, "vpcId", VPC)
    }
    for subnet in program.of(SUBNET):
        served = any(vpc.urn in vpcs for vpc in program.targets(subnet, "vpcId", VPC))
        tables = tables_of(program, subnet)
        if served and tables and not any(True for table in tables for _ in default_routes(program, table)):
            yield Violation(subnet.urn, "its VPC has NAT gateways, and its route table leads to none of them")


@rule(
    MANDATORY,
    controls=("seed:7", "CKV2_AWS_35"),
    mend="Put it into a subnet whose route table has a default route to an internet gateway.",
)
def nat_gateway_public_subnet(program: Program) -> Iterator[Violation]:
    """NAT gateways are in public subnets.

    Without a route to an internet gateway a NAT gateway leads nowhere.
    """
    for gateway in program.of(NAT_GATEWAY):
        if gateway.value("connectivityType") == "private":
            continue
        for subnet in program.targets(gateway, "subnetId", SUBNET):
            if not may_lead_to(program, subnet, INTERNET_GATEWAY):
                yield Violation(gateway.urn, f"its subnet {subnet.name} has no route to an internet gateway")


@rule(
    ADVISORY,
    controls=("seed:7",),
    mend="One NAT gateway for each zone. To save its price on purpose, write an exception.",
)
def nat_gateway_per_zone(program: Program) -> Iterator[Violation]:
    """A NAT gateway serves its own zone; a regional one serves each from there.

    A zone that fails takes the way out of every other zone along, and traffic between zones is paid for.
    """
    for gateway in program.of(NAT_GATEWAY):
        if gateway.value("availabilityMode") == "regional":
            continue  # it has addresses in each zone
        homes = {subnet.text("availabilityZone") for subnet in program.targets(gateway, "subnetId", SUBNET)}
        routes = program.users(gateway, ROUTE, by="natGatewayId")
        tables = [table for route in routes for table in program.targets(route, "routeTableId", ROUTE_TABLE)]
        follow = [each for table in tables for each in program.users(table, ROUTE_TABLE_ASSOCIATION, by="routeTableId")]
        for subnet in (one for each in follow for one in program.targets(each, "subnetId", SUBNET)):
            zone = subnet.text("availabilityZone")
            if None not in homes and zone is not None and zone not in homes:
                message = f"{subnet.name} in {zone} depends on this gateway in {', '.join(map(str, homes))}"
                yield Violation(gateway.urn, message)


@rule(ADVISORY, controls=("FSBP EC2.12", "CKV2_AWS_19"), mend="Attach it, or release it.")
def address_used(program: Program) -> Iterator[Violation]:
    """Every Elastic IP address is in use.

    AWS charges for it, and a forgotten address is one that an attacker may find still allowed somewhere.
    """
    for address in program.of(EIP):
        attached = address.raw("instance") is not None or address.raw("networkInterface") is not None
        if not attached and not program.users(address, NAT_GATEWAY, EIP_ASSOCIATION):
            yield Violation(address.urn, "nothing uses this address")


@rule(
    ADVISORY,
    controls=("FSBP EC2.57",),
    mend="Set private_dns_enabled on the endpoint, and DNS hostnames and support on the VPC.",
)
def endpoint_private_dns(program: Program) -> Iterator[Violation]:
    """Interface endpoints answer under the service's own name.

    Without private names the SDKs keep calling the public endpoint, which a closed network does not reach.
    """
    for endpoint in program.of(VPC_ENDPOINT):
        if endpoint.value("vpcEndpointType") != "Interface":
            continue
        if endpoint.knows("privateDnsEnabled") and not endpoint.is_true("privateDnsEnabled"):
            yield Violation(endpoint.urn, "it has no private DNS name")
        for vpc in program.targets(endpoint, "vpcId", VPC):
            if vpc.knows("enableDnsHostnames") and not vpc.is_true("enableDnsHostnames"):
                yield Violation(endpoint.urn, f"{vpc.name} has no DNS hostnames, so its private name does not resolve")


ADMIN_PORTS = (22, 3389)


@rule(
    MANDATORY,
    of=(NETWORK_ACL, NETWORK_ACL_RULE),
    controls=("FSBP EC2.21", "CIS 5.0 5.2", "CKV_AWS_231", "CKV_AWS_232", "CKV_AWS_352"),
    mend="Narrow the range of addresses, or the ports.",
)
def network_acl_admin_ports(resource: Resource) -> Iterator[str]:
    """No network ACL lets the world in on ports 22 and 3389.

    It is the last door before the security groups.
    """
    own = [] if resource.value("egress") is True else [resource.inputs]
    for entry in resource.items("ingress") if resource.type == NETWORK_ACL else own:
        allows = (entry.get("action") or entry.get("ruleAction")) == "allow"
        for port in ADMIN_PORTS:
            if allows and includes(entry, port) and set(sources(entry)) & set(ANYWHERE):
                yield f"it lets anywhere in on port {port}"
