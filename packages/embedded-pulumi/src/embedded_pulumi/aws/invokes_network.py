"""EC2's data sources about what stands: VPCs, subnets, addresses, instances, services of endpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.datasource import FILTERS, REGION, DataSource
from embedded_pulumi.aws.ec2_queries import SEARCH, everything, narrowed, only, searched
from embedded_pulumi.aws.fields import Flag, Text
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import MapOf, SetOf, response
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


def _listed(operation: str, shown: str, identity: str, property_: str) -> Callable[[Session, Properties], Properties]:
    """The answer of a data source that lists the ids of everything that passes."""

    def answer(aws: Session, args: Properties) -> Properties:
        found = everything(aws, operation, shown, searched(args))
        return {"id": aws.region, "region": aws.region, property_: [each[identity] for each in found]}

    return answer


def _addresses(aws: Session, args: Properties) -> Properties:
    found = everything(aws, "describe_addresses", "Addresses", searched(args))
    return {
        "id": aws.region,
        "region": aws.region,
        "allocationIds": [each["AllocationId"] for each in found if each["Domain"] == "vpc"],
        "publicIps": [each["PublicIp"] for each in found],
    }


def _subnet(aws: Session, args: Properties) -> Properties:
    given = narrowed(_SUBNET_FILTERS, args)
    if args.get("defaultForAz"):
        given.append({"Name": "defaultForAz", "Values": ["true"]})
    found = only("EC2 Subnet", everything(aws, "describe_subnets", "Subnets", searched(args) + given))
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
    found = _members(aws, [*searched(args, "instanceTags"), states])
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
    found = only("EC2 Instance", _members(aws, [*searched(args, "instanceTags"), *named]))
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
    reservations = everything(aws, "describe_instances", "Reservations", filters)
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
    answer = aws.ec2.describe_vpc_endpoint_services(Filters=searched(args) + kind, **named)
    found = only("EC2 VPC Endpoint Service", answer["ServiceDetails"])
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


DATA_SOURCES = (
    DataSource(
        function="aws:ec2/getVpcs:getVpcs", answer=_listed("describe_vpcs", "Vpcs", "VpcId", "ids"), args=SEARCH
    ),
    DataSource(
        function="aws:ec2/getSubnets:getSubnets",
        answer=_listed("describe_subnets", "Subnets", "SubnetId", "ids"),
        args=SEARCH,
    ),
    DataSource(function="aws:ec2/getEips:getEips", answer=_addresses, args=SEARCH),
    DataSource(
        function="aws:ec2/getSubnet:getSubnet",
        answer=_subnet,
        args={**SEARCH, **dict.fromkeys(_SUBNET_FILTERS, Text()), "defaultForAz": Flag()},
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
