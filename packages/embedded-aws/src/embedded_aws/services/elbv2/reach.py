"""Whether a load balancer's requests reach an instance: what security groups and network ACLs let through.

Source: Elastic Load Balancing, "Security groups for your Application Load Balancer": the load balancer's groups must
let out what the targets' groups must let in, on the port of the traffic and on that of the health checks; "Network
ACLs" in the same guide. A load balancer has a node in each of its subnets, and each of them must get through.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

from embedded_aws.services.ec2.network_acls import passes

ANY = "-1"


def reaches(ec2: Any, balancer: Any, instance: Any, port: int) -> bool:
    """Whether traffic from a load balancer gets to a port of an instance.

    Args:
        ec2: moto's EC2 of the region.
        balancer: moto's load balancer.
        instance: moto's instance.
        port: A TCP port.
    """
    groups = {group.id: group for interface in instance.nics.values() for group in interface.group_set}
    own = {each: ec2.get_security_group_from_id(each) for each in balancer.security_groups}
    nodes = [subnet.cidr_block for subnet in balancer.subnets]
    let_out = _lets_through((rule for each in own.values() if each for rule in each.egress_rules), port)
    let_in = _lets_through((rule for each in groups.values() for rule in each.ingress_rules), port)
    grouped = any(_names(rule, set(groups), [f"{instance.private_ip}/32"]) for rule in let_out) and any(
        _names(rule, set(own), nodes) for rule in let_in
    )
    target = ec2.get_subnet(instance.subnet_id)
    return grouped and all(passes(ec2, subnet, target, instance.private_ip, port) for subnet in balancer.subnets)


def _lets_through(rules: Iterable[Any], port: int) -> list[Any]:
    """The rules that are about a TCP port."""
    return [
        rule
        for rule in rules
        if rule.ip_protocol == ANY or (rule.ip_protocol == "tcp" and int(rule.from_port) <= port <= int(rule.to_port))
    ]


def _names(rule: Any, groups: set[str], blocks: list[str]) -> bool:
    """Whether a rule's peer is one of these security groups, or contains each of these blocks."""
    if (rule.source_group or {}).get("GroupId") in groups:
        return True
    named = (rule.ip_range or {}).get("CidrIp")
    if not named or not blocks:
        return False
    network = ip_network(named, strict=False)
    return all(ip_address(block.partition("/")[0]) in network for block in blocks)
