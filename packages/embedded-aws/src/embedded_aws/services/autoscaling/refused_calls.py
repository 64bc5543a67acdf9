"""Calls that moto would take and nothing would come of: refused by name, rather than to keep what is never done."""

from __future__ import annotations

from typing import Any, NoReturn

from embedded_aws.calls import AwsError, Call, Routes

REFUSED = (
    "AttachLoadBalancerTargetGroups",
    "AttachLoadBalancers",
    "AttachTrafficSources",
    "BatchPutScheduledUpdateGroupAction",
    "CreateLaunchConfiguration",
    "PutLifecycleHook",
    "PutScheduledUpdateGroupAction",
    "PutWarmPool",
)


def routes() -> Routes:
    """The calls that are refused."""
    return {("autoscaling", action): _refuse for action in REFUSED}


def _refuse(call: Call) -> NoReturn:
    raise AwsError("NotImplemented", f"not part of the embedded AWS: {call.action}", 501)


def refuse_unless(params: Any, name: str, *accepted: str) -> None:
    """Refuse a value that AWS knows, and that nothing here acts upon.

    Raises:
        AwsError: `NotImplemented`.
    """
    if params.get(name) is not None and params[name] not in accepted:
        raise AwsError("NotImplemented", f"not part of the embedded AWS: {name}={params[name]}", 501)
