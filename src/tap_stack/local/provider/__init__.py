"""The `aws` provider: Pulumi types over the AWS API of one endpoint; see `provider` for the way through it."""

from tap_stack.local.provider.provider import AwsProvider

__all__ = ["AwsProvider"]
