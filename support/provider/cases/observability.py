"""Cases: alarms, log groups, topics, keys, parameters."""

from __future__ import annotations

import json

from support.provider.case import Case, With
from support.provider.world import World

ROLE = "arn:aws:iam::123456789012:role/firehose"
OPEN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:Publish", "Resource": "*"}],
    }
)
KEY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
)
BY_QUERY = {"metricName": None, "namespace": None, "statistic": None, "period": None}


def fresh_log_group(world: World) -> str:
    return str(world.make("aws:cloudwatch/logGroup:LogGroup", world.next_name())["name"])


CASES: dict[str, Case] = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": Case(
        inputs=lambda w: {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "metricName": "CPUUtilization",
            "namespace": "AWS/EC2",
            "period": 60,
            "statistic": "Average",
            "threshold": 70,
            "dimensions": {"AutoScalingGroupName": "fleet"},
            "alarmActions": [w.topic],
            "tags": {"Name": "alarm"},
        },
        updates={
            "comparisonOperator": "LessThanThreshold",
            "evaluationPeriods": 3,
            "actionsEnabled": False,
            "alarmActions": lambda w: [w.other_topic],
            "alarmDescription": "another",
            "datapointsToAlarm": 1,
            "dimensions": {"AutoScalingGroupName": "other", "Zone": "a"},
            "evaluateLowSampleCountPercentiles": With("ignore", {"statistic": None, "extendedStatistic": "p90"}),
            "extendedStatistic": With("p99", {"statistic": None}),
            "insufficientDataActions": lambda w: [w.topic],
            "metricName": "StatusCheckFailed",
            "namespace": "tap/HealthCheck",
            "okActions": lambda w: [w.topic],
            "period": 300,
            "statistic": "Maximum",
            "threshold": 70.5,
            "treatMissingData": "breaching",
            "unit": "Percent",
            "metricQueries": With(
                [
                    {"id": "e1", "expression": "m1 * 2", "label": "twice", "returnData": True},
                    {
                        "id": "m1",
                        "metric": {
                            "metricName": "CPUUtilization",
                            "namespace": "AWS/EC2",
                            "period": 60,
                            "stat": "Average",
                            "dimensions": {"AutoScalingGroupName": "fleet"},
                        },
                    },
                ],
                {**BY_QUERY, "dimensions": None},
            ),
            "thresholdMetricId": With(
                "e1",
                {
                    **BY_QUERY,
                    "dimensions": None,
                    "threshold": None,
                    "comparisonOperator": "GreaterThanUpperThreshold",
                    "metricQueries": [
                        {"id": "e1", "expression": "ANOMALY_DETECTION_BAND(m1)", "returnData": True},
                        {
                            "id": "m1",
                            "returnData": True,
                            "metric": {
                                "metricName": "CPUUtilization",
                                "namespace": "AWS/EC2",
                                "period": 60,
                                "stat": "Average",
                            },
                        },
                    ],
                },
            ),
        },
        replaces={"name": "another"},
    ),
    "aws:cloudwatch/logGroup:LogGroup": Case(
        inputs=lambda _: {"retentionInDays": 30, "tags": {"Name": "logs"}},
        updates={"retentionInDays": 0, "skipDestroy": True},
        created={"kmsKeyId": lambda w: w.key["arn"]},
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "logGroupClass": "INFREQUENT_ACCESS",
        },
    ),
    "aws:sns/topic:Topic": Case(
        inputs=lambda _: {"displayName": "a topic", "tags": {"Name": "topic"}},
        updates={
            "displayName": "another",
            "policy": OPEN,
            "deliveryPolicy": json.dumps({"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}),
            "kmsMasterKeyId": lambda w: w.key["arn"],
        },
        stuck={
            "contentBasedDeduplication": With(value=True, also={"fifoTopic": True, "name": "another.fifo"}),
            "signatureVersion": 2,
            "tracingConfig": "Active",
        },
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "fifoTopic": With(value=True, also={"name": "another.fifo"}),
        },
    ),
    "aws:sns/topicPolicy:TopicPolicy": Case(
        outlives=True,
        inputs=lambda w: {"arn": w.topic, "policy": OPEN},
        updates={"policy": OPEN.replace("SNS:Publish", "SNS:Subscribe")},
        replaces={"arn": lambda w: w.other_topic},
    ),
    "aws:sns/topicSubscription:TopicSubscription": Case(
        inputs=lambda w: {
            "topic": w.topic,
            "protocol": "sqs",
            "endpoint": f"arn:aws:sqs:eu-west-1:123456789012:{w.next_name()}",
        },
        updates={
            "filterPolicy": json.dumps({"kind": ["marked"]}),
            "filterPolicyScope": With("MessageBody", {"filterPolicy": json.dumps({"kind": ["marked"]})}),
            "rawMessageDelivery": True,
            "deliveryPolicy": json.dumps({"healthyRetryPolicy": {"numRetries": 5}}),
            "redrivePolicy": json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"}),
            "subscriptionRoleArn": ROLE,
            "confirmationTimeoutInMinutes": 2,
            "endpointAutoConfirms": True,
        },
        replaces={
            "topic": lambda w: w.other_topic,
            "protocol": "lambda",
            "endpoint": "arn:aws:sqs:eu-west-1:123456789012:another",
        },
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Case(
        inputs=lambda w: {
            "alarmName": w.next_name(),
            "alarmRule": f'ALARM("{w.alarm}")',
            "alarmActions": [w.topic],
            "tags": {"Name": "both"},
        },
        updates={
            "alarmActions": lambda w: [w.other_topic],
            "alarmDescription": "another",
            "alarmRule": lambda w: f"NOT OK({w.alarm}) OR FALSE",
            "insufficientDataActions": lambda w: [w.topic],
            "okActions": lambda w: [w.topic],
        },
        replaces={"actionsEnabled": False, "alarmName": "another"},
        plain=False,
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Case(
        inputs=lambda w: {
            "logGroupName": fresh_log_group(w),
            "metricTransformation": {"name": "errors", "namespace": "app", "value": "1"},
            "pattern": "ERROR",
        },
        updates={
            "metricTransformation": {
                "dimensions": {"path": "$.path"},
                "name": "took",
                "namespace": "web",
                "unit": "Milliseconds",
                "value": "$.took",
            },
            "pattern": '{ $.level = "ERROR" }',
        },
        replaces={"logGroupName": "another", "name": "another"},
        import_id="{logGroupName}:{name}",
        plain=False,
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": Case(
        inputs=lambda _: {"queryString": "fields @message"},
        updates={"logGroupNames": ["one", "two"], "name": "renamed/query", "queryString": "fields @timestamp"},
        import_id="{arn}",
        plain=False,
    ),
    "aws:kms/key:Key": Case(
        inputs=lambda _: {
            "description": "a key",
            "enableKeyRotation": True,
            "deletionWindowInDays": 30,
            "tags": {"Name": "key"},
        },
        updates={
            "description": "another",
            "policy": KEY_POLICY,
            "bypassPolicyLockoutSafetyCheck": True,
            "isEnabled": False,
            "enableKeyRotation": False,
            "deletionWindowInDays": 7,
        },
        stuck={"rotationPeriodInDays": 180},
        replaces={
            "customerMasterKeySpec": With("RSA_2048", {"enableKeyRotation": False}),
            "keyUsage": "SIGN_VERIFY",
            "multiRegion": True,
        },
    ),
    "aws:kms/alias:Alias": Case(
        inputs=lambda w: {"targetKeyId": w.key["keyId"]},
        updates={"targetKeyId": lambda w: w.other_key["keyId"]},
        stale=("targetKeyArn",),
        replaces={"name": "alias/another", "namePrefix": With("alias/some-", {"name": None})},
    ),
    "aws:kms/grant:Grant": Case(
        inputs=lambda w: {
            "keyId": w.key["keyId"],
            "granteePrincipal": w.role["arn"],
            "operations": ["Decrypt", "CreateGrant"],
        },
        replaces={
            "keyId": lambda w: w.other_key["keyId"],
            "granteePrincipal": lambda w: w.other_role["arn"],
            "operations": ["Encrypt"],
            "name": "another",
            "retiringPrincipal": lambda w: w.role["arn"],
            "retireOnDelete": True,
        },
        unreadable=("retireOnDelete",),
    ),
    "aws:ssm/parameter:Parameter": Case(
        inputs=lambda _: {"type": "String", "value": "one", "tags": {"Name": "parameter"}},
        updates={
            "type": "SecureString",
            "value": "two",
            "insecureValue": With("three", {"value": None}),
            "description": "another",
            "allowedPattern": "[a-z]+",
            "keyId": lambda w: With(w.key["arn"], {"type": "SecureString"}),
            "tier": "Advanced",
            "overwrite": True,
        },
        replaces={"name": "another", "dataType": "aws:ec2:image"},
        stale=("version",),
    ),
}
