"""How each service words and codes a refusal.

Source: IAM User Guide, "Troubleshoot access denied error messages"; the services' common errors.
"""

from __future__ import annotations

from dataclasses import dataclass

from embedded_aws.calls import AwsError, Call
from embedded_aws.iam.evaluate import AccessDecision


@dataclass(frozen=True)
class Refusal:
    """A service's error code and HTTP status for "not authorized", and what it says before IAM's message."""

    code: str
    status: int
    preamble: str = ""


_QUERY = Refusal("AccessDenied", 403)
_JSON = Refusal("AccessDeniedException", 400)
_REST_JSON = Refusal("AccessDeniedException", 403)
_EC2 = Refusal("UnauthorizedOperation", 403, "You are not authorized to perform this operation. ")
_SNS = Refusal("AuthorizationError", 403)
_SQS = Refusal("AccessDenied", 403)
_SNS_KEY = Refusal("KMSAccessDenied", 400)  # publishing was allowed, using the topic's key was not

_BY_SERVICE = {
    "acm": _JSON,
    "arc-zonal-shift": _REST_JSON,
    "autoscaling": _QUERY,
    "cloudwatch": _QUERY,
    "dynamodb": _JSON,
    "ec2": _EC2,
    "ecr": _JSON,
    "elbv2": _QUERY,
    "events": _JSON,
    "iam": _QUERY,
    "kms": _JSON,
    "lambda": _REST_JSON,
    "logs": _JSON,
    "route53": _QUERY,
    "s3": _QUERY,
    "secretsmanager": _JSON,
    "service-quotas": _JSON,
    "sns": _SNS,
    "sqs": _SQS,
    "ssm": _JSON,
    "sts": _QUERY,
    "xray": _REST_JSON,
}
_JSON_PROTOCOLS = frozenset({_JSON, _REST_JSON})


def error(call: Call, session_arn: str, verdict: AccessDecision) -> AwsError:
    """The error that answers a call which IAM refused."""
    refusal = _SNS_KEY if call.service == "sns" and verdict.action.startswith("kms:") else _refusal(call)
    return AwsError(refusal.code, refusal.preamble + verdict.message(f"User: {session_arn}"), refusal.status)


def unknown_action(call: Call, session_arn: str) -> AwsError:
    """The error for an action that the tables have no row for: refused, because nobody can say what it needs."""
    refusal = _refusal(call)
    name = f"{call.service}:{call.action}"
    message = (
        f"{refusal.preamble}User: {session_arn} is not authorized to perform: {name} "
        f"because the embedded cloud's permission tables have no row for {name}"
    )
    return AwsError(refusal.code, message, refusal.status)


def invalid_token() -> AwsError:
    """The error for temporary credentials that nobody issued, or whose role is gone."""
    return AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def expired(call: Call) -> AwsError:
    """The error for credentials past their expiration."""
    if call.service == "ec2":
        return AwsError("RequestExpired", "Request has expired.")
    code = "ExpiredTokenException" if _refusal(call) in _JSON_PROTOCOLS else "ExpiredToken"
    return AwsError(code, "The security token included in the request is expired", 403)


def _refusal(call: Call) -> Refusal:
    return _BY_SERVICE.get(call.service, _QUERY)
