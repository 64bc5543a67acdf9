"""Cases: security groups and their rules."""

from __future__ import annotations

from typing import Any

HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"], "description": "HTTPS"}
EVERYTHING = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}


def peers(w: Any) -> dict[str, Any]:
    return {
        "cidrIpv6": ("2001:db8::/32", {"cidrIpv4": None}),
        "prefixListId": (w.prefix_list, {"cidrIpv4": None, "description": None}),
        "referencedSecurityGroupId": (w.other_group, {"cidrIpv4": None, "description": None}),
    }


def rule_case() -> dict[str, Any]:
    return {
        "inputs": lambda w: {
            "securityGroupId": w.fresh_group(),
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.0.0.0/8",
            "description": "HTTPS",
            "tags": {"Name": "rule"},
        },
        "updates": lambda _: {
            "ipProtocol": ("-1", {"fromPort": None, "toPort": None}),
            "fromPort": 400,
            "toPort": 500,
            "cidrIpv4": "10.1.0.0/16",
            "description": "another",
        },
        "stuck": peers,
        "created": peers,
        "replaces": lambda w: {"securityGroupId": w.other_group},
    }


CASES: dict[str, dict[str, Any]] = {
    "aws:ec2/securityGroup:SecurityGroup": {
        "inputs": lambda w: {
            "vpcId": w.vpc["id"],
            "description": "a group",
            "ingress": [HTTPS],
            "tags": {"Name": "group"},
        },
        "updates": lambda w: {
            "ingress": [
                {**HTTPS, "cidrBlocks": ["10.1.0.0/16", "10.2.0.0/16"]},
                {"protocol": "udp", "fromPort": 53, "toPort": 53, "self": True, "ipv6CidrBlocks": ["2001:db8::/32"]},
                {"protocol": "tcp", "fromPort": 22, "toPort": 22, "securityGroups": [w.other_group]},
            ],
            "egress": [EVERYTHING],
            "revokeRulesOnDelete": True,
        },
        "replaces": lambda _: {
            "name": "another",
            "namePrefix": ("some-", {"name": None}),
            "description": "another",
            "vpcId": "vpc-1",
        },
    },
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
        "outlives": True,
        "inputs": lambda w: {"vpcId": w.vpc["id"], "tags": {"Name": "closed"}},
        "updates": lambda _: {"ingress": [HTTPS], "egress": [EVERYTHING], "revokeRulesOnDelete": True},
        "replaces": lambda _: {"vpcId": "vpc-1"},
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule_case(),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule_case(),
}
