"""EC2's data sources about one network: VPC, route tables, gateways, security groups, endpoints."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.datasource import FILTERS, REGION, DataSource, filters_of
from embedded_pulumi.aws.ec2_nat import Eip, NatGateway
from embedded_pulumi.aws.ec2_queries import SEARCH, everything, narrowed, only, searched
from embedded_pulumi.aws.fields import Flag, Text
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import ListOf, pascal, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_VPC = {
    "cidrBlock": Text(),
    "default": Flag(aws="IsDefault"),
    "dhcpOptionsId": Text(),
    "instanceTenancy": Text(),
    "ownerId": Text(),
    "state": Text(),
}
_VPC_FILTERS = {"cidrBlock": "cidr", "dhcpOptionsId": "dhcp-options-id", "id": "vpc-id", "state": "state"}
_BLOCK = {"associationId": Text(), "cidrBlock": Text()}
_IPV6_BLOCK = {
    "associationId": Text(),
    "ipSource": Text(),
    "ipv6AddressAttribute": Text(),
    "ipv6CidrBlock": Text(),
    "ipv6Pool": Text(),
    "networkBorderGroup": Text(),
}
_TABLE_FILTERS = {
    "gatewayId": "association.gateway-id",
    "routeTableId": "route-table-id",
    "subnetId": "association.subnet-id",
    "vpcId": "vpc-id",
}
_ROUTE = {
    "cidrBlock": Text(aws="DestinationCidrBlock"),
    "ipv6CidrBlock": Text(aws="DestinationIpv6CidrBlock"),
    "destinationPrefixListId": Text(),
    "carrierGatewayId": Text(),
    "coreNetworkArn": Text(),
    "egressOnlyGatewayId": Text(aws="EgressOnlyInternetGatewayId"),
    "gatewayId": Text(),
    "instanceId": Text(),
    "localGatewayId": Text(),
    "natGatewayId": Text(),
    "networkInterfaceId": Text(),
    "odbNetworkArn": Text(),
    "transitGatewayId": Text(),
    "vpcEndpointId": Text(),
    "vpcPeeringConnectionId": Text(),
}
_ASSOCIATION = {"gatewayId": Text(), "routeTableAssociationId": Text(), "routeTableId": Text(), "subnetId": Text()}
_ENDPOINT = {
    "ipAddressType": Text(),
    "networkInterfaceIds": ListOf(),
    "ownerId": Text(),
    "policy": Text(aws="PolicyDocument"),
    "routeTableIds": ListOf(),
    "serviceName": Text(),
    "state": Text(),
    "subnetIds": ListOf(),
    "vpcEndpointType": Text(),
    "vpcId": Text(),
}
_ENDPOINT_FILTERS = {
    "id": "vpc-endpoint-id",
    "serviceName": "service-name",
    "state": "vpc-endpoint-state",
    "vpcEndpointType": "vpc-endpoint-type",
    "vpcId": "vpc-id",
}

_NAT_FILTERS = {"id": "nat-gateway-id", "state": "state", "subnetId": "subnet-id", "vpcId": "vpc-id"}


def _vpc(aws: Session, args: Properties) -> Properties:
    """One VPC. `default` narrows if it is true only: the real provider cannot tell false from not set.

    Source: terraform-provider-aws/internal/service/ec2/vpc_data_source.go (01606926a0c0).
    """
    found = only("EC2 VPC", everything(aws, "describe_vpcs", "Vpcs", searched(args) + narrowed(_VPC_FILTERS, args)))
    id_ = found["VpcId"]
    flags = {
        name: bool(aws.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[pascal(name)]["Value"])
        for name in ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")
    }
    filters = [{"Name": "vpc-id", "Values": [id_]}, {"Name": "association.main", "Values": ["true"]}]
    main = everything(aws, "describe_route_tables", "RouteTables", filters)
    block: dict[str, Any] = next(iter(found.get("Ipv6CidrBlockAssociationSet", ())), {})
    return {
        "id": id_,
        "arn": aws.arn("ec2", f"vpc/{id_}", account=found["OwnerId"]),
        "region": aws.region,
        **response(_VPC, found),
        **flags,
        "cidrBlockAssociations": [
            {**response(_BLOCK, each), "state": each["CidrBlockState"]["State"]}
            for each in found.get("CidrBlockAssociationSet", ())
        ],
        "ipv6CidrBlockAssociations": [
            {name: value or "" for name, value in response(_IPV6_BLOCK, each).items()}
            | {"state": each["Ipv6CidrBlockState"]["State"]}
            for each in found.get("Ipv6CidrBlockAssociationSet", ())
        ],
        "ipv6AssociationId": block.get("AssociationId", ""),
        "ipv6CidrBlock": block.get("Ipv6CidrBlock", ""),
        "mainRouteTableId": main[0]["RouteTableId"] if main else "",
        "tags": tags.from_list(found.get("Tags")),
    }


def _route_tables(aws: Session, args: Properties) -> Properties:
    found = everything(
        aws, "describe_route_tables", "RouteTables", searched(args) + narrowed({"vpcId": "vpc-id"}, args)
    )
    return {"id": aws.region, "region": aws.region, "ids": [each["RouteTableId"] for each in found]}


def _route_table(aws: Session, args: Properties) -> Properties:
    """One route table with its routes, without those that nobody made: the local one, propagated ones, S3's.

    The real provider leaves routes to the network interfaces of other accounts out too, which there are none of here.

    Source: terraform-provider-aws/internal/service/ec2/vpc_route_table_data_source.go (08923b68b5ad).
    """
    asked = searched(args) + narrowed(_TABLE_FILTERS, args)
    if not asked:
        raise ProviderError(f"one of {', '.join(_TABLE_FILTERS)}, filters, or tags must be assigned")
    found = everything(aws, "describe_route_tables", "RouteTables", asked)
    if not found:
        raise ProviderError("query returned no results. Please change your search criteria and try again")
    if len(found) > 1:
        raise ProviderError("multiple Route Tables matched; use additional constraints to reduce matches")
    (table,) = found
    owner = table.get("OwnerId") or aws.account_id
    return {
        "id": table["RouteTableId"],
        "routeTableId": table["RouteTableId"],
        "arn": aws.arn("ec2", f"route-table/{table['RouteTableId']}", account=owner),
        "ownerId": owner,
        "region": aws.region,
        "vpcId": table["VpcId"],
        "routes": [_route(each) for each in table["Routes"] if _was_made(each)],
        "associations": [
            {name: "" if value is None else value for name, value in response(_ASSOCIATION, each).items()}
            | {"main": bool(each.get("Main"))}
            for each in table["Associations"]
        ],
        "tags": tags.from_list(table.get("Tags")),
    }


def _was_made(route: dict[str, Any]) -> bool:
    gateway = route.get("GatewayId", "")
    of_endpoint = route.get("DestinationPrefixListId") and gateway.startswith("vpce-")
    return gateway != "local" and route.get("Origin") != "EnableVgwRoutePropagation" and not of_endpoint


def _route(route: dict[str, Any]) -> Properties:
    told = {name: value or "" for name, value in response(_ROUTE, route).items()}
    if told["gatewayId"].startswith("vpce-"):
        told |= {"gatewayId": "", "vpcEndpointId": told["gatewayId"]}
    return told


def _security_groups(aws: Session, args: Properties) -> Properties:
    found = everything(aws, "describe_security_groups", "SecurityGroups", searched(args))
    return {
        "id": aws.region,
        "region": aws.region,
        "arns": [aws.arn("ec2", f"security-group/{each['GroupId']}", account=each["OwnerId"]) for each in found],
        "ids": [each["GroupId"] for each in found],
        "vpcIds": [each["VpcId"] for each in found],
    }


def _nat_gateways(aws: Session, args: Properties) -> Properties:
    asked = searched(args) + narrowed({"vpcId": "vpc-id"}, args)
    found = everything(aws, "describe_nat_gateways", "NatGateways", asked)
    return {"id": aws.region, "region": aws.region, "ids": [each["NatGatewayId"] for each in found]}


def _nat_gateway(aws: Session, args: Properties) -> Properties:
    """One NAT gateway, as the resource of that type tells of it.

    Source: terraform-provider-aws/internal/service/ec2/vpc_nat_gateway_data_source.go (v6.24 or later).
    """
    asked = searched(args) + narrowed(_NAT_FILTERS, args)
    found = only("EC2 NAT Gateway", everything(aws, "describe_nat_gateways", "NatGateways", asked))
    told = NatGateway().describe(aws, found["NatGatewayId"], dict(found), {})
    return {
        "id": found["NatGatewayId"],
        "region": aws.region,
        **{name: value for name, value in told.items() if name not in ("arn", "regionalNatGatewayAutoMode")},
        "state": found["State"],
        "tags": tags.from_list(found.get("Tags")),
    }


def _address(aws: Session, args: Properties) -> Properties:
    """One elastic address.

    Source: terraform-provider-aws/internal/service/ec2/ec2_eip_data_source.go (2025).
    """
    asked = searched(args) + narrowed({"id": "allocation-id", "publicIp": "public-ip"}, args)
    found = only("EC2 EIP", everything(aws, "describe_addresses", "Addresses", asked))
    told = Eip().describe(aws, found["AllocationId"], dict(found), {})
    renamed = {"instanceId": "instance", "networkInterfaceId": "networkInterface"}
    same = ("arn", "associationId", "carrierIp", "customerOwnedIp", "domain", "privateDns", "privateIp", "ptrRecord")
    return {
        "id": found["AllocationId"],
        "region": aws.region,
        **{name: told[name] for name in (*same, "publicDns", "publicIp", "publicIpv4Pool")},
        **{name: told[as_] for name, as_ in renamed.items()},
        "networkInterfaceOwnerId": found.get("NetworkInterfaceOwnerId", ""),
        "customerOwnedIpv4Pool": "",
        "ipamPoolId": "",
        "tags": tags.from_list(found.get("Tags")),
    }


def _endpoint(aws: Session, args: Properties) -> Properties:
    """One VPC endpoint.

    Source: terraform-provider-aws/internal/service/ec2/vpc_endpoint_data_source.go (08923b68b5ad).
    """
    asked = searched(args) + narrowed(_ENDPOINT_FILTERS, args)
    found = only("EC2 VPC Endpoint", everything(aws, "describe_vpc_endpoints", "VpcEndpoints", asked))
    named = [{"Name": "prefix-list-name", "Values": [found["ServiceName"]]}]
    list_ = next(iter(everything(aws, "describe_prefix_lists", "PrefixLists", named)), {})
    return {
        "id": found["VpcEndpointId"],
        "arn": aws.arn("ec2", f"vpc-endpoint/{found['VpcEndpointId']}", account=found["OwnerId"]),
        "region": aws.region,
        **response(_ENDPOINT, {"IpAddressType": "ipv4", "VpcEndpointType": "Gateway", **found}),
        "serviceRegion": found.get("ServiceRegion", aws.region),
        "requesterManaged": bool(found.get("RequesterManaged")),
        "privateDnsEnabled": bool(found.get("PrivateDnsEnabled")),
        "securityGroupIds": [each["GroupId"] for each in found.get("Groups", ())],
        "dnsEntries": [
            {"dnsName": each.get("DnsName", ""), "hostedZoneId": each.get("HostedZoneId", "")}
            for each in found.get("DnsEntries", ())
        ],
        "dnsOptions": [],
        "prefixListId": list_.get("PrefixListId", ""),
        "cidrBlocks": list_.get("Cidrs", []),
        "tags": tags.from_list(found.get("Tags")),
    }


def _prefix_list(aws: Session, args: Properties) -> Properties:
    """One of AWS's own prefix lists, such as S3's.

    Source: terraform-provider-aws/internal/service/ec2/vpc_prefix_list_data_source.go (0d551e1c8a11).
    """
    asked = filters_of(args) + narrowed({"name": "prefix-list-name", "prefixListId": "prefix-list-id"}, args)
    found = only("EC2 Prefix List", everything(aws, "describe_prefix_lists", "PrefixLists", asked))
    return {
        "id": found["PrefixListId"],
        "prefixListId": found["PrefixListId"],
        "name": found["PrefixListName"],
        "region": aws.region,
        "cidrBlocks": found.get("Cidrs", []),
    }


DATA_SOURCES = (
    DataSource(
        function="aws:ec2/getVpc:getVpc",
        answer=_vpc,
        args={**SEARCH, **dict.fromkeys(_VPC_FILTERS, Text()), "default": Flag()},
    ),
    DataSource(
        function="aws:ec2/getRouteTables:getRouteTables", answer=_route_tables, args={**SEARCH, "vpcId": Text()}
    ),
    DataSource(
        function="aws:ec2/getRouteTable:getRouteTable",
        answer=_route_table,
        args={**SEARCH, **dict.fromkeys(_TABLE_FILTERS, Text())},
    ),
    DataSource(function="aws:ec2/getSecurityGroups:getSecurityGroups", answer=_security_groups, args=SEARCH),
    DataSource(
        function="aws:ec2/getVpcEndpoint:getVpcEndpoint",
        answer=_endpoint,
        args={**SEARCH, **dict.fromkeys(_ENDPOINT_FILTERS, Text())},
        unsupported=("serviceRegion",),
    ),
    DataSource(
        function="aws:ec2/getPrefixList:getPrefixList",
        answer=_prefix_list,
        args={"filters": FILTERS, "name": Text(), "prefixListId": Text(), "region": REGION},
    ),
    DataSource(
        function="aws:ec2/getNatGateways:getNatGateways", answer=_nat_gateways, args={**SEARCH, "vpcId": Text()}
    ),
    DataSource(
        function="aws:ec2/getNatGateway:getNatGateway",
        answer=_nat_gateway,
        args={**SEARCH, **dict.fromkeys(_NAT_FILTERS, Text())},
    ),
    DataSource(
        function="aws:ec2/getElasticIp:getElasticIp",
        answer=_address,
        args={**SEARCH, "id": Text(), "publicIp": Text()},
    ),
)
