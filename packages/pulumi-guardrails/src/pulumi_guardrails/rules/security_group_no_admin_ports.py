"""No security group opens SSH or RDP."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.groups import HAVE_RULES, ingress
from pulumi_guardrails.model import Resource
from pulumi_guardrails.network import ports
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule

ADMIN_PORTS = {22: "SSH", 3389: "RDP"}


def _judge(resource: Resource) -> Iterator[str]:
    for rule in ingress(resource):
        found = ports(rule)
        for port, name in ADMIN_PORTS.items():
            # A rule for every protocol is a rule about who, not about SSH: another rule judges it.
            if found is not None and port in found:
                yield f"it opens port {port} ({name})"


RULE = Rule(
    id="security-group-no-admin-ports",
    title="No security group opens SSH or RDP",
    severity=MANDATORY,
    controls=("seed:2", "FSBP EC2.13", "FSBP EC2.14"),
    why="The way in is Session Manager, which asks IAM and leaves a record. A second door does neither.",
    mend="Remove the rule; use `aws ssm start-session`.",
    judge=OfOne(HAVE_RULES, _judge),
)
