"""Cases: security groups and their rules."""

from __future__ import annotations

from support.provider.case import Case, With

HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"], "description": "HTTPS"}
EVERYTHING = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}


PEERS = {
    "cidrIpv6": With("2001:db8::/32", {"cidrIpv4": None}),
    "prefixListId": lambda w: With(w.prefix_list, {"cidrIpv4": None, "description": None}),
    "referencedSecurityGroupId": lambda w: With(w.other_group, {"cidrIpv4": None, "description": None}),
}


def rule_case() -> Case:
    return Case(
        inputs=lambda w: {
            "securityGroupId": w.fresh_group(),
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/8",
            "description": "HTTPS",
            "tags": {"Name": "rule"},
        },
        updates={
            "ipProtocol": With("-1", {"fromPort": None, "toPort": None}),
            "fromPort": 400,
            "toPort": 500,
            "cidrIpv4": "10.1.0.0/16",
            "description": "another",
        },
        stuck=PEERS,
        created=PEERS,
        replaces={"securityGroupId": lambda w: w.other_group},
    )


CASES: dict[str, Case] = {
    "aws:ec2/securityGroup:SecurityGroup": Case(
        inputs=lambda w: {
            "vpcId": w.vpc["id"],
            "description": "a group",
            "ingress": [HTTPS],
            "tags": {"Name": "group"},
        },
        updates={
            "ingress": lambda w: [
                {**HTTPS, "cidrBlocks": ["10.1.0.0/16", "10.2.0.0/16"]},
                {"protocol": "udp", "fromPort": 53, "toPort": 53, "self": True, "ipv6CidrBlocks": ["2001:db8::/32"]},
                {"protocol": "tcp", "fromPort": 22, "toPort": 22, "securityGroups": [w.other_group]},
            ],
            "egress": [EVERYTHING],
            "revokeRulesOnDelete": True,
        },
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "description": "another",
            "vpcId": "vpc-1",
        },
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Case(
        outlives=True,
        inputs=lambda w: {"vpcId": w.vpc["id"], "tags": {"Name": "closed"}},
        updates={"ingress": [HTTPS], "egress": [EVERYTHING], "revokeRulesOnDelete": True},
        replaces={"vpcId": "vpc-1"},
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule_case(),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule_case(),
}
