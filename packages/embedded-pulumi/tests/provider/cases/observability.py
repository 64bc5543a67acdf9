"""Cases: alarms, log groups, topics, keys, parameters."""

from __future__ import annotations

import json
from typing import Any

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

CASES: dict[str, dict[str, Any]] = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "inputs": lambda w: {
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
        "updates": lambda w: {
            "comparisonOperator": "LessThanThreshold",
            "evaluationPeriods": 3,
            "actionsEnabled": False,
            "alarmActions": [w.other_topic],
            "alarmDescription": "another",
            "datapointsToAlarm": 1,
            "dimensions": {"AutoScalingGroupName": "other", "Zone": "a"},
            "evaluateLowSampleCountPercentiles": ("ignore", {"statistic": None, "extendedStatistic": "p90"}),
            "extendedStatistic": ("p99", {"statistic": None}),
            "insufficientDataActions": [w.topic],
            "metricName": "StatusCheckFailed",
            "namespace": "tap/HealthCheck",
            "okActions": [w.topic],
            "period": 300,
            "statistic": "Maximum",
            "threshold": 70.5,
            "treatMissingData": "breaching",
            "unit": "Percent",
            "metricQueries": (
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
            "thresholdMetricId": (
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
        "replaces": lambda _: {"name": "another"},
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        "inputs": lambda _: {"retentionInDays": 30, "tags": {"Name": "logs"}},
        "updates": lambda _: {"retentionInDays": 0, "skipDestroy": True},
        "created": lambda w: {"kmsKeyId": w.key["arn"]},
        "replaces": lambda _: {
            "name": "another",
            "namePrefix": ("some-", {"name": None}),
            "logGroupClass": "INFREQUENT_ACCESS",
        },
    },
    "aws:sns/topic:Topic": {
        "inputs": lambda _: {"displayName": "a topic", "tags": {"Name": "topic"}},
        "updates": lambda w: {
            "displayName": "another",
            "policy": OPEN,
            "deliveryPolicy": json.dumps({"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}),
            "kmsMasterKeyId": w.key["arn"],
        },
        "stuck": lambda _: {
            "contentBasedDeduplication": True,
            "signatureVersion": 2,
            "tracingConfig": "Active",
        },
        "replaces": lambda _: {
            "name": "another",
            "namePrefix": ("some-", {"name": None}),
            "fifoTopic": (True, {"name": "another.fifo"}),
        },
    },
    "aws:sns/topicPolicy:TopicPolicy": {
        "outlives": True,
        "inputs": lambda w: {"arn": w.topic, "policy": OPEN},
        "updates": lambda _: {"policy": OPEN.replace("SNS:Publish", "SNS:Subscribe")},
        "replaces": lambda w: {"arn": w.other_topic},
    },
    "aws:sns/topicSubscription:TopicSubscription": {
        "inputs": lambda w: {
            "topic": w.topic,
            "protocol": "sqs",
            "endpoint": f"arn:aws:sqs:eu-west-1:123456789012:{w.next_name()}",
        },
        "updates": lambda _: {
            "filterPolicy": json.dumps({"kind": ["marked"]}),
            "filterPolicyScope": ("MessageBody", {"filterPolicy": json.dumps({"kind": ["marked"]})}),
            "rawMessageDelivery": True,
            "deliveryPolicy": json.dumps({"healthyRetryPolicy": {"numRetries": 5}}),
            "redrivePolicy": json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"}),
            "subscriptionRoleArn": ROLE,
        },
        "replaces": lambda w: {
            "topic": w.other_topic,
            "protocol": "lambda",
            "endpoint": "arn:aws:sqs:eu-west-1:123456789012:another",
        },
    },
    "aws:kms/key:Key": {
        "inputs": lambda _: {
            "description": "a key",
            "enableKeyRotation": True,
            "deletionWindowInDays": 30,
            "tags": {"Name": "key"},
        },
        "updates": lambda _: {
            "description": "another",
            "policy": KEY_POLICY,
            "bypassPolicyLockoutSafetyCheck": True,
            "isEnabled": False,
            "enableKeyRotation": False,
            "deletionWindowInDays": 7,
        },
        "stuck": lambda _: {"rotationPeriodInDays": 180},
        "replaces": lambda _: {
            "customerMasterKeySpec": ("RSA_2048", {"enableKeyRotation": None}),
            "keyUsage": "SIGN_VERIFY",
            "multiRegion": True,
        },
    },
    "aws:kms/alias:Alias": {
        "inputs": lambda w: {"targetKeyId": w.key["keyId"]},
        "updates": lambda w: {"targetKeyId": w.other_key["keyId"]},
        "replaces": lambda _: {"name": "alias/another", "namePrefix": ("alias/some-", {"name": None})},
    },
    "aws:ssm/parameter:Parameter": {
        "inputs": lambda _: {"type": "String", "value": "one", "tags": {"Name": "parameter"}},
        "updates": lambda w: {
            "type": "SecureString",
            "value": "two",
            "insecureValue": ("three", {"value": None}),
            "description": "another",
            "allowedPattern": "[a-z]+",
            "dataType": "aws:ec2:image",
            "keyId": (w.key["arn"], {"type": "SecureString"}),
            "tier": "Advanced",
            "overwrite": True,
        },
        "replaces": lambda _: {"name": "another"},
    },
}
