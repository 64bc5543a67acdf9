"""Listeners of Application Load Balancers, their rules, and further certificates."""

from __future__ import annotations

from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.lb import TAGGING, as_attribute, given, told
from embedded_pulumi.aws.lb_actions import (
    ACTIONS,
    CONDITIONS,
    actions_from_aws,
    actions_to_aws,
    conditions_from_aws,
    conditions_to_aws,
)
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.values import Properties

_REQUEST_HEADERS = {
    **{
        f"XAmznMtlsClientcert{name}HeaderName": f"x_amzn_mtls_clientcert{key}"
        for name, key in (
            ("", ""),
            ("Issuer", "_issuer"),
            ("Leaf", "_leaf"),
            ("SerialNumber", "_serial_number"),
            ("Subject", "_subject"),
            ("Validity", "_validity"),
        )
    },
    "XAmznTlsCipherSuiteHeaderName": "x_amzn_tls_cipher_suite",
    "XAmznTlsVersionHeaderName": "x_amzn_tls_version",
}
_RESPONSE_HEADERS = {
    "AccessControlAllowCredentials": "access_control_allow_credentials",
    "AccessControlAllowHeaders": "access_control_allow_headers",
    "AccessControlAllowMethods": "access_control_allow_methods",
    "AccessControlAllowOrigin": "access_control_allow_origin",
    "AccessControlExposeHeaders": "access_control_expose_headers",
    "AccessControlMaxAge": "access_control_max_age",
    "ContentSecurityPolicy": "content_security_policy",
    "StrictTransportSecurity": "strict_transport_security",
    "XContentTypeOptions": "x_content_type_options",
    "XFrameOptions": "x_frame_options",
}
_HEADERS = {
    **{
        f"routingHttpRequest{name}": f"routing.http.request.{key}.header_name" for name, key in _REQUEST_HEADERS.items()
    },
    **{
        f"routingHttpResponse{name}HeaderValue": f"routing.http.response.{key}.header_value"
        for name, key in _RESPONSE_HEADERS.items()
    },
}
_SERVER = "routing.http.response.server.enabled"


class Listener(ResourceType):
    """A listener. Its attributes are set once it exists.

    Source: terraform-provider-aws/internal/service/elbv2/listener.go (01c08000ddb1; attributes as in the schema of
    pulumi-aws 7; read 2026-11-30): an Application Load Balancer listens for HTTP unless the program says otherwise, and
    only another load balancer replaces a listener.
    """

    type_ = "aws:lb/listener:Listener"
    inputs = {
        "loadBalancerArn": ArnText(required=True, force_new=True),
        "port": Whole(at_least=1, at_most=65535),
        "protocol": Text(computed=True, one_of=("HTTP", "HTTPS"), canonical=str.upper),
        "sslPolicy": Text(computed=True),
        "certificateArn": ArnText(),
        "defaultActions": ACTIONS,
        **{name: Text(computed=True) for name in _HEADERS},
        "routingHttpResponseServerEnabled": Flag(computed=True),
    }
    outputs = ("arn",)
    unsupported = ("alpnPolicy", "mutualAuthentication", "tcpIdleTimeoutSeconds")
    tagging = TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.elbv2.create_listener(
            LoadBalancerArn=props["loadBalancerArn"],
            Protocol=props.get("protocol") or "HTTP",
            DefaultActions=actions_to_aws(props["defaultActions"]),
            **TAGGING.told(props),
            **self._optional(props),
        )
        return str(answer["Listeners"][0]["ListenerArn"])

    def _optional(self, props: Properties) -> Properties:
        asked = {"Port": props.get("port"), "SslPolicy": props.get("sslPolicy")}
        if props.get("certificateArn"):
            asked["Certificates"] = [{"CertificateArn": props["certificateArn"]}]
        return {key: value for key, value in asked.items() if value}

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by the mark of this create, among the listeners of the load balancer."""
        found = unless_gone(aws.elbv2.describe_listeners, LoadBalancerArn=props["loadBalancerArn"])
        arns = [str(each["ListenerArn"]) for each in found["Listeners"]] if found else []
        return next((arn for arn in arns if TAGGING.read(aws, arn, props, {}).get(MARK) == props.get(MARK)), None)

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        self._modify(aws, id_, self._attributes(props, [*_HEADERS, "routingHttpResponseServerEnabled"]))

    def _attributes(self, props: Properties, names: list[str]) -> dict[str, str]:
        keys = {**_HEADERS, "routingHttpResponseServerEnabled": _SERVER}
        return {keys[name]: as_attribute(props[name]) for name in names if props.get(name) is not None}

    def _modify(self, aws: Session, id_: str, attributes: dict[str, str]) -> None:
        if attributes:
            aws.elbv2.modify_listener_attributes(ListenerArn=id_, Attributes=given(attributes))

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.elbv2.describe_listeners, ListenerArns=[id_])
        return found["Listeners"][0] if found and found["Listeners"] else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        attributes = told(aws.elbv2.describe_listener_attributes(ListenerArn=id_))
        secure = found.get("Protocol") == "HTTPS"
        certificates = (found.get("Certificates") if secure else None) or [{}]
        return {
            "arn": id_,
            "loadBalancerArn": found["LoadBalancerArn"],
            "port": found.get("Port"),
            "protocol": found.get("Protocol"),
            "sslPolicy": found.get("SslPolicy"),
            "certificateArn": certificates[0].get("CertificateArn"),
            "defaultActions": actions_from_aws(found["DefaultActions"], state.get("defaultActions")),
            **{name: attributes.get(key) for name, key in _HEADERS.items()},
            "routingHttpResponseServerEnabled": attributes.get(_SERVER, "true") == "true",
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("port", "protocol", "sslPolicy", "certificateArn", "defaultActions"):
            props = {name: change.get(name) for name in ("port", "sslPolicy", "certificateArn")}
            protocol = change.get("protocol") or "HTTP"
            if protocol == "HTTP":
                props["sslPolicy"] = props["certificateArn"] = None
            asked = self._optional(props)
            if change.has("defaultActions"):
                asked["DefaultActions"] = actions_to_aws(change.new["defaultActions"])
            aws.elbv2.modify_listener(ListenerArn=id_, Protocol=protocol, **asked)
        changed = [name for name in (*_HEADERS, "routingHttpResponseServerEnabled") if change.has(name)]
        self._modify(aws, id_, self._attributes(change.new, changed))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        with gone_is_fine():
            aws.elbv2.delete_listener(ListenerArn=id_)


class ListenerRule(ResourceType):
    """A rule of a listener. Without a priority it gets the one after the last.

    Source: terraform-provider-aws/internal/service/elbv2/listener_rule.go (032c4f076a6c, 2025; read 2026-11-30).
    """

    type_ = "aws:lb/listenerRule:ListenerRule"
    inputs = {
        "listenerArn": ArnText(required=True, force_new=True),
        "priority": Whole(computed=True, at_least=1, at_most=50000),
        "actions": ACTIONS,
        "conditions": CONDITIONS,
    }
    outputs = ("arn",)
    unsupported = ("transforms",)
    tagging = TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.elbv2.create_rule(
            ListenerArn=props["listenerArn"],
            Priority=props.get("priority") or self._next_priority(aws, props["listenerArn"]),
            Actions=actions_to_aws(props["actions"]),
            Conditions=conditions_to_aws(props["conditions"]),
            **TAGGING.told(props),
        )
        return str(answer["Rules"][0]["RuleArn"])

    def _next_priority(self, aws: Session, listener: str) -> int:
        rules = aws.elbv2.describe_rules(ListenerArn=listener)["Rules"]
        return max([int(each["Priority"]) for each in rules if each["Priority"] != "default"], default=0) + 1

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by the mark of this create, among the rules of the listener."""
        found = unless_gone(aws.elbv2.describe_rules, ListenerArn=props["listenerArn"])
        arns = [str(each["RuleArn"]) for each in found["Rules"] if each["Priority"] != "default"] if found else []
        return next((arn for arn in arns if TAGGING.read(aws, arn, props, {}).get(MARK) == props.get(MARK)), None)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.elbv2.describe_rules, RuleArns=[id_])
        return found["Rules"][0] if found and found["Rules"] else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": id_,
            "listenerArn": id_.replace(":listener-rule/", ":listener/").rpartition("/")[0],
            "priority": int(found["Priority"]),
            "actions": actions_from_aws(found["Actions"], state.get("actions")),
            "conditions": conditions_from_aws(found["Conditions"]),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("priority"):
            wanted = [{"RuleArn": id_, "Priority": change.get("priority")}]
            aws.elbv2.set_rule_priorities(RulePriorities=wanted)
        asked = {}
        if change.has("actions"):
            asked["Actions"] = actions_to_aws(change.new["actions"])
        if change.has("conditions"):
            asked["Conditions"] = conditions_to_aws(change.new["conditions"])
        if asked:
            aws.elbv2.modify_rule(RuleArn=id_, **asked)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        with gone_is_fine():
            aws.elbv2.delete_rule(RuleArn=id_)


class ListenerCertificate(ResourceType):
    """A certificate of a listener beside its default one, known by both ARNs.

    Source: terraform-provider-aws/internal/service/elbv2/listener_certificate.go (01f431114674, 2025; read 2026-11-30).
    """

    type_ = "aws:lb/listenerCertificate:ListenerCertificate"
    inputs = {
        "listenerArn": ArnText(required=True, force_new=True),
        "certificateArn": ArnText(required=True, force_new=True),
    }

    def create(self, aws: Session, props: Properties) -> str:
        certificate = {"CertificateArn": props["certificateArn"]}
        aws.elbv2.add_listener_certificates(ListenerArn=props["listenerArn"], Certificates=[certificate])
        return self._id(props)

    def _id(self, props: Properties) -> str:
        return f"{props['listenerArn']}_{props['certificateArn']}"

    def locate(self, aws: Session, props: Properties) -> str | None:
        return self._id(props) if self.find(aws, self._id(props), props) else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        listener, _, certificate = id_.partition("_")
        found = unless_gone(aws.elbv2.describe_listener_certificates, ListenerArn=listener)
        others = [each["CertificateArn"] for each in found["Certificates"] if not each["IsDefault"]] if found else []
        return {"listenerArn": listener, "certificateArn": certificate} if certificate in others else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return found

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        certificate = {"CertificateArn": state["certificateArn"]}
        with gone_is_fine():
            aws.elbv2.remove_listener_certificates(ListenerArn=state["listenerArn"], Certificates=[certificate])


TYPES = (Listener, ListenerRule, ListenerCertificate)
