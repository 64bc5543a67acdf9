"""The healer, its alarms and its topic with one thing changed."""

from __future__ import annotations

from pulumi_guardrails import types as aws
from support.programs import add, both, cut, drop, edit, put, ref

from .mutation import (
    EVERYBODY,
    HEALER,
    HEALER_LOG,
    HEALER_POLICY,
    KEY,
    OFF,
    PARAMETER,
    TOPIC,
    TOPIC_POLICY,
    Mutation,
    code,
    registered_twice,
)

FUNCTIONS = (
    Mutation("lambda-runtime", "python3.8", put(*HEALER, "runtime", "python3.8")),
    Mutation("lambda-runtime", "a runtime that is none", put(*HEALER, "runtime", "python2026")),
    Mutation(
        "lambda-handler-in-code", "code without the handler's file", put(*HEALER, "code", code(lambda_function__py=""))
    ),
    Mutation("lambda-handler-in-code", "a handler of another module", put(*HEALER, "handler", "main.lambda_handler")),
    Mutation("names-unique", "the function defined twice", registered_twice),
    Mutation(
        "names-unique", "two alarms of one name", put(aws.METRIC_ALARM, "healer-blind", "name", "tap-healer-silent-dev")
    ),
    Mutation("lambda-permission-source", "any rule may invoke it", cut(aws.PERMISSION, "healer-schedule", "sourceArn")),
    Mutation(
        "lambda-permission-source",
        "anybody may invoke it",
        both(
            cut(aws.PERMISSION, "healer-schedule", "sourceArn"),
            put(aws.PERMISSION, "healer-schedule", "principal", "*"),
        ),
    ),
    Mutation("event-target-permission", "no permission for the schedule", drop(aws.PERMISSION, "healer-schedule")),
    Mutation("event-target-permission", "no permission for launches", drop(aws.PERMISSION, "healer-changes")),
    Mutation(
        "event-target-permission",
        "a permission for the other rule alone",
        put(aws.PERMISSION, "healer-changes", "sourceArn", ref(aws.EVENT_RULE, "healer-schedule", "arn")),
    ),
    Mutation(
        "lambda-permission-source",
        "any event may invoke it",
        cut(aws.PERMISSION, "healer-changes", "sourceArn"),
    ),
    Mutation("lambda-log-group", "Lambda's own log group", drop(*HEALER_LOG)),
    Mutation(
        "lambda-log-group",
        "a log group of another name",
        both(put(*HEALER_LOG, "name", "/aws/lambda/other"), cut(*HEALER, "loggingConfig")),
    ),
    Mutation("log-group-retention", "kept for ever", cut(*HEALER_LOG, "retentionInDays")),
    Mutation("log-group-year", "kept for a month", put(*HEALER_LOG, "retentionInDays", 30)),
    Mutation(
        "log-group-key", "AWS's key", cut(*HEALER_LOG, "kmsKeyId"), put(*HEALER_LOG, "kmsKeyId", "arn:aws:kms:key")
    ),
    Mutation("lambda-role-logs", "may not write its log", edit(*HEALER_POLICY, "Log", drop=True)),
    Mutation("lambda-concurrency", "no limit", put(*HEALER, "reservedConcurrentExecutions", -1)),
    Mutation(
        "lambda-failure-destination",
        "failed events dropped",
        cut(*HEALER, "deadLetterConfig"),
        put(*HEALER, "deadLetterConfig", {"targetArn": "arn:aws:sqs:queue"}),
    ),
    Mutation("lambda-retries", "retries left to Lambda", drop(aws.EVENT_INVOKE_CONFIG)),
    Mutation(
        "lambda-tracing", "no trace", cut(*HEALER, "tracingConfig"), put(*HEALER, "tracingConfig", {"mode": "Active"})
    ),
    Mutation(
        "lambda-in-vpc",
        "outside of any VPC",
        cut(*HEALER, "vpcConfig"),
        put(*HEALER, "vpcConfig", {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}),
    ),
    Mutation(
        "lambda-environment-key", "AWS's key", cut(*HEALER, "kmsKeyArn"), put(*HEALER, "kmsKeyArn", "arn:aws:kms:key")
    ),
    Mutation(
        "lambda-no-secrets",
        "a variable called TOKEN",
        put(*HEALER, "environment", "variables", "API_TOKEN", "abcdef123"),
    ),
    Mutation(
        "lambda-no-secrets",
        "an access key in a variable",
        put(*HEALER, "environment", "variables", "OTHER", "AKIA" + "ABCDEFGHIJKLMNOP"),
    ),
    Mutation(
        "lambda-code-signing",
        "unsigned code",
        cut(*HEALER, "codeSigningConfigArn"),
        put(*HEALER, "codeSigningConfigArn", "arn:aws:lambda:code-signing-config"),
    ),
    Mutation("lambda-errors-alarm", "nobody watches its errors", drop(aws.METRIC_ALARM, "healer-errors")),
    Mutation("replacement-is-told", "no metrics", edit(*HEALER_POLICY, "Count", drop=True)),
    Mutation("replacement-is-told", "no notification", edit(*HEALER_POLICY, "Notify", drop=True)),
)

ALARMS = (
    Mutation("alarm-action", "an alarm that tells nobody", put(aws.METRIC_ALARM, "healer-silent", "alarmActions", [])),
    Mutation("alarm-enabled", "an alarm switched off", put(aws.METRIC_ALARM, "healer-silent", "actionsEnabled", OFF)),
    Mutation(
        "alarm-action",
        "a wrong setting that tells nobody",
        put(aws.METRIC_ALARM, "healer-settings-healer-mode", "alarmActions", []),
    ),
    Mutation(
        "alarm-enabled", "a stuck mark that tells nobody", put(aws.METRIC_ALARM, "healer-stuck", "actionsEnabled", OFF)
    ),
    Mutation(
        "alarm-missing-data",
        "an undated impairment without a word for silence",
        cut(aws.METRIC_ALARM, "healer-undated", "treatMissingData"),
    ),
    Mutation("alarm-missing-data", "silence means nothing", cut(aws.METRIC_ALARM, "healer-silent", "treatMissingData")),
    Mutation("alarm-topic-reachable", "alarms may not use the key", edit(*KEY, "Alarms", drop=True)),
    Mutation("event-topic-allowed", "events may not use the key", edit(*KEY, "ScalingFailures", drop=True)),
    Mutation("event-topic-allowed", "events may not be published", edit(*TOPIC_POLICY, "ScalingFailures", drop=True)),
    Mutation("topic-encrypted", "messages in clear", cut(*TOPIC, "kmsMasterKeyId")),
    Mutation("topic-not-public", "anybody may publish", edit(*TOPIC_POLICY, "Open", **EVERYBODY)),
    Mutation("topic-tls", "no TLS asked for", edit(*TOPIC_POLICY, "OnlyTls", drop=True)),
    Mutation(
        "subscription-https",
        "a subscription over HTTP",
        add(aws.TOPIC_SUBSCRIPTION, "hook", topic=ref(*TOPIC, "arn"), protocol="http", endpoint="http://example.com"),
    ),
    Mutation("key-rotation", "a key that does not rotate", put(*KEY, "enableKeyRotation", OFF)),
    Mutation(
        "key-not-public",
        "a key for anybody",
        edit(*KEY, "Open", Effect="Allow", Principal={"AWS": "*"}, Action="kms:Encrypt", Resource="*"),
    ),
    Mutation(
        "key-policy",
        "the default policy",
        add(aws.KEY, "other", enableKeyRotation=True, tags={"Project": "tap"}),
    ),
    Mutation(
        "parameter-no-secrets", "a password in a plain parameter", put(*PARAMETER, "value", "password=correct-horse")
    ),
)
