"""What is made up of AWS's types that are not modelled: regions and ARNs as AWS has them."""

from __future__ import annotations

from typing import Any

from embedded_pulumi import noted
from embedded_pulumi.aws.session import Session
from embedded_pulumi.noted import MakeUp
from embedded_pulumi.values import Value


def making(session: Session) -> MakeUp:
    """Makes up outputs of the session's account and region."""

    def make_up(type_: str, name: str, hint: Any, own: str) -> Value:
        if name == "region":
            return session.region
        made = noted.make_up(type_, name, hint, own)
        if made == own and name.lower().endswith("arn"):
            return _arn(session, type_.split(":")[1].split("/", maxsplit=1)[0].rstrip("_"), own)
        return made

    return make_up


_ARN_SERVICES = {
    **dict.fromkeys(("alb", "elb", "lb"), "elasticloadbalancing"),
    "cognito": "cognito-idp",
    "efs": "elasticfilesystem",
    "msk": "kafka",
    "opensearch": "es",
    "sfn": "states",
}
_NO_REGION = frozenset({"cloudfront", "globalaccelerator", "iam", "organizations", "waf"})
_NO_ACCOUNT = frozenset({"route53", "s3"})


def _arn(session: Session, module: str, resource: str) -> str:
    """An ARN as the service's are: IAM refuses a policy about a bucket in a region.

    Source: Service Authorization Reference, "Resource types defined by ..." of these services.
    """
    service = _ARN_SERVICES.get(module, module)
    if service in _NO_ACCOUNT:
        return f"arn:{session.partition}:{service}:::{resource}"
    if service in _NO_REGION:
        return f"arn:{session.partition}:{service}::{session.account_id}:{resource}"
    return session.arn(service, resource)
