"""Cases: networks, addresses, routing, endpoints, flow logs."""

from __future__ import annotations

from typing import Any

from support.provider.case import Case, With

S3 = "com.amazonaws.eu-west-1.s3"
KMS = "com.amazonaws.eu-west-1.kms"
OPEN = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
)


def _dual_subnet(world: Any) -> str:
    """A new subnet with an IPv6 block, which a dual-stack endpoint needs."""
    block = world.next_block()
    number = int(block.split(".")[2]) * 16 + int(block.split(".")[3].partition("/")[0]) // 16
    ipv6 = world.vpc["ipv6CidrBlock"].removesuffix("00::/56") + f"{16 + number % 240:02x}::/64"
    args = {"vpcId": world.vpc["id"], "cidrBlock": block, "ipv6CidrBlock": ipv6}
    return str(world.make("aws:ec2/subnet:Subnet", f"dual-{number}", **args)["id"])


CASES: dict[str, Case] = {
    "aws:ec2/vpc:Vpc": Case(
        inputs=lambda _: {"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "vpc"}},
        updates={
            "enableDnsHostnames": False,
            "enableDnsSupport": With(value=False, also={"enableDnsHostnames": False}),
            "enableNetworkAddressUsageMetrics": True,
            "assignGeneratedIpv6CidrBlock": True,
            "tags": {"Name": "renamed", "Team": ""},
        },
        dropped={
            "ipv6CidrBlockNetworkBorderGroup": With("eu-west-1-lhr-1", {"assignGeneratedIpv6CidrBlock": True}),
        },
        replaces={"cidrBlock": "10.8.0.0/16", "instanceTenancy": "dedicated"},
    ),
    "aws:ec2/subnet:Subnet": Case(
        inputs=lambda w: {"vpcId": w.vpc["id"], "cidrBlock": w.next_block(), "tags": {"Name": "subnet"}},
        updates={
            "mapPublicIpOnLaunch": True,
            "ipv6CidrBlock": lambda w: w.vpc["ipv6CidrBlock"][:-2] + "64",
            "assignIpv6AddressOnCreation": lambda w: With(
                value=True, also={"ipv6CidrBlock": w.vpc["ipv6CidrBlock"][:-2] + "64"}
            ),
            "enableResourceNameDnsARecordOnLaunch": True,
        },
        dropped={
            "enableDns64": True,
            "enableLniAtDeviceIndex": 1,
            "enableResourceNameDnsAaaaRecordOnLaunch": True,
            "privateDnsHostnameTypeOnLaunch": "resource-name",
        },
        replaces={
            "vpcId": "vpc-1",
            "cidrBlock": "10.0.255.0/24",
            "availabilityZone": "eu-west-1z",
            "availabilityZoneId": "euw1-az9",
            "ipv6Native": True,
        },
        stale=("ipv6CidrBlockAssociationId",),
    ),
    "aws:ec2/internetGateway:InternetGateway": Case(
        inputs=lambda _: {"tags": {"Name": "gateway"}},
        updates={"vpcId": lambda w: w.make("aws:ec2/vpc:Vpc", "gated", cidrBlock="10.7.0.0/16")["id"]},
    ),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": Case(
        inputs=lambda w: {"vpcId": w.vpc["id"], "tags": {"Name": "one-way"}},
        replaces={"vpcId": "vpc-1"},
    ),
    "aws:ec2/eip:Eip": Case(
        inputs=lambda _: {"domain": "vpc"},
        updates={
            "instance": lambda w: w.instance,
            "networkInterface": lambda w: w.interface,
            "associateWithPrivateIp": lambda w: With("10.0.0.77", {"networkInterface": w.interface}),
        },
        replaces={
            "address": "203.0.113.9",
            "publicIpv4Pool": "ipv4pool-ec2-1",
            "networkBorderGroup": "eu-west-1-lhr-1",
        },
        refused={"domain": "standard"},
        stale=("associationId", "instance", "networkInterface", "privateDns", "privateIp"),
    ),
    "aws:ec2/natGateway:NatGateway": Case(
        inputs=lambda w: {"subnetId": w.subnet, "allocationId": w.address()},
        missing={
            "availabilityZoneAddresses": lambda w: With(
                [{"availabilityZone": "eu-west-1a", "allocationIds": [w.address()]}],
                {"availabilityMode": "regional", "vpcId": w.vpc["id"], "subnetId": None, "allocationId": None},
            ),
        },
        dropped={
            "secondaryAllocationIds": lambda w: [w.address()],
            "secondaryPrivateIpAddresses": With(["10.0.0.50"], {"connectivityType": "private", "allocationId": None}),
        },
        replaces={
            "subnetId": lambda w: w.other_subnet,
            "vpcId": With("vpc-1", {"availabilityMode": "regional", "subnetId": None, "allocationId": None}),
            "allocationId": "eipalloc-1",
            "availabilityMode": With("regional", {"subnetId": None, "vpcId": "vpc-1", "allocationId": None}),
            "connectivityType": With("private", {"allocationId": None}),
            "privateIp": "10.0.0.99",
            "secondaryPrivateIpAddressCount": With(2, {"connectivityType": "private", "allocationId": None}),
        },
    ),
    "aws:ec2/routeTable:RouteTable": Case(
        inputs=lambda w: {
            "vpcId": w.vpc["id"],
            "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": w.gateway}],
            "tags": {"Type": "Public"},
        },
        updates={
            "routes": lambda w: [
                {"cidrBlock": "0.0.0.0/0", "natGatewayId": w.nat},
                {"cidrBlock": "192.168.0.0/16", "gatewayId": w.gateway},
            ]
        },
        replaces={"vpcId": "vpc-1"},
    ),
    "aws:ec2/route:Route": Case(
        import_id="{routeTableId}_{destinationCidrBlock}",
        inputs=lambda w: {
            "routeTableId": w.route_table,
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": w.gateway,
        },
        updates={
            "gatewayId": lambda w: With(None, {"natGatewayId": w.nat}),
            "natGatewayId": lambda w: With(w.nat, {"gatewayId": None}),
            "networkInterfaceId": lambda w: With(w.interface, {"gatewayId": None}),
            "transitGatewayId": lambda w: With(w.transit_gateway, {"gatewayId": None}),
            "vpcPeeringConnectionId": lambda w: With(w.peering, {"gatewayId": None}),
        },
        created={
            "egressOnlyGatewayId": lambda w: With(
                w.egress_gateway,
                {"gatewayId": None, "destinationCidrBlock": None, "destinationIpv6CidrBlock": "2001:db8:1::/48"},
            ),
        },
        stuck={
            "carrierGatewayId": lambda w: With(w.carrier_gateway, {"gatewayId": None}),
            "vpcEndpointId": lambda w: With(w.gateway_endpoint, {"gatewayId": None}),
        },
        replaces={
            "routeTableId": lambda w: w.other_route_table,
            "destinationCidrBlock": "10.99.0.0/16",
            "destinationIpv6CidrBlock": With("::/0", {"destinationCidrBlock": None}),
            "destinationPrefixListId": With("pl-1", {"destinationCidrBlock": None}),
        },
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Case(
        import_id="{subnetId}/{routeTableId}",
        inputs=lambda w: {"routeTableId": w.route_table, "subnetId": w.spare_subnet},
        updates={"routeTableId": lambda w: w.other_route_table},
        stale=("id",),
        replaces={"subnetId": lambda w: w.other_subnet, "gatewayId": With("igw-1", {"subnetId": None})},
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Case(
        inputs=lambda w: {
            "vpcId": w.vpc["id"],
            "serviceName": "com.amazonaws.eu-west-1.ssm",
            "vpcEndpointType": "Interface",
            "subnetIds": [w.subnet],
            "securityGroupIds": [w.group],
        },
        updates={
            "subnetIds": lambda w: [w.subnet, w.other_subnet],
            "securityGroupIds": lambda w: [w.other_group],
            "policy": OPEN,
            "routeTableIds": lambda w: [w.route_table],
            "autoAccept": True,
        },
        dropped={
            "ipAddressType": lambda w: With("dualstack", {"serviceName": KMS, "subnetIds": [_dual_subnet(w)]}),
            "dnsOptions": {"dnsRecordIpType": "dualstack"},
        },
        stuck={"privateDnsEnabled": True},
        replaces={
            "vpcId": "vpc-1",
            "serviceName": S3,
            "vpcEndpointType": "Gateway",
            "resourceConfigurationArn": With(
                "arn:aws:vpc-lattice:eu-west-1:123456789012:resourceconfiguration/r",
                {"serviceName": None},
            ),
            "serviceNetworkArn": With(
                "arn:aws:vpc-lattice:eu-west-1:123456789012:servicenetwork/s", {"serviceName": None}
            ),
            "serviceRegion": "eu-west-2",
        },
    ),
    "aws:ec2/flowLog:FlowLog": Case(
        inputs=lambda w: {
            "vpcId": w.vpc["id"],
            "trafficType": "REJECT",
            "iamRoleArn": w.role["arn"],
            "logDestination": w.log_group,
            "tags": {"Name": "flow"},
        },
        replaces={
            "trafficType": "ALL",
            "vpcId": With("vpc-1", {}),
            "subnetId": lambda w: With(w.subnet, {"vpcId": None}),
            "eniId": lambda w: With(w.interface, {"vpcId": None}),
            "regionalNatGatewayId": With("nat-1", {"vpcId": None}),
            "transitGatewayAttachmentId": With("tgw-attach-1", {"vpcId": None}),
            "transitGatewayId": With("tgw-1", {"vpcId": None}),
            "iamRoleArn": lambda w: w.other_role["arn"],
            "deliverCrossAccountRole": lambda w: w.other_role["arn"],
            "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:other",
            "logDestinationType": "s3",
            "logFormat": "${version} ${vpc-id}",
            "maxAggregationInterval": 60,
            "destinationOptions": {"fileFormat": "parquet"},
            "tagFieldSpecifications": [{"resourceType": "instance", "tagKeys": ["Name"]}],
        },
    ),
}
