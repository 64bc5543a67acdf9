"""R4: least privilege, document by document."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tap_stack.components.endpoints import interface_service
from tap_stack.components.policies import (
    Place,
    Statement,
    document,
    healer_statements,
    service_principal,
    trust,
)

from .recording import ACCOUNT, Region, tap

HEALER = "tap-healer-us-east-1-dev"
TARGETS = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/theirs/0123456789abcdef"
AWS_OF_THE_HEALER = Path(__file__).parents[4] / "packages/tap-stack/src/tap_stack/healer/aws.py"


def statements(**settings: str) -> dict[str, dict[str, Any]]:
    """The healer's statements by Sid."""
    found = tap(**settings).document("aws:iam/rolePolicy:RolePolicy", HEALER)
    return {statement["Sid"]: statement for statement in found}


def actions(statement: dict[str, Any]) -> set[str]:
    named = statement["Action"]
    return {named} if isinstance(named, str) else set(named)


def test_the_healer_may_mark_only_groups_of_ours_that_are_tagged_as_such() -> None:
    assert statements()["MarkUnhealthy"] == {
        "Sid": "MarkUnhealthy",
        "Effect": "Allow",
        "Action": "autoscaling:SetInstanceHealth",
        "Resource": f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/tap-*",
        "Condition": {"StringEquals": {"autoscaling:ResourceTag/Project": "tap"}},
    }


def test_the_group_carries_the_tag_and_the_name_that_the_permission_asks_for() -> None:
    group = tap().one("aws:autoscaling/group:Group")

    assert group.inputs["name"].startswith("tap-")
    assert group.tags["Project"] == "tap"


def test_the_healer_may_count_in_its_own_namespace_alone() -> None:
    statement = statements()["Count"]

    assert statement["Action"] == "cloudwatch:PutMetricData"
    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "tap/HealthCheck"}}


def test_the_healer_may_log_publish_and_encrypt_in_one_place_each() -> None:
    found = statements()

    assert found["Log"]["Resource"] == "arn:tap-healer-log-dev:log-stream:*"
    assert (found["Remember"]["Action"], found["Remember"]["Resource"]) == (
        "logs:DescribeLogStreams",
        "arn:tap-healer-log-dev:*",
    )
    assert found["Notify"]["Resource"] == "arn:tap-notifications-dev"
    assert found["EncryptNotification"]["Resource"] == "arn:tap-notifications-dev"
    assert actions(found["EncryptNotification"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_the_healer_is_granted_exactly_what_its_code_says_it_uses() -> None:
    """Its module that calls AWS lists its actions; writing to its log and the topic's key are not its own calls."""
    listed = AWS_OF_THE_HEALER.read_text().split('"""')[1]
    used = set(re.findall(r"^    ([a-z0-9-]+:[A-Z]\w+)", listed, flags=re.MULTILINE))
    balanced = statements(targetGroupArns=TARGETS, targetSourceGroups="sg-0a1b2c3d4e5f60718")

    granted = {action for statement in balanced.values() for action in actions(statement)}
    assert granted - used == {"logs:PutLogEvents", "kms:Decrypt", "kms:GenerateDataKey*"}
    assert used - granted == set()


def test_the_healer_reads_the_health_of_targets_in_its_region_where_the_group_has_target_groups_and_nowhere_else() -> (
    None
):
    balanced = statements(targetGroupArns=TARGETS, targetSourceGroups="sg-0a1b2c3d4e5f60718")

    assert balanced.pop("ReadTargets") == {
        "Sid": "ReadTargets",
        "Effect": "Allow",
        "Action": "elasticloadbalancing:DescribeTargetHealth",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
    }
    assert balanced == statements()


ROLLOUT = "tap-rollout-us-east-1-dev"
AWS_OF_THE_ROLLOUT = AWS_OF_THE_HEALER.parents[1] / "rollout" / "aws.py"


def of_the_rollout() -> dict[str, dict[str, Any]]:
    """The rollout's statements by Sid."""
    found = tap(rolloutAlarms="checkout").document("aws:iam/rolePolicy:RolePolicy", ROLLOUT)
    return {statement["Sid"]: statement for statement in found}


def test_the_rollout_may_refresh_its_own_group_alone_from_its_own_template_with_the_instances_role_alone() -> None:
    found = of_the_rollout()

    group = f"arn:aws:autoscaling:us-east-1:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/tap-fleet-dev"
    assert (found["RollOut"]["Action"], found["RollOut"]["Resource"]) == ("autoscaling:StartInstanceRefresh", group)
    assert found["RollOut"]["Condition"] == {"StringEquals": {"autoscaling:ResourceTag/Project": "tap"}}
    template = {"ArnEquals": {"ec2:LaunchTemplate": "arn:tap-instance-dev"}}
    assert (found["LaunchFromTemplate"]["Action"], found["LaunchFromTemplate"]["Condition"]) == (
        "ec2:RunInstances",
        template,
    )
    assert found["PassInstanceRole"]["Resource"] == "arn:tap-instance-us-east-1-dev"
    assert found["PassInstanceRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_the_rollout_may_take_the_healers_claim_and_see_its_own_alarms_and_the_configured_ones() -> None:
    found = of_the_rollout()

    healers = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/tap-healer-dev"
    assert found["Claim"]["Resource"] == f"{healers}:log-stream:acting/*"
    assert found["Remember"]["Resource"] == ["arn:tap-rollout-log-dev:*", f"{healers}:*"]
    alarm = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm"
    assert found["SeeAlarms"]["Resource"] == [f"{alarm}:tap-rollout-unhealthy-dev", f"{alarm}:checkout"]
    assert found["Count"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": "tap/Rollout"}}


def test_the_rollout_is_granted_exactly_what_its_code_says_it_uses_and_the_healers_reads() -> None:
    listed = AWS_OF_THE_ROLLOUT.read_text().split('"""')[1]
    used = set(re.findall(r"^    ([a-z0-9-]+:[A-Z]\w+)", listed, flags=re.MULTILINE))
    healers = {*actions(statements()["Read"]), *actions(statements()["ReadZonalShifts"])}

    granted = {action for statement in of_the_rollout().values() for action in actions(statement)}
    assert granted - used - healers == {"logs:PutLogEvents", "kms:Decrypt", "kms:GenerateDataKey*"}
    assert (used | healers) - granted == set()


def test_any_resource_stands_only_where_nothing_narrower_exists() -> None:
    found = statements()

    assert {sid for sid, statement in found.items() if statement["Resource"] == "*"} == {
        "Read",
        "Count",
        "ReadZonalShifts",
    }
    assert all(":Describe" in action for action in actions(found["Read"]))


def test_a_resource_of_any_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="come together"):
        Statement("Careless", ("ec2:DescribeTags",), ("*",))


def test_no_document_of_the_stack_has_an_action_that_is_any() -> None:
    recording = tap(natStrategy="none")
    documents = [json.loads(found.inputs["policy"]) for found in recording.resources if "policy" in found.inputs]

    granted = {action for found in documents for statement in found["Statement"] for action in actions(statement)}
    assert len(documents) == 5
    assert {action for action in granted if "*" in action} == {"kms:*", "kms:GenerateDataKey*"}
    assert {action for action in granted if "PassRole" in action or "Terminate" in action} == {"iam:PassRole"}


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws", "eu-west-1")]
)
def test_every_arn_is_of_the_right_partition(partition: str, region: str) -> None:
    zones = (f"{region}a", f"{region}b")
    recording = tap(Region(zones=zones, offering=zones, partition=partition), region=region)

    written = json.dumps([found.inputs for found in recording.resources], default=str)
    assert set(re.findall(r"arn:(aws[a-z-]*):", written)) == {partition}


def test_lambda_and_flow_logs_may_use_their_roles_for_this_account_alone() -> None:
    recording = tap()
    trusts = {
        name: json.loads(found.inputs["assumeRolePolicy"])["Statement"]
        for name, found in recording.of("aws:iam/role:Role").items()
    }
    own_account = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}

    assert {
        name: (statement["Principal"]["Service"], statement.get("Condition")) for name, [statement] in trusts.items()
    } == {
        "tap-instance-us-east-1-dev": ("ec2.amazonaws.com", None),
        "tap-healer-us-east-1-dev": ("lambda.amazonaws.com", own_account),
        "tap-rollout-us-east-1-dev": ("lambda.amazonaws.com", own_account),
        "tap-flow-log-us-east-1-dev": ("vpc-flow-logs.amazonaws.com", own_account),
    }


def test_instances_may_be_managed_and_report_and_no_more() -> None:
    recording = tap()

    attached = recording.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment").values()
    assert {(found.inputs["role"], found.inputs["policyArn"]) for found in attached} == {
        ("tap-instance-us-east-1-dev", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"),
        ("tap-instance-us-east-1-dev", "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"),
    }
    inline = recording.of("aws:iam/rolePolicy:RolePolicy").values()
    assert "tap-instance-us-east-1-dev" not in {found.inputs["role"] for found in inline}


def test_only_alarms_of_this_account_and_two_rules_may_publish_and_nobody_without_tls() -> None:
    alarms, failures, tls = tap().document("aws:sns/topicPolicy:TopicPolicy", "tap-notifications-dev")

    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:tap-*"},
    }
    assert (failures["Principal"], failures["Action"]) == ({"Service": "events.amazonaws.com"}, "sns:Publish")
    assert failures["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": ["arn:tap-scaling-failures-dev", "arn:tap-refresh-failures-dev"]},
    }
    assert (tls["Effect"], tls["Principal"]) == ("Deny", "*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_cloudwatch_may_use_the_topics_key_for_this_account_and_eventbridge_for_this_topic() -> None:
    account, alarms, failures = tap().document("aws:kms/key:Key", "tap-notifications-dev")

    assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert actions(alarms) == actions(failures) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert failures["Principal"] == {"Service": "events.amazonaws.com"}
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:tap-notifications-dev"
    assert failures["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic}}


def test_documents_are_within_iams_size() -> None:
    place = Place("aws-us-gov", "us-gov-west-1", ACCOUNT)
    longest = "arn:aws-us-gov:service:us-gov-west-1:123456789012:" + "x" * 128

    # IAM counts an inline policy without white space; 10,240 for all of a role's together.
    assert (
        len(document(*healer_statements(place, "tap-*", longest, longest, longest, targets=True)).replace(" ", ""))
        < 4000
    )
    assert len(trust("lambda.amazonaws.com", ACCOUNT)) < 2048


@pytest.mark.parametrize(
    ("partition", "service", "principal"),
    [
        ("aws", "ec2", "ec2.amazonaws.com"),
        ("aws-us-gov", "ec2", "ec2.amazonaws.com"),
        ("aws-cn", "ec2", "ec2.amazonaws.com.cn"),
        ("aws-cn", "lambda", "lambda.amazonaws.com"),
        ("aws-cn", "events", "events.amazonaws.com"),
    ],
)
def test_ec2_is_called_differently_in_china_and_only_ec2(partition: str, service: str, principal: str) -> None:
    assert service_principal(service, partition) == principal


@pytest.mark.parametrize(
    ("partition", "region", "service", "name"),
    [
        ("aws", "eu-west-1", "monitoring", "com.amazonaws.eu-west-1.monitoring"),
        ("aws-us-gov", "us-gov-west-1", "monitoring", "com.amazonaws.us-gov-west-1.monitoring"),
        ("aws-cn", "cn-north-1", "monitoring", "cn.com.amazonaws.cn-north-1.monitoring"),
        ("aws-cn", "cn-north-1", "ssm", "com.amazonaws.cn-north-1.ssm"),
        ("aws-cn", "cn-north-1", "logs", "com.amazonaws.cn-north-1.logs"),
    ],
)
def test_endpoint_services_have_their_own_names_in_china(partition: str, region: str, service: str, name: str) -> None:
    assert interface_service(service, Place(partition, region, ACCOUNT)) == name
