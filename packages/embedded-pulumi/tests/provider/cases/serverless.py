"""Cases: Lambda, EventBridge."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.values import Archive, Asset

DOCUMENT = '{"source": ["aws.ec2"]}'


def code(text: str) -> Archive:
    return Archive(assets={"index.py": Asset(text=text)})


def asynchronous(w: Any) -> dict[str, Any]:
    return {
        "maximumEventAgeInSeconds": 60,
        "maximumRetryAttempts": 1,
        "destinationConfig": {"onFailure": {"destination": w.topic}},
    }


CASES: dict[str, dict[str, Any]] = {
    "aws:lambda/function:Function": {
        "unreadable": ("code",),
        "inputs": lambda w: {
            "role": w.role["arn"],
            "runtime": "python3.13",
            "handler": "index.handler",
            "code": code("def handler(event, context): return 1\n"),
            "environment": {"variables": {"GROUP": "one"}},
            "tags": {"Name": "function"},
        },
        "updates": lambda w: {
            "role": w.other_role["arn"],
            "runtime": "python3.12",
            "handler": "index.other",
            "code": code("def handler(event, context): return 2\n"),
            "sourceCodeHash": "bWFyaw==",
            "description": "another",
            "memorySize": 256,
            "timeout": 60,
            "environment": {"variables": {"GROUP": "two", "MODE": "observe"}},
            "publish": True,
            "reservedConcurrentExecutions": 1,
            "skipDestroy": True,
            "vpcConfig": {"subnetIds": [w.subnet], "securityGroupIds": [w.group]},
            "layers": [w.layer],
            "s3Bucket": (w.bucket, {"s3Key": "code.zip", "code": None}),
            "s3Key": ("code.zip", {"s3Bucket": w.bucket, "code": None}),
            "s3ObjectVersion": (w.object_version, {"s3Bucket": w.bucket, "s3Key": "code.zip", "code": None}),
        },
        "stuck": lambda w: {
            "architectures": ["arm64"],
            "deadLetterConfig": {"targetArn": w.topic},
            "ephemeralStorage": {"size": 1024},
            "kmsKeyArn": w.key["arn"],
            "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "INFO", "systemLogLevel": "WARN"},
            "tracingConfig": {"mode": "Active"},
        },
        "created": lambda _: {
            "architectures": ["arm64"],
            "ephemeralStorage": {"size": 1024},
            "tracingConfig": {"mode": "Active"},
        },
        "replaces": lambda _: {
            "name": "another",
            "tenancyConfig": {"tenantIsolationMode": "PER_TENANT"},
        },
    },
    "aws:lambda/permission:Permission": {
        "import_id": "{function}/{statementId}",
        "inputs": lambda w: {
            "function": w.function["name"],
            "action": "lambda:InvokeFunction",
            "principal": "events.amazonaws.com",
            "sourceArn": "arn:aws:events:eu-west-1:123456789012:rule/sweep",
        },
        "replaces": lambda _: {
            "function": "another",
            "action": "lambda:*",
            "principal": "sns.amazonaws.com",
            "eventSourceToken": "token",
            "functionUrlAuthType": "NONE",
            "invokedViaFunctionUrl": True,
            "principalOrgId": "o-1",
            "qualifier": "1",
            "sourceAccount": "123456789012",
            "sourceArn": "arn:aws:events:eu-west-1:123456789012:rule/other",
            "statementId": "another",
            "statementIdPrefix": ("some-", {"statementId": None}),
        },
    },
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
        "inputs": lambda w: {"functionName": w.function["name"], "maximumRetryAttempts": 0},
        "stuck": asynchronous,
        "created": asynchronous,
        "replaces": lambda _: {"functionName": "another", "qualifier": "1"},
    },
    "aws:cloudwatch/eventRule:EventRule": {
        "inputs": lambda _: {
            "scheduleExpression": "rate(1 minute)",
            "description": "a rule",
            "tags": {"Name": "rule"},
        },
        "updates": lambda w: {
            "scheduleExpression": "rate(5 minutes)",
            "description": "another",
            "eventPattern": (DOCUMENT, {"scheduleExpression": None}),
            "roleArn": w.role["arn"],
            "state": "DISABLED",
            "forceDestroy": True,
        },
        "replaces": lambda _: {
            "name": "another",
            "namePrefix": ("some-", {"name": None}),
            "eventBusName": "another",
        },
    },
    "aws:cloudwatch/eventTarget:EventTarget": {
        "import_id": "{rule}/{targetId}",
        "inputs": lambda w: {"rule": w.rule, "arn": w.function["arn"], "targetId": "healer"},
        "updates": lambda w: {
            "arn": w.topic,
            "roleArn": w.role["arn"],
            "input": '{"dry": true}',
            "inputPath": "$.detail",
            "inputTransformer": {"inputPaths": {"id": "$.id"}, "inputTemplate": '{"id": <id>}'},
            "deadLetterConfig": {"arn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
            "retryPolicy": {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 1},
            "sqsTarget": {"messageGroupId": "one"},
            "forceDestroy": True,
        },
        "replaces": lambda _: {"rule": "another", "eventBusName": "another", "targetId": "another"},
    },
}
