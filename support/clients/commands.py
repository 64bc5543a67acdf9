"""What an operator asks AWS on an ordinary day, and what the right answer is.

`{group}` and its like stand for what the stack is made of; see `Context`. The order counts: what one command changes,
the next ones see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Context:
    """The names in a stack that commands are about.

    Attributes:
        instance, other: Two of its instances.
        gone: One that was just terminated.
    """

    group: str
    instance: str
    other: str
    gone: str
    function: str
    role: str
    topic: str
    vpc: str


Right: TypeAlias = Callable[[Any, Context], bool]
"""Whether an answer, as JSON or as text, is right."""


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        task: What it is for.
        line: Without `aws`.
        answer: What comes of it, in words.
        right: Whether an answer is that; None where it is a refusal.
        refusal: A part of the refusal: its code and what it names.
        wait: Cloud seconds that pass before it.
    """

    task: str
    line: str
    answer: str
    right: Right | None = None
    refusal: tuple[str, ...] = ()
    wait: float = 0


KINDS_OF_CHECK = ("Instance", "System", "AttachedEBS")


def _silent(answer: Any, _: Context) -> bool:
    return bool(answer == "")


def _all(values: list[Any], wanted: Any) -> bool:
    return bool(values) and all(each == wanted for each in values)


FLEET = [
    Command(
        "Who am I?",
        "sts get-caller-identity",
        "the account's owner",
        lambda answer, _: answer["Arn"] == f"arn:aws:iam::{answer['Account']}:root",
    ),
    Command(
        "Which instances has the group?",
        "ec2 describe-instances --filters Name=tag:aws:autoscaling:groupName,Values={group}",
        "its members, all running",
        lambda answer, _: (
            len(answer["Reservations"]) == 3
            and _all([i["State"]["Name"] for r in answer["Reservations"] for i in r["Instances"]], "running")
        ),
    ),
    Command(
        "How is the group?",
        "autoscaling describe-auto-scaling-groups --auto-scaling-group-names {group}",
        "three healthy members in service",
        lambda answer, _: (
            _all([i["HealthStatus"] for i in answer["AutoScalingGroups"][0]["Instances"]], "Healthy")
            and len(answer["AutoScalingGroups"][0]["Instances"]) == 3
        ),
    ),
    Command(
        "What did it do?",
        "autoscaling describe-scaling-activities --auto-scaling-group-name {group} --max-items 3",
        "the launches, with their causes",
        lambda answer, _: _all([a["StatusCode"] for a in answer["Activities"]], "Successful"),
    ),
    Command(
        "Do they pass their checks?",
        "ec2 describe-instance-status --instance-ids {instance} {other}",
        "the results of the three status checks",
        lambda answer, _: _all([s["SystemStatus"]["Status"] for s in answer["InstanceStatuses"]], "ok"),
    ),
    Command(
        "What did it write while it booted?",
        "ec2 get-console-output --instance-id {instance}",
        "its image and type, and that no machine runs",
        lambda answer, context: "no machine runs here" in answer["Output"] and context.instance in answer["Output"],
    ),
    Command(
        "Show me its screen",
        "ec2 get-console-screenshot --instance-id {instance}",
        "refused by name",
        refusal=("NotImplemented", "ec2:GetConsoleScreenshot"),
    ),
    Command(
        "Hold replacements back",
        "autoscaling suspend-processes --auto-scaling-group-name {group} --scaling-processes ReplaceUnhealthy",
        "suspended",
        _silent,
    ),
    Command("Let it go on", "autoscaling resume-processes --auto-scaling-group-name {group}", "resumed", _silent),
    Command(
        "Mark one as unhealthy",
        "autoscaling set-instance-health --instance-id {other} --health-status Unhealthy",
        "marked, and replaced",
        _silent,
    ),
    Command(
        "Replace one at once",
        "autoscaling terminate-instance-in-auto-scaling-group --no-should-decrement-desired-capacity "
        "--instance-id {gone}",
        "an activity that terminates it",
        lambda answer, context: context.gone in answer["Activity"]["Description"],
    ),
    Command(
        "Terminate what is gone already",
        "ec2 terminate-instances --instance-ids {gone}",
        "fine: terminated before and after",
        lambda answer, _: answer["TerminatingInstances"][0]["CurrentState"]["Name"] == "terminated",
        wait=300,
    ),
    Command(
        "Start it again",
        "ec2 start-instances --instance-ids {gone}",
        "refused, as AWS does",
        refusal=("IncorrectInstanceState", "not in a state from which it can be started"),
    ),
    Command(
        "One more instance",
        "autoscaling set-desired-capacity --auto-scaling-group-name {group} --desired-capacity 4",
        "launched",
        _silent,
    ),
    Command(
        "Is it there?",
        "autoscaling describe-auto-scaling-instances",
        "four in service, beside those that leave",
        lambda answer, _: [i["LifecycleState"] for i in answer["AutoScalingInstances"]].count("InService") == 4,
        wait=120,
    ),
    Command(
        "Finish a lifecycle hook",
        "autoscaling complete-lifecycle-action --lifecycle-hook-name boot "
        "--auto-scaling-group-name {group} --lifecycle-action-result CONTINUE --instance-id {instance}",
        "refused in AWS's words: the group has no such hook",
        refusal=("ValidationError", "No Lifecycle Hook found with name boot"),
    ),
    Command(
        "Replace all of them",
        "autoscaling start-instance-refresh --auto-scaling-group-name {group}",
        "an instance refresh",
        lambda answer, _: bool(answer["InstanceRefreshId"]),
        wait=120,
    ),
    Command(
        "How far is it?",
        "autoscaling describe-instance-refreshes --auto-scaling-group-name {group} --max-records 1",
        "its status and percentage",
        lambda answer, _: answer["InstanceRefreshes"][0]["Status"] == "InProgress",
        wait=5,
    ),
    Command(
        "Stop that",
        "autoscaling cancel-instance-refresh --auto-scaling-group-name {group}",
        "cancelled",
        lambda answer, _: bool(answer["InstanceRefreshId"]),
    ),
]

WATCH = [
    Command(
        "Which alarms ring?",
        "cloudwatch describe-alarms --alarm-name-prefix tap-cpu",
        "none: an idle fleet has data, and is well",
        lambda answer, _: _all([a["StateValue"] for a in answer["MetricAlarms"]], "OK"),
    ),
    Command(
        "How busy is the fleet?",
        "cloudwatch get-metric-statistics --namespace AWS/EC2 --metric-name CPUUtilization "
        "--dimensions Name=AutoScalingGroupName,Value={group} --start-time 2000-01-01 --end-time 2000-01-01T01:00:00 "
        "--period 300 --statistics Average",
        "nothing for a time in which it was not there",
        lambda answer, _: answer["Datapoints"] == [],
    ),
    Command(
        "What is measured of it?",
        "cloudwatch list-metrics --namespace AWS/EC2 --dimensions Name=AutoScalingGroupName,Value={group}",
        "CPU and status checks, of the group and of each instance",
        lambda answer, _: (
            {m["MetricName"] for m in answer["Metrics"]}
            == {"CPUUtilization", "StatusCheckFailed", *(f"StatusCheckFailed_{k}" for k in KINDS_OF_CHECK)}
        ),
    ),
    Command(
        "Try an alarm",
        "cloudwatch set-alarm-state --alarm-name tap-healer-errors-dev --state-value ALARM --state-reason drill",
        "it rings until it is evaluated again",
        _silent,
    ),
    Command(
        "What became of it?",
        "cloudwatch describe-alarm-history --alarm-name tap-healer-errors-dev --max-items 5",
        "the change and its actions",
        lambda answer, _: any("to ALARM" in item["HistorySummary"] for item in answer["AlarmHistoryItems"]),
    ),
    Command(
        "What does the healer say?",
        "logs filter-log-events --log-group-name /aws/lambda/{function} --filter-pattern quiet --max-items 2",
        "lines of all streams, in the order of time",
        lambda answer, _: _all(["quiet" in event["message"] for event in answer["events"]], wanted=True),
    ),
    Command(
        "Only errors in JSON",
        "logs filter-log-events --log-group-name /aws/lambda/{function} --filter-pattern {{$.errors[0]=*}}",
        "those lines alone; none as long as nothing fails",
        lambda answer, _: answer["events"] == [],
    ),
    Command(
        "Who is told?",
        "sns list-subscriptions-by-topic --topic-arn {topic}",
        "the address of `alarmEmail`; `tap local inbox` has its link",
        lambda answer, _: [s["SubscriptionArn"] for s in answer["Subscriptions"]] == ["PendingConfirmation"],
    ),
]

WITHIN = [
    Command(
        "Which instances does Systems Manager reach?",
        "ssm describe-instance-information --filters Key=PingStatus,Values=Online",
        "the members, with their agents",
        lambda answer, context: context.instance in {i["InstanceId"] for i in answer["InstanceInformationList"]},
    ),
    Command(
        "Run something there",
        "ssm send-command --instance-ids {instance} --document-name AWS-RunShellScript --parameters commands=uptime",
        "accepted",
        lambda answer, _: answer["Command"]["Status"] == "Pending",
    ),
    Command(
        "How did it end?",
        "ssm list-command-invocations --instance-id {instance} --details",
        "undeliverable: no machine runs, and nothing was run",
        lambda answer, _: answer["CommandInvocations"][0]["StatusDetails"] == "Undeliverable",
    ),
    Command(
        "Run it on one that is gone",
        "ssm send-command --instance-ids {gone} --document-name AWS-RunShellScript --parameters commands=uptime",
        "refused, as AWS does",
        refusal=("InvalidInstanceId", "valid state"),
    ),
    Command(
        "A shell on one that is gone",
        "ssm start-session --target {gone}",
        "refused, as AWS does",
        refusal=("TargetNotConnected", "is not connected"),
    ),
    Command(
        "Who had sessions?",
        "ssm describe-sessions --state History",
        "nobody so far",
        lambda answer, _: answer["Sessions"] == [],
    ),
    Command(
        "Restart it by a runbook",
        "ssm start-automation-execution --document-name AWS-RestartEC2Instance",
        "refused by name",
        refusal=("NotImplemented", "ssm:StartAutomationExecution"),
    ),
]

AROUND = [
    Command(
        "Run the healer now", "lambda invoke --function-name {function} /dev/null", "it runs, and answers",
        lambda answer, _: answer["StatusCode"] == 200 and "FunctionError" not in answer,
    ),
    Command(
        "How is it set up?", "lambda get-function-configuration --function-name {function}", "its configuration",
        lambda answer, _: answer["State"] == "Active",
    ),
    Command(
        "When does it run?", "events list-rules --name-prefix tap-healer", "its schedule and its events",
        lambda answer, _: _all([rule["State"] for rule in answer["Rules"]], "ENABLED"),
    ),
    Command(
        "What is it allowed to?", "iam get-role --role-name {role}", "its role, and who may assume it",
        lambda answer, context: answer["Role"]["RoleName"] == context.role,
    ),
    Command(
        "May it terminate instances?", "iam simulate-principal-policy --action-names "
        "ec2:TerminateInstances autoscaling:DescribeAutoScalingGroups --policy-source-arn "
        "arn:aws:iam::123456789012:role/{role}",
        "no, and it may look: by the evaluator that decides real calls",
        lambda answer, _: [r["EvalDecision"] for r in answer["EvaluationResults"]] == ["implicitDeny", "allowed"],
    ),
    Command(
        "Which key encrypts the topic?", "kms describe-key --key-id alias/tap-notifications-dev", "an enabled key",
        lambda answer, _: answer["KeyMetadata"]["Enabled"],
    ),
    Command(
        "The network", "ec2 describe-vpcs --vpc-ids {vpc}", "the VPC",
        lambda answer, _: answer["Vpcs"][0]["State"] == "available",
    ),
    Command(
        "Its subnets", "ec2 describe-subnets --filters Name=vpc-id,Values={vpc}", "two for each zone",
        lambda answer, _: len(answer["Subnets"]) == 6,
    ),
    Command(
        "Its routes", "ec2 describe-route-tables --filters Name=vpc-id,Values={vpc}", "active routes only",
        lambda answer, _: _all([r["State"] for t in answer["RouteTables"] for r in t["Routes"]], "active"),
    ),
    Command(
        "Its NAT gateways", "ec2 describe-nat-gateways --filter Name=vpc-id,Values={vpc}", "one for each zone",
        lambda answer, _: [n["State"] for n in answer["NatGateways"]] == ["available"] * 3,
    ),
    Command(
        "Its security groups",
        "ec2 describe-security-groups --filters Name=vpc-id,Values={vpc}",
        "none is open to the internet",
        lambda answer, _: "0.0.0.0/0" not in str([group["IpPermissions"] for group in answer["SecurityGroups"]]),
    ),
    Command(
        "Its flow logs", "ec2 describe-flow-logs", "active and delivered",
        lambda answer, _: _all([f["DeliverLogsStatus"] for f in answer["FlowLogs"]], "SUCCESS"),
    ),
    Command(
        "How many vCPUs may I have?", "service-quotas get-service-quota --service-code ec2 --quota-code L-1216C47A",
        "the quota of this kind of account", lambda answer, _: answer["Quota"]["Value"] > 0,
    ),
    Command(
        "Who did what?", "cloudtrail lookup-events", "refused by name; `tap local calls` tells it",
        refusal=("NotImplemented", "cloudtrail is not part"),
    ),
]  # fmt: skip

COMMANDS = [*FLEET, *WATCH, *WITHIN, *AROUND]
