"""One call to each service before any client comes, because moto's first calls are slow.

moto imports a service, reads its model and builds its routes when it is first called: two seconds in all, spent here
while the program that will be deployed is itself still starting.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from botocore.serialize import create_serializer
from moto.core.utils import get_service_model

from embedded_aws import wire
from embedded_aws.access import ACCESS_KEY
from embedded_aws.gateway import Backend
from embedded_aws.wire import Inbound, Scope

IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

QUIET_CALLS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("ec2", "DescribeVpcs", {}),
    ("ssm", "GetParameter", {"Name": IMAGE_PARAMETER}),
    ("iam", "ListAccountAliases", {}),
    ("sts", "GetCallerIdentity", {}),
    ("autoscaling", "DescribeAutoScalingGroups", {}),
    ("sns", "ListTopics", {}),
    ("kms", "ListKeys", {}),
    ("logs", "DescribeLogGroups", {}),
    ("lambda", "ListFunctions", {}),
    ("events", "ListRules", {}),
    ("cloudwatch", "DescribeAlarms", {}),
    ("service-quotas", "ListAWSDefaultServiceQuotas", {"ServiceCode": "vpc"}),
)
"""Service, call and parameters; none changes anything. In the order in which a deployment comes to need them."""

LATE = frozenset(
    {"acm", "backup", "dynamodb", "ecr", "ecs", "elbv2", "rds", "route53", "s3", "secretsmanager", "sqs", "wafv2"}
)
"""Services that only some programs use: moto loads each of them when its first call comes."""


def warm(backend: Backend, region: str) -> None:
    """Make the quiet calls. Hold the cloud's lock."""
    for service, action, params in QUIET_CALLS:
        backend.answer(_inbound(service, action, params, region))


def _inbound(service: str, action: str, params: Mapping[str, Any], region: str) -> Inbound:
    """The request that boto3 would send, as the gateway would read it."""
    model = get_service_model(service)
    serializer = create_serializer(model.resolved_protocol)
    request = serializer.serialize_to_request(dict(params), model.operation_model(action))
    environ = _environ(request)
    credential = f"{ACCESS_KEY}/20000101/{region}/{model.signing_name}/aws4_request"
    environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=none"
    return wire.read_request(environ, Scope(ACCESS_KEY, region, service), model)


def _environ(request: Mapping[str, Any]) -> dict[str, Any]:
    body = request["body"]
    if isinstance(body, dict):  # the query protocols leave the form encoding to the HTTP client
        body = urlencode(body)
    raw = body if isinstance(body, bytes) else body.encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": request["url_path"],
        "RAW_URI": request["url_path"],
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(raw),
    }
    for name, value in request["headers"].items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
