"""Log streams as CloudWatch Logs has them; moto accepts any name and any token.

Source: API CreateLogStream and DescribeLogStreams.
"""

from __future__ import annotations

from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import log_streams


def routes() -> Routes:
    """The calls that are looked at here and then left to moto."""
    return {("logs", "CreateLogStream"): _create, ("logs", "DescribeLogStreams"): _describe}


def _create(call: Call) -> dict[str, Any]:
    log_streams.check_name(call.params["logStreamName"])
    try:
        return call.forward()
    except AwsError as error:
        if error.code == "ResourceAlreadyExistsException":  # moto says that the group exists
            raise log_streams.exists() from error
        raise


def _describe(call: Call) -> dict[str, Any]:
    """A token leads to at least one stream; where it leads to none it was never given, or its stream is deleted."""
    found = call.forward()
    if call.params.get("nextToken") and not found.get("logStreams"):
        raise log_streams.invalid_token()
    return found
