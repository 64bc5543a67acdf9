"""GetAccountAuthorizationDetails in full: boundaries, the managed policies that are in use, and its pages.

moto leaves permissions boundaries out, lists every policy that AWS ever published, and knows no pages.

Source: IAM API reference, GetAccountAuthorizationDetails (MaxItems: 100 unless asked otherwise), RoleDetail,
ManagedPolicyDetail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Routes

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
"""The lists of an answer, in the order in which its pages go through them."""

PAGE = 100


def routes() -> Routes:
    """The call that this part answers."""
    return {("iam", "GetAccountAuthorizationDetails"): _details}


def _details(call: Call) -> dict[str, Any]:
    size, marker = call.params.get("MaxItems", PAGE), call.params.get("Marker", "0")
    if not (marker.isascii() and marker.isdecimal()):
        raise AwsError("ValidationError", f"Invalid Marker: {marker}")
    iam: Any = get_backend("iam")[call.caller.account][get_partition(call.region)]
    boundaries = {
        each.arn: found
        for each in (*iam.roles.values(), *iam.users.values())
        if (found := getattr(each, "permissions_boundary", None))
    }
    with _policies_in_use(iam, {found["PermissionsBoundaryArn"] for found in boundaries.values()}):
        whole = call.forward()
    _complete(whole, boundaries)
    return _page(whole, int(marker), size)


@contextmanager
def _policies_in_use(iam: Any, boundaries: set[str]) -> Iterator[None]:
    """Hide AWS's own policies that nothing here uses: a thousand of them, which moto would write out. Hold the lock."""
    every = iam.managed_policies
    iam.managed_policies = {
        arn: policy
        for arn, policy in every.items()
        if ":iam::aws:" not in arn or policy.attachment_count or arn in boundaries
    }
    try:
        yield
    finally:
        iam.managed_policies = every


def _complete(whole: dict[str, Any], boundaries: Mapping[str, Any]) -> None:
    """Add the boundaries, and how often each policy is one."""
    used = Counter(boundary["PermissionsBoundaryArn"] for boundary in boundaries.values())
    for told in (*whole["RoleDetailList"], *whole["UserDetailList"]):
        if told["Arn"] in boundaries:
            told["PermissionsBoundary"] = boundaries[told["Arn"]]
    for policy in whole["Policies"]:
        policy["PermissionsBoundaryUsageCount"] = used[policy["Arn"]]


def _page(whole: dict[str, Any], begin: int, size: int) -> dict[str, Any]:
    every = [(name, each) for name in LISTS for each in whole[name]]
    shown = every[begin : begin + size]
    answer: dict[str, Any] = {name: [each for where, each in shown if where == name] for name in LISTS}
    more = begin + size < len(every)
    return answer | {"IsTruncated": more} | ({"Marker": str(begin + size)} if more else {})
