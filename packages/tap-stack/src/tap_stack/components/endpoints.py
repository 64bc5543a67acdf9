"""VPC endpoints: how instances reach SSM, CloudWatch and the package repositories without a way to the internet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components.component import Component
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.config.capacity import interface_endpoints

HTTPS: Mapping[str, Any] = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443}

CHINESE_PREFIX = frozenset({"autoscaling", "ec2", "lambda", "monitoring", "sqs", "sts"})
"""Services whose interface endpoints in China are `cn.com.amazonaws...`. The other ones there, and S3's gateway, are
called as everywhere (what DescribeVpcEndpointServices lists in cn-north-1 and cn-northwest-1: aws/aws-cdk 25333)."""


class EndpointsArgs(TypedDict):
    """Where the endpoints go: the private subnets by their zones, and for each service the zones that have it."""

    config: InfraConfig
    place: Place
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    zones: Mapping[str, Sequence[str]]
    route_table_ids: Sequence[pulumi.Input[str]]


class Endpoints(Component):
    """Interface endpoints in the private subnets whose zones have the service, and S3 as a gateway.

    Amazon Linux keeps its packages in S3.
    """

    security_group_id: pulumi.Output[str]
    s3_prefix_list_id: pulumi.Output[str]
    ids: pulumi.Output[list[str]]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._args = args
        self.security_group_id = self._create_security_group().id
        interfaces = [
            self._create_interface(service) for service in interface_endpoints(boots=bool(self.config.user_data_file))
        ]
        gateway = self._create_s3_gateway()
        self.s3_prefix_list_id = gateway.prefix_list_id
        ids = pulumi.Output.all(*(endpoint.id for endpoint in [*interfaces, gateway])).apply(list)
        self.publish(ids=ids, security_group_id=self.security_group_id)

    def _create_security_group(self) -> aws.ec2.SecurityGroup:
        name = self.names.of("endpoints")
        group = aws.ec2.SecurityGroup(
            # Its name is unique in its VPC, and another VPC replaces it.
            **self.named(name, self.child(delete_before_replace=False)),
            description="VPC endpoints, open to the VPC",
            vpc_id=self._args["vpc_id"],
        )
        aws.vpc.SecurityGroupIngressRule(
            **self.tagged(name),
            **HTTPS,
            security_group_id=group.id,
            description="HTTPS from the VPC",
            cidr_ipv4=str(self.config.vpc_cidr),
        )
        return group

    def _create_interface(self, service: str) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            **self.tagged(self.names.of(f"endpoint-{service}"), Type="Private"),
            vpc_id=self._args["vpc_id"],
            service_name=interface_service(service, self._args["place"]),
            vpc_endpoint_type="Interface",
            subnet_ids=[self._args["subnet_ids"][zone] for zone in self._args["zones"][service]],
            security_group_ids=[self.security_group_id],
            private_dns_enabled=True,
        )

    def _create_s3_gateway(self) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            **self.tagged(self.names.of("endpoint-s3"), Type="Private"),
            vpc_id=self._args["vpc_id"],
            service_name=f"com.amazonaws.{self._args['place'].region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=self._args["route_table_ids"],
        )


def interface_service(service: str, place: Place) -> str:
    """What the service of an interface endpoint is called in a place."""
    prefix = "cn." if place.partition == "aws-cn" and service in CHINESE_PREFIX else ""
    return f"{prefix}com.amazonaws.{place.region}.{service}"
