"""ACM where moto differs: a certificate that a listener uses says so, and cannot be deleted.

Source: ACM API reference, DescribeCertificate (`InUseBy`), DeleteCertificate (ResourceInUseException). moto notes the
users of a certificate when a listener is made, and never again.

Assumed: a certificate whose domain is to be validated is issued a minute after it was requested, as if its records or
mails had been answered (moto does so); there is no DNS here.
"""

from __future__ import annotations

from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.elbv2 import store

CODE = "ResourceInUseException"


def routes() -> Routes:
    """The calls that this part answers."""
    handlers = {
        "DescribeCertificate": _describe,
        "DeleteCertificate": _delete,
        "UpdateCertificateOptions": _update_options,
    }
    return {("acm", action): handler for action, handler in handlers.items()}


def users(region: str, arn: str) -> list[str]:
    """The ARNs of the load balancers that use a certificate."""
    using = [each.load_balancer_arn for each in store.listeners(region) if arn in each.certificates]
    return list(dict.fromkeys(using))


def _describe(call: Call) -> dict[str, Any]:
    answer = call.forward()
    answer["Certificate"]["InUseBy"] = users(call.region, call.params["CertificateArn"])
    return answer


def _update_options(call: Call) -> dict[str, Any]:
    """Moto does not have this call."""
    arn = call.params["CertificateArn"]
    found = store.certificates(call.region).get(arn)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Could not find certificate {arn}.")
    found.cert_options = {**found.cert_options, **call.params["Options"]}
    return {}


def _delete(call: Call) -> dict[str, Any]:
    arn = call.params["CertificateArn"]
    if users(call.region, arn):
        raise AwsError(CODE, f"Certificate {arn} in account {call.caller.account} is in use.")
    return call.forward()
