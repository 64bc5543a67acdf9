"""The `aws` provider: Pulumi types over the AWS API of one endpoint; see `provider` for the way through it."""

from embedded_pulumi.aws.provider import AwsProvider

__all__ = ["AwsProvider"]
