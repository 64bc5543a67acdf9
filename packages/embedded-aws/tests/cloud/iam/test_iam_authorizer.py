"""Roles' calls through the gateway: allowed, refused with AWS's words, remembered. boto3 is the client."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError

REGION = "us-east-1"
GROUPS = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/tap-*"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/healer/healer"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:healer"


def allow(action: str | list[str], resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, int, str]:
    """The code, HTTP status and message with which a call is refused."""
    with pytest.raises(ClientError) as error:
        call(**params)
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def trust(principal: dict[str, str], **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


MARKS_TAP = allow(
    "autoscaling:SetInstanceHealth",
    GROUPS,
    Sid="Mark",
    Condition={"StringEquals": {"autoscaling:ResourceTag/Project": "tap"}},
)


def test_the_owner_may_do_everything(account: Any) -> None:
    assert account.owner("sns").create_topic(Name="t")["TopicArn"].endswith(":t")


def test_a_role_may_mark_an_instance_of_its_own_group(account: Any, group: Any) -> None:
    instance = group("tap-dev", "tap")
    autoscaling = account.acting(account.role(MARKS_TAP), "autoscaling")

    answer = autoscaling.set_instance_health(InstanceId=instance, HealthStatus="Unhealthy")

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(("name", "project"), [("other", "tap"), ("tap-prod", "other")])
def test_a_role_may_not_mark_an_instance_of_another_group(account: Any, group: Any, name: str, project: str) -> None:
    instance = group(name, project)
    autoscaling = account.acting(account.role(MARKS_TAP), "autoscaling")

    code, status, message = refusal(autoscaling.set_instance_health, InstanceId=instance, HealthStatus="Unhealthy")

    assert (code, status) == ("AccessDenied", 403)
    start = f"User: {SESSION} is not authorized to perform: autoscaling:SetInstanceHealth on resource: "
    assert message.startswith(f"{start}arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:")
    assert message.endswith(f"/{name} because no identity-based policy allows the autoscaling:SetInstanceHealth action")


def test_marking_an_instance_of_no_group_is_the_services_own_error(account: Any) -> None:
    autoscaling = account.acting(account.role(MARKS_TAP), "autoscaling")

    code, _, _ = refusal(autoscaling.set_instance_health, InstanceId="i-0123456789abcdef0", HealthStatus="Unhealthy")

    assert code == "ValidationError"


@pytest.mark.parametrize(
    ("service", "method", "params", "expected"),
    [
        ("autoscaling", "describe_auto_scaling_groups", {}, ("AccessDenied", 403)),
        ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": []}, ("AccessDenied", 403)),
        ("ec2", "describe_instance_status", {}, ("UnauthorizedOperation", 403)),
        ("acm", "list_certificates", {}, ("AccessDeniedException", 400)),
        ("elbv2", "describe_load_balancers", {}, ("AccessDenied", 403)),
        ("events", "list_rules", {}, ("AccessDeniedException", 400)),
        ("iam", "get_role", {"RoleName": "healer"}, ("AccessDenied", 403)),
        ("kms", "list_keys", {}, ("AccessDeniedException", 400)),
        ("lambda", "list_functions", {}, ("AccessDeniedException", 403)),
        ("logs", "create_log_group", {"logGroupName": "g"}, ("AccessDeniedException", 400)),
        ("sns", "list_topics", {}, ("AuthorizationError", 403)),
        ("ssm", "get_parameter", {"Name": "p"}, ("AccessDeniedException", 400)),
    ],
)
def test_each_service_refuses_in_its_own_words(
    account: Any, service: str, method: str, params: dict[str, Any], expected: tuple[str, int]
) -> None:
    client = account.acting(account.role(), service)

    code, status, message = refusal(getattr(client, method), **params)

    assert (code, status) == expected
    assert f"User: {SESSION} is not authorized to perform: " in message


def test_an_action_that_the_tables_do_not_know_is_refused_by_name(account: Any) -> None:
    sns = account.acting(account.role(allow("*")), "sns")

    _, _, message = refusal(sns.list_phone_numbers_opted_out)

    assert "no row for sns:ListPhoneNumbersOptedOut" in message


def test_a_resource_that_is_no_arn_is_refused_like_any_other(account: Any) -> None:
    sns = account.acting(account.role(allow("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:*")), "sns")

    assert refusal(sns.publish, TopicArn="nonsense", Message="m")[0] == "AuthorizationError"


def test_who_one_is_may_always_be_asked(account: Any) -> None:
    role = account.role({"Effect": "Deny", "Action": "*", "Resource": "*"})

    assert account.acting(role, "sts").get_caller_identity()["Arn"] == SESSION


def test_the_namespace_of_metrics_is_a_condition(account: Any) -> None:
    condition = {"StringEquals": {"cloudwatch:namespace": "tap/HealthCheck"}}
    cloudwatch = account.acting(account.role(allow("cloudwatch:PutMetricData", Condition=condition)), "cloudwatch")
    data = [{"MetricName": "Heartbeat", "Value": 1}]

    cloudwatch.put_metric_data(Namespace="tap/HealthCheck", MetricData=data)

    assert refusal(cloudwatch.put_metric_data, Namespace="other", MetricData=data)[0] == "AccessDenied"


def test_a_log_group_answers_to_its_arn_with_a_colon_and_a_star(account: Any) -> None:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/healer"
    bare = account.acting(account.role(allow("logs:*", arn), name="bare"), "logs")
    starred = account.acting(account.role(allow("logs:*", f"{arn}:*"), name="starred"), "logs")

    starred.create_log_group(logGroupName="/aws/lambda/healer")
    starred.create_log_stream(logGroupName="/aws/lambda/healer", logStreamName="s")

    _, _, message = refusal(bare.create_log_stream, logGroupName="/aws/lambda/healer", logStreamName="t")
    assert f"on resource: {arn}:log-stream:t because" in message
    assert refusal(starred.create_log_group, logGroupName="/other")[0] == "AccessDeniedException"


def test_an_aws_managed_policy_counts_with_its_real_document(account: Any) -> None:
    role = account.role()
    policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    account.owner("iam").attach_role_policy(RoleName="healer", PolicyArn=policy)
    account.owner("ssm").put_parameter(Name="/tap/x", Value="v", Type="String")

    ssm = account.acting(role, "ssm")

    assert ssm.get_parameter(Name="/tap/x")["Parameter"]["Value"] == "v"
    assert refusal(ssm.put_parameter, Name="/tap/x", Value="w", Type="String")[0] == "AccessDeniedException"


def test_a_permissions_boundary_limits_a_role(account: Any) -> None:
    bound = json.dumps({"Version": "2012-10-17", "Statement": [allow("sns:*")]})
    arn = account.owner("iam").create_policy(PolicyName="bound", PolicyDocument=bound)["Policy"]["Arn"]
    role = account.role(allow("*"), PermissionsBoundary=arn)

    assert account.acting(role, "sns").list_topics()["Topics"] == []
    _, _, message = refusal(account.acting(role, "ec2").describe_instances)
    assert message.endswith("because no permissions boundary allows the ec2:DescribeInstances action")


def test_tags_of_the_role_are_policy_variables(account: Any) -> None:
    topics = {name: account.owner("sns").create_topic(Name=name)["TopicArn"] for name in ("red", "blue")}
    resource = topics["red"].replace("red", "${aws:PrincipalTag/team}")
    role = account.role(allow("sns:GetTopicAttributes", resource), Tags=[{"Key": "team", "Value": "red"}])
    sns = account.acting(role, "sns")

    assert sns.get_topic_attributes(TopicArn=topics["red"])["Attributes"]["TopicArn"] == topics["red"]
    assert refusal(sns.get_topic_attributes, TopicArn=topics["blue"])[0] == "AuthorizationError"


def test_a_change_of_policy_counts_at_once(account: Any) -> None:
    role = account.role(allow("sns:ListTopics"))
    sns = account.acting(role, "sns")
    sns.list_topics()

    account.owner("iam").delete_role_policy(RoleName="healer", PolicyName="inline")

    assert refusal(sns.list_topics)[0] == "AuthorizationError"


def test_the_function_that_acts_is_a_condition_key(account: Any) -> None:
    condition = {"ArnEquals": {"lambda:SourceFunctionArn": FUNCTION}}
    role = account.role(allow("sns:ListTopics", Condition=condition))

    assert account.acting(role, "sns").list_topics()["Topics"] == []
    other = account.cloud.iam.credentials_for(role, "healer", "lambda.amazonaws.com", source_arn=f"{FUNCTION}-other")
    assert refusal(account.client("sns", other).list_topics)[0] == "AuthorizationError"


def test_credentials_expire_in_cloud_time(account: Any) -> None:
    role = account.role(allow("*"))
    made = account.cloud.iam.credentials_for(role, "s", "lambda.amazonaws.com", duration=timedelta(minutes=15))
    assert made["Expiration"] == account.cloud.clock.now() + timedelta(minutes=15)
    account.client("sns", made).list_topics()

    account.cloud.clock.advance(15 * 60)

    assert refusal(account.client("sns", made).list_topics)[:2] == ("ExpiredToken", 403)
    assert refusal(account.client("ssm", made).describe_parameters)[0] == "ExpiredTokenException"
    assert refusal(account.client("ec2", made).describe_instances)[0] == "RequestExpired"


def test_the_sessions_of_a_deleted_role_are_worth_nothing(account: Any) -> None:
    sns = account.acting(account.role(), "sns")
    account.owner("iam").delete_role(RoleName="healer")

    assert refusal(sns.list_topics)[0] == "InvalidClientTokenId"


def test_a_temporary_key_that_nobody_issued_is_refused(account: Any) -> None:
    made_up = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x", "SessionToken": "y"}

    assert refusal(account.client("sns", made_up).list_topics)[0] == "InvalidClientTokenId"


def test_an_iam_user_is_not_the_owner(account: Any) -> None:
    iam = account.owner("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]

    assert refusal(account.client("sns", {**key, "SessionToken": None}).list_topics)[0] == "AccessDenied"


def test_a_service_that_the_role_does_not_trust_gets_no_credentials(account: Any) -> None:
    role = account.role()

    with pytest.raises(AwsError, match=r"because no role trust policy allows the sts:AssumeRole action"):
        account.cloud.iam.credentials_for(role, "i-1", "ec2.amazonaws.com")


def test_a_role_that_does_not_exist_gives_no_credentials(account: Any) -> None:
    with pytest.raises(AwsError, match="AccessDenied"):
        account.cloud.iam.credentials_for(f"arn:aws:iam::{ACCOUNT}:role/none", "s", "lambda.amazonaws.com")


@pytest.mark.parametrize(
    ("service", "key", "value", "expected"),
    [
        ("lambda.amazonaws.com", "aws:SourceAccount", ACCOUNT, True),
        ("lambda.amazonaws.com", "aws:SourceAccount", "999999999999", False),
        ("lambda.amazonaws.com", "aws:SourceArn", FUNCTION, True),
        ("lambda.amazonaws.com", "aws:SourceArn", f"{FUNCTION}-other", False),
        # EC2 names no source, so a role with such a condition can never be used by an instance.
        ("ec2.amazonaws.com", "aws:SourceAccount", ACCOUNT, False),
    ],
)
def test_trust_may_depend_on_the_source(account: Any, service: str, key: str, value: str, *, expected: bool) -> None:
    document = trust({"Service": service}, Condition={"StringEquals": {key: value}})
    account.role(name="r", AssumeRolePolicyDocument=document)
    context = {"aws:SourceArn": FUNCTION}

    verdict = account.cloud.iam.service_may(service, "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/r", context)

    assert verdict.allowed is expected


def test_a_role_assumes_another_that_trusts_it(account: Any) -> None:
    first = account.role(allow("sts:AssumeRole"), name="first")
    second = account.role(allow("sns:ListTopics"), name="second", AssumeRolePolicyDocument=trust({"AWS": first}))
    account.role(allow("*"), name="third")

    sts = account.acting(first, "sts")
    made = sts.assume_role(RoleArn=second, RoleSessionName="session")["Credentials"]

    assert account.client("sns", made).list_topics()["Topics"] == []
    assert made["Expiration"] == account.cloud.clock.now() + timedelta(hours=1)
    third = f"arn:aws:iam::{ACCOUNT}:role/third"
    assert refusal(sts.assume_role, RoleArn=third, RoleSessionName="session")[0] == "AccessDenied"


def test_a_session_policy_limits_the_session(account: Any) -> None:
    account.role(allow("*"), name="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    narrow = json.dumps({"Version": "2012-10-17", "Statement": [allow("sns:*")]})

    made = account.owner("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="session", Policy=narrow
    )["Credentials"]

    assert account.client("sns", made).list_topics()["Topics"] == []
    _, _, message = refusal(account.client("ec2", made).describe_instances)
    assert "because no session policy allows" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope", "Syntax errors in policy."),
        (json.dumps({"Statement": [allow("sns:*", Principal="*")]}), "Policy document should not specify a principal."),
        (
            json.dumps({"Statement": [allow("sns:*", "arn:aws:sns")]}),
            'Resource arn:aws:sns must be in ARN format or "*".',
        ),
    ],
)
def test_a_session_policy_that_sts_would_refuse_is_refused(account: Any, text: str, said: str) -> None:
    account.role(allow("*"), name="r", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    role = f"arn:aws:iam::{ACCOUNT}:role/r"

    code, _, message = refusal(account.owner("sts").assume_role, RoleArn=role, RoleSessionName="session", Policy=text)

    assert (code, message) == ("MalformedPolicyDocument", said)


def test_what_a_role_used_is_remembered_with_the_statement_that_allowed_it(account: Any) -> None:
    role = account.role(allow("sns:ListTopics", Sid="Read"), allow("ssm:GetParameter", Sid="Never"), name="watched")
    sns = account.acting(role, "sns")

    sns.list_topics()
    sns.list_topics()
    refusal(sns.publish, TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:t", Message="m")

    lambdas, use = account.cloud.iam.used(role)
    assert (lambdas.action, lambdas.principal) == ("sts:AssumeRole", "lambda.amazonaws.com")
    assert use.principal == role
    assert (use.policy, use.statement_id, use.action, use.resource) == ("inline", "Read", "sns:ListTopics", "*")
    assert [grant.statement.sid for grant in account.cloud.iam.granted(role)] == ["Read", "Never"]


def test_what_was_used_can_be_forgotten(account: Any) -> None:
    role = account.role(allow("sns:ListTopics"), name="forgetful")
    account.acting(role, "sns").list_topics()

    account.cloud.iam.forget_uses()

    assert account.cloud.iam.used(role) == ()


def test_a_key_that_leaves_the_decision_to_the_account_is_used_by_whom_the_roles_policy_allows(account: Any) -> None:
    statement = allow("kms:*", Sid="Account", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = account.owner("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    role = account.role(allow("kms:DescribeKey", Sid="Own"), name="by-the-account")

    account.acting(role, "kms").describe_key(KeyId=key)

    (use,) = account.cloud.iam.used(key)
    assert (use.statement_id, use.action, use.principal) == ("Account", "kms:DescribeKey", role)
    assert "kms:DescribeKey" in [each.action for each in account.cloud.iam.used(role) if each.statement_id == "Own"]


def test_what_a_service_may_not_do_in_its_own_name_is_in_the_call_log(account: Any) -> None:
    topic = account.owner("sns").create_topic(Name="closed")["TopicArn"]
    before = len(account.cloud.calls)

    with pytest.raises(AwsError):
        account.cloud.notifications.publish_as("events.amazonaws.com", topic, "m", source_arn="arn:aws:events:::rule/r")

    (record,) = list(account.cloud.calls)[before:]
    assert (record.service, record.action, record.allowed) == ("sns", "Publish", False)
    assert str(record.caller) == "events.amazonaws.com"
    assert record.refusal.startswith(
        "Service: events.amazonaws.com is not authorized to perform: SNS:Publish on resource"
    )


def test_iam_can_be_asked_what_it_would_answer_a_role_of_calls_that_this_cloud_does_not_have(account: Any) -> None:
    role = account.role(allow("ssmmessages:CreateControlChannel"), name="asked")

    assert account.cloud.iam.role_may(role, "ssmmessages:CreateControlChannel", "*").allowed
    refused = account.cloud.iam.role_may(role, "ssmmessages:OpenDataChannel", "*")

    assert "no identity-based policy allows the ssmmessages:OpenDataChannel" in refused.message("it")
    assert account.cloud.iam.used(role) == ()


def test_publishing_to_an_encrypted_topic_needs_the_key_too(account: Any) -> None:
    key = account.owner("kms").create_key()["KeyMetadata"]
    topic = account.owner("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": key["KeyId"]})["TopicArn"]
    without = account.role(allow("sns:Publish", topic), name="without")
    uses = allow(
        ["kms:GenerateDataKey*", "kms:Decrypt"],
        key["Arn"],
        Condition={"StringEquals": {"kms:ViaService": f"sns.{REGION}.amazonaws.com"}},
    )
    having = account.role(allow("sns:Publish", topic), uses, name="having")

    code, _, message = refusal(account.acting(without, "sns").publish, TopicArn=topic, Message="m")
    assert code == "KMSAccessDenied"
    assert f"kms:GenerateDataKey on resource: {key['Arn']} because" in message
    assert account.acting(having, "sns").publish(TopicArn=topic, Message="m")["MessageId"]


def test_a_key_policy_that_does_not_name_the_account_shuts_identity_policies_out(account: Any) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}}
    closed = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Action": "kms:*", "Resource": "*"}]})
    key = account.owner("kms").create_key(Policy=closed, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]

    kms = account.acting(account.role(allow("kms:*")), "kms")

    _, _, message = refusal(kms.describe_key, KeyId=key["KeyId"])
    assert message.endswith("because no resource-based policy allows the kms:DescribeKey action")


def test_the_key_that_aws_manages_for_sns_lets_roles_publish(account: Any) -> None:
    topic = account.owner("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": "alias/aws/sns"})["TopicArn"]

    sns = account.acting(account.role(allow("sns:Publish", topic)), "sns")

    assert sns.publish(TopicArn=topic, Message="m")["MessageId"]


def test_a_secret_parameter_needs_its_key_only_when_it_is_read_in_clear(account: Any) -> None:
    key = account.owner("kms").create_key()["KeyMetadata"]
    account.owner("ssm").put_parameter(Name="/tap/s", Value="v", Type="SecureString", KeyId=key["KeyId"])

    ssm = account.acting(account.role(allow("ssm:GetParameter")), "ssm")

    assert ssm.get_parameter(Name="/tap/s")["Parameter"]["Type"] == "SecureString"
    _, _, message = refusal(ssm.get_parameter, Name="/tap/s", WithDecryption=True)
    assert f"kms:Decrypt on resource: {key['Arn']}" in message


def test_a_lambda_permission_lets_its_rule_in_and_no_other(account: Any, function: str) -> None:
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/tap-dev"
    account.owner("lambda").add_permission(
        FunctionName=function,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
        SourceAccount=ACCOUNT,
    )

    def may(service: str, source: str) -> bool:
        context = {"aws:SourceArn": source}
        allowed: bool = account.cloud.iam.service_may(service, "lambda:InvokeFunction", function, context).allowed
        return allowed

    assert may("events.amazonaws.com", rule)
    assert not may("events.amazonaws.com", f"{rule}-other")
    assert not may("sns.amazonaws.com", rule)


def test_a_function_without_a_policy_lets_no_service_in(account: Any, function: str) -> None:
    verdict = account.cloud.iam.service_may("events.amazonaws.com", "lambda:InvokeFunction", function, {})

    assert verdict.message("EventBridge") == (
        f"EventBridge is not authorized to perform: lambda:InvokeFunction on resource: {function} "
        "because no resource-based policy allows the lambda:InvokeFunction action"
    )


def test_a_refresh_with_a_launch_template_needs_the_permission_to_launch_from_it_and_to_pass_on_its_role(
    account: Any,
) -> None:
    """PassRole is decided by the caller's own policies: a trust policy says who may assume a role, and no more."""
    owner = account.owner("iam")
    passed = account.role(name="instance", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    owner.create_instance_profile(InstanceProfileName="instance")
    owner.add_role_to_instance_profile(InstanceProfileName="instance", RoleName="instance")
    data = {"ImageId": "ami-12c6146b", "IamInstanceProfile": {"Name": "instance"}}
    made = account.owner("ec2").create_launch_template(LaunchTemplateName="of-a-refresh", LaunchTemplateData=data)
    template = made["LaunchTemplate"]["LaunchTemplateId"]
    wanted = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"}}
    needs = {"autoscaling:StartInstanceRefresh": "*", "ec2:RunInstances": "*", "iam:PassRole": passed}
    statements = [{"Effect": "Allow", "Action": action, "Resource": arn} for action, arn in needs.items()]

    for number, action in enumerate(needs):
        role = account.role(*statements[:number], name=f"rollout-{number}")
        with pytest.raises(ClientError, match=action):
            account.acting(role, "autoscaling").start_instance_refresh(
                AutoScalingGroupName="nothing", DesiredConfiguration=wanted
            )
    everything = account.acting(account.role(*statements, name="rollout"), "autoscaling")
    with pytest.raises(ClientError, match="not found"):
        everything.start_instance_refresh(AutoScalingGroupName="nothing", DesiredConfiguration=wanted)


def test_each_caller_is_told_who_it_is(account: Any) -> None:
    role = account.role()

    owner = account.owner("sts").get_caller_identity()
    acting = account.acting(role, "sts").get_caller_identity()

    assert (owner["Arn"], owner["UserId"]) == (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    assert acting["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/healer/healer"
    assert acting["UserId"].endswith(":healer")
    assert owner["Account"] == acting["Account"] == ACCOUNT


def test_a_role_tags_what_it_makes_only_with_the_permission_to_tag(account: Any) -> None:
    vpc = account.owner("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    groups = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/tap-*"
    elb = account.acting(account.role(allow("elasticloadbalancing:CreateTargetGroup", groups)), "elbv2")
    wanted = {"Protocol": "HTTP", "Port": 80, "VpcId": vpc}

    elb.create_target_group(Name="tap-plain", **wanted)
    code, _, message = refusal(elb.create_target_group, Name="tap-tagged", Tags=[{"Key": "a", "Value": "b"}], **wanted)
    assert code == "AccessDenied"
    assert f"elasticloadbalancing:AddTags on resource: {groups.removesuffix('*')}tagged/*" in message
    assert refusal(elb.create_target_group, Name="other", **wanted)[0] == "AccessDenied"
