"""Who launches instances where a customer's key encrypts every volume: an Auto Scaling role that may use the key.

The role that Auto Scaling has by default may use AWS's own key only; without a grant, instances end as soon as they
begin. A grant for that role would let every group of the account use the key, so this one is the stack's own.

Source: EC2 Auto Scaling User Guide, "Service-linked roles" ("custom suffix"), "Required AWS KMS key policy for use with
encrypted volumes".
"""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from tap_stack.components.component import Component
from tap_stack.config import InfraConfig

OPERATIONS = (
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
)
"""What Auto Scaling's role needs of a key, in the names that grants have."""


class Launcher(Component):
    """An Auto Scaling service-linked role of the stack's own, and a grant for it on a key."""

    role_arn: pulumi.Output[str]

    def __init__(
        self, name: str, config: InfraConfig, key_arn: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, config, opts)
        role = aws.iam.ServiceLinkedRole(
            **self.tagged(self.names.of("launcher")),
            aws_service_name="autoscaling.amazonaws.com",
            custom_suffix=self.names.launcher,
            description="Launches the fleet's instances with the key that encrypts their volumes",
        )
        aws.kms.Grant(
            self.names.of("launcher"),
            name=self.names.of("launcher"),
            key_id=key_arn,
            grantee_principal=role.arn,
            operations=list(OPERATIONS),
            opts=self.child(),
        )
        self.publish(role_arn=role.arn)
