"""GetAccountAuthorizationDetails in full: boundaries, the managed policies that are in use, and its pages.

moto leaves permissions boundaries out, lists every policy that AWS ever published, and knows no pages.

Source: IAM API reference, GetAccountAuthorizationDetails (MaxItems: 100 unless asked otherwise), RoleDetail,
ManagedPolicyDetail.
"""

from __future__ import annotations

from collections import Counter
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
    whole = call.forward()
    _complete(whole, get_backend("iam")[call.caller.account][get_partition(call.region)])
    return _page(whole, int(marker), size)


def _complete(whole: dict[str, Any], iam: Any) -> None:
    """Add the boundaries, and leave out AWS's own policies that nothing here uses."""
    holders = [*iam.roles.values(), *iam.users.values()]
    boundaries = {each.arn: found for each in holders if (found := getattr(each, "permissions_boundary", None))}
    used = Counter(boundary["PermissionsBoundaryArn"] for boundary in boundaries.values())
    for told in (*whole["RoleDetailList"], *whole["UserDetailList"]):
        if told["Arn"] in boundaries:
            told["PermissionsBoundary"] = boundaries[told["Arn"]]
    for policy in whole["Policies"]:
        policy["PermissionsBoundaryUsageCount"] = used[policy["Arn"]]
    whole["Policies"] = [
        policy
        for policy in whole["Policies"]
        if ":iam::aws:" not in policy["Arn"] or policy["AttachmentCount"] or policy["PermissionsBoundaryUsageCount"]
    ]


def _page(whole: dict[str, Any], begin: int, size: int) -> dict[str, Any]:
    every = [(name, each) for name in LISTS for each in whole[name]]
    shown = every[begin : begin + size]
    answer: dict[str, Any] = {name: [each for where, each in shown if where == name] for name in LISTS}
    more = begin + size < len(every)
    return answer | {"IsTruncated": more} | ({"Marker": str(begin + size)} if more else {})
