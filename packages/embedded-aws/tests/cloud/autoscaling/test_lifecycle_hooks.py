"""Lifecycle hooks through the API: how they are kept, who is told, who may complete an action, what comes of it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.services.autoscaling import BootEnd

from .conftest import NAMES, Place

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
Create = Callable[..., str]


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def described(place: Place, group: str) -> dict[str, Any]:
    (found,) = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
    return dict(found)


def states(place: Place, group: str) -> list[str]:
    return sorted(each["LifecycleState"] for each in described(place, group)["Instances"])


def waiting(place: Place, group: str) -> str:
    """The instance that a hook holds."""
    (found,) = [each for each in described(place, group)["Instances"] if each["LifecycleState"].endswith(":Wait")]
    return str(found["InstanceId"])


def a_role(place: Place, name: str, service: str, allow: dict[str, str] | None = None) -> str:
    """A new role that an AWS service may assume."""
    iam = place.cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if allow is not None:
        allowed(place, name, allow)
    return str(arn)


def allowed(place: Place, role: str, allow: dict[str, str]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | allow]})
    place.cloud.client("iam").put_role_policy(RoleName=role, PolicyName="allow", PolicyDocument=policy)


def published(place: Place, topic: str) -> list[dict[str, Any]]:
    return [json.loads(each.message) for each in place.cloud.notifications.history() if each.topic_arn == topic]


def test_a_hook_is_given_back_with_awss_defaults_and_changed_in_part(place: Place, create: Create) -> None:
    group = create(DesiredCapacity=1)
    put, describe = place.autoscaling.put_lifecycle_hook, place.autoscaling.describe_lifecycle_hooks
    put(AutoScalingGroupName=group, LifecycleHookName="h", LifecycleTransition=LAUNCHING)

    (hook,) = describe(AutoScalingGroupName=group)["LifecycleHooks"]
    usual = {"HeartbeatTimeout": 3600, "GlobalTimeout": 172800, "DefaultResult": "ABANDON"}
    named = {"LifecycleHookName": "h", "AutoScalingGroupName": group, "LifecycleTransition": LAUNCHING}
    assert hook == named | usual

    put(AutoScalingGroupName=group, LifecycleHookName="h", HeartbeatTimeout=60, NotificationMetadata="m")
    (hook,) = describe(AutoScalingGroupName=group, LifecycleHookNames=["h"])["LifecycleHooks"]
    changed = {"HeartbeatTimeout": 60, "GlobalTimeout": 6000, "NotificationMetadata": "m"}
    assert hook == named | usual | changed

    place.autoscaling.delete_lifecycle_hook(AutoScalingGroupName=group, LifecycleHookName="h")
    assert describe(AutoScalingGroupName=group)["LifecycleHooks"] == []
    types = place.autoscaling.describe_lifecycle_hook_types()["LifecycleHookTypes"]
    assert types == [LAUNCHING, TERMINATING]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "LifecycleTransition must be one of"),
        ({"LifecycleTransition": LAUNCHING, "HeartbeatTimeout": 29}, "must be between 30 and 7200 seconds"),
        ({"LifecycleTransition": LAUNCHING, "HeartbeatTimeout": 7201}, "must be between 30 and 7200 seconds"),
        ({"LifecycleTransition": LAUNCHING, "DefaultResult": "MAYBE"}, "must be CONTINUE or ABANDON"),
        (
            {"LifecycleTransition": LAUNCHING, "NotificationTargetARN": "arn:aws:s3:::b", "RoleARN": "r"},
            "Invalid notification target ARN",
        ),
        (
            {"LifecycleTransition": LAUNCHING, "NotificationTargetARN": "arn:aws:sqs:us-east-1:123456789012:q"},
            "A RoleARN is required",
        ),
    ],
)
def test_a_hook_that_aws_refuses_is_refused(place: Place, create: Create, params: dict[str, Any], said: str) -> None:
    group = create(DesiredCapacity=1)

    told = refusal(place.autoscaling.put_lifecycle_hook, AutoScalingGroupName=group, LifecycleHookName="h", **params)

    assert told.startswith("ValidationError")
    assert said in told


def test_a_group_has_at_most_fifty_hooks(place: Place, create: Create) -> None:
    group = create(DesiredCapacity=1)
    put = place.autoscaling.put_lifecycle_hook
    for number in range(50):
        put(AutoScalingGroupName=group, LifecycleHookName=f"h{number}", LifecycleTransition=LAUNCHING)

    told = refusal(put, AutoScalingGroupName=group, LifecycleHookName="h50", LifecycleTransition=LAUNCHING)
    assert told.startswith("LimitExceeded")


def test_a_hook_of_a_new_group_holds_its_first_instances(place: Place, create: Create) -> None:
    hook = {"LifecycleHookName": "h", "LifecycleTransition": LAUNCHING, "HeartbeatTimeout": 900}
    group = create(DesiredCapacity=1, LifecycleHookSpecificationList=[hook])

    instance = waiting(place, group)
    assert states(place, group) == ["Pending:Wait"]
    (reservation,) = place.ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "running", "the machine runs while it waits"

    about = {"AutoScalingGroupName": group, "LifecycleHookName": "h", "InstanceId": instance}
    place.autoscaling.record_lifecycle_action_heartbeat(**about)
    place.autoscaling.complete_lifecycle_action(LifecycleActionResult="CONTINUE", **about)
    assert states(place, group) == ["Pending:Proceed"]
    place.cloud.clock.advance(10)
    assert states(place, group) == ["InService"]


def test_an_abandoned_launch_is_told_as_aws_tells_it(place: Place, create: Create) -> None:
    hook = {"LifecycleHookName": "h", "LifecycleTransition": LAUNCHING}
    group = create(DesiredCapacity=1, LifecycleHookSpecificationList=[hook])
    instance = waiting(place, group)
    place.autoscaling.complete_lifecycle_action(
        AutoScalingGroupName=group, LifecycleHookName="h", InstanceId=instance, LifecycleActionResult="ABANDON"
    )

    activities = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    (launch,) = [
        each for each in activities if each["Description"].startswith(f"Launching a new EC2 instance: {instance}")
    ]
    assert launch["StatusCode"] == "Cancelled"
    assert launch["StatusMessage"].endswith("was abandoned: Lifecycle Action Completed with ABANDON Result")
    assert (
        launch["Description"] == f"Launching a new EC2 instance: {instance}.  Status Reason: {launch['StatusMessage']}"
    )


def test_the_target_of_a_hook_is_tested_and_then_told(place: Place, create: Create) -> None:
    group = create(DesiredCapacity=1)
    topic = place.cloud.client("sns").create_topic(Name=group)["TopicArn"]
    role = a_role(place, f"tells-{group}", "autoscaling.amazonaws.com", {"Action": "sns:Publish", "Resource": topic})
    place.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=group,
        LifecycleHookName="h",
        LifecycleTransition=TERMINATING,
        NotificationTargetARN=topic,
        RoleARN=role,
        NotificationMetadata="logs",
    )
    (test,) = published(place, topic)
    assert test["Event"] == "autoscaling:TEST_NOTIFICATION"
    assert test["AutoScalingGroupARN"] == described(place, group)["AutoScalingGroupARN"]

    place.autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, MinSize=0, DesiredCapacity=0)
    place.cloud.clock.advance(1)
    _, told = published(place, topic)
    about = {
        "AutoScalingGroupName": group,
        "Destination": "EC2",
        "EC2InstanceId": waiting(place, group),
        "LifecycleHookName": "h",
        "LifecycleTransition": TERMINATING,
        "NotificationMetadata": "logs",
        "Origin": "AutoScalingGroup",
        "Service": "AWS Auto Scaling",
    }
    assert about.items() <= told.items()

    place.autoscaling.complete_lifecycle_action(
        AutoScalingGroupName=group,
        LifecycleHookName="h",
        LifecycleActionToken=told["LifecycleActionToken"],
        LifecycleActionResult="CONTINUE",
    )
    place.cloud.clock.advance(60)
    assert states(place, group) == []


@pytest.mark.parametrize("trusted", ["autoscaling.amazonaws.com", "ec2.amazonaws.com"])
def test_a_target_to_which_the_role_may_not_publish_is_refused(place: Place, create: Create, trusted: str) -> None:
    group = create(DesiredCapacity=1)
    topic = place.cloud.client("sns").create_topic(Name=group)["TopicArn"]
    allow = None if trusted.startswith("auto") else {"Action": "sns:Publish", "Resource": topic}
    role = a_role(place, f"tells-{group}", trusted, allow)

    told = refusal(
        place.autoscaling.put_lifecycle_hook,
        AutoScalingGroupName=group,
        LifecycleHookName="h",
        LifecycleTransition=TERMINATING,
        NotificationTargetARN=topic,
        RoleARN=role,
    )
    assert f"Unable to publish test message to notification target {topic} using IAM role {role}" in told
    assert place.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=group)["LifecycleHooks"] == []


def test_a_role_completes_the_actions_of_the_group_that_its_policy_names(place: Place, create: Create) -> None:
    hook = {"LifecycleHookName": "h", "LifecycleTransition": LAUNCHING}
    group = create(DesiredCapacity=1, LifecycleHookSpecificationList=[hook])
    cloud, role = place.cloud, a_role(place, f"of-{group}", "ec2.amazonaws.com")
    session = cloud.iam.credentials_for(role, "i", "ec2.amazonaws.com")
    client = cloud.client(
        "autoscaling",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    about = {"AutoScalingGroupName": group, "LifecycleHookName": "h", "InstanceId": waiting(place, group)}
    told = refusal(client.complete_lifecycle_action, LifecycleActionResult="CONTINUE", **about)
    assert "is not authorized to perform: autoscaling:CompleteLifecycleAction" in told

    named = f"arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/{group}"
    allowed(place, f"of-{group}", {"Action": "autoscaling:CompleteLifecycleAction", "Resource": named})
    client.complete_lifecycle_action(LifecycleActionResult="CONTINUE", **about)
    place.cloud.clock.advance(10)
    assert states(place, group) == ["InService"]


BOOTS = "#!/bin/bash\naws autoscaling complete-lifecycle-action --lifecycle-hook-name boot …\n"


@pytest.fixture
def booting(place: Place, create: Create) -> Callable[..., str]:
    """Creates a group of one whose user data completes the hook `boot` as a role that may do `actions`."""
    iam = place.cloud.client("iam")

    def build(*actions: str, packed: bool = False, hook: str = "boot") -> str:
        role = f"boots-{next(NAMES)}"
        a_role(place, role, "ec2.amazonaws.com")
        for action in actions:
            allowed(place, role, {"Action": action, "Resource": "*"})
        iam.create_instance_profile(InstanceProfileName=role)
        iam.add_role_to_instance_profile(InstanceProfileName=role, RoleName=role)
        raw = gzip.compress(BOOTS.encode()) if packed else BOOTS.encode()
        changes = {"UserData": base64.b64encode(raw).decode(), "IamInstanceProfile": {"Name": role}}
        answer = place.ec2.create_launch_template_version(
            LaunchTemplateId=place.template, SourceVersion="1", LaunchTemplateData=changes
        )
        version = str(answer["LaunchTemplateVersion"]["VersionNumber"])
        spec = {"LifecycleHookName": hook, "LifecycleTransition": LAUNCHING, "HeartbeatTimeout": 300}
        return create(
            DesiredCapacity=1,
            LaunchTemplate={"LaunchTemplateId": place.template, "Version": version},
            LifecycleHookSpecificationList=[spec],
        )

    return build


@pytest.mark.parametrize("packed", [True, False])
def test_an_instance_whose_user_data_completes_its_action_comes_into_service(
    place: Place, booting: Callable[..., str], *, packed: bool
) -> None:
    group = booting("autoscaling:CompleteLifecycleAction", packed=packed)

    assert states(place, group) == ["InService"]


def test_an_instance_whose_boot_fails_abandons_its_launch_until_boots_are_well_again(
    place: Place, booting: Callable[..., str]
) -> None:
    group = booting("autoscaling:CompleteLifecycleAction")
    place.cloud.autoscaling.end_boots(group, BootEnd.FAILED)
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    place.cloud.clock.advance(70)
    activities = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    assert "ABANDON" in next(each["StatusMessage"] for each in activities if each["StatusCode"] == "Cancelled")

    place.cloud.autoscaling.end_boots(group, BootEnd.WELL)
    place.cloud.clock.advance(600)
    assert states(place, group) == ["InService", "InService"]


def test_an_instance_whose_role_may_not_complete_its_action_runs_out_of_time(
    place: Place, booting: Callable[..., str]
) -> None:
    group = booting("autoscaling:SetInstanceHealth")
    assert states(place, group) == ["Pending:Wait"]

    place.cloud.clock.advance(300)
    activities = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    assert any(each.get("StatusMessage", "").endswith("Heartbeat Timeout") for each in activities)


def test_a_hook_that_the_user_data_does_not_name_is_left_to_others(place: Place, booting: Callable[..., str]) -> None:
    group = booting("autoscaling:CompleteLifecycleAction", hook="another")

    assert states(place, group) == ["Pending:Wait"]
