"""One AWS API call as the embedded cloud sees it, and the handlers that answer calls in moto's place.

Everything is in boto3's shapes: a handler takes parameters as a boto3 caller would write them and returns what a boto3
caller would read. The gateway turns both into AWS's wire protocols, whichever the client speaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from embedded_aws.in_process.errors import AwsError

__all__ = ["AwsError", "Call", "Caller", "Guard", "Handler", "Routes"]


@dataclass(frozen=True)
class Caller:
    """Who makes the call: the account's owner, or a role's session (`role_arn`), or an AWS service (`service`)."""

    account: str
    access_key: str
    role_arn: str | None = None
    service: str | None = None

    def __str__(self) -> str:
        return self.role_arn or self.service or f"account {self.account}"


@dataclass(frozen=True)
class Call:
    """One API call on its way.

    Attributes:
        service: botocore's service name, such as `autoscaling`, `ec2` or `lambda`.
        action: botocore's operation name: `DescribeInstanceStatus`.
        time: Cloud time at which it arrived (UTC, aware).
        forward: Lets moto answer this call, as it came or with the parameters given; returns the boto3-shaped result,
            raises AwsError.
    """

    service: str
    action: str
    params: dict[str, Any]
    region: str
    caller: Caller
    time: datetime
    forward: Callable[..., dict[str, Any]]


Handler: TypeAlias = Callable[[Call], dict[str, Any]]
"""Answers one call; raises AwsError to refuse it."""

Routes: TypeAlias = dict[tuple[str, str], Handler]
"""(service, action) to its handler; calls without one go to moto."""

Guard: TypeAlias = Callable[[Call], None]
"""Looks at each call before it is answered; raises AwsError to refuse it (IAM)."""
