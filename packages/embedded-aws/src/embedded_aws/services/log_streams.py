"""Log streams as CloudWatch Logs has them, and the keys of log groups; moto accepts any name and token, and no new key.

Source: API CreateLogStream, DescribeLogStreams, AssociateKmsKey and DisassociateKmsKey.
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import log_streams


def routes() -> Routes:
    """The calls that are looked at here and then left to moto, or answered here."""
    return {
        ("logs", "CreateLogStream"): _create,
        ("logs", "DescribeLogStreams"): _describe,
        ("logs", "AssociateKmsKey"): _set_key,
        ("logs", "DisassociateKmsKey"): _set_key,
    }


def _set_key(call: Call) -> dict[str, Any]:
    """Give a group a key, or take its key from it."""
    params = call.params
    name = params.get("logGroupName") or params.get("resourceIdentifier", "").rpartition(":log-group:")[2]
    group = get_backend("logs")[call.caller.account][call.region].groups.get(name)
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    group.kms_key_id = params.get("kmsKeyId")
    return {}


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
