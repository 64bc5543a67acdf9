"""EC2's types: what is refused in the preview, what replaces, and which outputs are unknown until the update is done.

Each row is a decision of the real provider; the docstrings of the types name its source.
"""

from __future__ import annotations

import re
import zlib
from types import SimpleNamespace
from typing import Any

import pytest

from embedded_pulumi.aws import ec2_endpoints, ec2_security
from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.aws.shapes import request
from embedded_pulumi.provider import CheckRequest, DiffRequest, InitFailed, ProviderError, UpdateRequest
from embedded_pulumi.values import UNKNOWN, Properties

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
EIP = "aws:ec2/eip:Eip"
NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def rules(**changed: Any) -> list[Properties]:
    """A list with one inline rule."""
    return [{"protocol": "tcp", "fromPort": 1, "toPort": 1, "cidrBlocks": ["10.0.0.0/8"], **changed}]


SEED = bytes(range(16))
NETWORK = "arn:aws:vpc-lattice:eu-west-1:123456789012:servicenetwork/s"
REGIONAL: Properties = {"availabilityMode": "regional", "vpcId": "vpc-1", "subnetId": None, "allocationId": None}
ZONE: Properties = {"availabilityZone": "a", "allocationIds": ["eipalloc-1"]}
SOUND: dict[str, Properties] = {
    VPC: {"cidrBlock": "10.0.0.0/16"},
    SUBNET: {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"},
    GROUP: {"vpcId": "vpc-1"},
    DEFAULT_GROUP: {"vpcId": "vpc-1"},
    ROUTE: {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"},
    TABLE: {"vpcId": "vpc-1"},
    ASSOCIATION: {"routeTableId": "rtb-1", "subnetId": "subnet-1"},
    EIP: {"domain": "vpc"},
    NAT: {"subnetId": "subnet-1", "allocationId": "eipalloc-1"},
    ENDPOINT: {"vpcId": "vpc-1", "serviceName": "com.amazonaws.eu-west-1.ssm", "vpcEndpointType": "Interface"},
    FLOW_LOG: {"vpcId": "vpc-1", "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:g"},
    TEMPLATE: {},
    RULE: {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1, "toPort": 1, "cidrIpv4": "10.0.0.0/8"},
}
NEEDED: Properties = {"vcpuCount": {"min": 2}, "memoryMib": {"min": 2048}}
SUBNET_FLAGS = (
    "assignIpv6AddressOnCreation",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "enableResourceNameDnsAaaaRecordOnLaunch",
    "ipv6Native",
    "mapPublicIpOnLaunch",
)


def set_in(blocks: list[Properties]) -> list[Properties]:
    """Blocks without what is blank in them."""
    return [{name: value for name, value in block.items() if value not in ("", False, [])} for block in blocks]


def inputs_of(token: str, changed: Properties) -> Properties:
    """Sound inputs with some changed; None leaves one out."""
    return {name: value for name, value in {**SOUND[token], **changed}.items() if value is not None}


def refusals(aws: Any, token: str, changed: Properties) -> dict[str, str]:
    checked = aws.check(CheckRequest(token, "thing", {}, inputs_of(token, changed), SEED))
    return {failure.property: failure.reason for failure in checked.failures}


@pytest.mark.parametrize(
    ("token", "changed", "path", "reason"),
    [
        (
            VPC,
            {"cidrBlock": "10.0.0.5/16"},
            "cidrBlock",
            "'10.0.0.5/16' is not a valid IPv4 CIDR block; did you mean '10.0.0.0/16'?",
        ),
        (VPC, {"cidrBlock": "10.0.0.0/8"}, "cidrBlock", "'10.0.0.0/8' is of another size; accepted: /16 to /28"),
        (VPC, {"ipv6CidrBlockNetworkBorderGroup": "x"}, "ipv6CidrBlockNetworkBorderGroup", "needs assignGenerated"),
        (SUBNET, {"cidrBlock": "10.0.1.7/24"}, "cidrBlock", "did you mean '10.0.1.0/24'?"),
        (SUBNET, {"ipv6CidrBlock": "2001:db8::1/64"}, "ipv6CidrBlock", "did you mean '2001:db8::/64'?"),
        (SUBNET, {"ipv6CidrBlock": "10.0.1.0/24"}, "ipv6CidrBlock", "is not a valid IPv6 CIDR block"),
        (SUBNET, {"enableLniAtDeviceIndex": 0}, "enableLniAtDeviceIndex", "0 is less than 1"),
        (
            SUBNET,
            {"availabilityZone": "a", "availabilityZoneId": "1"},
            "availabilityZoneId",
            "conflicts with availabilityZone",
        ),
        (
            SUBNET,
            {"availabilityZone": "", "availabilityZoneId": "1"},
            "availabilityZoneId",
            "conflicts with availabilityZone",
        ),
        (GROUP, {"name": "sg-mine"}, "name", "'sg-mine' is not accepted; accepted: names that do not begin with sg-"),
        (GROUP, {"namePrefix": "sg-mine"}, "namePrefix", "accepted: names that do not begin with sg-"),
        (GROUP, {"ingress": rules(cidrBlocks=["10.0.0.5/24"])}, "ingress[0].cidrBlocks[0]", "'10.0.0.0/24'?"),
        (GROUP, {"egress": rules(cidrBlocks=["10.0.0.5"])}, "egress[0].cidrBlocks[0]", "is not a valid IPv4 CIDR"),
        (GROUP, {"ingress": rules(ipv6CidrBlocks=["::1/64"])}, "ingress[0].ipv6CidrBlocks[0]", "did you mean '::/64'?"),
        (GROUP, {"ingress": rules(description="CUSTOMER'S IP")}, "ingress[0].description", "accepted: a-z, A-Z, 0-9"),
        (GROUP, {"ingress": rules(description="für alle")}, "ingress[0].description", "accepted: a-z, A-Z, 0-9"),
        (DEFAULT_GROUP, {"ingress": rules(description="a->b")}, "ingress[0].description", "accepted: a-z, A-Z, 0-9"),
        (DEFAULT_GROUP, {"egress": rules(cidrBlocks=["10.1.1.1/8"])}, "egress[0].cidrBlocks[0]", "'10.0.0.0/8'?"),
        (RULE, {"cidrIpv4": "10.1.2.3/16"}, "cidrIpv4", "did you mean '10.1.0.0/16'?"),
        (RULE, {"cidrIpv4": None, "cidrIpv6": "::/130"}, "cidrIpv6", "is not a valid IPv6 CIDR block"),
        (RULE, {"toPort": 70000}, "toPort", "70000 is more than 65535"),
        (RULE, {"fromPort": -2}, "fromPort", "-2 is less than -1"),
        (RULE, {"ipProtocol": "6", "toPort": None}, "toPort", "is required with 6"),
        (RULE, {"cidrIpv4": None}, "cidrIpv4", "exactly one of cidrIpv4, cidrIpv6, prefixListId, referenced"),
        (RULE, {"cidrIpv6": "::/0"}, "cidrIpv4", "exactly one of cidrIpv4, cidrIpv6, prefixListId, referenced"),
        (RULE, {"prefixListId": ""}, "cidrIpv4", "exactly one of cidrIpv4, cidrIpv6, prefixListId, referenced"),
        (ROUTE, {"destinationCidrBlock": "1.2.3.4/8"}, "destinationCidrBlock", "did you mean '1.0.0.0/8'?"),
        (ROUTE, {"destinationCidrBlock": "1.2.3.4"}, "destinationCidrBlock", "is not a valid IPv4 CIDR block"),
        (
            ROUTE,
            {"destinationCidrBlock": None, "destinationIpv6CidrBlock": "2001:db8::1/32"},
            "destinationIpv6CidrBlock",
            "did you mean '2001:db8::/32'?",
        ),
        (ROUTE, {"destinationCidrBlock": None}, "destinationCidrBlock", "exactly one of destinationCidrBlock, dest"),
        (ROUTE, {"natGatewayId": ""}, "gatewayId", "exactly one of gatewayId, natGatewayId"),
        (
            ROUTE,
            {"gatewayId": None, "egressOnlyGatewayId": "eigw-1"},
            "egressOnlyGatewayId",
            "conflicts with destinationCidrBlock",
        ),
        (
            ROUTE,
            {
                "gatewayId": None,
                "carrierGatewayId": "c",
                "destinationCidrBlock": None,
                "destinationIpv6CidrBlock": "::/0",
            },
            "carrierGatewayId",
            "conflicts with destinationIpv6CidrBlock",
        ),
        (
            ROUTE,
            {"gatewayId": None, "vpcEndpointId": "v", "destinationCidrBlock": None, "destinationPrefixListId": "pl-1"},
            "vpcEndpointId",
            "conflicts with destinationPrefixListId",
        ),
        (TABLE, {"routes": [{"cidrBlock": "1.2.3.4/8"}]}, "routes[0].cidrBlock", "did you mean '1.0.0.0/8'?"),
        (TABLE, {"routes": [{"ipv6CidrBlock": "::1/8"}]}, "routes[0].ipv6CidrBlock", "did you mean '::/8'?"),
        (ASSOCIATION, {"gatewayId": ""}, "subnetId", "exactly one of subnetId, gatewayId must be set"),
        (EIP, {"domain": "ec2"}, "domain", "'ec2' is not one of vpc, standard"),
        (EIP, {"domain": ""}, "domain", "'' is not one of vpc, standard"),
        (NAT, {"privateIp": "10.0.0"}, "privateIp", "'10.0.0' is not an IPv4 address"),
        (
            NAT,
            {"secondaryPrivateIpAddressCount": 0},
            "secondaryPrivateIpAddressCount",
            "is not supported with connectivityType 'public'",
        ),
        (
            NAT,
            {"connectivityType": "private"},
            "allocationId",
            "is not supported with connectivityType 'private'",
        ),
        (
            NAT,
            {"connectivityType": "private", "allocationId": None, "secondaryAllocationIds": ["eipalloc-2"]},
            "secondaryAllocationIds",
            "is not supported with connectivityType 'private'",
        ),
        (
            NAT,
            {**REGIONAL, "availabilityZoneAddresses": [{"allocationIds": ["eipalloc-1"]}]},
            "availabilityZoneAddresses[0]",
            "needs availabilityZone or availabilityZoneId",
        ),
        (ENDPOINT, {"serviceNetworkArn": NETWORK}, "serviceNetworkArn", "conflicts with serviceName"),
        (ENDPOINT, {"serviceName": None, "serviceNetworkArn": "x"}, "serviceNetworkArn", "'x' is not an ARN"),
        (
            ENDPOINT,
            {"serviceName": None, "resourceConfigurationArn": "arn:aws:vpc-lattice:eu-west-1:1:r"},
            "resourceConfigurationArn",
            "its account is '1'",
        ),
        (
            ENDPOINT,
            {"dnsOptions": {"privateDnsPreference": "ALL"}},
            "dnsOptions.privateDnsPreference",
            "'ALL' is not one of ALL_DOMAINS, VERIFIED_DOMAINS_ONLY",
        ),
        (
            ENDPOINT,
            {"dnsOptions": {"privateDnsSpecifiedDomains": []}},
            "dnsOptions.privateDnsSpecifiedDomains",
            "has 0 elements; at least 1 are accepted",
        ),
        (
            ENDPOINT,
            {"dnsOptions": {"privateDnsSpecifiedDomains": ["a"] * 11}},
            "dnsOptions.privateDnsSpecifiedDomains",
            "has 11 elements; at most 10 are accepted",
        ),
        (FLOW_LOG, {"maxAggregationInterval": 300}, "maxAggregationInterval", "300 is not one of 60, 600"),
        (FLOW_LOG, {"iamRoleArn": "role"}, "iamRoleArn", "'role' is not an ARN"),
        (FLOW_LOG, {"deliverCrossAccountRole": "role"}, "deliverCrossAccountRole", "'role' is not an ARN"),
        (FLOW_LOG, {"logDestination": "group"}, "logDestination", "'group' is not an ARN"),
        (FLOW_LOG, {"vpcId": None}, "vpcId", "exactly one of vpcId, subnetId, eniId"),
        (
            FLOW_LOG,
            {"tagFieldSpecifications": [{"resourceType": "ec2:instance", "tagKeys": ["Name"]}]},
            "tagFieldSpecifications[0].resourceType",
            "'ec2:instance' is not one of instance, network-interface, auto-scaling-group",
        ),
        (
            TEMPLATE,
            {"iamInstanceProfile": {"arn": "", "name": "p"}},
            "iamInstanceProfile.name",
            "conflicts with arn",
        ),
        (
            TEMPLATE,
            {"placement": {"groupId": "pg-1", "groupName": "p"}},
            "placement.groupName",
            "conflicts with groupId",
        ),
        (
            TEMPLATE,
            {"instanceMarketOptions": {"spotOptions": {"validUntil": "tomorrow"}}},
            "instanceMarketOptions.spotOptions.validUntil",
            "accepted: a time such as 2027-01-31T12:00:00Z",
        ),
        (
            TEMPLATE,
            {"networkInterfaces": [{"ipv4Addresses": ["10.0.0"]}]},
            "networkInterfaces[0].ipv4Addresses[0]",
            "'10.0.0' is not an IPv4 address",
        ),
        (
            TEMPLATE,
            {"networkInterfaces": [{"ipv6Addresses": ["10.0.0.1"]}]},
            "networkInterfaces[0].ipv6Addresses[0]",
            "'10.0.0.1' is not an IPv6 address",
        ),
        (
            TEMPLATE,
            {"networkInterfaces": [{"ipv4Prefixes": ["10.0.0.7/28"]}]},
            "networkInterfaces[0].ipv4Prefixes[0]",
            "did you mean '10.0.0.0/28'?",
        ),
        (
            TEMPLATE,
            {"tagSpecifications": [{"resourceType": "instances", "tags": {"a": "b"}}]},
            "tagSpecifications[0].resourceType",
            "'instances' is not one of application-status-check, ",
        ),
        (
            TEMPLATE,
            {"instanceRequirements": {**NEEDED, "memoryMib": {"min": 0}}},
            "instanceRequirements.memoryMib.min",
            "0 is less than 1",
        ),
        (
            TEMPLATE,
            {"instanceRequirements": {**NEEDED, "memoryGibPerVcpu": {"min": 0}}},
            "instanceRequirements.memoryGibPerVcpu.min",
            "0 is not more than 0",
        ),
        (
            TEMPLATE,
            {"instanceRequirements": {**NEEDED, "cpuManufacturers": ["arm"]}},
            "instanceRequirements.cpuManufacturers[0]",
            "'arm' is not one of intel, amd",
        ),
        (
            TEMPLATE,
            {"instanceRequirements": {**NEEDED, "allowedInstanceTypes": ["t3.*"], "excludedInstanceTypes": ["t2.*"]}},
            "instanceRequirements.excludedInstanceTypes",
            "conflicts with allowedInstanceTypes",
        ),
        (
            TEMPLATE,
            {"instanceRequirements": {**NEEDED, "excludedInstanceTypes": ["t2.*"] * 401}},
            "instanceRequirements.excludedInstanceTypes",
            "at most 400",
        ),
    ],
)
def test_what_the_real_provider_refuses_is_refused_in_the_preview(
    aws: Any, token: str, changed: Properties, path: str, reason: str
) -> None:
    told = refusals(aws, token, changed)
    assert list(told) == [path]
    assert reason in told[path]


@pytest.mark.parametrize(
    ("token", "changed"),
    [
        (VPC, {"ipv6CidrBlockNetworkBorderGroup": "x", "assignGeneratedIpv6CidrBlock": False}),
        (SUBNET, {"availabilityZone": "a", "availabilityZoneId": UNKNOWN}),
        (SUBNET, {"ipv6CidrBlock": "2001:DB8::/64"}),
        (GROUP, {"description": "für alle"}),
        (GROUP, {"ingress": rules(protocol="ssh", toPort=70000)}),
        (RULE, {"description": "x" * 300}),
        (RULE, {"cidrIpv6": UNKNOWN}),
        (RULE, {"cidrIpv4": None, "cidrIpv6": UNKNOWN, "prefixListId": UNKNOWN}),
        (RULE, {"ipProtocol": "-1", "fromPort": 0, "toPort": 0}),
        (RULE, {"ipProtocol": "icmpv6", "fromPort": None, "toPort": None}),
        (ROUTE, {"natGatewayId": UNKNOWN}),
        (ROUTE, {"gatewayId": UNKNOWN, "natGatewayId": UNKNOWN}),
        (ASSOCIATION, {"gatewayId": UNKNOWN}),
        (EIP, {"instance": "i-1", "networkInterface": "eni-1"}),
        (NAT, {"connectivityType": "private", "allocationId": UNKNOWN}),
        (NAT, {"connectivityType": "private", "allocationId": None, "secondaryAllocationIds": []}),
        (NAT, {"connectivityType": "private", "allocationId": None, "secondaryPrivateIpAddressCount": 2}),
        (NAT, {**REGIONAL, "availabilityZoneAddresses": UNKNOWN}),
        (ENDPOINT, {"serviceName": None}),
        (ENDPOINT, {"serviceNetworkArn": UNKNOWN}),
        (FLOW_LOG, {"iamRoleArn": "", "maxAggregationInterval": "60"}),
        (FLOW_LOG, {"subnetId": UNKNOWN}),
        (TEMPLATE, {"iamInstanceProfile": {"arn": UNKNOWN, "name": "p"}}),
        (TEMPLATE, {"instanceMarketOptions": {"spotOptions": {"validUntil": "2027-01-31T12:00:00+01:00"}}}),
        (TEMPLATE, {"instanceRequirements": {**NEEDED, "acceleratorCount": {"max": 0}}}),
        (TEMPLATE, {"instanceRequirements": {**NEEDED, "acceleratorNames": ["h100"]}}),
        (ENDPOINT, {"autoAccept": True}),
    ],
)
def test_what_the_real_provider_takes_is_taken_in_the_preview(aws: Any, token: str, changed: Properties) -> None:
    assert refusals(aws, token, changed) == {}


@pytest.mark.parametrize(
    ("token", "old", "new", "detailed"),
    [
        (VPC, {"instanceTenancy": "default"}, {"instanceTenancy": "dedicated"}, {"instanceTenancy": "update-replace"}),
        (VPC, {"instanceTenancy": "dedicated"}, {"instanceTenancy": "default"}, {"instanceTenancy": "update"}),
        (VPC, {"instanceTenancy": "host"}, {"instanceTenancy": "default"}, {"instanceTenancy": "update-replace"}),
        (VPC, {"instanceTenancy": "default"}, {"instanceTenancy": UNKNOWN}, {"instanceTenancy": "update-replace"}),
        (SUBNET, {}, {"cidrBlock": None}, {}),
        (SUBNET, {"mapPublicIpOnLaunch": True}, {"mapPublicIpOnLaunch": False}, {"mapPublicIpOnLaunch": "delete"}),
        (SUBNET, {"ipv6CidrBlock": "2001:db8::/64"}, {"ipv6CidrBlock": "2001:DB8::/64"}, {}),
        (
            RULE,
            {},
            {"cidrIpv4": None, "cidrIpv6": "::/0"},
            {"cidrIpv4": "delete-replace", "cidrIpv6": "add-replace"},
        ),
        (
            RULE,
            {},
            {"cidrIpv4": None, "referencedSecurityGroupId": UNKNOWN},
            {"cidrIpv4": "delete-replace", "referencedSecurityGroupId": "add-replace"},
        ),
        (RULE, {}, {"cidrIpv4": "10.1.0.0/16"}, {"cidrIpv4": "update"}),
        (RULE, {"ipProtocol": "6"}, {"ipProtocol": "tcp"}, {"ipProtocol": "update"}),
        (DEFAULT_GROUP, {"ingress": rules()}, {}, {}),
        (DEFAULT_GROUP, {"ingress": rules()}, {"ingress": []}, {"ingress": "delete"}),
        (GROUP, {"namePrefix": "web-"}, {}, {}),
        (
            ROUTE,
            {"gatewayId": None, "networkInterfaceId": "eni-1"},
            {},
            {"gatewayId": "add"},
        ),
        (
            ROUTE,
            {"destinationCidrBlock": None, "destinationIpv6CidrBlock": "2001:db8::/32"},
            {"destinationCidrBlock": None, "destinationIpv6CidrBlock": "2001:DB8::/32"},
            {},
        ),
        (TABLE, {"routes": [{"cidrBlock": "10.0.0.0/8", "gatewayId": "igw-1"}]}, {}, {}),
        (NAT, {}, {"allocationId": None}, {"allocationId": "delete-replace"}),
        (
            NAT,
            REGIONAL,
            {**REGIONAL, "availabilityZoneAddresses": [ZONE]},
            {"availabilityZoneAddresses": "add-replace"},
        ),
        (
            NAT,
            {**REGIONAL, "availabilityZoneAddresses": [ZONE]},
            REGIONAL,
            {"availabilityZoneAddresses": "delete-replace"},
        ),
        (
            NAT,
            {**REGIONAL, "availabilityZoneAddresses": [ZONE]},
            {**REGIONAL, "availabilityZoneAddresses": [ZONE, {**ZONE, "availabilityZone": "b"}]},
            {"availabilityZoneAddresses[1]": "add"},
        ),
        (
            ENDPOINT,
            {},
            {"serviceName": None, "serviceNetworkArn": NETWORK},
            {"serviceName": "delete-replace", "serviceNetworkArn": "add-replace"},
        ),
        (ENDPOINT, {}, {"privateDnsEnabled": True}, {"privateDnsEnabled": "add"}),
        (
            ENDPOINT,
            {"vpcEndpointType": "Gateway", "privateDnsEnabled": True},
            {"vpcEndpointType": "Gateway", "privateDnsEnabled": False},
            {"privateDnsEnabled": "delete-replace"},
        ),
        (ENDPOINT, {"ipAddressType": "IPV4"}, {"ipAddressType": "ipv4"}, {}),
        (
            ENDPOINT,
            {"dnsOptions": {"privateDnsOnlyForInboundResolverEndpoint": True}},
            {"dnsOptions": {"dnsRecordIpType": "ipv4"}},
            {"dnsOptions.dnsRecordIpType": "add", "dnsOptions.privateDnsOnlyForInboundResolverEndpoint": "delete"},
        ),
        (
            ENDPOINT,
            {"dnsOptions": {"privateDnsPreference": "ALL_DOMAINS", "privateDnsSpecifiedDomains": ["a"]}},
            {"dnsOptions": {"privateDnsPreference": "VERIFIED_DOMAINS_ONLY", "privateDnsSpecifiedDomains": ["b"]}},
            {
                "dnsOptions.privateDnsPreference": "update-replace",
                "dnsOptions.privateDnsSpecifiedDomains[0]": "update-replace",
            },
        ),
        (FLOW_LOG, {"destinationOptions": {"fileFormat": "parquet"}}, {}, {}),
        (
            FLOW_LOG,
            {"destinationOptions": {"fileFormat": "parquet"}},
            {"destinationOptions": {"fileFormat": "plain-text"}},
            {"destinationOptions.fileFormat": "update-replace"},
        ),
    ],
)
def test_a_change_updates_or_replaces_as_with_the_real_provider(
    aws: Any, token: str, old: Properties, new: Properties, detailed: dict[str, str]
) -> None:
    olds, news = (inputs_of(token, each) for each in (old, new))
    diff = aws.diff(DiffRequest(token, "id", olds, {**olds, "tagsAll": {"Owner": "fleet"}}, news))
    assert {path: kind.value for path, kind in diff.detailed.items()} == detailed


@pytest.mark.parametrize(
    ("token", "state", "new", "unknown"),
    [
        (
            VPC,
            {"ipv6AssociationId": "", "ipv6CidrBlock": "", "ipv6CidrBlockNetworkBorderGroup": ""},
            {"assignGeneratedIpv6CidrBlock": True},
            {"ipv6AssociationId", "ipv6CidrBlock"},
        ),
        (
            VPC,
            {"ipv6AssociationId": "a", "ipv6CidrBlock": "c", "assignGeneratedIpv6CidrBlock": True},
            {"assignGeneratedIpv6CidrBlock": True, "ipv6CidrBlockNetworkBorderGroup": "g"},
            set(),
        ),
        (SUBNET, {"ipv6CidrBlockAssociationId": "a"}, {"ipv6CidrBlock": "2001:db8::/64"}, set()),
        (ASSOCIATION, {"id": "rtbassoc-1"}, {"routeTableId": "rtb-2"}, set()),
        (EIP, {"associationId": "a", "privateIp": "10.0.0.1", "instance": "i-1"}, {"instance": "i-2"}, set()),
        (
            NAT,
            {"secondaryPrivateIpAddressCount": 0, "secondaryPrivateIpAddresses": []},
            {"secondaryAllocationIds": ["eipalloc-2"]},
            {"secondaryPrivateIpAddressCount", "secondaryPrivateIpAddresses"},
        ),
        (
            NAT,
            {"secondaryPrivateIpAddressCount": 0, "connectivityType": "private", "allocationId": None},
            {"secondaryPrivateIpAddresses": ["10.0.0.9"], "connectivityType": "private", "allocationId": None},
            {"secondaryPrivateIpAddressCount"},
        ),
        (
            NAT,
            {**REGIONAL, "regionalNatGatewayAddresses": [], "availabilityZoneAddresses": [ZONE]},
            {**REGIONAL, "availabilityZoneAddresses": [{**ZONE, "allocationIds": ["eipalloc-2"]}]},
            {"regionalNatGatewayAddresses"},
        ),
        (ENDPOINT, {"networkInterfaceIds": ["eni-1"]}, {"subnetIds": ["subnet-1"]}, {"networkInterfaceIds"}),
        (ENDPOINT, {"networkInterfaceIds": ["eni-1"]}, {"privateDnsEnabled": True}, set()),
    ],
)
def test_the_outputs_that_an_update_may_change_are_unknown_in_its_preview(
    aws: Any, token: str, state: Properties, new: Properties, unknown: set[str]
) -> None:
    olds = inputs_of(token, {name: value for name, value in state.items() if name in new})
    outputs = {**olds, **state}
    told = aws.update(UpdateRequest(token, "id", olds, outputs, inputs_of(token, new), preview=True))
    assert {name for name, value in told.items() if value is UNKNOWN and name != "tagsAll"} == unknown


def test_the_flags_of_a_subnet_are_known_before_it_exists(aws: Any) -> None:
    checked = aws.check(CheckRequest(SUBNET, "s", {}, SOUND[SUBNET], SEED))
    outputs = aws.create(SUBNET, checked.inputs, preview=True).outputs
    assert {name: outputs[name] for name in SUBNET_FLAGS} == dict.fromkeys(SUBNET_FLAGS, False)


def test_a_subnet_without_a_block_gets_one(aws: Any) -> None:
    assert aws.create(SUBNET, {"vpcId": "vpc-1", "ipv6Native": True}, preview=True).outputs["cidrBlock"] is UNKNOWN


def test_the_ipv6_block_of_a_vpc_is_the_one_in_the_state_or_else_the_last(aws: Any, world: Any) -> None:
    vpc = RESOURCES[VPC]
    found = dict(vpc.find(aws.session, world.vpc["id"], {}) or {})
    blocks = [("first", "associated"), ("last", "associated"), ("new", "associating"), ("gone", "disassociated")]
    found["Ipv6CidrBlockAssociationSet"] = [
        {"AssociationId": name, "Ipv6CidrBlockState": {"State": state}} for name, state in blocks
    ]

    told = [
        vpc.describe(aws.session, world.vpc["id"], found, {"ipv6AssociationId": known})["ipv6AssociationId"]
        for known in ("first", "gone", "")
    ]
    assert told == ["first", "last", "last"]


def test_a_prefix_is_read_from_the_name_that_was_made_from_it(aws: Any, world: Any) -> None:
    made = world.stand(GROUP, "prefixed", {"vpcId": world.vpc["id"], "namePrefix": "web-"})
    named = world.stand(GROUP, "named", {"vpcId": world.vpc["id"], "name": "web"})

    assert [aws.read(GROUP, each.id, {}, {}).outputs["namePrefix"] for each in (made, named)] == ["web-", ""]
    for each in (made, named):
        aws.delete(GROUP, each.id, each.inputs, each.outputs)


@pytest.mark.parametrize(
    "changed",
    [
        {"ipProtocol": "-1", "fromPort": -1, "toPort": -1},
        {"ipProtocol": "-1", "fromPort": 0, "toPort": 0},
        {"ipProtocol": "all", "fromPort": None, "toPort": None},
        {"ipProtocol": "6"},
    ],
)
def test_a_rule_is_as_the_program_spells_it(aws: Any, world: Any, changed: Properties) -> None:
    inputs = inputs_of(RULE, {"securityGroupId": world.fresh_group(), **changed})
    made = world.stand(RULE, "spelled", inputs)

    read = aws.read(RULE, made.id, made.inputs, made.outputs)
    assert {name: read.outputs[name] for name in inputs} == inputs
    assert aws.diff(DiffRequest(RULE, made.id, made.inputs, read.outputs, made.inputs)).detailed == {}
    aws.delete(RULE, made.id, made.inputs, made.outputs)


@pytest.mark.parametrize(("low", "high"), [(0, 65535), (-1, -1)])
def test_a_rule_for_all_protocols_with_ports_is_refused_before_it_is_made(
    aws: Any, world: Any, low: int, high: int
) -> None:
    opened = rules(protocol="-1", fromPort=low, toPort=high)
    checked = aws.check(CheckRequest(GROUP, "open", {}, {"vpcId": world.vpc["id"], "ingress": opened}, SEED))

    assert len(checked.failures) == 1  # a preview says it already
    ports = re.escape(f"from_port ({low}) and to_port ({high}) must both be 0 to use the 'ALL' \"-1\" protocol")
    with pytest.raises(InitFailed, match=ports) as refusal:
        aws.create(GROUP, checked.inputs, preview=False)

    id_, state = refusal.value.id, refusal.value.outputs
    (made,) = aws.session.ec2.describe_security_groups(GroupIds=[id_])["SecurityGroups"]
    assert made["IpPermissions"] == []
    mended = aws.update(
        UpdateRequest(GROUP, id_, checked.inputs, state, {**checked.inputs, "ingress": rules()}, preview=False)
    )
    assert set_in(mended["ingress"]) == rules()
    aws.delete(GROUP, id_, checked.inputs, mended)


def test_a_foreign_rule_leaves_the_others_as_the_program_groups_them(aws: Any, world: Any) -> None:
    ours = [*rules(cidrBlocks=["10.0.0.0/8"]), *rules(cidrBlocks=["10.1.0.0/16"], self=True)]
    made = world.stand(GROUP, "drifted", {"vpcId": world.vpc["id"], "ingress": ours})
    foreign = {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 9, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}
    aws.session.ec2.authorize_security_group_ingress(GroupId=made.id, IpPermissions=[foreign])

    read = aws.read(GROUP, made.id, made.inputs, made.outputs)
    diff = aws.diff(DiffRequest(GROUP, made.id, read.inputs, read.outputs, made.inputs))
    assert {path: kind.value for path, kind in diff.detailed.items()} == {"ingress[2]": "delete"}
    aws.delete(GROUP, made.id, made.inputs, made.outputs)


def test_groups_that_lead_to_each_other_are_deleted_with_their_rules(aws: Any, world: Any) -> None:
    one = world.stand(GROUP, "one", {"vpcId": world.vpc["id"], "revokeRulesOnDelete": True})
    two = world.stand(GROUP, "two", {"vpcId": world.vpc["id"], "ingress": rules(securityGroups=[one.id])})

    aws.delete(GROUP, one.id, one.inputs, one.outputs)
    (left,) = aws.session.ec2.describe_security_groups(GroupIds=[two.id])["SecurityGroups"]
    assert [each["UserIdGroupPairs"] for each in left["IpPermissions"]] in ([], [[]])
    aws.delete(GROUP, two.id, two.inputs, two.outputs)


def test_a_group_of_another_account_is_sent_with_its_account_and_read_with_it(aws: Any, world: Any) -> None:
    foreign = "210987654321/sg-0123456789abcdef0"
    group = RESOURCES[GROUP]
    found = dict(group.find(aws.session, world.group, {}) or {})
    sent = ec2_security._permission(("tcp", 1, 1, "securityGroups", foreign, "theirs"))
    found["IpPermissions"] = [sent]

    assert sent["UserIdGroupPairs"] == [
        {"UserId": "210987654321", "GroupId": "sg-0123456789abcdef0", "Description": "theirs"}
    ]
    (rule,) = group.describe(aws.session, world.group, found, {})["ingress"]
    assert rule["securityGroups"] == [foreign]


def test_the_tags_of_an_adopted_default_group_are_the_programs(aws: Any, world: Any) -> None:
    vpc = world.make(VPC, "adopted", cidrBlock="10.3.0.0/16")
    aws.session.ec2.create_tags(Resources=[vpc["defaultSecurityGroupId"]], Tags=[{"Key": "Strange", "Value": "1"}])

    made = world.stand(DEFAULT_GROUP, "adopted", {"vpcId": vpc["id"], "tags": {"Own": "1"}})
    assert made.outputs["tags"] == {"Own": "1"}
    assert made.outputs["namePrefix"] == ""
    assert made.outputs["ingress"] == made.outputs["egress"] == []


def test_a_default_group_needs_its_vpc(aws: Any) -> None:
    with pytest.raises(ProviderError, match="reading Default Security Group: empty result"):
        aws.create(DEFAULT_GROUP, {"revokeRulesOnDelete": False}, preview=False)


@pytest.mark.parametrize("ports", [{}, {"fromPort": -1, "toPort": -1}])
def test_a_rule_for_any_port_of_a_protocol_is_as_the_program_says_it(aws: Any, ports: Properties) -> None:
    found = {"IpProtocol": "icmpv6", "FromPort": -1, "ToPort": -1, "GroupId": "sg-1"}
    told = RESOURCES[RULE].describe(aws.session, "sgr-1", found, {"ipProtocol": "icmpv6", **ports})
    assert {name: told[name] for name in ("fromPort", "toPort")} == {"fromPort": None, "toPort": None, **ports}


def test_an_ipv6_route_is_found_in_any_spelling(aws: Any, world: Any) -> None:
    inputs = {
        "routeTableId": world.route_table,
        "destinationIpv6CidrBlock": "2001:DB8:0::/32",
        "egressOnlyGatewayId": world.egress_gateway,
    }
    made = world.stand(ROUTE, "spelled", inputs)
    assert made.id == f"r-{world.route_table}{zlib.crc32(b'2001:DB8:0::/32')}"
    aws.delete(ROUTE, made.id, made.inputs, made.outputs)


def test_a_local_route_cannot_be_created_and_is_not_deleted(aws: Any, world: Any) -> None:
    local = {"routeTableId": world.route_table, "destinationCidrBlock": world.vpc["cidrBlock"], "gatewayId": "local"}
    with pytest.raises(ProviderError, match="cannot create local Route"):
        aws.create(ROUTE, local, preview=False)

    read = aws.read(ROUTE, f"{world.route_table}_{world.vpc['cidrBlock']}", {}, {})
    assert read.outputs["gatewayId"] == "local"
    aws.delete(ROUTE, read.id, read.inputs, read.outputs)
    assert aws.read(ROUTE, read.id, read.inputs, read.outputs) is not None


def test_a_table_adopts_its_local_route_if_the_program_has_it(aws: Any, world: Any) -> None:
    routes = [{"cidrBlock": world.vpc["cidrBlock"], "gatewayId": "local"}]
    made = world.stand(TABLE, "local", {"vpcId": world.vpc["id"], "routes": routes})
    more = [*routes, {"cidrBlock": "192.168.0.0/16", "gatewayId": world.gateway}]

    updated = aws.update(
        UpdateRequest(TABLE, made.id, made.inputs, made.outputs, {**made.inputs, "routes": more}, preview=False)
    )
    back = aws.update(
        UpdateRequest(TABLE, made.id, {**made.inputs, "routes": more}, updated, made.inputs, preview=False)
    )
    none = aws.update(UpdateRequest(TABLE, made.id, made.inputs, back, {**made.inputs, "routes": []}, preview=False))
    assert [set_in(each["routes"]) for each in (made.outputs, updated, back, none)] == [routes, more, routes, []]
    aws.delete(TABLE, made.id, made.inputs, none)


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ({"cidrBlock": "10.9.0.0/16", "gatewayId": "local"}, "local 10.9.0.0/16 does not exist"),
        ({"gatewayId": "igw-1"}, "one of cidrBlock, ipv6CidrBlock, destinationPrefixListId must be specified"),
        (
            {"cidrBlock": "10.9.0.0/16", "ipv6CidrBlock": "::/0", "gatewayId": "igw-1"},
            "only one of cidrBlock, ipv6CidrBlock, .* can be specified, but cidrBlock, ipv6CidrBlock were specified",
        ),
        ({"cidrBlock": "10.9.0.0/16"}, "one of gatewayId, natGatewayId"),
        (
            {"cidrBlock": "10.9.0.0/16", "gatewayId": "igw-1", "natGatewayId": "nat-1"},
            "but gatewayId, natGatewayId were",
        ),
    ],
)
def test_a_route_without_one_destination_and_one_target_is_refused_when_it_is_made(
    aws: Any, world: Any, route: Properties, reason: str
) -> None:
    made = world.stand(TABLE, "wrong", {"vpcId": world.vpc["id"]})
    news = {**made.inputs, "routes": [route]}
    told = [each.reason for each in aws.check(CheckRequest(TABLE, "wrong", {}, news, SEED)).failures]
    assert bool(told) == (route.get("gatewayId") != "local")  # a preview says it, but for what is up to the VPC
    with pytest.raises(ProviderError, match=reason):
        aws.update(UpdateRequest(TABLE, made.id, made.inputs, made.outputs, news, preview=False))
    with pytest.raises(InitFailed, match=reason) as refusal:
        aws.create(TABLE, news, preview=False)
    for id_ in (made.id, refusal.value.id):
        aws.delete(TABLE, id_, made.inputs, made.outputs)


@pytest.mark.parametrize("import_id", ["rtb-1_10.0.0.0/8_x", "rtb-1"])
def test_the_import_id_of_a_route_has_two_parts(aws: Any, import_id: str) -> None:
    with pytest.raises(ProviderError, match="is not a route's import id"):
        aws.read(ROUTE, import_id, {}, {})


def test_an_association_is_imported_by_its_ends_and_from_no_other_table(aws: Any, world: Any) -> None:
    inputs = {"routeTableId": world.route_table, "subnetId": world.other_subnet}
    made = world.stand(ASSOCIATION, "imported", inputs)

    with pytest.raises(ProviderError, match="accepted: <subnet or gateway>/<route table>"):
        aws.read(ASSOCIATION, made.id, {}, {})
    assert aws.read(ASSOCIATION, f"{world.other_subnet}/{world.other_route_table}", {}, {}) is None
    aws.delete(ASSOCIATION, made.id, made.inputs, made.outputs)


def test_an_association_that_is_gone_is_made_again_and_a_foreign_one_stays(aws: Any, world: Any) -> None:
    made = world.stand(ASSOCIATION, "gone", {"routeTableId": world.route_table, "subnetId": world.other_subnet})
    aws.session.ec2.disassociate_route_table(AssociationId=made.id)
    news = {**made.inputs, "routeTableId": world.other_route_table}

    healed = aws.update(UpdateRequest(ASSOCIATION, made.id, made.inputs, made.outputs, news, preview=False))
    assert healed["routeTableId"] == world.other_route_table
    assert healed["id"] != made.id
    aws.delete(ASSOCIATION, made.id, made.inputs, made.outputs)  # what it knows is gone: another has made the new one
    assert aws.read(ASSOCIATION, made.id, news, healed) is not None
    aws.delete(ASSOCIATION, made.id, news, healed)
    assert aws.read(ASSOCIATION, made.id, news, healed) is None


def test_an_address_that_is_in_use_is_not_taken_over(aws: Any, world: Any) -> None:
    """The real provider asks for no reassociation, and AWS refuses it then."""
    taken: list[Properties] = []
    aws.session.ec2.meta.events.register(
        "provide-client-params.ec2.AssociateAddress", lambda params, **_: taken.append(params)
    )
    made = world.stand(EIP, "joined", {"networkInterface": world.interface})
    assert [set(each) for each in taken] == [{"AllocationId", "NetworkInterfaceId"}]
    assert made.outputs["ptrRecord"] == ""
    aws.delete(EIP, made.id, made.inputs, made.outputs)


def test_the_addresses_of_a_nat_gateway_are_told_as_the_real_provider_tells_them(aws: Any) -> None:
    addresses = [
        {"AllocationId": "a", "AvailabilityZone": "z", "AvailabilityZoneId": "2", "Status": "succeeded"},
        {"AllocationId": "b", "AvailabilityZone": "y", "AvailabilityZoneId": "1", "Status": "succeeded"},
        {"AllocationId": "c", "AvailabilityZone": "x", "AvailabilityZoneId": "3", "Status": "associating"},
    ]
    regional = {"AvailabilityMode": "regional", "NatGatewayAddresses": addresses}
    zonal = {"NatGatewayAddresses": [{"IsPrimary": True}, {"AllocationId": "d", "PrivateIp": "10.0.0.9"}, {}]}

    told = [RESOURCES[NAT].describe(aws.session, "nat-1", found, {}) for found in (regional, zonal)]
    assert [each["availabilityZone"] for each in told[0]["availabilityZoneAddresses"]] == ["y", "z"]
    assert told[1]["secondaryPrivateIpAddressCount"] == 1


def test_the_service_of_an_endpoint_is_the_programs_to_name(aws: Any) -> None:
    inputs = inputs_of(ENDPOINT, {"serviceName": None, "serviceNetworkArn": NETWORK})
    assert "serviceName" not in aws.create(ENDPOINT, inputs, preview=True).outputs


@pytest.mark.parametrize(
    ("service", "sent"),
    [("s3", {"PrivateDnsOnlyForInboundResolverEndpoint": True}), ("ssm", {"PrivateDnsPreference": "ALL_DOMAINS"})],
)
def test_the_dns_options_of_an_endpoint_are_those_of_its_service(aws: Any, service: str, sent: Properties) -> None:
    options = {"privateDnsOnlyForInboundResolverEndpoint": True, "privateDnsPreference": "ALL_DOMAINS"}
    props = inputs_of(ENDPOINT, {"serviceName": f"com.amazonaws.eu-west-1.{service}", "dnsOptions": options})

    endpoint = ec2_endpoints.VpcEndpoint()
    (told,) = request(endpoint.inputs, {"dnsOptions": endpoint._dns_options(aws.session, props)}).values()
    assert told == sent


def test_an_interface_endpoint_of_s3_has_the_prefix_list_of_s3(aws: Any) -> None:
    service = {"ServiceName": "com.amazonaws.eu-west-1.s3", "VpcEndpointType": "Interface"}
    found = {"VpcEndpointId": "vpce-1", "State": "available", "OwnerId": "210987654321", **service}

    gateway = aws.session.ec2.describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": [service["ServiceName"]]}]
    )["PrefixLists"]
    told = RESOURCES[ENDPOINT].describe(aws.session, "vpce-1", found, {})
    assert told["prefixListId"] == gateway[0]["PrefixListId"]
    assert told["arn"] == "arn:aws:ec2:eu-west-1:210987654321:vpc-endpoint/vpce-1"


class WaitingService:
    """EC2 with one endpoint, whose service accepts by hand; a service may be another account's."""

    def __init__(self, *, owned: bool) -> None:
        self.owned = owned
        self.state = "pendingAcceptance"

    def describe_vpc_endpoints(self, **_: Any) -> Properties:
        return {"VpcEndpoints": [{"State": self.state, "ServiceName": "theirs"}]}

    def describe_vpc_endpoint_service_configurations(self, **_: Any) -> Properties:
        return {"ServiceConfigurations": [{"ServiceId": "vpce-svc-1"}] if self.owned else []}

    def accept_vpc_endpoint_connections(self, **asked: Any) -> Properties:
        assert asked == {"ServiceId": "vpce-svc-1", "VpcEndpointIds": ["vpce-1"]}
        self.state = "available"
        return {"Unsuccessful": []}


@pytest.mark.parametrize(("inputs", "state"), [({"autoAccept": True}, "available"), ({}, "pendingAcceptance")])
def test_an_endpoint_is_accepted_if_the_program_says_so(inputs: Properties, state: str) -> None:
    service = WaitingService(owned=True)
    cloud: Any = SimpleNamespace(ec2=service)
    RESOURCES[ENDPOINT].settle(cloud, "vpce-1", inputs)
    assert service.state == state


def test_the_endpoint_of_a_foreign_service_cannot_be_accepted() -> None:
    foreign: Any = SimpleNamespace(ec2=WaitingService(owned=False))
    with pytest.raises(ProviderError, match="theirs is not this account's"):
        RESOURCES[ENDPOINT].settle(foreign, "vpce-1", {"autoAccept": True})


def test_an_address_of_ec2_classic_is_refused(aws: Any) -> None:
    with pytest.raises(ProviderError, match="retirement of EC2-Classic"):
        aws.create(EIP, {"domain": "standard", "tagsAll": {}}, preview=False)


def test_the_flow_log_of_a_transit_gateway_keeps_the_traffic_type_of_the_program(aws: Any) -> None:
    found = {"ResourceId": "tgw-1", "FlowLogId": "fl-1"}
    assert "trafficType" not in RESOURCES[FLOW_LOG].describe(aws.session, "fl-1", found, {})

    sent: list[Properties] = []
    aws.session.ec2.meta.events.register(
        "provide-client-params.ec2.CreateFlowLogs", lambda params, **_: sent.append(params)
    )
    inputs = inputs_of(FLOW_LOG, {"vpcId": None, "transitGatewayId": "tgw-1", "trafficType": "ALL"})
    with pytest.raises(ProviderError):  # moto knows no such gateway
        aws.create(FLOW_LOG, inputs, preview=False)
    assert [(each["ResourceType"], "TrafficType" in each) for each in sent] == [("TransitGateway", False)]


def test_the_rules_and_routes_of_an_output_have_all_their_properties(aws: Any, world: Any) -> None:
    group = world.stand(GROUP, "whole", {"vpcId": world.vpc["id"], "ingress": rules()})
    table = world.stand(
        TABLE, "whole", {"vpcId": world.vpc["id"], "routes": [{"cidrBlock": "10.0.0.0/8", "gatewayId": world.gateway}]}
    )

    imported = [aws.read(each.type_, each.id, {}, {}).inputs for each in (group, table)]
    assert (imported[0]["ingress"], imported[1]["routes"]) == (rules(), table.inputs["routes"])
    (rule,), (route,) = group.outputs["ingress"], table.outputs["routes"]
    empty = {"description": "", "ipv6CidrBlocks": [], "prefixListIds": [], "securityGroups": [], "self": False}
    assert rule == {**rules()[0], **empty}
    assert {name for name, value in route.items() if value == ""} == {
        "carrierGatewayId",
        "coreNetworkArn",
        "destinationPrefixListId",
        "egressOnlyGatewayId",
        "ipv6CidrBlock",
        "localGatewayId",
        "natGatewayId",
        "networkInterfaceId",
        "odbNetworkArn",
        "transitGatewayId",
        "vpcEndpointId",
        "vpcPeeringConnectionId",
    }
    for each in (group, table):
        aws.delete(each.type_, each.id, each.inputs, each.outputs)
