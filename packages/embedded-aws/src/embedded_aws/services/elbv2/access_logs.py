"""Whether Elastic Load Balancing may write its access logs into a bucket: the bucket's policy decides.

Source: Elastic Load Balancing, "Enable access logs for your Application Load Balancer": the bucket is in the load
balancer's region, its policy lets `logdelivery.elasticloadbalancing.amazonaws.com` put objects under
`[prefix/]AWSLogs/<account>/`, and it is encrypted with keys of S3 (SSE-S3 is the only encryption that works).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError
from embedded_aws.iam.authorizer import Authorizer

PRINCIPAL = "logdelivery.elasticloadbalancing.amazonaws.com"
KINDS = {"access_logs": "access logs", "connection_logs": "connection logs"}
SSE_S3 = "AES256"
CODE = "InvalidConfigurationRequest"


def check(iam: Authorizer, region: str, balancer_arn: str, attributes: Mapping[str, str]) -> None:
    """Refuse logs that could not be delivered.

    Args:
        iam: Decides on the bucket's policy.
        region: The load balancer's.
        balancer_arn: Its ARN.
        attributes: All its attributes, as they would be.

    Raises:
        AwsError: `InvalidConfigurationRequest`, with AWS's words.
    """
    for kind, words in KINDS.items():
        if attributes.get(f"{kind}.s3.enabled") == "true":
            name = attributes.get(f"{kind}.s3.bucket", "")
            if not name:
                raise AwsError(CODE, f"The S3 bucket name for {words} must be specified")
            _check_bucket(iam, region, balancer_arn, name, attributes.get(f"{kind}.s3.prefix", ""))


def _check_bucket(iam: Authorizer, region: str, balancer_arn: str, name: str, prefix: str) -> None:
    partition = get_partition(region)
    denied = AwsError(CODE, f"Access Denied for bucket: {name}. Please check S3bucket permission")
    bucket = get_backend("s3")[ACCOUNT][partition].buckets.get(name)
    if bucket is None:
        raise denied
    if bucket.region_name != region:
        raise AwsError(CODE, f"The bucket {name} is not in the region {region}.")
    folder = f"{prefix}/AWSLogs" if prefix else "AWSLogs"
    object_arn = f"arn:{partition}:s3:::{name}/{folder}/{ACCOUNT}/ELBAccessLogTestFile"
    may = iam.service_may(PRINCIPAL, "s3:PutObject", object_arn, {"aws:SourceArn": balancer_arn})
    if not may.allowed or _is_encrypted_otherwise(bucket):
        raise denied


def _is_encrypted_otherwise(bucket: Any) -> bool:
    """Whether the bucket's default encryption is one with which log delivery does not work."""
    rule: Any = (bucket.encryption or {}).get("Rule", {})
    rules = rule if isinstance(rule, list) else [rule]
    used = {each.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", SSE_S3) for each in rules if each}
    return bool(used - {SSE_S3})
