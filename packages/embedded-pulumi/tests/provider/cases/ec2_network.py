"""Cases: networks, addresses, routing, endpoints, flow logs."""

from __future__ import annotations

from typing import Any

S3 = "com.amazonaws.eu-west-1.s3"
OPEN = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
)

CASES: dict[str, dict[str, Any]] = {
    "aws:ec2/vpc:Vpc": {
        "inputs": lambda _: {"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "vpc"}},
        "updates": lambda _: {
            "enableDnsHostnames": False,
            "enableDnsSupport": (False, {"enableDnsHostnames": False}),
            "enableNetworkAddressUsageMetrics": True,
            "assignGeneratedIpv6CidrBlock": True,
            "tags": {"Name": "renamed", "Team": ""},
        },
        "dropped": lambda _: {
            "ipv6CidrBlockNetworkBorderGroup": ("eu-west-1-lhr-1", {"assignGeneratedIpv6CidrBlock": True}),
        },
        "replaces": lambda _: {"cidrBlock": "10.8.0.0/16", "instanceTenancy": "dedicated"},
    },
    "aws:ec2/subnet:Subnet": {
        "inputs": lambda w: {"vpcId": w.vpc["id"], "cidrBlock": w.next_block(), "tags": {"Name": "subnet"}},
        "updates": lambda w: {
            "mapPublicIpOnLaunch": True,
            "ipv6CidrBlock": w.vpc["ipv6CidrBlock"][:-2] + "64",
            "assignIpv6AddressOnCreation": (True, {"ipv6CidrBlock": w.vpc["ipv6CidrBlock"][:-2] + "64"}),
            "enableResourceNameDnsARecordOnLaunch": True,
        },
        "dropped": lambda _: {
            "enableDns64": True,
            "enableLniAtDeviceIndex": 1,
            "enableResourceNameDnsAaaaRecordOnLaunch": True,
            "privateDnsHostnameTypeOnLaunch": "resource-name",
        },
        "replaces": lambda _: {
            "vpcId": "vpc-1",
            "cidrBlock": "10.0.255.0/24",
            "availabilityZone": "eu-west-1z",
            "availabilityZoneId": "euw1-az9",
            "ipv6Native": True,
        },
    },
    "aws:ec2/internetGateway:InternetGateway": {
        "inputs": lambda _: {"tags": {"Name": "gateway"}},
        "updates": lambda w: {"vpcId": w.make("aws:ec2/vpc:Vpc", "gated", cidrBlock="10.7.0.0/16")["id"]},
    },
    "aws:ec2/eip:Eip": {
        "inputs": lambda _: {"domain": "vpc"},
        "updates": lambda w: {
            "instance": w.instance,
            "networkInterface": w.interface,
            "associateWithPrivateIp": ("10.0.0.77", {"networkInterface": w.interface}),
        },
        "replaces": lambda _: {
            "domain": "standard",
            "address": "203.0.113.9",
            "publicIpv4Pool": "ipv4pool-ec2-1",
            "networkBorderGroup": "eu-west-1-lhr-1",
        },
    },
    "aws:ec2/natGateway:NatGateway": {
        "inputs": lambda w: {"subnetId": w.subnet, "allocationId": w.address()},
        "missing": lambda w: {
            "availabilityZoneAddresses": (
                [{"availabilityZone": "eu-west-1a", "allocationIds": [w.address()]}],
                {"availabilityMode": "regional", "vpcId": w.vpc["id"], "subnetId": None, "allocationId": None},
            ),
        },
        "dropped": lambda w: {
            "secondaryAllocationIds": [w.address()],
            "secondaryPrivateIpAddresses": (["10.0.0.50"], {"connectivityType": "private", "allocationId": None}),
        },
        "replaces": lambda w: {
            "subnetId": w.other_subnet,
            "vpcId": ("vpc-1", {"availabilityMode": "regional", "subnetId": None, "allocationId": None}),
            "allocationId": "eipalloc-1",
            "availabilityMode": ("regional", {"subnetId": None, "vpcId": "vpc-1", "allocationId": None}),
            "connectivityType": ("private", {"allocationId": None}),
            "privateIp": "10.0.0.99",
            "secondaryPrivateIpAddressCount": 2,
        },
    },
    "aws:ec2/routeTable:RouteTable": {
        "inputs": lambda w: {
            "vpcId": w.vpc["id"],
            "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": w.gateway}],
            "tags": {"Type": "Public"},
        },
        "updates": lambda w: {
            "routes": [
                {"cidrBlock": "0.0.0.0/0", "natGatewayId": w.nat},
                {"cidrBlock": "192.168.0.0/16", "gatewayId": w.gateway},
            ]
        },
        "replaces": lambda _: {"vpcId": "vpc-1"},
    },
    "aws:ec2/route:Route": {
        "import_id": "{routeTableId}_{destinationCidrBlock}",
        "inputs": lambda w: {
            "routeTableId": w.route_table,
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": w.gateway,
        },
        "updates": lambda w: {
            "gatewayId": (None, {"natGatewayId": w.nat}),
            "natGatewayId": (w.nat, {"gatewayId": None}),
            "networkInterfaceId": (w.interface, {"gatewayId": None}),
            "egressOnlyGatewayId": (w.egress_gateway, {"gatewayId": None}),
            "transitGatewayId": (w.transit_gateway, {"gatewayId": None}),
            "vpcPeeringConnectionId": (w.peering, {"gatewayId": None}),
        },
        "stuck": lambda w: {
            "carrierGatewayId": (w.carrier_gateway, {"gatewayId": None}),
            "vpcEndpointId": (w.gateway_endpoint, {"gatewayId": None}),
        },
        "replaces": lambda w: {
            "routeTableId": w.other_route_table,
            "destinationCidrBlock": "10.99.0.0/16",
            "destinationIpv6CidrBlock": ("::/0", {"destinationCidrBlock": None}),
            "destinationPrefixListId": ("pl-1", {"destinationCidrBlock": None}),
        },
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
        "import_id": "{subnetId}/{routeTableId}",
        "inputs": lambda w: {"routeTableId": w.route_table, "subnetId": w.spare_subnet},
        "updates": lambda w: {"routeTableId": w.other_route_table},
        "replaces": lambda w: {"subnetId": w.other_subnet, "gatewayId": ("igw-1", {"subnetId": None})},
    },
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        "inputs": lambda w: {
            "vpcId": w.vpc["id"],
            "serviceName": "com.amazonaws.eu-west-1.ssm",
            "vpcEndpointType": "Interface",
            "subnetIds": [w.subnet],
            "securityGroupIds": [w.group],
        },
        "updates": lambda w: {
            "subnetIds": [w.subnet, w.other_subnet],
            "securityGroupIds": [w.other_group],
            "policy": OPEN,
            "routeTableIds": [w.route_table],
        },
        "dropped": lambda _: {
            "ipAddressType": "dualstack",
            "dnsOptions": {"dnsRecordIpType": "dualstack"},
        },
        "stuck": lambda _: {"privateDnsEnabled": True},
        "replaces": lambda _: {
            "vpcId": "vpc-1",
            "serviceName": S3,
            "vpcEndpointType": "Gateway",
            "resourceConfigurationArn": (
                "arn:aws:vpc-lattice:eu-west-1:1:resourceconfiguration/r",
                {"serviceName": None},
            ),
            "serviceNetworkArn": ("arn:aws:vpc-lattice:eu-west-1:1:servicenetwork/s", {"serviceName": None}),
            "serviceRegion": "eu-west-2",
        },
    },
    "aws:ec2/flowLog:FlowLog": {
        "inputs": lambda w: {
            "vpcId": w.vpc["id"],
            "trafficType": "REJECT",
            "iamRoleArn": w.role["arn"],
            "logDestination": w.log_group,
            "tags": {"Name": "flow"},
        },
        "replaces": lambda w: {
            "trafficType": "ALL",
            "vpcId": ("vpc-1", {}),
            "subnetId": (w.subnet, {"vpcId": None}),
            "eniId": (w.interface, {"vpcId": None}),
            "regionalNatGatewayId": ("nat-1", {"vpcId": None}),
            "transitGatewayAttachmentId": ("tgw-attach-1", {"vpcId": None}),
            "transitGatewayId": ("tgw-1", {"vpcId": None}),
            "iamRoleArn": w.other_role["arn"],
            "deliverCrossAccountRole": w.other_role["arn"],
            "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:other",
            "logDestinationType": "s3",
            "logFormat": "${version} ${vpc-id}",
            "maxAggregationInterval": 60,
            "destinationOptions": {"fileFormat": "parquet"},
            "tagFieldSpecifications": [{"resourceType": "ec2:instance", "tagKeys": ["Name"]}],
        },
    },
}
