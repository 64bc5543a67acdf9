"""The instances' security group: HTTPS from the authorised ranges in, or load balancers alone, and a way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components.component import Component
from tap_stack.components.endpoints import HTTPS
from tap_stack.config import InfraConfig

ALL_PROTOCOLS = "-1"


class SecurityArgs(TypedDict):
    """Whom the group protects, and where closed egress leads to, by name: each a rule's own arguments."""

    config: InfraConfig
    vpc_id: pulumi.Input[str]
    closed_egress: Mapping[str, Mapping[str, Any]]


class Security(Component):
    """One security group with a separate, described resource for each rule. No port 22: the way in is SSM."""

    ec2_security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: SecurityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._group = aws.ec2.SecurityGroup(
            **self.named(self.names.of("instances"), self.held_by_instances()),
            description="Instances of the fleet",
            vpc_id=args["vpc_id"],
        )
        # Behind a load balancer of the stack's own, nobody but that gets in: it brings its own rule.
        for cidr in () if self.config.load_balancer else self.config.authorized_ip_ranges:
            self._let_in(cidr)
        for group in self.config.target_source_groups:
            self._let_in_on_port(group, f"the load balancers of {group}", referenced_security_group_id=group)
        for cidr in self.config.target_source_ranges:
            family = {"cidr_ipv6" if ":" in cidr else "cidr_ipv4": cidr}
            self._let_in_on_port(cidr, f"{cidr} through a load balancer", **family)
        if self.config.open_egress:
            aws.vpc.SecurityGroupEgressRule(
                **self.tagged(self.names.of("to-anywhere")),
                security_group_id=self._group.id,
                description="Anything out",
                ip_protocol=ALL_PROTOCOLS,
                cidr_ipv4="0.0.0.0/0",
            )
            if self.config.ipv6:
                aws.vpc.SecurityGroupEgressRule(
                    **self.tagged(self.names.of("to-anywhere-ipv6")),
                    security_group_id=self._group.id,
                    description="Anything out by IPv6",
                    ip_protocol=ALL_PROTOCOLS,
                    cidr_ipv6="::/0",
                )
        else:
            self._egress_to(args["closed_egress"])
        self.publish(ec2_security_group_id=self._group.id)

    def _let_in(self, cidr: str) -> None:
        family: dict[str, Any] = {"cidr_ipv6" if ":" in cidr else "cidr_ipv4": cidr}
        aws.vpc.SecurityGroupIngressRule(
            **self.tagged(self.names.of(f"https-from-{cidr}")),
            **HTTPS,
            **family,
            security_group_id=self._group.id,
            description=f"HTTPS from {cidr}",
        )

    def _let_in_on_port(self, thing: str, whom: str, **source: Any) -> None:
        """Let somebody in on the port of the workload."""
        port = self.config.target_port
        aws.vpc.SecurityGroupIngressRule(
            **self.tagged(self.names.of(f"from-{thing}")),
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            security_group_id=self._group.id,
            description=f"From {whom}",
            **source,
        )

    def _egress_to(self, targets: Mapping[str, Mapping[str, Any]]) -> None:
        """HTTPS to these alone. The VPC's DNS resolver needs no rule: security groups do not see it."""
        for target, where in targets.items():
            aws.vpc.SecurityGroupEgressRule(
                **self.tagged(self.names.of(f"https-to-{target}")),
                **HTTPS,
                **where,
                security_group_id=self._group.id,
                description=f"HTTPS to {target}",
            )
