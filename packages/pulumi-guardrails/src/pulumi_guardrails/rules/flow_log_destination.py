"""A flow log to CloudWatch has a log group and a role of its own."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.roles import trusted_services
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import FLOW_LOG, ROLE


def _judge(program: Program) -> Iterator[Violation]:
    for flow_log in program.of(FLOW_LOG):
        if flow_log.value("logDestinationType") not in (None, "cloud-watch-logs"):
            continue
        if flow_log.raw("iamRoleArn") is None:
            yield Violation(flow_log.urn, "it has no role to write with")
        for role in program.targets(flow_log, "iamRoleArn", ROLE):
            if role.knows("assumeRolePolicy") and "vpc-flow-logs.amazonaws.com" not in trusted_services(role):
                yield Violation(flow_log.urn, f"its role {role.name} may not be assumed by vpc-flow-logs.amazonaws.com")


RULE = Rule(
    id="flow-log-destination",
    title="A flow log to CloudWatch has a log group and a role of its own",
    severity=MANDATORY,
    controls=("FSBP EC2.6",),
    why="Without a role it delivers nothing, and says so only in its status.",
    mend="log_destination: a log group's ARN; iam_role_arn: a role that vpc-flow-logs.amazonaws.com may assume.",
    judge=_judge,
)
