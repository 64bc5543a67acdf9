"""Listeners, rules and their certificates: what AWS demands of them and moto does not.

Each handler checks first, and then lets moto do the work.

Sources: Elastic Load Balancing API reference (CreateListener, ModifyListener, CreateRule, AddListenerCertificates,
RemoveListenerCertificates) and its errors; the words as users report them in hashicorp/terraform-provider-aws (issues
636, 7889, 15067) and kubernetes-sigs/aws-load-balancer-controller (read 2026-11-30).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.elbv2 import store

SECURE = "HTTPS"
PROTOCOLS = ("HTTP", SECURE)
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
ISSUED = "ISSUED"


def routes() -> Routes:
    """The calls that this part answers."""
    handlers = {
        "CreateListener": _create,
        "ModifyListener": _modify,
        "DeleteListener": _delete,
        "DescribeListeners": _describe,
        "CreateRule": _set_rule,
        "ModifyRule": _set_rule,
        "DeleteRule": _delete_rule,
        "AddListenerCertificates": _add_certificates,
        "RemoveListenerCertificates": _remove_certificates,
    }
    return {("elbv2", action): handler for action, handler in handlers.items()}


def _create(call: Call) -> dict[str, Any]:
    params = call.params
    balancer = store.load_balancer(call.region, params["LoadBalancerArn"])
    protocol = params.get("Protocol")
    if protocol is not None and protocol not in PROTOCOLS:
        raise AwsError("ValidationError", f"Listener protocol '{protocol}' must be one of 'HTTPS, HTTP'")
    _check_port(balancer, params.get("Port"), None)
    _check_certificates(call.region, protocol, params.get("Certificates", []))
    _check_policy(params.get("SslPolicy"))
    _check_groups(call.region, balancer, params["DefaultActions"])
    asked = {**params, "SslPolicy": params.get("SslPolicy", DEFAULT_POLICY)} if protocol == SECURE else params
    answer = call.forward(asked)
    made = store.listener(call.region, answer["Listeners"][0]["ListenerArn"])
    # moto makes this ARN of an address in memory, which no two runs have in common.
    default = made.rules[0]
    default.arn = made.arn.replace(":listener/", ":listener-rule/") + f"/{mock_random.get_random_hex(16)}"
    store.link(call.region)
    return _shown(answer)


def _modify(call: Call) -> dict[str, Any]:
    params = call.params
    listener = store.listener(call.region, params["ListenerArn"])
    balancer = store.load_balancer(call.region, listener.load_balancer_arn)
    protocol = params.get("Protocol", listener.protocol)
    others = listener.certificates[1:]
    _check_port(balancer, params.get("Port"), listener)
    kept = [{"CertificateArn": each} for each in listener.certificates[:1]]
    _check_certificates(call.region, protocol, params.get("Certificates") or kept)
    _check_policy(params.get("SslPolicy"))
    _check_groups(call.region, balancer, params.get("DefaultActions", []))
    answer = call.forward()
    if protocol == SECURE:
        default = (params.get("Certificates") or kept)[0]["CertificateArn"]
        # The certificates beside the default one stay (API ModifyListener); moto forgets them.
        listener.certificates = list(dict.fromkeys([default, *others]))
        listener.ssl_policy = listener.ssl_policy or DEFAULT_POLICY
        answer["Listeners"][0] |= {
            "SslPolicy": listener.ssl_policy,
            "Certificates": [{"CertificateArn": default}],
        }
    else:
        listener.certificates, listener.certificate, listener.ssl_policy = [], None, None
    store.link(call.region)
    return _shown(answer)


def _delete(call: Call) -> dict[str, Any]:
    answer = call.forward()
    store.link(call.region)
    return answer


def _describe(call: Call) -> dict[str, Any]:
    return _shown(call.forward())


def _shown(answer: dict[str, Any]) -> dict[str, Any]:
    """Listeners as AWS shows them: the default certificate alone, and a TLS policy only where there is TLS."""
    for each in answer["Listeners"]:
        if each.get("Protocol") == SECURE:
            each["Certificates"] = each.get("Certificates", [])[:1]
        else:
            each.pop("SslPolicy", None)
            each.pop("Certificates", None)
    return answer


def _check_port(balancer: Any, port: int | None, itself: Any) -> None:
    """Refuse a port that another listener of the load balancer has. Raises AwsError: `DuplicateListener`."""
    for other in balancer.listeners.values():
        if port is not None and other is not itself and str(other.port) == str(port):
            message = f"A listener already exists on this port for this load balancer '{balancer.arn}'"
            raise AwsError("DuplicateListener", message)


def _check_certificates(region: str, protocol: str | None, given: Sequence[Mapping[str, Any]]) -> None:
    """Refuse TLS without a certificate, and a certificate that is not there or not issued.

    Raises:
        AwsError: `ValidationError`, `CertificateNotFound` or `UnsupportedCertificate`.
    """
    if protocol != SECURE:
        if given:
            raise AwsError("ValidationError", "Certificates cannot be specified for an HTTP listener")
        return
    if not given:
        raise AwsError("ValidationError", "A certificate must be specified for HTTPS listeners")
    for each in given:
        _check_certificate(region, each["CertificateArn"])


def _check_certificate(region: str, arn: str) -> None:
    if ":iam:" in arn:
        return  # moto looks for those itself
    found = store.certificates(region).get(arn)
    if found is None:
        raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
    found.check()
    if found.status != ISSUED:
        message = (
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported "
            "key size."
        )
        raise AwsError("UnsupportedCertificate", message)


def _check_policy(name: str | None) -> None:
    """Refuse a TLS policy that does not exist. Raises AwsError: `SSLPolicyNotFound`."""
    from moto.elbv2.ssl_policies import SSL_POLICIES  # noqa: PLC0415 - slow to import

    if name is not None and name not in SSL_POLICIES:
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{name}' not found")


def _check_groups(region: str, balancer: Any, actions: Iterable[Mapping[str, Any]]) -> None:
    """Refuse target groups that are not there, of another VPC, or of another load balancer.

    Raises:
        AwsError: `TargetGroupNotFound`, `InvalidConfigurationRequest` or `TargetGroupAssociationLimit`.
    """
    for action in actions:
        named = [each["TargetGroupArn"] for each in action.get("ForwardConfig", {}).get("TargetGroups", [])]
        for arn in {*named, *([action["TargetGroupArn"]] if action.get("TargetGroupArn") else [])}:
            group = store.target_group(region, arn)
            if group.vpc_id != balancer.vpc_id:
                message = f"The target group '{arn}' is not in the same VPC as the load balancer '{balancer.arn}'"
                raise AwsError("InvalidConfigurationRequest", message)
            if any(each != balancer.arn for each in group.load_balancer_arns):
                message = f"The following target groups cannot be associated with more than one load balancer: {arn}"
                raise AwsError("TargetGroupAssociationLimit", message)


def _set_rule(call: Call) -> dict[str, Any]:
    """CreateRule, ModifyRule."""
    arn = (
        call.params.get("ListenerArn")
        or call.params["RuleArn"].replace("listener-rule/", "listener/").rpartition("/")[0]
    )
    balancer = store.load_balancer(call.region, store.listener(call.region, arn).load_balancer_arn)
    _check_groups(call.region, balancer, call.params.get("Actions", []))
    answer = call.forward()
    store.link(call.region)
    return answer


def _delete_rule(call: Call) -> dict[str, Any]:
    arn = call.params["RuleArn"]
    rules = {rule.arn: rule for each in store.listeners(call.region) for rule in each.rules.values()}
    if arn not in rules:
        raise AwsError("RuleNotFound", f"One or more rules not found: '{arn}'")
    if rules[arn].priority == "default":
        raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
    answer = call.forward()
    store.link(call.region)
    return answer


def _add_certificates(call: Call) -> dict[str, Any]:
    """Add certificates; one that is there already is no mistake (API AddListenerCertificates)."""
    listener = store.listener(call.region, call.params["ListenerArn"])
    if listener.protocol != SECURE:
        raise AwsError("ValidationError", "Certificates cannot be specified for an HTTP listener")
    given = [each["CertificateArn"] for each in call.params["Certificates"]]
    for each in given:
        _check_certificate(call.region, each)
    new = [each for each in given if each not in listener.certificates]
    if new:
        call.forward({**call.params, "Certificates": [{"CertificateArn": each} for each in new]})
    return {"Certificates": [{"CertificateArn": each} for each in given]}


def _remove_certificates(call: Call) -> dict[str, Any]:
    listener = store.listener(call.region, call.params["ListenerArn"])
    given = [each["CertificateArn"] for each in call.params["Certificates"]]
    if listener.certificates[:1] and listener.certificates[0] in given:
        raise AwsError("OperationNotPermitted", "Default certificate cannot be removed")
    return call.forward()
