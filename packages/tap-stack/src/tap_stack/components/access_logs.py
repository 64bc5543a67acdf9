"""Where the load balancer's access logs go: a bucket that Elastic Load Balancing may write to and nobody may open."""

from __future__ import annotations

import json
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.component import Component
from tap_stack.config import InfraConfig

LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


class AccessLogsArgs(TypedDict):
    """Where the bucket lives."""

    config: InfraConfig
    place: policies.Place


class AccessLogs(Component):
    """A bucket with encryption, a policy, a lifecycle, and no public access.

    The encryption is S3's own: log delivery works with no other. The bucket's name is Pulumi's to make up, because
    names of buckets are one for all of AWS. With `tap:protect` it stays with its logs when the stack goes.
    """

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        bucket = aws.s3.Bucket(
            **self.tagged(self.names.of("access-logs"), self.child(retain_on_delete=self.config.protect)),
            force_destroy=not self.config.protect,
        )
        aws.s3.BucketOwnershipControls(
            self.names.of("access-logs-owner"),
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self.child(),
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self.names.of("access-logs-encryption"),
            bucket=bucket.bucket,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=self.child(),
        )
        aws.s3.BucketLifecycleConfiguration(
            self.names.of("access-logs-lifecycle"),
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": self.config.flow_log_retention_days},
                }
            ],
            opts=self.child(),
        )
        closed = aws.s3.BucketPublicAccessBlock(
            self.names.of("access-logs-closed"),
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        place = args["place"]
        policy = aws.s3.BucketPolicy(
            self.names.of("access-logs-policy"),
            bucket=bucket.bucket,
            policy=bucket.arn.apply(lambda arn: delivery_policy(str(arn), place.account)),
            opts=self.child(depends_on=[closed]),
        )
        # Who has the name has the policy too: the load balancer is refused without it.
        self.publish(bucket_name=pulumi.Output.all(bucket.bucket, policy.id).apply(lambda both: str(both[0])))


def delivery_policy(bucket_arn: str, account: str) -> str:
    """The bucket's policy: access logs of this account's load balancers in, and nothing without TLS.

    Source: Elastic Load Balancing, "Enable access logs for your Application Load Balancer" (bucket policy).
    """
    delivery = {
        "Sid": "DeliverAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": LOG_DELIVERY},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/AWSLogs/{account}/*",
    }
    plain = {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [delivery, plain]})
