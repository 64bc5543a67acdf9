"""WAF's web ACLs where moto's differ: what they can stand before, and what keeps them from being deleted.

moto associates a web ACL with any text, and a resource with any number of them; AWS has one for a resource, and a later
one takes its place. No request is filtered here, as none passes a load balancer.

Source: API AssociateWebACL (the resources; WAFNonexistentItemException), DeleteWebACL (WAFAssociatedItemException).
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes

_BALANCER = ":elasticloadbalancing:"


def routes() -> Routes:
    """The calls that are looked at here, and then left to moto."""
    return {
        ("wafv2", "AssociateWebACL"): _associate,
        ("wafv2", "DisassociateWebACL"): _of_resource,
        ("wafv2", "GetWebACLForResource"): _of_resource,
        ("wafv2", "DeleteWebACL"): _delete,
    }


def _associate(call: Call) -> dict[str, Any]:
    resource = call.params["ResourceArn"]
    _require(call, resource)
    backend = _backend(call)
    if call.params["WebACLArn"] in backend.wacls:
        for each in backend.wacls.values():
            each.associated_resources[:] = [other for other in each.associated_resources if other != resource]
    return call.forward()


def _of_resource(call: Call) -> dict[str, Any]:
    _require(call, call.params["ResourceArn"])
    return call.forward()


def _require(call: Call, resource: str) -> None:
    """Refuse a load balancer that is not there, or that takes no web ACL."""
    if _BALANCER not in resource:
        return
    if "/app/" not in resource:
        message = (
            "Error reason: The ARN isn't valid. A valid ARN begins with arn: and names an application load balancer."
        )
        raise AwsError("WAFInvalidParameterException", f"{message} field: RESOURCE_ARN, parameter: {resource}")
    if resource not in get_backend("elbv2")[call.caller.account][call.region].load_balancers:
        for each in _backend(call).wacls.values():
            each.associated_resources[:] = [other for other in each.associated_resources if other != resource]
        raise AwsError(
            "WAFNonexistentItemException",
            "AWS WAF couldn't perform the operation because your resource doesn't exist.",
        )


def _delete(call: Call) -> dict[str, Any]:
    there = next((each for each in _backend(call).wacls.values() if each.id == call.params["Id"]), None)
    balancers = get_backend("elbv2")[call.caller.account][call.region].load_balancers
    used = [each for each in there.associated_resources if _BALANCER not in each or each in balancers] if there else []
    if used:
        message = "AWS WAF couldn't perform the operation because your resource is being used by another resource"
        raise AwsError("WAFAssociatedItemException", f"{message}: {', '.join(used)}")
    return call.forward()


def _backend(call: Call) -> Any:
    return get_backend("wafv2")[call.caller.account][call.region]
