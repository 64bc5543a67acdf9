"""What the provider plans, as the real one plans it: each case was read in the source that its type's class names."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from support.provider.world import World

from embedded_pulumi.aws.provider import ConfiguredAws
from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import CheckRequest, DiffKind, DiffRequest, InitFailed, ProviderError, UpdateRequest
from embedded_pulumi.values import UNKNOWN

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ALIAS = "aws:kms/alias:Alias"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
FUNCTION = "aws:lambda/function:Function"
GROUP = "aws:autoscaling/group:Group"
INVOKE = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
KEY = "aws:kms/key:Key"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
MANAGED = "aws:iam/policy:Policy"
PARAMETER = "aws:ssm/parameter:Parameter"
PERMISSION = "aws:lambda/permission:Permission"
POLICY = "aws:autoscaling/policy:Policy"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
RULE = "aws:cloudwatch/eventRule:EventRule"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TOPIC = "aws:sns/topic:Topic"
SEED = bytes.fromhex("0123456789abcdef")
GROUPED = {"minSize": 0, "maxSize": 1, "launchTemplate": {"name": "fleet", "version": "1"}}
ARN = "arn:aws:kms:eu-west-1:123456789012:key/1"
OTHER_ARN = "arn:aws:kms:eu-west-1:210987654321:key/1"
SCOPED = {"filterPolicy": "{}", "filterPolicyScope": "MessageBody"}
UNSET = {"minHealthyPercentage": -1, "maxHealthyPercentage": -1}


@pytest.mark.parametrize(
    ("kind", "state", "news", "planned"),
    [
        (KEY, {"enableKeyRotation": True}, {"enableKeyRotation": False}, {"enableKeyRotation": DiffKind.DELETE}),
        (ALIAS, {"targetKeyId": "1"}, {"targetKeyId": ARN}, {}),
        (ALIAS, {"targetKeyId": ARN}, {"targetKeyId": OTHER_ARN}, {"targetKeyId": DiffKind.UPDATE}),
        (PARAMETER, {"dataType": "text"}, {"dataType": "aws:ec2:image"}, {"dataType": DiffKind.UPDATE_REPLACE}),
        (PARAMETER, {"tier": "Standard"}, {"tier": "Intelligent-Tiering"}, {}),
        (PARAMETER, {"tier": "Advanced"}, {"tier": "Intelligent-Tiering"}, {}),
        (PARAMETER, {"tier": "Advanced"}, {"tier": "Standard"}, {"tier": DiffKind.UPDATE_REPLACE}),
        (RULE, {"state": "DISABLED", "isEnabled": False}, {}, {}),
        (RULE, {"state": "DISABLED"}, {"state": "ENABLED"}, {"state": DiffKind.UPDATE}),
        (RULE, {"isEnabled": True}, {"isEnabled": False}, {"isEnabled": DiffKind.DELETE}),
        (SUBSCRIPTION, SCOPED, {"filterPolicy": "{}"}, {"filterPolicyScope": DiffKind.UPDATE}),
        (SUBSCRIPTION, SCOPED, SCOPED, {}),
        (FUNCTION, {}, {"environment": {"variables": {}}}, {}),
        (FUNCTION, {}, {"vpcConfig": {"subnetIds": [], "securityGroupIds": []}}, {}),
        (GROUP, {}, {"instanceMaintenancePolicy": UNSET}, {}),
        (POLICY, {"policyType": "SimpleScaling"}, {"policyType": "StepScaling"}, {"policyType": DiffKind.UPDATE}),
        (
            TEMPLATE,
            {"instanceMarketOptions": {"spotOptions": {"spotInstanceType": "one-time"}}},
            {"instanceMarketOptions": {"spotOptions": {}}},
            {"instanceMarketOptions.spotOptions.spotInstanceType": DiffKind.DELETE},
        ),
        (TOPIC, {"namePrefix": "a-", "name": "a-1"}, {"name": "a-1"}, {}),
    ],
)
def test_a_change_is_planned(
    aws: ConfiguredAws, kind: str, state: dict[str, Any], news: dict[str, Any], planned: dict[str, DiffKind]
) -> None:
    tags = {"tagsAll": {"Owner": "fleet"}}
    assert aws.diff(DiffRequest(kind, "id", {}, {**state, **tags}, news)).detailed == planned


def test_an_attachment_is_deleted_before_it_is_made_again(aws: ConfiguredAws) -> None:
    old = {"role": "a", "policyArn": "arn:aws:iam::aws:policy/One"}
    planned = aws.diff(DiffRequest(ATTACHMENT, "a/one", old, old, {**old, "role": "b"}))
    assert planned.delete_before_replace


PUBLISHED = {"version": "1", "qualifiedArn": "a:1", "qualifiedInvokeArn": "i:1", "lastModified": "then"}
SETTLED = {"timeout": 3, "publish": False, "tagsAll": {}, "sourceCodeHash": "a", **PUBLISHED}


@pytest.mark.parametrize(
    ("news", "unknown"),
    [
        ({"timeout": 4, "publish": False}, set()),
        ({"timeout": 4, "publish": True}, {"version", "qualifiedArn", "qualifiedInvokeArn"}),
        ({"timeout": 3, "publish": True}, {"version", "qualifiedArn", "qualifiedInvokeArn"}),
        ({"timeout": 3, "publish": False, "sourceCodeHash": "b"}, {"lastModified"}),
        ({"timeout": 3, "publish": False, "reservedConcurrentExecutions": 2}, set()),
    ],
)
def test_only_a_publication_foretells_a_new_version(
    aws: ConfiguredAws, news: dict[str, Any], unknown: set[str]
) -> None:
    preview = aws.update(UpdateRequest(FUNCTION, "f", {}, SETTLED, news, preview=True))
    assert {name for name, value in preview.items() if value is UNKNOWN} == unknown


@pytest.mark.parametrize(
    ("change", "unknown"),
    [
        ({"instanceType": "t3.small"}, {"latestVersion"}),
        ({"tags": {"a": "b"}}, {"latestVersion"}),
        ({"description": "another"}, set()),
        ({"updateDefaultVersion": True}, {"defaultVersion"}),
        ({"updateDefaultVersion": True, "instanceType": "t3.small"}, {"latestVersion", "defaultVersion"}),
        ({"updateDefaultVersion": True, "tags": {"a": "b"}}, {"latestVersion", "defaultVersion"}),
    ],
)
def test_a_new_version_of_a_template_is_foretold(aws: ConfiguredAws, change: dict[str, Any], unknown: set[str]) -> None:
    state = {"name": "t", "instanceType": "t3.micro", "latestVersion": 1, "defaultVersion": 1, "tagsAll": {}}
    news = {"name": "t", "instanceType": "t3.micro", **change}

    preview = aws.update(UpdateRequest(TEMPLATE, "lt-1", {}, state, news, preview=True))

    assert {name for name, value in preview.items() if value is UNKNOWN} == unknown


@pytest.mark.parametrize("change", [{"minSize": 1}, {"maxSize": 2}, {"vpcZoneIdentifiers": ["subnet-2"]}])
def test_a_group_keeps_what_aws_filled_in_when_a_size_changes(aws: ConfiguredAws, change: dict[str, Any]) -> None:
    state = {**GROUPED, "desiredCapacity": 1, "availabilityZones": ["a"], "vpcZoneIdentifiers": ["subnet-1"]}

    preview = aws.update(UpdateRequest(GROUP, "g", GROUPED, state, {**GROUPED, **change}, preview=True))

    assert UNKNOWN not in preview.values()


@pytest.mark.parametrize(
    ("kind", "longest", "more"),
    [
        (ALARM, 255, {"comparisonOperator": "LessThanThreshold", "evaluationPeriods": 1, "metricName": "m"}),
        (ALIAS, 238, {"targetKeyId": "1"}),
        (FUNCTION, 64, {"role": "r", "s3Bucket": "b", "s3Key": "k", "handler": "h", "runtime": "python3.13"}),
        (GROUP, 255, GROUPED),
        (LOGS, 255, {}),
        (PARAMETER, 255, {"type": "String", "value": "v"}),
        (ROLE, 64, {"assumeRolePolicy": "{}"}),
        (RULE, 64, {"scheduleExpression": "rate(1 hour)"}),
        (TOPIC, 80, {}),
    ],
)
def test_a_made_up_name_is_as_long_as_the_type_takes(
    aws: ConfiguredAws, kind: str, longest: int, more: dict[str, Any]
) -> None:
    def failures(length: int) -> list[str]:
        checked = aws.check(CheckRequest(kind, "n" * length, {}, more, SEED))
        return [each.reason for each in checked.failures if "random" in each.reason]

    assert failures(longest - 8) == []
    assert failures(longest - 7) == [
        f"name '{'n' * (longest - 7)}-' plus 7 random chars is longer than maximum length {longest}"
    ]


def test_the_target_of_a_rule_is_named_after_its_resource(aws: ConfiguredAws) -> None:
    checked = aws.check(CheckRequest(TARGET, "healer", {}, {"rule": "r", "arn": ARN}, SEED))
    assert checked.inputs["targetId"] == "healer-0123456"


@pytest.mark.parametrize(
    ("policies", "names"),
    [
        ([{"policy": "{}"}], ["r-0123456"]),
        ([{"name": "given", "policy": "{}"}], ["given"]),
        ([{}], []),
        ([{"name": "empty", "policy": ""}], []),
    ],
)
def test_inline_policies_have_names_and_documents(aws: ConfiguredAws, policies: list[Any], names: list[str]) -> None:
    news = {"assumeRolePolicy": "{}", "inlinePolicies": policies}
    checked = aws.check(CheckRequest(ROLE, "r", {}, news, SEED))
    again = aws.check(CheckRequest(ROLE, "r", checked.inputs, news, b"another seed"))

    assert [each["name"] for each in checked.inputs["inlinePolicies"]] == names
    assert again.inputs == checked.inputs


def test_a_role_with_no_inline_policy_at_all_is_made(world: World) -> None:
    trust = json.loads(world.role["assumeRolePolicy"])
    made = world.stand(ROLE, "none", {"assumeRolePolicy": trust, "inlinePolicies": [{}]})
    assert made.outputs["inlinePolicies"] == []


@pytest.mark.parametrize(
    ("kind", "import_id", "said"),
    [
        (RULE, "/rule", "accepted: \\[<bus>/\\]<rule>"),
        (RULE, "bus/", "accepted: \\[<bus>/\\]<rule>"),
        (TARGET, "rule", "accepted: \\[<bus>/\\]<rule>/<target>"),
        (ATTACHMENT, "/arn:aws:iam::aws:policy/One", "accepted: <role>/<policy ARN>"),
        (POLICY, "/policy", "accepted: <group>/<policy>"),
        ("aws:lambda/permission:Permission", "a/b/c", "accepted: <function>"),
        ("aws:lambda/permission:Permission", "a/", "accepted: <function>"),
        (INVOKE, "a:b:c", "accepted: <name or ARN>"),
    ],
)
def test_an_import_id_of_another_form_is_refused(aws: ConfiguredAws, kind: str, import_id: str, said: str) -> None:
    with pytest.raises(ProviderError, match=said):
        aws.read(kind, import_id, {}, {})


def test_settings_of_a_version_are_imported_with_their_qualifier(aws: ConfiguredAws, world: World) -> None:
    own = world.stand(
        FUNCTION,
        "versioned",
        {**SOUND[FUNCTION], "role": world.role["arn"], "s3Bucket": world.bucket, "s3Key": "code.zip"},
    )
    function = own.outputs["name"]
    version = world.session.lambda_.publish_version(FunctionName=function)["Version"]
    made = world.stand(INVOKE, "versioned", {"functionName": function, "qualifier": version})

    imported = aws.read(INVOKE, f"{function}:{version}", {}, {})
    aws.delete(INVOKE, made.id, made.inputs, made.outputs)
    aws.delete(FUNCTION, own.id, own.inputs, own.outputs)

    assert imported is not None
    assert (imported.inputs["functionName"], imported.inputs["qualifier"]) == (function, version)


def test_a_topic_that_is_there_is_not_taken_over(aws: ConfiguredAws, world: World) -> None:
    made = world.stand(TOPIC, "taken", {})
    with pytest.raises(ProviderError, match=f"SNS topic \\({made.inputs['name']}\\) already exists"):
        aws.create(TOPIC, made.inputs, preview=False)


def test_a_fifo_topic_has_its_suffix_after_a_prefix_too(world: World) -> None:
    made = world.stand(TOPIC, "prefixed", {"namePrefix": "news-", "fifoTopic": True})
    assert made.outputs["name"].endswith(".fifo")


def test_a_filter_that_is_taken_back_lets_everything_through(aws: ConfiguredAws, world: World) -> None:
    ends = {"topic": world.topic, "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:123456789012:unfiltered"}
    made = world.stand(SUBSCRIPTION, "filtered", {**ends, "filterPolicy": '{"a": ["b"]}'})
    bare = aws.check(CheckRequest(SUBSCRIPTION, "filtered", made.inputs, ends, SEED)).inputs

    outputs = aws.update(UpdateRequest(SUBSCRIPTION, made.id, made.inputs, made.outputs, bare, preview=False))

    told = world.session.sns.get_subscription_attributes(SubscriptionArn=made.id)["Attributes"]
    assert told["FilterPolicy"] == "{}"
    assert "filterPolicy" not in outputs


def test_code_that_somebody_else_changed_is_no_change(aws: ConfiguredAws, world: World) -> None:
    made = world.stand(
        FUNCTION,
        "drifting",
        {
            "role": world.role["arn"],
            "runtime": "python3.13",
            "handler": "index.handler",
            "s3Bucket": world.bucket,
            "s3Key": "code.zip",
        },
    )
    read = aws.read(FUNCTION, made.id, made.inputs, {**made.outputs, "codeSha256": "before"})
    assert read is not None
    assert aws.diff(DiffRequest(FUNCTION, made.id, read.inputs, read.outputs, made.inputs)).detailed == {}


def test_a_rule_that_is_disabled_stays_so_until_it_is_put_again(aws: ConfiguredAws, world: World) -> None:
    made = world.stand(RULE, "quiet", {"scheduleExpression": "rate(1 hour)", "state": "DISABLED"})
    silent = {name: value for name, value in made.inputs.items() if name != "state"}
    assert aws.diff(DiffRequest(RULE, made.id, made.inputs, made.outputs, silent)).detailed == {}

    news = {**silent, "description": "another"}
    outputs = aws.update(UpdateRequest(RULE, made.id, made.inputs, made.outputs, news, preview=False))
    assert (outputs["state"], outputs["isEnabled"]) == ("ENABLED", True)


def test_a_rule_with_targets_is_not_deleted_whatever_is_forced(aws: ConfiguredAws, world: World) -> None:
    made = world.stand(RULE, "busy", {"scheduleExpression": "rate(1 hour)", "forceDestroy": True})
    target = world.stand(TARGET, "busy", {"rule": made.outputs["name"], "arn": world.topic})
    with pytest.raises(ProviderError, match="targets"):
        aws.delete(RULE, made.id, made.inputs, made.outputs)
    aws.delete(TARGET, target.id, target.inputs, target.outputs)
    aws.delete(RULE, made.id, made.inputs, made.outputs)


def test_an_alarm_without_a_threshold_has_the_threshold_zero(world: World) -> None:
    made = world.stand(
        ALARM,
        "zero",
        {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "m",
            "namespace": "n",
            "period": 60,
            "statistic": "Sum",
        },
    )
    (alarm,) = world.session.cloudwatch.describe_alarms(AlarmNames=[made.id])["MetricAlarms"]
    assert alarm["Threshold"] == 0


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"policyType": "StepScaling", "adjustmentType": "ExactCapacity"}, "stepAdjustments is required"),
        ({"policyType": "SimpleScaling", "adjustmentType": "ExactCapacity"}, "scalingAdjustment is required"),
        ({"policyType": "TargetTrackingScaling"}, "targetTrackingConfiguration is required"),
        ({"scalingAdjustment": 1, "estimatedInstanceWarmup": 1}, "estimatedInstanceWarmup is only supported for"),
        ({"policyType": "StepScaling", "cooldown": 9, "stepAdjustments": [{"scalingAdjustment": 1}]}, "cooldown is"),
    ],
)
def test_a_scaling_policy_has_what_its_type_has(
    aws: ConfiguredAws, world: World, policy: dict[str, Any], said: str
) -> None:
    checked = aws.check(CheckRequest(POLICY, "p", {}, {"autoscalingGroupName": world.fleet, **policy}, SEED))
    assert [said in failure.reason for failure in checked.failures] == [True]  # a preview says it already
    with pytest.raises(ProviderError, match=said):
        aws.create(POLICY, checked.inputs, preview=False)


ACTION = "arn:aws:sns:eu-west-1:123456789012:topic"
SOUND: dict[str, dict[str, Any]] = {
    ALARM: {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "metricName": "m",
        "namespace": "n",
        "period": 60,
        "statistic": "Sum",
    },
    ALIAS: {"targetKeyId": "1"},
    FUNCTION: {
        "role": "arn:aws:iam::123456789012:role/r",
        "s3Bucket": "b",
        "s3Key": "k",
        "handler": "h",
        "runtime": "python3.13",
    },
    GROUP: GROUPED,
    PARAMETER: {"type": "String", "value": "v"},
    POLICY: {
        "autoscalingGroupName": "fleet",
        "policyType": "TargetTrackingScaling",
        "targetTrackingConfiguration": {"targetValue": 50},
    },
    PERMISSION: {"action": "lambda:InvokeFunction", "function": "f", "principal": "sns.amazonaws.com"},
    ROLE: {"assumeRolePolicy": "{}"},
    ROLE_POLICY: {"role": "r", "policy": "{}"},
    RULE: {"scheduleExpression": "rate(1 hour)"},
    SUBSCRIPTION: {"topic": ACTION, "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:123456789012:q"},
    TARGET: {"rule": "r", "arn": ACTION},
    MANAGED: {"policy": "{}"},
}
TWO_METRICS = {
    "customizedMetricSpecification": {"metricName": "m", "namespace": "n", "statistic": "Sum"},
    "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"},
}
BY_QUERY = dict.fromkeys(("metricName", "namespace", "period", "statistic"))
METRIC = {"metricName": "m", "period": 60, "stat": "Sum"}


def refused(aws: ConfiguredAws, kind: str, news: dict[str, Any]) -> dict[str, str]:
    given = {**SOUND.get(kind, {}), **news}
    failures = aws.check(CheckRequest(kind, "thing", {}, given, SEED)).failures
    return {each.property: each.reason for each in failures}


@pytest.mark.parametrize(
    ("kind", "news", "path", "said"),
    [
        (LOGS, {"name": "a b"}, "name", "'a b'"),
        (LOGS, {"retentionInDays": 8}, "retentionInDays", "8 is not one of 0, 1, 3, 5, 7, 14"),
        (ALARM, {"period": 45}, "period", "45 is not accepted; accepted: 10, 20, 30, multiples of 60"),
        (ALARM, {"unit": "Furlongs"}, "unit", "'Furlongs' is not one of Seconds, "),
        (ALARM, {"unit": "Percents"}, "unit", "'Percents' is not one of"),
        (ALARM, {"alarmActions": [f"{ACTION}{n}" for n in range(6)]}, "alarmActions", "has 6 elements; at most 5"),
        (ALARM, {"okActions": [f"{ACTION}{n}" for n in range(6)]}, "okActions", "has 6 elements; at most 5"),
        (ALARM, {"alarmActions": ["topic"]}, "alarmActions[0]", "'topic' is not an ARN"),
        (ALARM, {"statistic": None}, "statistic", "one of statistic, extendedStatistic must be set"),
        (ALARM, {"statistic": None, "extendedStatistic": "p101"}, "extendedStatistic", "'p101'"),
        (
            ALARM,
            {**BY_QUERY, "metricQueries": [{"id": "e", "expression": "m * 2", "metric": METRIC}]},
            "metricQueries[0]",
            "both an expression and a metric",
        ),
        (
            ALARM,
            {**BY_QUERY, "metricQueries": [{"id": "e", "metric": {**METRIC, "period": 7}}]},
            "metricQueries[0].metric.period",
            "7 is not accepted; accepted: 1, 5, 10, 20, 30, multiples of 60",
        ),
        (
            ALARM,
            {**BY_QUERY, "metricQueries": [{"id": "e", "metric": {**METRIC, "stat": "avg"}}]},
            "metricQueries[0].metric.stat",
            "'avg'",
        ),
        (
            ALARM,
            {**BY_QUERY, "namespace": "n", "metricQueries": [{"id": "e", "expression": "1"}]},
            "metricQueries",
            "conflicts with namespace",
        ),
        (FUNCTION, {"handler": None}, "handler", "must be set when packageType is Zip"),
        (FUNCTION, {"runtime": None}, "runtime", "must be set when packageType is Zip"),
        (FUNCTION, {"runtime": "python9.9"}, "runtime", "'python9.9' is not one of"),
        (FUNCTION, {"s3Key": None}, "s3Bucket", "needs s3Key"),
        (FUNCTION, {"environment": {"variables": {"a-b": "x"}}}, "environment.variables", "'a-b'"),
        (FUNCTION, {"role": "r"}, "role", "'r' is not an ARN"),
        (FUNCTION, {"name": "my fn"}, "name", "'my fn'"),
        (
            GROUP,
            {"instanceMaintenancePolicy": {"minHealthyPercentage": 50, "maxHealthyPercentage": 50}},
            "instanceMaintenancePolicy.maxHealthyPercentage",
            "50 is not accepted; accepted: 100 to 200, or -1",
        ),
        (GROUP, {"warmPool": {"maxGroupPreparedCapacity": -2}}, "warmPool.maxGroupPreparedCapacity", "-2 is less"),
        (GROUP, {"launchTemplate": {"id": "lt-1", "name": "fleet"}}, "launchTemplate.name", "conflicts with id"),
        (GROUP, {"launchTemplate": {"id": "fleet"}}, "launchTemplate.id", "'fleet' is not accepted; accepted: such as"),
        (GROUP, {"launchTemplate": {"name": "my fleet"}}, "launchTemplate.name", "'my fleet' is not accepted"),
        (
            GROUP,
            {"instanceRefresh": {"strategy": "Rolling", "preferences": {"instanceWarmup": -1}}},
            "instanceRefresh.preferences.instanceWarmup",
            "'-1' is not a whole number of 0 or more",
        ),
        (
            POLICY,
            {"targetTrackingConfiguration": {"targetValue": 1, **TWO_METRICS}},
            "targetTrackingConfiguration.predefinedMetricSpecification",
            "conflicts with customizedMetricSpecification",
        ),
        (KEY, {"customerMasterKeySpec": "RSA_1024"}, "customerMasterKeySpec", "'RSA_1024' is not one of RSA_2048"),
        (KEY, {"rotationPeriodInDays": 100}, "rotationPeriodInDays", "needs enableKeyRotation"),
        (ALIAS, {"name": "alias/aws/x"}, "name", "'alias/aws/x'"),
        (ALIAS, {"name": "alias/my key"}, "name", "'alias/my key'"),
        (RULE, {"eventPattern": json.dumps({"a": ["x" * 4096]})}, "eventPattern", "at most 4096"),
        (RULE, {"eventPattern": "{a: 1}"}, "eventPattern", "is not valid JSON"),
        (RULE, {"eventPattern": ""}, "eventPattern", "is not valid JSON"),
        (RULE, {"eventPattern": {"source": ["x"]}}, "eventPattern", "expected a JSON text"),
        (KEY, {"policy": {"Version": "2012-10-17"}}, "policy", "expected a JSON text"),
        (TOPIC, {"policy": ""}, "policy", "'' is not valid JSON"),
        (RULE, {"name": "my rule!"}, "name", "'my rule!'"),
        (RULE, {"roleArn": "role"}, "roleArn", "is not an ARN"),
        (RULE, {"state": "ENABLED", "isEnabled": True}, "isEnabled", "conflicts with state"),
        (TARGET, {"targetId": "a b"}, "targetId", "'a b'"),
        (TARGET, {"input": "not json"}, "input", "is not valid JSON"),
        (
            TARGET,
            {"inputTransformer": {"inputPaths": {"AWSx": "$.a"}, "inputTemplate": "1"}},
            "inputTransformer.inputPaths",
            "'AWSx'",
        ),
        (PROFILE, {"name": "x y"}, "name", "'x y'"),
        (ROLE, {"name": "my role"}, "name", "'my role'"),
        (ROLE, {"assumeRolePolicy": "[]"}, "assumeRolePolicy", "a JSON object"),
        (ROLE, {"assumeRolePolicy": " {}"}, "assumeRolePolicy", "begins with a space"),
        (ROLE, {"assumeRolePolicy": '{"a": 1, "a": 2}'}, "assumeRolePolicy", "has a key twice: a"),
        (ROLE, {"managedPolicyArns": ["One"]}, "managedPolicyArns[0]", "is not an ARN"),
        (ROLE_POLICY, {"role": "arn:aws:iam::123456789012:role/r"}, "role", "the name of a role, not its ARN"),
        (MANAGED, {"path": "team"}, "path", "such as /team/"),
        (ATTACHMENT, {"role": "r", "policyArn": "One"}, "policyArn", "is not an ARN"),
        (PERMISSION, {"action": "s3:GetObject"}, "action", "'s3:GetObject'"),
        (PERMISSION, {"sourceAccount": "12345"}, "sourceAccount", "twelve digits"),
        (PERMISSION, {"statementId": "a.b"}, "statementId", "'a.b'"),
        (TEMPLATE, {"name": "a"}, "name", "at least 3"),
        (TEMPLATE, {"securityGroupNames": ["a"], "vpcSecurityGroupIds": ["b"]}, "vpcSecurityGroupIds", "conflicts"),
        (TOPIC, {"name": "a.b"}, "name", "invalid topic name: a.b"),
        (TOPIC, {"name": "orders", "fifoTopic": True}, "name", "invalid topic name: orders"),
        (TOPIC, {"contentBasedDeduplication": True}, "contentBasedDeduplication", "only be set for FIFO topics"),
        (SUBSCRIPTION, {"filterPolicyScope": "MessageBody"}, "filterPolicyScope", "needs filterPolicy"),
        (SUBSCRIPTION, {"topic": "news"}, "topic", "is not an ARN"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    aws: ConfiguredAws, kind: str, news: dict[str, Any], path: str, said: str
) -> None:
    reasons = refused(aws, kind, news)
    assert list(reasons) == [path]
    assert said in reasons[path]


@pytest.mark.parametrize(
    ("kind", "news"),
    [
        *((kind, {}) for kind in SOUND),
        (ALARM, {"statistic": UNKNOWN}),
        (ALARM, {"alarmActions": ["arn:aws:automate:eu-west-1:ec2:recover", ACTION]}),
        (ALARM, {"statistic": None, "extendedStatistic": "TM(10%:90%)"}),
        (FUNCTION, {"handler": UNKNOWN, "runtime": UNKNOWN}),
        (GROUP, {"instanceMaintenancePolicy": UNSET}),
        (KEY, {"rotationPeriodInDays": 100, "enableKeyRotation": False}),
        (KEY, {"rotationPeriodInDays": 100, "enableKeyRotation": UNKNOWN}),
        (RULE, {"namePrefix": "n" * 64}),
        (RULE, {"eventBusName": "arn:aws:events:eu-west-1:123456789012:event-bus/mine"}),
        (TOPIC, {"name": "orders.fifo", "fifoTopic": True, "contentBasedDeduplication": True}),
        (PARAMETER, {"keyId": "alias/aws/ssm"}),
        (PERMISSION, {"function": "arn:aws:lambda:eu-west-1:123456789012:function:f:live"}),
    ],
)
def test_what_can_be_is_accepted(aws: ConfiguredAws, kind: str, news: dict[str, Any]) -> None:
    assert refused(aws, kind, news) == {}


PATTERN = '{"source": ["a", "b"]}'
REORDERED = '{"source": ["b", "a"]}'
SPACED = '{ "source": ["a", "b"] }'


SAME: list[str] = []


@pytest.mark.parametrize(
    ("kind", "name", "documents", "planned"),
    [
        (RULE, "eventPattern", (PATTERN, SPACED), SAME),
        (RULE, "eventPattern", (PATTERN, REORDERED), ["eventPattern"]),
        (SUBSCRIPTION, "filterPolicy", ('{"a": ["b"]}', '{"a": "b"}'), ["filterPolicy"]),
        (TARGET, "input", (PATTERN, SPACED), ["input"]),
        (KEY, "policy", ('{"AWS": "123456789012"}', '{"AWS": "arn:aws:iam::123456789012:root"}'), SAME),
        (
            ROLE,
            "assumeRolePolicy",
            ('{"Statement": [{"Effect": "allow"}]}', '{"Statement": {"Effect": "Allow"}}'),
            SAME,
        ),
    ],
)
def test_documents_are_compared_as_what_they_are_for(
    aws: ConfiguredAws, kind: str, name: str, documents: tuple[str, str], planned: list[str]
) -> None:
    old, new = documents
    state = {name: old, "tagsAll": {"Owner": "fleet"}}
    assert list(aws.diff(DiffRequest(kind, "id", {}, state, {name: new})).detailed) == planned


@pytest.mark.parametrize(
    ("triggers", "refused"),
    [
        (["tag", "vpc_zone_identifier", "target_group_arns", "health_check_type", "launch_template"], []),
        (["targetGroupArns"], ["'targetGroupArns'"]),
        (["arn", "tags"], ["'arn'", "'tags'"]),
        (["desired_capacity", UNKNOWN], []),
    ],
)
def test_a_trigger_has_terraforms_name(aws: ConfiguredAws, triggers: list[Any], refused: list[str]) -> None:
    news = {**GROUPED, "instanceRefresh": {"strategy": "Rolling", "triggers": triggers}}
    failures = aws.check(CheckRequest(GROUP, "g", {}, news, SEED)).failures
    assert [each.reason.partition(" is not accepted")[0] for each in failures] == refused


def test_a_parameter_that_must_not_be_overwritten_is_not(aws: ConfiguredAws, world: World) -> None:
    made = world.stand(PARAMETER, "kept", {"type": "String", "value": "1", "overwrite": False})
    news = {**made.inputs, "value": "2"}
    with pytest.raises(ProviderError, match="ParameterAlreadyExists"):
        aws.update(UpdateRequest(PARAMETER, made.id, made.inputs, made.outputs, news, preview=False))


def test_a_key_for_a_parameter_that_is_no_secret_is_not_used(world: World) -> None:
    made = world.stand(PARAMETER, "plain", {"type": "String", "value": "1", "keyId": "alias/aws/ssm"})
    assert made.outputs["keyId"] == "alias/aws/ssm"


def test_a_log_group_for_delivery_keeps_two_days_without_a_word(aws: ConfiguredAws) -> None:
    """moto has no such class, so this asks the type itself."""
    asked = {"logGroupClass": "DELIVERY", "retentionInDays": 30}
    RESOURCES[LOGS].settle(aws.session, "delivered", asked)  # and nothing is called: there is no such group
    found = {"arn": "a", "logGroupName": "delivered", "logGroupClass": "DELIVERY", "retentionInDays": 2}
    assert "retentionInDays" not in RESOURCES[LOGS].describe(aws.session, "delivered", found, asked)


SPELLED = '{"Version": "2012-10-17", "Statement": {"Sid": "a<b", "Effect": "Allow"}, "Id": "é"}'


@pytest.mark.parametrize(
    ("kind", "name", "more", "told"),
    [
        (
            ROLE,
            "assumeRolePolicy",
            {},
            '{"Id":"é","Statement":{"Effect":"Allow","Sid":"a\\u003cb"},"Version":"2012-10-17"}',
        ),
        (
            ROLE_POLICY,
            "policy",
            {"role": "r"},
            '{"Version":"2012-10-17","Id":"é","Statement":{"Effect":"Allow","Sid":"a\\u003cb"}}',
        ),
        (RULE, "eventPattern", {}, '{"Id":"é","Statement":{"Effect":"Allow","Sid":"a<b"},"Version":"2012-10-17"}'),
        (TARGET, "input", {"rule": "r", "arn": ACTION}, SPELLED),
    ],
)
def test_a_document_is_told_in_its_normal_form(
    aws: ConfiguredAws, kind: str, name: str, more: dict[str, Any], told: str
) -> None:
    checked = aws.check(CheckRequest(kind, "told", {}, {**more, name: SPELLED}, SEED))
    assert checked.inputs[name] == SPELLED
    assert aws.create(kind, checked.inputs, preview=True).outputs[name] == told


def test_what_the_program_would_not_say_is_not_imported(aws: ConfiguredAws, world: World) -> None:
    made = world.stand(RULE, "told", {"scheduleExpression": "rate(1 hour)"})
    read = aws.read(RULE, made.id, {}, {})
    assert read is not None
    assert read.inputs.keys() & {"eventBusName", "forceDestroy", "description", "eventPattern"} == set()
    aws.delete(RULE, made.id, made.inputs, made.outputs)


class Pending:
    """SNS with one subscription, confirmed when it is looked at for the third time."""

    def __init__(self) -> None:
        self.looks = 0

    def get_subscription_attributes(self, **_: Any) -> dict[str, Any]:
        self.looks += 1
        return {"Attributes": {"PendingConfirmation": "false" if self.looks > 2 else "true"}}


@pytest.mark.parametrize(
    ("inputs", "looks"),
    [
        ({"protocol": "sqs"}, 3),
        ({"protocol": "email"}, 0),
        ({"protocol": "https"}, 0),
        ({"protocol": "https", "endpointAutoConfirms": True, "confirmationTimeoutInMinutes": 1}, 3),
    ],
)
def test_a_subscription_is_waited_for_unless_a_person_confirms_it(inputs: dict[str, Any], looks: int) -> None:
    service = Pending()
    cloud: Any = SimpleNamespace(sns=service)
    RESOURCES[SUBSCRIPTION].settle(cloud, "arn", inputs)
    assert service.looks == looks


def test_a_retry_policy_without_an_age_has_the_age_zero_which_aws_refuses(aws: ConfiguredAws, world: World) -> None:
    news = {"rule": world.rule, "arn": world.topic, "retryPolicy": {"maximumRetryAttempts": 3}}
    checked = aws.check(CheckRequest(TARGET, "retried", {}, news, SEED))
    assert checked.failures == ()
    assert checked.inputs["retryPolicy"] == {"maximumEventAgeInSeconds": 0, "maximumRetryAttempts": 3}
    with pytest.raises(ProviderError, match="MaximumEventAgeInSeconds, value: 0, valid min value: 60"):
        aws.create(TARGET, checked.inputs, preview=False)


BROKEN = '{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps", "Action": "s3:Get*", "Resource": "*"}]}'


def test_a_role_whose_own_policy_is_refused_is_not_made(aws: ConfiguredAws, world: World) -> None:
    sound = BROKEN.replace("Perhaps", "Allow")
    policies = [{"name": "sound", "policy": sound}, {"name": "broken", "policy": BROKEN}]
    news = {"name": "half", "assumeRolePolicy": world.role["assumeRolePolicy"], "inlinePolicies": policies}
    with pytest.raises(ProviderError, match="MalformedPolicyDocument") as refusal:
        world.stand(ROLE, "half", news)
    assert not isinstance(refusal.value, InitFailed)
    assert aws.read(ROLE, "half", {}, {}) is None


def test_a_topic_whose_attribute_is_refused_is_there_for_the_next_update(aws: ConfiguredAws, world: World) -> None:
    bad = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "SNS:Publish"}] * 2})
    with pytest.raises(InitFailed) as refusal:
        world.stand(TOPIC, "half", {"displayName": "half", "policy": bad, "tracingConfig": "Active"})
    id_, state = refusal.value.id, refusal.value.outputs
    mended = aws.update(
        UpdateRequest(TOPIC, id_, state, state, {"fifoTopic": False, "displayName": "whole"}, preview=False)
    )
    assert mended["displayName"] == "whole"
    aws.delete(TOPIC, id_, state, mended)


SPEAKER = "arn:aws:lambda:eu-west-1:123456789012:function:speaker"


@pytest.mark.parametrize(
    ("said", "resource", "told", "replaces"),
    [
        ({"function": "speaker"}, SPEAKER, ("speaker", None), ()),
        ({"function": SPEAKER}, SPEAKER, (SPEAKER, None), ()),
        ({"function": "speaker", "qualifier": "live"}, f"{SPEAKER}:live", ("speaker", "live"), ()),
        ({"function": "123456789012:speaker"}, SPEAKER, ("speaker", None), ("function",)),
        ({"function": "speaker:live"}, f"{SPEAKER}:live", ("speaker", "live"), ("function", "qualifier")),
        ({"function": f"{SPEAKER}:live"}, f"{SPEAKER}:live", (SPEAKER, "live"), ("function", "qualifier")),
        ({"function": f"{SPEAKER}:live"}, SPEAKER, (SPEAKER, "live"), ("function", "qualifier")),
    ],
)
def test_the_function_of_a_permission_is_told_as_the_statement_has_it(
    aws: ConfiguredAws, said: dict[str, str], resource: str, told: tuple[str, str | None], replaces: tuple[str, ...]
) -> None:
    """The real provider replaces the statement each time if the program names the function in another way."""
    permission = RESOURCES[PERMISSION]
    statement = {"Sid": "s", "Action": "lambda:*", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": resource}
    inputs = {"action": "lambda:*", "principal": "sns.amazonaws.com", "statementId": "s", **said}
    state = {**inputs, **permission.describe(aws.session, "s", statement, inputs)}

    assert (state["function"], state["qualifier"]) == told
    assert (permission.stored(inputs)["function"], permission.stored(inputs)["qualifier"]) == told
    assert aws.diff(DiffRequest(PERMISSION, "s", inputs, state, inputs)).replaces == replaces
