"""CIDR blocks in their canonical form: EC2 sets the host bits of what it is given to zero, and tells it so ever after.

Source: botocore 1.44.5, ec2 CreateVpcRequest.CidrBlock, CreateSubnetRequest.CidrBlock,
CreateRouteRequest.DestinationCidrBlock ("We modify the specified CIDR block to its canonical form; for example, if you
specify 100.68.0.18/18, we modify it to 100.68.0.0/18") and IpRange.CidrIp (the rule that differs in host bits only is
a duplicate).
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

from embedded_aws.calls import Call, Handler

CALLS = (
    "AssociateSubnetCidrBlock",
    "AssociateVpcCidrBlock",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "CreateNetworkAclEntry",
    "CreateRoute",
    "CreateSubnet",
    "CreateVpc",
    "DeleteRoute",
    "ModifySecurityGroupRules",
    "ReplaceNetworkAclEntry",
    "ReplaceRoute",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "UpdateSecurityGroupRuleDescriptionsEgress",
    "UpdateSecurityGroupRuleDescriptionsIngress",
)
"""The calls that take a block."""

MEMBERS = frozenset(
    {
        "CidrBlock",
        "CidrIp",
        "CidrIpv4",
        "CidrIpv6",
        "DestinationCidrBlock",
        "DestinationIpv6CidrBlock",
        "Ipv6CidrBlock",
    }
)
"""The parameters that are blocks, wherever they are in a request."""


def made_canonical(handler: Handler) -> Handler:
    """A handler that is given every block of a request in its canonical form; what is no block stays as it is."""

    def answer(call: Call) -> dict[str, Any]:
        params = _canonical(call.params)
        if params == call.params:
            return handler(call)
        return handler(replace(call, params=params, forward=lambda: call.forward(params)))

    return answer


def canonical(block: str) -> str:
    """A block without host bits, or as it was if it is none."""
    if "/" not in block:
        return block
    try:
        return str(ipaddress.ip_network(block, strict=False))
    except ValueError:
        return block


def _canonical(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {each: _canonical(member, each) for each, member in value.items()}
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    return canonical(value) if name in MEMBERS and isinstance(value, str) else value
