"""What alarms do in cloud time, to topics, policies and functions, and what keeps them from it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from embedded_aws.account import ACCOUNT

from .cpu_alarm import (
    ALARM_ARN,
    REGION,
    SCALE_UP,
    pass_minutes,
    put_alarm,
    subscribed,
    summaries,
    topic,
)


def test_a_notification_says_what_changed(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where], AlarmDescription="hot")

    pass_minutes(world, 90)

    (delivery,) = world.notifications.deliveries(where)
    message = json.loads(delivery.message)
    assert delivery.subject == 'ALARM: "cpu" in US East (N. Virginia)'
    assert (delivery.publisher, delivery.time) == ("cloudwatch.amazonaws.com", world.clock.now())
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert (message["AlarmDescription"], message["AlarmArn"]) == ("hot", ALARM_ARN)
    assert message["Trigger"]["Statistic"] == "AVERAGE"
    assert message["Trigger"]["Dimensions"] == [{"value": "tap", "name": "AutoScalingGroupName"}]


def test_each_state_has_its_own_actions_and_they_happen_once(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, OKActions=[where])

    pass_minutes(world, 90, 90, 50, 50)

    assert [delivery.subject for delivery in world.notifications.deliveries(where)] == [
        'OK: "cpu" in US East (N. Virginia)'
    ]


def test_disabled_actions_do_nothing_but_the_event_is_sent(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where, SCALE_UP], ActionsEnabled=False)

    pass_minutes(world, 90, 90)

    assert world.notifications.deliveries(where) == ()
    assert world.around.scaled == []
    assert len(world.around.events) == 1


def test_the_state_change_is_an_event(world: Any) -> None:
    put_alarm(world)

    pass_minutes(world, 90)

    (event,) = world.around.events
    assert (event["source"], event["detail-type"]) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert (event["resources"], event["time"]) == ([ALARM_ARN], world.clock.now())
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    (metric,) = event["detail"]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["dimensions"] == {"AutoScalingGroupName": "tap"}
    json.dumps(event["detail"])


def test_scaling_goes_on_each_minute_for_as_long_as_the_alarm_lasts(world: Any) -> None:
    put_alarm(world, AlarmActions=[SCALE_UP])

    pass_minutes(world, 90, 90, 90, 50, 50)

    assert world.around.scaled == [SCALE_UP] * 3


def test_a_policy_that_cannot_scale_is_a_failed_action(world: Any) -> None:
    put_alarm(world, AlarmName="busy", AlarmActions=[SCALE_UP])
    world.around.busy = True

    pass_minutes(world, 90, 90)

    assert summaries(world, "Action", "busy") == [
        f'Failed to execute action {SCALE_UP}. Received error: "The scaling policy is in cooldown."'
    ]


def failed(world: Any, name: str) -> str:
    (item,) = world.client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="Action")[
        "AlarmHistoryItems"
    ]
    data = json.loads(item["HistoryData"])
    assert data["actionState"] == "Failed"
    return str(data["error"])


def publishing(service: str, topic_arn: str, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": topic_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | condition]})


def test_a_topic_whose_policy_leaves_cloudwatch_out_gets_nothing(world: Any) -> None:
    where = topic(world)
    subscribed(world, where)
    policy = publishing("events.amazonaws.com", where)
    world.client("sns").set_topic_attributes(TopicArn=where, AttributeName="Policy", AttributeValue=policy)
    put_alarm(world, AlarmName="shut-out", AlarmActions=[where])

    pass_minutes(world, 90)

    assert world.notifications.deliveries(where) == ()
    assert failed(world, "shut-out") == (
        f"CloudWatch Alarms is not authorized to perform: SNS:Publish on resource: {where} "
        "because no resource-based policy allows the SNS:Publish action"
    )


@pytest.mark.parametrize(("prefix", "count"), [("cpu", 1), ("other", 0)])
def test_a_topic_policy_may_ask_which_alarm_it_is(world: Any, prefix: str, count: int) -> None:
    where = topic(world)
    subscribed(world, where)
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{prefix}*"}}
    account = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    policy = publishing("cloudwatch.amazonaws.com", where, Condition=source | account)
    world.client("sns").set_topic_attributes(TopicArn=where, AttributeName="Policy", AttributeValue=policy)
    put_alarm(world, AlarmActions=[where])

    pass_minutes(world, 90)

    assert len(world.notifications.deliveries(where)) == count


def test_the_key_that_aws_manages_keeps_cloudwatch_out(world: Any) -> None:
    where = topic(world, KmsMasterKeyId="alias/aws/sns")
    put_alarm(world, AlarmName="managed", AlarmActions=[where])

    pass_minutes(world, 90)

    assert failed(world, "managed") == (
        "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    )


def key_policy(*services: str) -> str:
    """A key policy as AWS makes it, that also lets services use the key."""
    root = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    statements: list[dict[str, Any]] = [root | {"Action": "kms:*", "Resource": "*"}]
    use = {"Effect": "Allow", "Action": ["kms:GenerateDataKey*", "kms:Decrypt"], "Resource": "*"}
    statements += [use | {"Principal": {"Service": service}} for service in services]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize(("services", "count"), [((), 0), (("cloudwatch.amazonaws.com",), 1)])
def test_a_key_of_ones_own_must_let_cloudwatch_in(world: Any, services: tuple[str, ...], count: int) -> None:
    key = world.client("kms").create_key(Policy=key_policy(*services))["KeyMetadata"]["KeyId"]
    where = topic(world, KmsMasterKeyId=key)
    subscribed(world, where)
    put_alarm(world, AlarmActions=[where])

    pass_minutes(world, 90)

    assert len(world.notifications.deliveries(where)) == count


def test_a_topic_that_is_gone_is_a_failed_action(world: Any) -> None:
    where = topic(world)
    put_alarm(world, AlarmName="orphan", AlarmActions=[where])
    world.client("sns").delete_topic(TopicArn=where)

    pass_minutes(world, 90)

    assert failed(world, "orphan") == "Topic does not exist"


def make_function(world: Any) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = world.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("index.py", "def lambda_handler(event, context):\n    return None\n")
    made = world.client("lambda").create_function(
        FunctionName="react",
        Runtime="python3.13",
        Role=role,
        Handler="index.lambda_handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return str(made["FunctionArn"])


def test_a_function_is_invoked_only_with_its_permission(world: Any) -> None:
    function = make_function(world)
    put_alarm(world, AlarmName="without", AlarmActions=[function])
    pass_minutes(world, 90)
    refused, before = failed(world, "without"), list(world.around.invoked)

    world.client("lambda").add_permission(
        FunctionName="react",
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=ALARM_ARN,
    )
    put_alarm(world, AlarmActions=[function])
    pass_minutes(world, 90)

    assert refused.startswith("CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction on resource: ")
    assert before == []
    ((invoked, event),) = world.around.invoked
    assert (invoked, event["alarmArn"], event["alarmData"]["state"]["value"]) == (function, ALARM_ARN, "ALARM")
