"""VPC endpoints: how instances reach SSM, CloudWatch and the package repositories without a way to the internet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components.component import Component
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig

HTTPS: Mapping[str, Any] = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443}

_IN_CHINA = """
application-autoscaling athena autoscaling backup batch cloudformation ebs ec2 ecr.api ecr.dkr eks elasticache
elasticbeanstalk elasticfilesystem execute-api fsx kinesis-streams lambda monitoring rds redshift sagemaker.api
sagemaker.runtime sqs states sts synthetics transfer xray
"""
CHINESE_PREFIX = frozenset(_IN_CHINA.split())
"""Services whose interface endpoints in China are `cn.com.amazonaws...`. The other ones there, and S3's gateway, are
called as everywhere (what DescribeVpcEndpointServices lists in cn-north-1 and cn-northwest-1: aws/aws-cdk 25333, and
aws-ec2/lib/vpc-endpoint.ts there)."""

S3 = "s3"
IPV4, DUAL_STACK = "ipv4", "dualstack"


class EndpointsArgs(TypedDict):
    """Where the endpoints go: the private subnets by their zones, and for each service the zones that have it.

    `vpc_cidrs` are the VPC's addresses, `vpc_ipv6` its IPv6 block; `gateways` the services that have a gateway in the
    route tables; `address_types` says which addresses endpoints have, where that is not left to AWS.
    """

    config: InfraConfig
    place: Place
    vpc_id: pulumi.Input[str]
    vpc_cidrs: Sequence[str]
    vpc_ipv6: pulumi.Input[str] | None
    address_types: Mapping[str, str]
    gateways: Sequence[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    zones: Mapping[str, Sequence[str]]
    route_table_ids: Sequence[pulumi.Input[str]]


class Endpoints(Component):
    """Interface endpoints in the private subnets whose zones have the service, and gateways, such as S3's.

    Amazon Linux keeps its packages in S3.
    """

    security_group_id: pulumi.Output[str] | None
    prefix_list_ids: dict[str, pulumi.Output[str]]
    ids: pulumi.Output[list[str]]

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._args = args
        self.security_group_id = self._create_security_group().id if args["zones"] else None
        interfaces = [self._create_interface(service) for service in args["zones"]]
        gateways = {service: self._create_gateway(service) for service in args["gateways"]}
        self.prefix_list_ids = {service: gateway.prefix_list_id for service, gateway in gateways.items()}
        ids = pulumi.Output.all(*(endpoint.id for endpoint in [*interfaces, *gateways.values()])).apply(list)
        self.publish(ids=ids, security_group_id=self.security_group_id)

    def _create_security_group(self) -> aws.ec2.SecurityGroup:
        name = self.names.of("endpoints")
        group = aws.ec2.SecurityGroup(
            # Its name is unique in its VPC, and another VPC replaces it.
            **self.named(name, self.child(delete_before_replace=False)),
            description="VPC endpoints, open to the VPC",
            vpc_id=self._args["vpc_id"],
        )
        for number, cidr in enumerate(self._args["vpc_cidrs"]):
            aws.vpc.SecurityGroupIngressRule(
                **self.tagged(name if number == 0 else self.names.of(f"endpoints-from-{cidr}")),
                **HTTPS,
                security_group_id=group.id,
                description="HTTPS from the VPC",
                cidr_ipv4=cidr,
            )
        if DUAL_STACK in self._args["address_types"].values():
            aws.vpc.SecurityGroupIngressRule(
                **self.tagged(self.names.of("endpoints-from-ipv6")),
                **HTTPS,
                security_group_id=group.id,
                description="HTTPS from the VPC by IPv6",
                cidr_ipv6=self._args["vpc_ipv6"],
            )
        return group

    def _create_interface(self, service: str) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            **self.tagged(self.names.of(f"endpoint-{service}"), Type="Private"),
            vpc_id=self._args["vpc_id"],
            service_name=interface_service(service, self._args["place"]),
            vpc_endpoint_type="Interface",
            subnet_ids=[self._args["subnet_ids"][zone] for zone in self._args["zones"][service]],
            security_group_ids=[self.security_group_id] if self.security_group_id else None,
            private_dns_enabled=True,
            ip_address_type=self._args["address_types"].get(service),
        )

    def _create_gateway(self, service: str) -> aws.ec2.VpcEndpoint:
        return aws.ec2.VpcEndpoint(
            **self.tagged(self.names.of(f"endpoint-{service}"), Type="Private"),
            vpc_id=self._args["vpc_id"],
            service_name=gateway_service(service, self._args["place"]),
            vpc_endpoint_type="Gateway",
            route_table_ids=self._args["route_table_ids"],
        )


def interface_service(service: str, place: Place) -> str:
    """What the service of an interface endpoint is called in a place."""
    prefix = "cn." if place.partition == "aws-cn" and service in CHINESE_PREFIX else ""
    return f"{prefix}com.amazonaws.{place.region}.{service}"


def gateway_service(service: str, place: Place) -> str:
    """What the service of a gateway endpoint is called in a place."""
    return f"com.amazonaws.{place.region}.{service}"
