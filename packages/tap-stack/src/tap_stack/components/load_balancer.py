"""The stack's own load balancer: HTTPS before the fleet, and nothing else that gets to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import access_logs, policies
from tap_stack.components.component import Component
from tap_stack.config import InfraConfig

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.3 and 1.2 with forward secrecy and authenticated encryption alone; AWS recommends it for HTTPS listeners.

Source: Elastic Load Balancing, "Security policies for your Application Load Balancer".
"""

ANYWHERE = "0.0.0.0/0"
HTTP, HTTPS = 80, 443
PUBLIC = "public"
LONGEST_NAME = 24
"""AWS has 32 characters for a name, of which Pulumi's own digits take eight."""

HEALTHY, UNHEALTHY = 2, 3
"""Answers in a row that decide; with the default interval an instance that breaks is out after 45 seconds."""

TIMEOUT = 5  # seconds that a health check may take


class LoadBalancerArgs(TypedDict):
    """Where it stands and what is behind it."""

    config: InfraConfig
    place: policies.Place
    vpc_id: pulumi.Input[str]
    vpc_cidr: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    instance_security_group_id: pulumi.Input[str]


class LoadBalancer(Component):
    """An Application Load Balancer with its listeners, its target group, its security group and its access logs."""

    arn: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._args = args
        self._public = self.config.load_balancer == PUBLIC
        group = self._create_security_group()
        logs = access_logs.AccessLogs(
            self.names.of("access-logs"), {"config": self.config, "place": args["place"]}, self.child()
        )
        balancer = self._create_load_balancer(group, logs)
        targets = self._create_target_group()
        self._create_listeners(balancer, targets)
        if self.config.web_acl_arn:
            aws.wafv2.WebAclAssociation(
                self.names.of("web-acl"),
                resource_arn=balancer.arn,
                web_acl_arn=self.config.web_acl_arn,
                opts=self.child(),
            )
        self.publish(arn=balancer.arn, dns_name=balancer.dns_name, target_group_arn=targets.arn)

    def _create_security_group(self) -> aws.ec2.SecurityGroup:
        """Whom the load balancer serves, and that it speaks with the instances alone."""
        group = aws.ec2.SecurityGroup(
            **self.named(self.names.of("balancer"), self.child(delete_before_replace=False)),
            description="The load balancer of the fleet",
            vpc_id=self._args["vpc_id"],
        )
        who = ANYWHERE if self._public else self._args["vpc_cidr"]
        for port in (HTTPS, HTTP):
            aws.vpc.SecurityGroupIngressRule(
                **self.tagged(self.names.of(f"balancer-{port}")),
                **_tcp(port),
                security_group_id=group.id,
                cidr_ipv4=who,
                description="HTTPS" if port == HTTPS else "HTTP, which is redirected to HTTPS",
            )
        instances, port = self._args["instance_security_group_id"], self.config.target_port
        aws.vpc.SecurityGroupEgressRule(
            **self.tagged(self.names.of("balancer-to-instances")),
            **_tcp(port),
            security_group_id=group.id,
            referenced_security_group_id=instances,
            description="To the instances of the fleet",
        )
        aws.vpc.SecurityGroupIngressRule(
            **self.tagged(self.names.of("from-balancer")),
            **_tcp(port),
            security_group_id=instances,
            referenced_security_group_id=group.id,
            description="From the load balancer",
        )
        return group

    def _create_load_balancer(self, group: aws.ec2.SecurityGroup, logs: access_logs.AccessLogs) -> aws.lb.LoadBalancer:
        return aws.lb.LoadBalancer(
            **self.tagged(self.names.short("web", LONGEST_NAME), self.kept(depends_on=[logs])),
            load_balancer_type="application",
            internal=not self._public,
            security_groups=[group.id],
            subnets=self._args["subnet_ids"],
            enable_deletion_protection=self.config.protect,
            drop_invalid_header_fields=True,
            access_logs={"bucket": logs.bucket_name, "enabled": True},
        )

    def _create_target_group(self) -> aws.lb.TargetGroup:
        config = self.config
        return aws.lb.TargetGroup(
            **self.tagged(self.names.short("web", LONGEST_NAME)),
            vpc_id=self._args["vpc_id"],
            target_type="instance",
            port=config.target_port,
            protocol=config.target_protocol,
            deregistration_delay=config.deregistration_delay,
            slow_start=config.slow_start,
            health_check={
                "path": config.health_path,
                "matcher": config.health_codes,
                "interval": config.health_interval,
                "timeout": TIMEOUT,
                "protocol": config.target_protocol,
                "healthy_threshold": HEALTHY,
                "unhealthy_threshold": UNHEALTHY,
            },
        )

    def _create_listeners(self, balancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup) -> None:
        aws.lb.Listener(
            **self.tagged(self.names.of("https")),
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self.config.certificate_arn,
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
        )
        redirect: Any = {"port": str(HTTPS), "protocol": "HTTPS", "status_code": "HTTP_301"}
        aws.lb.Listener(
            **self.tagged(self.names.of("http")),
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[{"type": "redirect", "redirect": redirect}],
        )


def _tcp(port: int) -> dict[str, Any]:
    return {"ip_protocol": "tcp", "from_port": port, "to_port": port}
