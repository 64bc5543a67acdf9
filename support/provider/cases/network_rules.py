"""Cases: network ACLs, main route tables, and connections between VPCs."""

from __future__ import annotations

from embedded_pulumi.values import Properties
from support.provider.case import Case, With
from support.provider.world import World

WEB: Properties = {
    "action": "allow",
    "cidrBlock": "10.0.0.0/8",
    "fromPort": 80,
    "protocol": "tcp",
    "ruleNo": 100,
    "toPort": 80,
}
PING: Properties = {
    "action": "deny",
    "fromPort": 0,
    "icmpCode": -1,
    "icmpType": 8,
    "ipv6CidrBlock": "2001:db8::/32",
    "protocol": "58",
    "ruleNo": 200,
    "toPort": 0,
}
EVERYTHING: Properties = {**WEB, "fromPort": 0, "protocol": "-1", "ruleNo": 300, "toPort": 0}


def fresh_subnet(world: World) -> str:
    return world.subnet_in(world.next_name(), world.next_block(), "a")


def fresh_acl(world: World) -> str:
    return str(world.make("aws:ec2/networkAcl:NetworkAcl", world.next_name(), vpcId=world.vpc["id"])["id"])


def fresh_table(world: World) -> str:
    return str(world.make("aws:ec2/routeTable:RouteTable", world.next_name(), vpcId=world.vpc["id"])["id"])


def fresh_vpc(world: World, block: str = "10.7.0.0/16") -> str:
    return str(world.make("aws:ec2/vpc:Vpc", world.next_name(), cidrBlock=block)["id"])


CASES: dict[str, Case] = {
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": Case(
        inputs=lambda w: {"routeTableId": fresh_table(w), "vpcId": w.vpc["id"]},
        updates={"routeTableId": fresh_table},
        missing={"vpcId": "vpc-1"},
        stale=("id",),
        found_again=False,
        imports=False,
    ),
    "aws:ec2/networkAcl:NetworkAcl": Case(
        inputs=lambda w: {
            "vpcId": w.vpc["id"],
            "egress": [{**EVERYTHING, "action": "Allow"}],
            "ingress": [WEB],
            "subnetIds": [fresh_subnet(w)],
            "tags": {"Name": "acl"},
        },
        updates={
            "egress": [{**EVERYTHING, "action": "deny"}],
            "ingress": [{**WEB, "protocol": "17", "ruleNo": 200}, {**WEB, "toPort": 443}],
            "subnetIds": lambda w: [fresh_subnet(w)],
        },
        dropped={"ingress": [PING]},
        replaces={"vpcId": "vpc-1"},
    ),
    "aws:ec2/networkAclRule:NetworkAclRule": Case(
        inputs=lambda w: {
            "cidrBlock": "10.0.0.0/8",
            "egress": True,
            "fromPort": 80,
            "networkAclId": fresh_acl(w),
            "protocol": "tcp",
            "ruleAction": "allow",
            "ruleNumber": 100,
            "toPort": 80,
        },
        dropped={
            "icmpCode": With(1, {"fromPort": 0, "icmpType": 3, "protocol": "icmp", "toPort": 0}),
            "icmpType": With(8, {"fromPort": 0, "protocol": "icmp", "toPort": 0}),
        },
        replaces={
            "cidrBlock": "10.0.0.0/16",
            "egress": False,
            "fromPort": 79,
            "icmpCode": With(1, {"protocol": "icmp"}),
            "icmpType": With(8, {"protocol": "icmp"}),
            "ipv6CidrBlock": With("2001:db8::/32", {"cidrBlock": None}),
            "networkAclId": fresh_acl,
            "protocol": "udp",
            "ruleAction": "deny",
            "ruleNumber": 200,
            "toPort": 81,
        },
        import_id="{networkAclId}:{ruleNumber}:tcp:true",
    ),
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": Case(
        inputs=lambda w: {"networkAclId": fresh_acl(w), "subnetId": fresh_subnet(w)},
        replaces={"networkAclId": fresh_acl, "subnetId": fresh_subnet},
    ),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": Case(
        inputs=lambda w: {
            "vpcId": w.vpc["id"],
            "peerVpcId": fresh_vpc(w),
            "autoAccept": True,
            "tags": {"Name": "peers"},
        },
        updates={
            "accepter": {"allowRemoteVpcDnsResolution": True},
            "autoAccept": False,
            "requester": {"allowRemoteVpcDnsResolution": True},
        },
        replaces={
            "vpcId": "vpc-1",
            "peerVpcId": "vpc-1",
            "peerOwnerId": "210987654321",
            "peerRegion": With("eu-central-1", {"autoAccept": False}),
        },
        stale=("acceptStatus",),
    ),
}
