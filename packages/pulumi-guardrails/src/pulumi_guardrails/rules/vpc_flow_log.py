"""Every VPC has a flow log."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import FLOW_LOG, VPC


def _judge(program: Program) -> Iterator[Violation]:
    for vpc in program.of(VPC):
        if not program.users(vpc, FLOW_LOG, by="vpcId"):
            yield Violation(vpc.urn, "no flow log records the traffic of this VPC")


RULE = Rule(
    id="vpc-flow-log",
    title="Every VPC has a flow log",
    severity=MANDATORY,
    controls=("FSBP EC2.6", "CIS 3.0 3.7", "CKV2_AWS_11"),
    why="Without it nobody can tell afterwards who spoke with whom.",
    mend="Add aws.ec2.FlowLog(vpc_id=vpc.id, traffic_type='ALL', ...).",
    judge=_judge,
)
