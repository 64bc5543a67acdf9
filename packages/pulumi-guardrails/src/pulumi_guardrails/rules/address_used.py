"""Every Elastic IP address is in use."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import ADVISORY, Rule, Violation
from pulumi_guardrails.types import EIP, EIP_ASSOCIATION, NAT_GATEWAY


def _judge(program: Program) -> Iterator[Violation]:
    for address in program.of(EIP):
        attached = address.raw("instance") is not None or address.raw("networkInterface") is not None
        if not attached and not program.users(address, NAT_GATEWAY, EIP_ASSOCIATION):
            yield Violation(address.urn, "nothing uses this address")


RULE = Rule(
    id="address-used",
    title="Every Elastic IP address is in use",
    severity=ADVISORY,
    controls=("FSBP EC2.12", "CKV2_AWS_19"),
    why="AWS charges for it, and a forgotten address is one that an attacker may find still allowed somewhere.",
    mend="Attach it, or release it.",
    judge=_judge,
)
