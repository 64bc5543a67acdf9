"""Gateways, route tables and routes: what EC2 demands of them, and routes whose target is gone.

moto attaches any number of internet gateways to a VPC, takes a gateway away from under public addresses, answers a
second association of a subnet with the first one, lets a VPC lose its main route table or have another VPC's, and says
of every route that it is active.

Source: EC2 API reference, AttachInternetGateway, DetachInternetGateway, AssociateRouteTable, DeleteRouteTable ("You
can't delete the main route table"), ReplaceRouteTableAssociation; botocore 1.44.5, ec2 Route.State; EC2's words:
binlab/terraform-aws-vault-ha-raft 54 (a second gateway), hashicorp/terraform 497 (mapped addresses),
hashicorp/terraform-provider-aws 38960 (associations), read 2026-11-29.
"""

from __future__ import annotations

from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import regional_nat, store

TARGETS = (
    "CarrierGatewayId", "CoreNetworkArn", "EgressOnlyInternetGatewayId", "GatewayId", "InstanceId", "LocalGatewayId",
    "LocalTarget", "NatGatewayId", "NetworkInterfaceId", "OdbNetworkArn", "TransitGatewayId", "VpcEndpointId",
    "VpcPeeringConnectionId",
)  # fmt: skip
NOT_HERE = ("CoreNetworkArn", "LocalGatewayId", "LocalTarget", "OdbNetworkArn")
"""Targets that moto has no resource for."""

GONE = frozenset({"terminated", "shutting-down", "deleted", "deleting", "failed"})
"""States in which a target takes no traffic any more."""


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "AttachInternetGateway"): _attach_gateway,
        ("ec2", "DetachInternetGateway"): _detach_gateway,
        ("ec2", "AssociateRouteTable"): _associate,
        ("ec2", "DeleteRouteTable"): _delete_table,
        ("ec2", "DescribeRouteTables"): _describe_tables,
        ("ec2", "DisassociateRouteTable"): _disassociate,
        ("ec2", "ReplaceRouteTableAssociation"): _replace_association,
    }


def require_target(region: str, params: dict[str, Any]) -> None:
    """Refuse a route that names no target or several, or one that does not exist; moto makes it and ignores the target.

    Raises:
        AwsError: `MissingParameter`, `InvalidParameterCombination`, `Invalid...ID.NotFound`; `NotImplemented` for a
            target that is not part of the embedded AWS.
    """
    given = [name for name in TARGETS if params.get(name)]
    if not given:
        raise AwsError("MissingParameter", "The request must contain exactly one target of the route")
    if len(given) > 1:
        message = f"A route has one target, and these are given together: {', '.join(given)}"
        raise AwsError("InvalidParameterCombination", message)
    (name,) = given
    if name in NOT_HERE:
        raise AwsError("NotImplemented", f"{name} as the target of a route is not part of the embedded AWS.", 501)
    ec2 = store.backend(region)
    for of, there, code in (
        ("CarrierGatewayId", ec2.carrier_gateways, "InvalidCarrierGatewayID.NotFound"),
        ("TransitGatewayId", ec2.transit_gateways, "InvalidTransitGatewayID.NotFound"),
    ):
        if name == of and params[name] not in there:
            raise AwsError(code, f"The {of.removesuffix('Id')} ID '{params[name]}' does not exist")


def require_attached(region: str, table_id: str, gateway_id: str | None) -> None:
    """Refuse a route through an internet gateway that is not attached to the table's VPC.

    Raises:
        AwsError: `InvalidParameterValue`.
    """
    ec2 = store.backend(region)
    table, gateway = ec2.route_tables.get(table_id), ec2.internet_gateways.get(gateway_id)
    if table is not None and gateway is not None and (gateway.vpc is None or gateway.vpc.id != table.vpc_id):
        message = f"route table {table_id} and network gateway {gateway_id} belong to different networks"
        raise AwsError("InvalidParameterValue", message)


def _attach_gateway(call: Call) -> dict[str, Any]:
    gateways = store.backend(call.region).internet_gateways
    wished, vpc = gateways.get(call.params["InternetGatewayId"]), call.params["VpcId"]
    taken = any(each.vpc is not None and each.vpc.id == vpc for each in gateways.values())
    if wished is not None and wished.vpc is None and taken:
        raise AwsError("InvalidParameterValue", f"Network {vpc} already has an internet gateway attached")
    return call.forward()


def _detach_gateway(call: Call) -> dict[str, Any]:
    ec2, vpc = store.backend(call.region), call.params["VpcId"]
    gateway = ec2.internet_gateways.get(call.params["InternetGatewayId"])
    if gateway is not None and gateway.vpc is not None and gateway.vpc.id == vpc and _has_public_addresses(ec2, vpc):
        message = (
            f"Network {vpc} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        )
        raise AwsError("DependencyViolation", message)
    return call.forward()


def _has_public_addresses(ec2: Any, vpc: str) -> bool:
    """Whether an Elastic IP address or an instance's own public address is mapped into a VPC."""
    interfaces = [address.eni for address in ec2.addresses if address.eni is not None]
    instances = [address.instance for address in ec2.addresses if address.instance is not None]
    instances += [each for each in ec2.all_instances() if each.public_ip]
    regional = any(gateway.taken for gateway in regional_nat.of_vpc(ec2, vpc))
    return (
        regional
        or any(each.subnet.vpc_id == vpc for each in interfaces)
        or any(each.vpc_id == vpc for each in instances if each.state not in GONE)
    )


def _associate(call: Call) -> dict[str, Any]:
    ec2, params = store.backend(call.region), call.params
    wished = ec2.route_tables.get(params["RouteTableId"])
    target = params.get("SubnetId") or params.get("GatewayId")
    if not target:
        raise AwsError("MissingParameter", "Either subnetId or gatewayId must be specified")
    for table in ec2.route_tables.values():
        if wished is not None and table is not wished and target in table._associations.values():  # noqa: SLF001 - moto has no reader
            message = f"the specified association for route table {wished.id} conflicts with an existing association"
            raise AwsError("Resource.AlreadyAssociated", message)
    subnet = next((each[target] for each in ec2.subnets.values() if target in each), None)
    if wished is not None and subnet is not None and subnet.vpc_id != wished.vpc_id:
        message = f"route table {wished.id} and subnet {target} belong to different networks"
        raise AwsError("InvalidParameterValue", message)
    return call.forward()


def _delete_table(call: Call) -> dict[str, Any]:
    table = store.backend(call.region).route_tables.get(call.params["RouteTableId"])
    if table is not None and table.main_association_id is not None:
        raise AwsError("DependencyViolation", f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
    return call.forward()


def _disassociate(call: Call) -> dict[str, Any]:
    association = call.params["AssociationId"]
    if any(each.main_association_id == association for each in store.backend(call.region).route_tables.values()):
        message = f"cannot disassociate the main route table association {association}"
        raise AwsError("InvalidParameterValue", message)
    return call.forward()


def _replace_association(call: Call) -> dict[str, Any]:
    tables, association = store.backend(call.region).route_tables, call.params["AssociationId"]
    wished = tables.get(call.params["RouteTableId"])
    present = next((each for each in tables.values() if association in each.all_associations_ids), None)
    if wished is not None and present is not None and wished.vpc_id != present.vpc_id:
        message = f"route table {wished.id} and route table {present.id} belong to different networks"
        raise AwsError("InvalidParameterValue", message)
    return call.forward()


def _describe_tables(call: Call) -> dict[str, Any]:
    """Tell which routes lead nowhere."""
    result = call.forward()
    ec2 = store.backend(call.region)
    for table in result["RouteTables"]:
        for route in table["Routes"]:
            if _leads_nowhere(ec2, route, table["VpcId"]):
                route["State"] = "blackhole"
    return result


def _leads_nowhere(ec2: Any, route: dict[str, Any], vpc: str) -> bool:
    """Whether a route's target is gone, or no longer attached to the VPC."""
    gateway = route.get("GatewayId", "")
    if gateway.startswith("igw-"):
        attached = ec2.internet_gateways.get(gateway)
        return attached is None or attached.vpc is None or attached.vpc.id != vpc
    if gateway.startswith("vgw-"):
        return gateway not in ec2.vpn_gateways or vpc not in ec2.vpn_gateways[gateway].attachments
    targets = (
        ("NatGatewayId", ec2.nat_gateways),
        ("InstanceId", {each.id: each for each in ec2.all_instances()} if route.get("InstanceId") else {}),
        ("NetworkInterfaceId", ec2.enis),
        ("EgressOnlyInternetGatewayId", ec2.egress_only_internet_gateways),
        ("TransitGatewayId", ec2.transit_gateways),
        ("VpcPeeringConnectionId", ec2.vpc_pcxs),
    )
    return any(route.get(name) and _is_gone(known.get(route[name])) for name, known in targets)


def _is_gone(target: Any) -> bool:
    if target is None:
        return True
    status = getattr(target, "status", None)  # a peering connection's
    return getattr(target, "state", "") in GONE or (isinstance(status, dict) and status["Code"] in GONE)
