"""R4, R5, R6 and R9 as deployed: what the healer may do, what it is made of, who hears of it, and the outputs."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from support.deployed.stack import REGION, ROOT, Deployed

from embedded_aws.services.lambda_.store import definition, function_id
from tap_stack.outputs import EXTRA_OUTPUT_KEYS, OUTPUT_KEYS


def statements(deployed: Deployed) -> list[dict[str, Any]]:
    """Every statement of the healer's role."""
    iam, role = deployed.client("iam"), deployed.outputs["lambda_role_name"]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    return [statement for document in documents for statement in document["Statement"]]


def actions(statement: dict[str, Any]) -> list[str]:
    """A statement's actions, however many it has."""
    found = statement["Action"]
    return found if isinstance(found, list) else [found]


def test_the_healers_one_write_is_on_tagged_groups_of_its_own_name(deployed: Deployed) -> None:
    (statement,) = [each for each in statements(deployed) if "autoscaling:SetInstanceHealth" in actions(each)]

    assert actions(statement) == ["autoscaling:SetInstanceHealth"]
    assert statement["Resource"] == (
        "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/tap-*"
    )
    assert statement["Condition"] == {"StringEquals": {"autoscaling:ResourceTag/Project": "tap"}}


def test_metrics_go_to_the_healers_namespace_only(deployed: Deployed) -> None:
    (statement,) = [each for each in statements(deployed) if "cloudwatch:PutMetricData" in actions(each)]

    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "tap/HealthCheck"}}


def test_only_reads_that_take_no_resource_have_neither_resource_nor_condition(deployed: Deployed) -> None:
    unscoped = {a for s in statements(deployed) if s["Resource"] == "*" and "Condition" not in s for a in actions(s)}

    assert unscoped == {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeInstanceRefreshes",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeTags",
    }


def test_the_healer_may_not_terminate(deployed: Deployed) -> None:
    granted = {action for statement in statements(deployed) for action in actions(statement)}

    assert not any("Terminate" in action or action.endswith("*") for action in granted - {"kms:GenerateDataKey*"})


def test_the_zip_is_the_source_that_the_tests_import(deployed: Deployed) -> None:
    """The archive is the one that the Lambda service unpacks and runs."""
    name, account = deployed.outputs["lambda_function_name"], deployed.sandbox.cloud.account
    archive = zipfile.ZipFile(io.BytesIO(definition(function_id(name, account, REGION)).code))
    source = ROOT / "packages/tap-stack/src/tap_stack/healer"

    assert set(archive.namelist()) == {"index.py", *(f"healer/{path.name}" for path in source.glob("*.py"))}
    for path in source.glob("*.py"):
        assert archive.read(f"healer/{path.name}") == path.read_bytes()


def test_the_function_is_as_configured(deployed: Deployed) -> None:
    name = deployed.outputs["lambda_function_name"]
    found = deployed.client("lambda").get_function_configuration(FunctionName=name)
    asynchronous = deployed.client("lambda").get_function_event_invoke_config(FunctionName=name)

    assert (found["Handler"], found["Runtime"]) == ("index.lambda_handler", "python3.13")
    assert (asynchronous["MaximumRetryAttempts"], asynchronous["MaximumEventAgeInSeconds"]) == (0, 60)


def test_only_its_two_rules_may_start_it(deployed: Deployed) -> None:
    policy = deployed.client("lambda").get_policy(FunctionName=deployed.outputs["lambda_function_name"])
    statements = {each["Sid"]: each for each in json.loads(policy["Policy"])["Statement"]}
    schedule = deployed.outputs["health_check_rule_arn"]
    launches = schedule.replace("healer-schedule", "healer-changes")

    assert {each["Principal"]["Service"] for each in statements.values()} == {"events.amazonaws.com"}
    assert {name: each["Condition"] for name, each in statements.items()} == {
        "schedule": {"ArnLike": {"AWS:SourceArn": schedule}},
        "changes": {"ArnLike": {"AWS:SourceArn": launches}},
    }


def test_launches_and_terminations_of_its_group_start_it_with_auto_scalings_events(deployed: Deployed) -> None:
    """What it makes of an event is tested elsewhere; here it counts that these come, and no other."""
    cloud, events = deployed.sandbox.cloud, list[dict[str, Any]]()
    autoscaling, group = deployed.client("autoscaling"), deployed.outputs["auto_scaling_group_name"]
    other = {"AutoScalingGroupName": "other"}
    cloud.clock.advance(120)  # until the first instances are there
    cloud.functions.subscribe(lambda invocation: events.append(json.loads(invocation.event)))

    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=4)
    cloud.clock.advance(180)
    new = {each["InstanceId"] for each in deployed.group["Instances"]}
    announced = {"source": "aws.autoscaling", "detail-type": "EC2 Instance Launch Successful", "detail": other}
    cloud.schedule.emit({**announced, "account": cloud.account, "region": cloud.region})
    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=3)
    cloud.clock.advance(180)

    changes = [event for event in events if event["source"] == "aws.autoscaling"]
    assert [event["detail-type"] for event in changes] == [
        "EC2 Instance Launch Successful",
        "EC2 Instance Terminate Successful",
    ]
    assert {event["detail"]["AutoScalingGroupName"] for event in changes} == {group}
    assert changes[0]["detail"]["EC2InstanceId"] in new


def test_its_log_group_was_there_first_and_has_a_retention(deployed: Deployed) -> None:
    name = deployed.outputs["lambda_log_group_name"]
    (group,) = deployed.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]

    assert name == f"/aws/lambda/{deployed.outputs['lambda_function_name']}"
    assert group["retentionInDays"] == 365


def test_every_alarm_notifies_the_topic_but_that_of_an_idle_fleet(deployed: Deployed) -> None:
    alarms = deployed.client("cloudwatch").describe_alarms()["MetricAlarms"]
    topic = deployed.outputs["notification_topic_arn"]

    silent = [each["AlarmName"] for each in alarms if topic not in each["AlarmActions"] or not each["ActionsEnabled"]]
    assert silent == ["tap-cpu-low-dev"]
    assert all(each["AlarmDescription"] for each in alarms)


def test_the_topic_is_encrypted_with_a_key_of_its_own_and_takes_tls_only(deployed: Deployed) -> None:
    topic = deployed.outputs["notification_topic_arn"]
    attributes = deployed.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    policy = json.loads(attributes["Policy"])
    key = deployed.client("kms").get_key_policy(KeyId=attributes["KmsMasterKeyId"], PolicyName="default")["Policy"]

    assert {"aws:SecureTransport": "false"} in [
        each["Condition"].get("Bool") for each in policy["Statement"] if each["Effect"] == "Deny"
    ]
    assert "cloudwatch.amazonaws.com" in key
    assert "events.amazonaws.com" in key


def test_a_missing_heartbeat_is_an_alarm(deployed: Deployed) -> None:
    alarms = deployed.client("cloudwatch").describe_alarms()["MetricAlarms"]
    switches = [each for each in alarms if each.get("MetricName") == "Heartbeat"]

    assert sorted(each["AlarmName"] for each in switches) == ["tap-healer-silent-dev", "tap-rollout-silent-dev"]
    assert {each["TreatMissingData"] for each in switches} == {"breaching"}
    assert max(each["Period"] * each["EvaluationPeriods"] for each in switches) <= 300


def test_the_outputs_are_the_thirty_keys_and_the_documented_extras(deployed: Deployed) -> None:
    assert set(deployed.outputs) == {*OUTPUT_KEYS, *EXTRA_OUTPUT_KEYS}
    assert len(OUTPUT_KEYS) == 30
    assert deployed.outputs["region"] == "eu-west-1"
