"""EC2's data sources about what stands: networks with their routes and endpoints, addresses, instances."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.datasource import FILTERS, REGION, DataSource, filters_of
from embedded_pulumi.aws.fields import Flag, Text
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import ListOf, MapOf, SetOf, pascal, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_RUNNING = ("running",)
"""The states that count if none is named (terraform-provider-aws/internal/service/ec2/ec2_instances_data_source.go)."""

_SUBNET = {
    "assignIpv6AddressOnCreation": Flag(),
    "availabilityZone": Text(),
    "availabilityZoneId": Text(),
    "cidrBlock": Text(),
    "defaultForAz": Flag(),
    "enableDns64": Flag(),
    "ipv6Native": Flag(),
    "mapPublicIpOnLaunch": Flag(),
    "ownerId": Text(),
    "state": Text(),
    "vpcId": Text(),
}
_SUBNET_FILTERS = {
    "availabilityZone": "availabilityZone",
    "availabilityZoneId": "availabilityZoneId",
    "cidrBlock": "cidrBlock",
    "id": "subnet-id",
    "state": "state",
    "vpcId": "vpc-id",
}
_INSTANCE = {
    "ami": Text(aws="ImageId"),
    "ebsOptimized": Flag(),
    "instanceType": Text(),
    "keyName": Text(),
    "privateDns": Text(aws="PrivateDnsName"),
    "privateIp": Text(aws="PrivateIpAddress"),
    "publicDns": Text(aws="PublicDnsName"),
    "publicIp": Text(aws="PublicIpAddress"),
    "subnetId": Text(),
}


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


def _asked(args: Properties, key: str = "tags") -> list[dict[str, Any]]:
    """The filters and tags of the arguments as EC2's filters."""
    named = [{"Name": f"tag:{name}", "Values": [value]} for name, value in (args.get(key) or {}).items()]
    return filters_of(args) + named


def _listed(operation: str, shown: str, identity: str, property_: str) -> Callable[[Session, Properties], Properties]:
    """The answer of a data source that lists the ids of everything that passes."""

    def answer(aws: Session, args: Properties) -> Properties:
        found = _all(aws, operation, shown, _asked(args))
        return {"id": aws.region, "region": aws.region, property_: [each[identity] for each in found]}

    return answer


def _all(aws: Session, operation: str, shown: str, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ec2 = aws.ec2
    if ec2.can_paginate(operation):
        pages = ec2.get_paginator(operation).paginate(Filters=filters)
        return [each for page in pages for each in page[shown]]
    return list(getattr(ec2, operation)(Filters=filters)[shown])


def _addresses(aws: Session, args: Properties) -> Properties:
    found = _all(aws, "describe_addresses", "Addresses", _asked(args))
    return {
        "id": aws.region,
        "region": aws.region,
        "allocationIds": [each["AllocationId"] for each in found if each["Domain"] == "vpc"],
        "publicIps": [each["PublicIp"] for each in found],
    }


def _vpc(aws: Session, args: Properties) -> Properties:
    """One VPC. `default` narrows if it is true only: the real provider cannot tell false from not set.

    Source: terraform-provider-aws/internal/service/ec2/vpc_data_source.go (01606926a0c0).
    """
    found = _only("EC2 VPC", _all(aws, "describe_vpcs", "Vpcs", _asked(args) + _given(_VPC_FILTERS, args)))
    id_ = found["VpcId"]
    flags = {
        name: bool(aws.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[pascal(name)]["Value"])
        for name in ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")
    }
    filters = [{"Name": "vpc-id", "Values": [id_]}, {"Name": "association.main", "Values": ["true"]}]
    main = _all(aws, "describe_route_tables", "RouteTables", filters)
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
        "ipv6AssociationId": block.get("AssociationId", ""),
        "ipv6CidrBlock": block.get("Ipv6CidrBlock", ""),
        "mainRouteTableId": main[0]["RouteTableId"] if main else "",
        "tags": tags.from_list(found.get("Tags")),
    }


def _given(filters: Mapping[str, str], args: Properties) -> list[dict[str, Any]]:
    """EC2's filters for the arguments that are set, by the names that EC2 has for them."""
    given = [{"Name": filter_, "Values": [args[name]]} for name, filter_ in filters.items() if args.get(name)]
    return given + ([{"Name": "is-default", "Values": ["true"]}] if args.get("default") else [])


def _route_tables(aws: Session, args: Properties) -> Properties:
    found = _all(aws, "describe_route_tables", "RouteTables", _asked(args) + _given({"vpcId": "vpc-id"}, args))
    return {"id": aws.region, "region": aws.region, "ids": [each["RouteTableId"] for each in found]}


def _route_table(aws: Session, args: Properties) -> Properties:
    """One route table with its routes, without those that nobody made: the local one, propagated ones, S3's.

    The real provider leaves routes to the network interfaces of other accounts out too, which there are none of here.

    Source: terraform-provider-aws/internal/service/ec2/vpc_route_table_data_source.go (08923b68b5ad).
    """
    asked = _asked(args) + _given(_TABLE_FILTERS, args)
    if not asked:
        raise ProviderError(f"one of {', '.join(_TABLE_FILTERS)}, filters, or tags must be assigned")
    found = _all(aws, "describe_route_tables", "RouteTables", asked)
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
    found = _all(aws, "describe_security_groups", "SecurityGroups", _asked(args))
    return {
        "id": aws.region,
        "region": aws.region,
        "arns": [aws.arn("ec2", f"security-group/{each['GroupId']}", account=each["OwnerId"]) for each in found],
        "ids": [each["GroupId"] for each in found],
        "vpcIds": [each["VpcId"] for each in found],
    }


def _endpoint(aws: Session, args: Properties) -> Properties:
    """One VPC endpoint.

    Source: terraform-provider-aws/internal/service/ec2/vpc_endpoint_data_source.go (08923b68b5ad).
    """
    asked = _asked(args) + _given(_ENDPOINT_FILTERS, args)
    found = _only("EC2 VPC Endpoint", _all(aws, "describe_vpc_endpoints", "VpcEndpoints", asked))
    named = [{"Name": "prefix-list-name", "Values": [found["ServiceName"]]}]
    list_ = next(iter(_all(aws, "describe_prefix_lists", "PrefixLists", named)), {})
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
    asked = filters_of(args) + _given({"name": "prefix-list-name", "prefixListId": "prefix-list-id"}, args)
    found = _only("EC2 Prefix List", _all(aws, "describe_prefix_lists", "PrefixLists", asked))
    return {
        "id": found["PrefixListId"],
        "prefixListId": found["PrefixListId"],
        "name": found["PrefixListName"],
        "region": aws.region,
        "cidrBlocks": found.get("Cidrs", []),
    }


def _subnet(aws: Session, args: Properties) -> Properties:
    given = _given(_SUBNET_FILTERS, args)
    if args.get("defaultForAz"):
        given.append({"Name": "defaultForAz", "Values": ["true"]})
    found = _only("EC2 Subnet", _all(aws, "describe_subnets", "Subnets", _asked(args) + given))
    return {
        "id": found["SubnetId"],
        "arn": found["SubnetArn"],
        "region": aws.region,
        **response(_SUBNET, found),
        "availableIpAddressCount": found.get("AvailableIpAddressCount", 0),
        "tags": tags.from_list(found.get("Tags")),
    }


def _instances(aws: Session, args: Properties) -> Properties:
    states = {"Name": "instance-state-name", "Values": args.get("instanceStateNames") or list(_RUNNING)}
    found = _members(aws, [*_asked(args, "instanceTags"), states])
    return {
        "id": aws.region,
        "region": aws.region,
        "ids": [each["InstanceId"] for each in found],
        "privateIps": [each["PrivateIpAddress"] for each in found if each.get("PrivateIpAddress")],
        "publicIps": [each["PublicIpAddress"] for each in found if each.get("PublicIpAddress")],
        "ipv6Addresses": [],
    }


def _instance(aws: Session, args: Properties) -> Properties:
    named = [{"Name": "instance-id", "Values": [args["instanceId"]]}] if args.get("instanceId") else []
    found = _only("EC2 Instance", _members(aws, [*_asked(args, "instanceTags"), *named]))
    if found["State"]["Name"] == "terminated":
        raise ProviderError("Your query returned no results. Please change your search criteria and try again.")
    return {
        "id": found["InstanceId"],
        "instanceId": found["InstanceId"],
        "arn": aws.arn("ec2", f"instance/{found['InstanceId']}"),
        "region": aws.region,
        **response(_INSTANCE, found),
        "availabilityZone": found["Placement"]["AvailabilityZone"],
        "tenancy": found["Placement"].get("Tenancy", "default"),
        "instanceState": found["State"]["Name"],
        "monitoring": found["Monitoring"]["State"] in {"enabled", "pending"},
        "tags": tags.from_list(found.get("Tags")),
        "vpcSecurityGroupIds": [each["GroupId"] for each in found.get("SecurityGroups", ())],
    }


def _members(aws: Session, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    reservations = _all(aws, "describe_instances", "Reservations", filters)
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def _endpoint_service(aws: Session, args: Properties) -> Properties:
    """The service of an endpoint; the short name of one of AWS's will do.

    Source: terraform-provider-aws/internal/service/ec2/vpc_endpoint_service_data_source.go (2026).
    """
    name, short = args.get("serviceName"), args.get("service")
    if short:
        name = f"com.amazonaws.{aws.region}.{short}"
    kind = [{"Name": "service-type", "Values": [args["serviceType"]]}] if args.get("serviceType") else []
    named = {"ServiceNames": [name]} if name else {}
    answer = aws.ec2.describe_vpc_endpoint_services(Filters=_asked(args) + kind, **named)
    found = _only("EC2 VPC Endpoint Service", answer["ServiceDetails"])
    return {
        "id": found["ServiceName"],
        "region": aws.region,
        "serviceName": found["ServiceName"],
        "serviceType": found["ServiceType"][0]["ServiceType"],
        "serviceRegion": found.get("ServiceRegion", aws.region),
        "serviceId": found.get("ServiceId", ""),
        "arn": "",
        "acceptanceRequired": found["AcceptanceRequired"],
        "availabilityZones": sorted(found["AvailabilityZones"]),
        "baseEndpointDnsNames": found["BaseEndpointDnsNames"],
        "managesVpcEndpoints": found["ManagesVpcEndpoints"],
        "owner": found["Owner"],
        "privateDnsName": found.get("PrivateDnsName", ""),
        "privateDnsNames": [each["PrivateDnsName"] for each in found.get("PrivateDnsNames", ())],
        "supportedIpAddressTypes": found.get("SupportedIpAddressTypes", []),
        "tags": tags.from_list(found.get("Tags")),
        "vpcEndpointPolicySupported": found["VpcEndpointPolicySupported"],
    }


def _only(what: str, found: list[dict[str, Any]]) -> Mapping[str, Any]:
    if not found:
        raise ProviderError(f"no matching {what} found")
    if len(found) > 1:
        raise ProviderError(f"multiple {what}s matched; use additional constraints to reduce matches to a single one")
    return found[0]


_SEARCH = {"filters": FILTERS, "region": REGION, "tags": MapOf()}

DATA_SOURCES = (
    DataSource(
        function="aws:ec2/getVpcs:getVpcs", answer=_listed("describe_vpcs", "Vpcs", "VpcId", "ids"), args=_SEARCH
    ),
    DataSource(
        function="aws:ec2/getSubnets:getSubnets",
        answer=_listed("describe_subnets", "Subnets", "SubnetId", "ids"),
        args=_SEARCH,
    ),
    DataSource(
        function="aws:ec2/getVpc:getVpc",
        answer=_vpc,
        args={**_SEARCH, **dict.fromkeys(_VPC_FILTERS, Text()), "default": Flag()},
    ),
    DataSource(
        function="aws:ec2/getRouteTables:getRouteTables", answer=_route_tables, args={**_SEARCH, "vpcId": Text()}
    ),
    DataSource(
        function="aws:ec2/getRouteTable:getRouteTable",
        answer=_route_table,
        args={**_SEARCH, **dict.fromkeys(_TABLE_FILTERS, Text())},
    ),
    DataSource(function="aws:ec2/getSecurityGroups:getSecurityGroups", answer=_security_groups, args=_SEARCH),
    DataSource(
        function="aws:ec2/getVpcEndpoint:getVpcEndpoint",
        answer=_endpoint,
        args={**_SEARCH, **dict.fromkeys(_ENDPOINT_FILTERS, Text())},
        unsupported=("serviceRegion",),
    ),
    DataSource(
        function="aws:ec2/getPrefixList:getPrefixList",
        answer=_prefix_list,
        args={"filters": FILTERS, "name": Text(), "prefixListId": Text(), "region": REGION},
    ),
    DataSource(function="aws:ec2/getEips:getEips", answer=_addresses, args=_SEARCH),
    DataSource(
        function="aws:ec2/getSubnet:getSubnet",
        answer=_subnet,
        args={**_SEARCH, **dict.fromkeys(_SUBNET_FILTERS, Text()), "defaultForAz": Flag()},
        unsupported=("ipv6CidrBlock",),
    ),
    DataSource(
        function="aws:ec2/getInstances:getInstances",
        answer=_instances,
        args={
            "filters": FILTERS,
            "instanceStateNames": SetOf(),
            "instanceTags": MapOf(),
            "region": REGION,
        },
    ),
    DataSource(
        function="aws:ec2/getInstance:getInstance",
        answer=_instance,
        args={
            "filters": FILTERS,
            "instanceId": Text(),
            "instanceTags": MapOf(),
            "region": REGION,
            "tags": MapOf(),
        },
        unsupported=("getPasswordData", "getUserData"),
    ),
    DataSource(
        function="aws:ec2/getVpcEndpointService:getVpcEndpointService",
        answer=_endpoint_service,
        args={
            "filters": FILTERS,
            "service": Text(),
            "serviceName": Text(),
            "serviceType": Text(),
            "tags": MapOf(),
        },
        unsupported=("serviceRegions",),
    ),
)
