"""The network with one thing changed."""

from __future__ import annotations

from pulumi_guardrails import types as aws
from support.programs import add, both, cut, drop, output, put, ref, refs

from .mutation import (
    ANYWHERE,
    CLOSED,
    FLEET,
    OFF,
    ON,
    Mutation,
    in_one_zone,
    never_asking,
)

NO_WAY_OUT = both(
    add(
        aws.SUBNET,
        "data",
        vpcId=ref(aws.VPC),
        availabilityZone="us-east-1c",
        tags={"Name": "data", "Type": "Private"},
    ),
    add(aws.ROUTE_TABLE, "data", vpcId=ref(aws.VPC), tags={"Name": "data", "Type": "Private"}),
    add(
        aws.ROUTE_TABLE_ASSOCIATION,
        "data",
        subnetId=ref(aws.SUBNET, "data"),
        routeTableId=ref(aws.ROUTE_TABLE, "data"),
    ),
    lambda program: output("data", refs(ref(aws.ROUTE_TABLE, "data"), ref(aws.SUBNET, "data"))(program))(program),
)

NETWORK = (
    Mutation("zones-from-region", "a program that never asks for zones", never_asking),
    Mutation(
        "zones-from-region", "a zone of another region", put(aws.SUBNET, "private-a", "availabilityZone", "eu-west-1a")
    ),
    Mutation("vpc-flow-log", "no flow log", both(drop(aws.FLOW_LOG), drop(aws.ROLE, "tap-flow-log-us-east-1-dev"))),
    Mutation("flow-log-traffic", "accepted traffic alone", put(aws.FLOW_LOG, "", "trafficType", "ACCEPT")),
    Mutation(
        "flow-log-destination",
        "no role to write with",
        both(cut(aws.FLOW_LOG, "", "iamRoleArn"), drop(aws.ROLE, "tap-flow-log-us-east-1-dev")),
    ),
    Mutation("default-security-group-closed", "not adopted", drop(aws.DEFAULT_SECURITY_GROUP)),
    Mutation(
        "default-security-group-closed",
        "its members may talk to each other",
        put(aws.DEFAULT_SECURITY_GROUP, "", "ingress", [{"self": True, "protocol": "-1", "fromPort": 0, "toPort": 0}]),
    ),
    Mutation("no-default-vpc", "the default VPC adopted", add(aws.DEFAULT_VPC, "default")),
    Mutation("no-default-vpc", "a default subnet adopted", add(aws.DEFAULT_SUBNET, "default")),
    Mutation(
        "subnet-no-public-ip", "a public subnet gives addresses", put(aws.SUBNET, "public-a", "mapPublicIpOnLaunch", ON)
    ),
    Mutation("subnet-zones", "both public subnets in one zone", in_one_zone),
    Mutation(
        "subnet-route-table",
        "a public subnet without a table",
        both(
            drop(aws.ROUTE_TABLE_ASSOCIATION, "public-b"),
            drop(aws.NAT_GATEWAY, "nat-b"),
            put(aws.ROUTE, "private-b-nat", "natGatewayId", ref(aws.NAT_GATEWAY, "nat-a")),
        ),
    ),
    Mutation(
        "route-table-used",
        "a table for nobody",
        both(
            add(aws.ROUTE_TABLE, "spare", vpcId=ref(aws.VPC), tags={"Name": "spare", "Type": "Private"}),
            lambda program: output("spare_table", ref(aws.ROUTE_TABLE, "spare")(program))(program),
        ),
    ),
    Mutation(
        "instances-in-private-subnets",
        "the group in the public subnets",
        put(*FLEET, "vpcZoneIdentifiers", refs(ref(aws.SUBNET, "public-a"), ref(aws.SUBNET, "public-b"))),
    ),
    Mutation(
        "instances-in-private-subnets",
        "one public subnet among the private ones",
        put(*FLEET, "vpcZoneIdentifiers", refs(ref(aws.SUBNET, "private-a"), ref(aws.SUBNET, "public-b"))),
    ),
    Mutation(
        "instances-in-private-subnets",
        "a private table that leads to the internet gateway",
        both(
            put(aws.ROUTE, "private-a-nat", "gatewayId", ref(aws.INTERNET_GATEWAY)),
            cut(aws.ROUTE, "private-a-nat", "natGatewayId"),
        ),
    ),
    Mutation(
        "instances-in-private-subnets",
        "a private table that leads to the internet gateway by IPv6",
        both(
            put(aws.ROUTE, "private-a-ipv6", "gatewayId", ref(aws.INTERNET_GATEWAY)),
            cut(aws.ROUTE, "private-a-ipv6", "egressOnlyGatewayId"),
        ),
        config={"ipv6": "true"},
    ),
    Mutation(
        "instances-reach-ssm",
        "no endpoint for ssmmessages in a closed network",
        drop(aws.VPC_ENDPOINT, "endpoint-ssmmessages"),
        config=CLOSED,
    ),
    Mutation(
        "endpoint-private-dns",
        "an endpoint without its private name",
        put(aws.VPC_ENDPOINT, "endpoint-ssm", "privateDnsEnabled", OFF),
        config=CLOSED,
    ),
    Mutation(
        "endpoint-private-dns",
        "a VPC without DNS hostnames",
        put(aws.VPC, "vpc", "enableDnsHostnames", OFF),
        config=CLOSED,
    ),
    Mutation(
        "nat-gateway-public-subnet",
        "a NAT gateway in a private subnet",
        put(aws.NAT_GATEWAY, "nat-a", "subnetId", ref(aws.SUBNET, "private-a")),
    ),
    Mutation(
        "nat-gateway-per-zone",
        "one gateway for both zones",
        put(aws.ROUTE, "private-b-nat", "natGatewayId", ref(aws.NAT_GATEWAY, "nat-a")),
    ),
    Mutation(
        "private-default-route",
        "a zone without a way out, for no instances",
        NO_WAY_OUT,
    ),
    Mutation(
        "private-default-route",
        "a zone without a way out, beside a regional gateway",
        NO_WAY_OUT,
        config={"natStrategy": "regional"},
    ),
    Mutation(
        "network-names", "a route table without a name", put(aws.ROUTE_TABLE, "public", "tags", {"Project": "tap"})
    ),
    Mutation("address-used", "an address for nobody", add(aws.EIP, "spare", tags={"Name": "spare", "Type": "Public"})),
    Mutation(
        "network-acl-admin-ports",
        "an ACL that lets SSH in",
        add(
            aws.NETWORK_ACL_RULE,
            "ssh",
            networkAclId="acl-1",
            ruleAction="allow",
            protocol="tcp",
            fromPort=22,
            toPort=22,
            cidrBlock=ANYWHERE,
        ),
    ),
)
