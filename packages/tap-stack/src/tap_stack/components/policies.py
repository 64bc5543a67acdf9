"""The stack's IAM documents: who may do what to which resource, and the reason for each resource that is any.

Actions, resources and condition keys are from the Service Authorization Reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tap_stack.healer.report import NAMESPACE
from tap_stack.rollout.model import NAMESPACE as ROLLOUT_NAMESPACE

UNSCOPED_READS = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeInstanceRefreshes",
    "autoscaling:DescribeScalingActivities",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeTags",
)
"""What the healer reads. None of these actions supports a resource, or a condition on one."""

GROUPS = "autoScalingGroup:*:autoScalingGroupName/"
OURS = {"StringEquals": {"autoscaling:ResourceTag/Project": "tap"}}


@dataclass(frozen=True)
class Place:
    """Where ARNs lie: `aws`, `aws-cn` or another partition, region, account."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def root(self) -> str:
        """The account itself, as a principal: whoever its IAM policies allow."""
        return f"arn:{self.partition}:iam::{self.account}:root"


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    Attributes:
        sid: What it is for, in one word.
        actions: Full names; no wildcard but KMS's `GenerateDataKey*`, which is one permission in two forms.
        resources: ARNs. Empty in a trust policy, which is about the role that carries it.
        principal: Whom a resource's own policy speaks of; None in an identity's policy.
        condition: Operator to condition key to value.
        reason_for_any: Why a resource of `*` cannot be narrower. Needed if and only if there is one.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    principal: Mapping[str, str] | str | None = None
    condition: Mapping[str, Mapping[str, str | list[str]]] = field(default_factory=dict)
    effect: str = "Allow"
    reason_for_any: str = ""

    def __post_init__(self) -> None:
        if ("*" in self.resources) != bool(self.reason_for_any):
            raise ValueError(f"statement {self.sid}: a resource of * and a reason for it come together")

    def as_json(self) -> dict[str, Any]:
        """The statement in IAM's words; a single action or resource is written plainly, as IAM gives it back."""
        return {
            "Sid": self.sid,
            "Effect": self.effect,
            **({"Principal": self.principal} if self.principal else {}),
            "Action": _one_or_many(self.actions),
            **({"Resource": _one_or_many(self.resources)} if self.resources else {}),
            **({"Condition": self.condition} if self.condition else {}),
        }


def _one_or_many(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def document(*statements: Statement) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement.as_json() for statement in statements]})


def service_principal(service: str, partition: str) -> str:
    """A service's name as a principal: the same everywhere, but for EC2, which China's IAM still knows by its own.

    Source: IAM User Guide (China), "AWS JSON policy elements: Principal"; hashicorp/terraform-provider-aws 47141;
    aws/aws-cdk 24696 and awslabs/cdk-eks-blueprints 558 for what happens with the wrong one.
    """
    suffix = "amazonaws.com.cn" if (service, partition) == ("ec2", "aws-cn") else "amazonaws.com"
    return f"{service}.{suffix}"


def trust(service: str, account: str = "") -> str:
    """A role's trust in one AWS service, on behalf of `account` alone if it is given.

    Lambda and VPC flow logs say for whom they act (`aws:SourceAccount`); EC2 does not when it hands a role to an
    instance, and a condition there would lock every instance out.
    """
    condition = {"StringEquals": {"aws:SourceAccount": account}} if account else {}
    return document(Statement("Trust", ("sts:AssumeRole",), principal={"Service": service}, condition=condition))


def healer_statements(
    place: Place,
    groups: str,
    topic_arn: str,
    key_arn: str,
    log_group_arn: str,
    *,
    ours: bool = True,
    targets: bool = False,
) -> tuple[Statement, ...]:
    """All that the healer may do: read, mark an instance of a group, count, log, and tell its topic.

    Replacing is the group's doing: `TerminateInstanceInAutoScalingGroup` is not needed and not granted. `groups` is the
    group's name, or a pattern for the names of ours; those have our tags, by which the mark is bound too. Where the
    group may have target groups (`targets`) it reads their health.
    """
    arn = place.arn("autoscaling", f"{GROUPS}{groups}")
    return (
        *_reads(arn),
        *([_read_targets(place)] if targets else []),
        Statement("MarkUnhealthy", ("autoscaling:SetInstanceHealth",), (arn,), condition=OURS if ours else {}),
        _count(NAMESPACE),
        # Its memory is the names of streams of its own log group; the resource of this action is the group.
        *_log(log_group_arn, (log_group_arn,)),
        *_notify(topic_arn, key_arn),
    )


@dataclass(frozen=True)
class Rolled:
    """What the rollout has to do with: names, and ARNs that are known once their resources are there.

    Attributes:
        group: The name of the Auto Scaling group.
        alarms: Names of the alarms that a refresh is given.
        template: The launch template's ARN.
        role: The ARN of the instances' role.
        log_group, healer_log_group: ARNs of its own log group and of the healer's; without a healer, twice the same.
    """

    group: str
    alarms: tuple[str, ...]
    template: str
    role: str
    topic: str
    key: str
    log_group: str
    healer_log_group: str


def rollout_statements(place: Place, rolled: Rolled) -> tuple[Statement, ...]:
    """All that the rollout may do: what the healer reads, an instance refresh of its one group, count, log, and tell.

    The group's template is moved by AWS, when the refresh succeeds: `UpdateAutoScalingGroup` is not granted.
    """
    group = place.arn("autoscaling", f"{GROUPS}{rolled.group}")
    passed = {"iam:PassedToService": service_principal("ec2", place.partition)}
    return (
        *_reads(group),
        Statement("RollOut", ("autoscaling:StartInstanceRefresh",), (group,), condition=OURS),
        # The caller of a refresh with a launch template must be allowed to launch from it.
        Statement(
            "LaunchFromTemplate",
            ("ec2:RunInstances",),
            ("*",),
            condition={"ArnEquals": {"ec2:LaunchTemplate": rolled.template}},
            reason_for_any="a launch is of images, subnets and more; the condition binds it to the one launch template",
        ),
        Statement("PassInstanceRole", ("iam:PassRole",), (rolled.role,), condition={"StringEquals": passed}),
        Statement(
            "SeeAlarms",
            ("cloudwatch:DescribeAlarms",),
            tuple(place.arn("cloudwatch", f"alarm:{name}") for name in rolled.alarms),
        ),
        _count(ROLLOUT_NAMESPACE),
        *_log(rolled.log_group, tuple(dict.fromkeys((rolled.log_group, rolled.healer_log_group)))),
        # The healer's claim: who has it may act, and the other waits.
        Statement("Claim", ("logs:CreateLogStream",), (f"{rolled.healer_log_group}:log-stream:acting/*",)),
        *_notify(rolled.topic, rolled.key),
    )


def _reads(groups: str) -> tuple[Statement, ...]:
    """The healer's look at a group."""
    return (
        Statement("Read", UNSCOPED_READS, ("*",), reason_for_any="these reads support nothing narrower"),
        Statement(
            "ReadZonalShifts",
            ("arc-zonal-shift:GetManagedResource",),
            ("*",),
            # The key is a string to IAM, although what it holds is an ARN.
            condition={"StringLike": {"arc-zonal-shift:ResourceIdentifier": groups}},
            reason_for_any="the action has no resource type for Auto Scaling groups; the condition is its scope",
        ),
    )


def _read_targets(place: Place) -> Statement:
    return Statement(
        "ReadTargets",
        ("elasticloadbalancing:DescribeTargetHealth",),
        ("*",),
        condition={"StringEquals": {"aws:RequestedRegion": place.region}},
        reason_for_any="the action supports no resource and no key of its own; the region is its scope",
    )


def _count(namespace: str) -> Statement:
    return Statement(
        "Count",
        ("cloudwatch:PutMetricData",),
        ("*",),
        condition={"StringEquals": {"cloudwatch:namespace": namespace}},
        reason_for_any="the action supports no resource; the namespace is its scope",
    )


def _log(own: str, remembered: tuple[str, ...]) -> tuple[Statement, ...]:
    """Write one log group, and read the names of streams."""
    return (
        Statement("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), (f"{own}:log-stream:*",)),
        Statement("Remember", ("logs:DescribeLogStreams",), tuple(f"{each}:*" for each in remembered)),
    )


def _notify(topic_arn: str, key_arn: str) -> tuple[Statement, ...]:
    return (
        Statement("Notify", ("sns:Publish",), (topic_arn,)),
        Statement("EncryptNotification", ("kms:Decrypt", "kms:GenerateDataKey*"), (key_arn,)),
    )


def flow_log_statements(log_group_arn: str) -> tuple[Statement, ...]:
    """Write one log group and find its streams, which is what delivery of flow logs does in a group that exists.

    Source: VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs", less creating groups.
    """
    write = ("logs:CreateLogStream", "logs:PutLogEvents")
    return (
        Statement("Write", write, (f"{log_group_arn}:log-stream:*",)),
        Statement("Find", ("logs:DescribeLogStreams",), (f"{log_group_arn}:*",)),
        Statement(
            "FindGroup",
            ("logs:DescribeLogGroups",),
            ("*",),
            reason_for_any="it lists groups by prefix; delivery calls it without naming one",
        ),
    )


def topic_statements(place: Place, ours: str, topic_arn: str, *rule_arns: str) -> tuple[Statement, ...]:
    """CloudWatch may publish alarms called `ours` to the topic, EventBridge these rules' events, all by TLS alone.

    The functions are not named: within one account their own policies are enough.
    """
    alarms = place.arn("cloudwatch", f"alarm:{ours}")
    own_account = {"aws:SourceAccount": place.account}
    return (
        Statement(
            "Alarms",
            ("sns:Publish",),
            (topic_arn,),
            principal={"Service": "cloudwatch.amazonaws.com"},
            condition={"StringEquals": own_account, "ArnLike": {"aws:SourceArn": alarms}},
        ),
        Statement(
            "ScalingFailures",
            ("sns:Publish",),
            (topic_arn,),
            principal={"Service": "events.amazonaws.com"},
            condition={"StringEquals": own_account, "ArnEquals": {"aws:SourceArn": list(rule_arns)}},
        ),
        Statement(
            "OnlyTls",
            ("sns:Publish",),
            (topic_arn,),
            principal="*",
            condition={"Bool": {"aws:SecureTransport": "false"}},
            effect="Deny",
        ),
    )


def key_statements(place: Place, topic_arn: str) -> tuple[Statement, ...]:
    """The topic's key: administered through the account's IAM policies, used by CloudWatch and EventBridge.

    In a key policy the resource `*` means the key itself. The first statement is KMS's default; without it nobody
    could ever change the key. It is also what lets the healer's own policy grant the healer the key's use.

    EventBridge's use is bound to the topic and not to a source: KMS is told none of EventBridge's, and a condition on
    one would keep every event out (SNS Developer Guide, "Key management": conditions on the source are "not supported
    for EventBridge-to-encrypted topics"). The topic's own policy says which rule may publish.
    """
    itself = "in a key's policy it means the key itself"
    use = ("kms:Decrypt", "kms:GenerateDataKey*")
    return (
        Statement("Account", ("kms:*",), ("*",), principal={"AWS": place.root()}, reason_for_any=itself),
        Statement(
            "Alarms",
            use,
            ("*",),
            principal={"Service": "cloudwatch.amazonaws.com"},
            condition={"StringEquals": {"aws:SourceAccount": place.account}},
            reason_for_any=itself,
        ),
        Statement(
            "ScalingFailures",
            use,
            ("*",),
            principal={"Service": "events.amazonaws.com"},
            condition={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn}},
            reason_for_any=itself,
        ),
    )
