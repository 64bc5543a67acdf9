"""What the services behind VPC endpoints are called, in each partition.

Source: AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink"; for China what
DescribeVpcEndpointServices lists in cn-north-1 and cn-northwest-1 (aws/aws-cdk 9864, 25333).
"""

from __future__ import annotations

from moto.utilities.utils import get_partition

GATEWAY, INTERFACE = "Gateway", "Interface"

NAMED_CN = frozenset({"autoscaling", "ec2", "lambda", "monitoring", "s3", "sqs", "sts"})
"""Services whose interface endpoints in China are called `cn.com.amazonaws...`; all gateways and the others are not."""

NO_PRIVATE_DNS = frozenset({"dynamodb"})


def dns_suffix(region: str) -> str:
    """What the names of a region's endpoints end in."""
    return "amazonaws.com.cn" if _in_china(region) else "amazonaws.com"


def service_name(region: str, service: str, kind: str) -> str:
    """The name of a service for one kind of endpoint."""
    prefix = "cn." if _in_china(region) and kind == INTERFACE and service in NAMED_CN else ""
    return f"{prefix}com.amazonaws.{region}.{service}"


def private_name(region: str, service: str) -> str | None:
    """The public name that an interface endpoint with private DNS takes over; None for services that have none."""
    return None if service in NO_PRIVATE_DNS else f"{service}.{region}.{dns_suffix(region)}"


def _in_china(region: str) -> bool:
    return get_partition(region) == "aws-cn"
