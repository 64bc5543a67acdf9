"""Log groups and flow logs."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.roles import trusted_services
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import FLOW_LOG, FUNCTION, LOG_GROUP, ROLE, VPC


@rule(
    MANDATORY,
    of=LOG_GROUP,
    controls=("FSBP CloudWatch.16", "CKV_AWS_66"),
    mend="Set retention_in_days.",
)
def log_group_retention(log_group: Resource) -> Iterator[str]:
    """Log groups say how long they keep.

    Without a retention logs are kept, and paid for, for ever.
    """
    if log_group.knows("retentionInDays") and not log_group.value("retentionInDays"):
        yield "it keeps its logs for ever"


YEAR = 365  # days


@rule(ADVISORY, of=LOG_GROUP, controls=("FSBP CloudWatch.16", "CKV_AWS_338"), mend="retention_in_days=365 or more.")
def log_group_year(log_group: Resource) -> Iterator[str]:
    """Logs are kept for a year.

    What went wrong is often asked about months later.
    """
    days = log_group.value("retentionInDays")
    if isinstance(days, int | float) and 0 < days < YEAR:
        yield f"it keeps its logs for {int(days)} days"


@rule(
    ADVISORY,
    of=LOG_GROUP,
    controls=("CKV_AWS_158", "AVD-AWS-0017"),
    mend="Set kms_key_id, and let logs.<region>.amazonaws.com use the key.",
)
def log_group_key(log_group: Resource) -> Iterator[str]:
    """Log groups are encrypted with a key of one's own.

    With a key of your own you decide, and see, who reads them.
    """
    if not log_group.raw("kmsKeyId"):
        yield "it is encrypted with AWS's key"


@rule(
    MANDATORY,
    controls=("FSBP CloudWatch.16", "CKV_AWS_66"),
    mend="aws.cloudwatch.LogGroup(name=f'/aws/lambda/{function name}', retention_in_days=365), before the function.",
)
def lambda_log_group(program: Program) -> Iterator[Violation]:
    """Each function's log group is the stack's, with a retention.

    Lambda makes one of its own otherwise, and keeps it for ever, after the stack is gone.
    """
    for function in program.of(FUNCTION):
        names = {f"/aws/lambda/{function.value('name')}", f"/aws/lambda/${{{function.name}.name}}"}
        wanted = function.raw("loggingConfig", "logGroup")
        groups = [
            group
            for group in program.of(LOG_GROUP)
            if group.raw("name") == wanted
            or group.text("name") in names
            or not group.knows("name")
            or function.urn in group.references.get("name", ())
            or group.urn in function.references.get("loggingConfig", ())
        ]
        if not groups and function.knows("name"):
            yield Violation(function.urn, "its log group is not in the stack")


@rule(
    MANDATORY,
    controls=("FSBP EC2.6", "CIS 3.0 3.7", "CKV2_AWS_11"),
    mend="Add aws.ec2.FlowLog(vpc_id=vpc.id, traffic_type='ALL', ...).",
)
def vpc_flow_log(program: Program) -> Iterator[Violation]:
    """Every VPC has a flow log.

    Without it nobody can tell afterwards who spoke with whom.
    """
    for vpc in program.of(VPC):
        if not program.users(vpc, FLOW_LOG, by="vpcId"):
            yield Violation(vpc.urn, "no flow log records the traffic of this VPC")


@rule(
    MANDATORY,
    controls=("FSBP EC2.6",),
    mend="log_destination: a log group's ARN; iam_role_arn: a role that vpc-flow-logs.amazonaws.com may assume.",
)
def flow_log_destination(program: Program) -> Iterator[Violation]:
    """A flow log to CloudWatch has a log group and a role of its own.

    Without a role it delivers nothing, and says so only in its status.
    """
    for flow_log in program.of(FLOW_LOG):
        if flow_log.value("logDestinationType") not in (None, "cloud-watch-logs"):
            continue
        if flow_log.raw("iamRoleArn") is None:
            yield Violation(flow_log.urn, "it has no role to write with")
        for role in program.targets(flow_log, "iamRoleArn", ROLE):
            if role.knows("assumeRolePolicy") and "vpc-flow-logs.amazonaws.com" not in trusted_services(role):
                yield Violation(flow_log.urn, f"its role {role.name} may not be assumed by vpc-flow-logs.amazonaws.com")


@rule(MANDATORY, of=FLOW_LOG, controls=("FSBP EC2.6",), mend="Set traffic_type to ALL, or at least to REJECT.")
def flow_log_traffic(flow_log: Resource) -> Iterator[str]:
    """Flow logs record what was refused.

    A log of accepted traffic alone hides every attempt that failed.
    """
    if flow_log.value("trafficType") == "ACCEPT":
        yield "only accepted traffic is recorded"
