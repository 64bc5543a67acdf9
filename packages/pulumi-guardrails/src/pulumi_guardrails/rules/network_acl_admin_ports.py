"""No network ACL lets the world in on ports 22 and 3389."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.network import ANYWHERE, includes, sources
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import NETWORK_ACL, NETWORK_ACL_RULE

ADMIN_PORTS = (22, 3389)


def _judge(resource: Resource) -> Iterator[str]:
    own = [] if resource.value("egress") is True else [resource.inputs]
    rules = resource.items("ingress") if resource.type == NETWORK_ACL else own
    for rule in rules:
        allows = (rule.get("action") or rule.get("ruleAction")) == "allow"
        for port in ADMIN_PORTS:
            if allows and includes(rule, port) and set(sources(rule)) & set(ANYWHERE):
                yield f"it lets anywhere in on port {port}"


RULE = Rule(
    id="network-acl-admin-ports",
    title="No network ACL lets the world in on ports 22 and 3389",
    severity=MANDATORY,
    controls=("FSBP EC2.21", "CIS 5.0 5.2", "CKV_AWS_231", "CKV_AWS_232", "CKV_AWS_352"),
    why="It is the last door before the security groups.",
    mend="Narrow the range of addresses, or the ports.",
    judge=OfOne((NETWORK_ACL, NETWORK_ACL_RULE), _judge),
)
