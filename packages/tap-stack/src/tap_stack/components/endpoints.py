"""VPC endpoints: how instances reach SSM, CloudWatch and the package repositories without a way to the internet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components.component import Component
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.config.capacity import INTERFACE_ENDPOINTS

HTTPS = 443

CHINESE_PREFIX = frozenset({"autoscaling", "ec2", "lambda", "monitoring", "sqs", "sts"})
"""Services whose interface endpoints in China are `cn.com.amazonaws...`. The other ones there, and S3's gateway, are
called as everywhere (what DescribeVpcEndpointServices lists in cn-north-1 and cn-northwest-1: aws/aws-cdk 25333)."""


class EndpointsArgs(TypedDict):
    """Where the endpoints go."""

    config: InfraConfig
    place: Place
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    route_table_ids: Sequence[pulumi.Input[str]]


class Endpoints(Component):
    """Interface endpoints in the private subnets, and S3 as a gateway: Amazon Linux keeps its packages there."""

    security_group_id: pulumi.Output[str]
    s3_prefix_list_id: pulumi.Output[str]
    ids: pulumi.Output[list[str]]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._args = args
        self.security_group_id = self._create_security_group().id
        interfaces = [self._create_interface(service) for service in INTERFACE_ENDPOINTS]
        gateway = self._create_s3_gateway()
        self.s3_prefix_list_id = gateway.prefix_list_id
        self.ids = pulumi.Output.all(*(endpoint.id for endpoint in [*interfaces, gateway])).apply(list)
        self.register_outputs({"ids": self.ids, "security_group_id": self.security_group_id})

    def _create_security_group(self) -> aws.ec2.SecurityGroup:
        name = self.names.of("endpoints")
        group = aws.ec2.SecurityGroup(
            name,
            name=name,
            description="VPC endpoints, open to the VPC",
            vpc_id=self._args["vpc_id"],
            tags=self.tags(name),
            opts=self.child(delete_before_replace=False),  # its name is unique in its VPC, and another VPC replaces it
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group.id,
            description="HTTPS from the VPC",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4=str(self.config.vpc_cidr),
            tags=self.tags(name),
            opts=self.child(),
        )
        return group

    def _create_interface(self, service: str) -> aws.ec2.VpcEndpoint:
        name = self.names.of(f"endpoint-{service}")
        return aws.ec2.VpcEndpoint(
            name,
            vpc_id=self._args["vpc_id"],
            service_name=interface_service(service, self._args["place"]),
            vpc_endpoint_type="Interface",
            subnet_ids=self._args["subnet_ids"],
            security_group_ids=[self.security_group_id],
            private_dns_enabled=True,
            tags=self.tags(name, Type="Private"),
            opts=self.child(),
        )

    def _create_s3_gateway(self) -> aws.ec2.VpcEndpoint:
        name = self.names.of("endpoint-s3")
        return aws.ec2.VpcEndpoint(
            name,
            vpc_id=self._args["vpc_id"],
            service_name=f"com.amazonaws.{self._args['place'].region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=self._args["route_table_ids"],
            tags=self.tags(name, Type="Private"),
            opts=self.child(),
        )


def interface_service(service: str, place: Place) -> str:
    """What the service of an interface endpoint is called in a place."""
    prefix = "cn." if place.partition == "aws-cn" and service in CHINESE_PREFIX else ""
    return f"{prefix}com.amazonaws.{place.region}.{service}"
