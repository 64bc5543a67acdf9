"""Cases: Lambda, EventBridge."""

from __future__ import annotations

from embedded_pulumi.aws.archives import code_hash, zip_bytes
from embedded_pulumi.values import Archive, Asset
from support.provider.case import Case, With
from support.provider.world import CODE, TRUST, World

DOCUMENT = '{"source": ["aws.ec2"]}'


def code(text: str) -> Archive:
    return Archive(assets={"index.py": Asset(text=text)})


OTHER_CODE = code("def handler(event, context): return 2\n")
ASYNCHRONOUS = {
    "maximumEventAgeInSeconds": 60,
    "maximumRetryAttempts": 1,
    "destinationConfig": lambda w: {"onFailure": {"destination": w.topic}},
}

READS = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]


def reader(world: World) -> str:
    """A new function that may read streams and receive messages."""
    name = world.next_name()
    role = world.make("aws:iam/role:Role", name, assumeRolePolicy=TRUST % "lambda")
    receives = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    statement = {"Effect": "Allow", "Action": [*READS, *receives], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    world.make("aws:iam/rolePolicy:RolePolicy", name, role=role["name"], policy=document)
    settings = {"runtime": "python3.13", "handler": "index.handler", "code": CODE}
    return str(world.make("aws:lambda/function:Function", name, role=role["arn"], **settings)["name"])


def stream(world: World) -> str:
    """The stream of a new table."""
    made = world.make(
        "aws:dynamodb/table:Table",
        world.next_name(),
        attributes=[{"name": "id", "type": "S"}],
        billingMode="PAY_PER_REQUEST",
        hashKey="id",
        streamEnabled=True,
        streamViewType="NEW_IMAGE",
    )
    return str(made["streamArn"])


CASES: dict[str, Case] = {
    "aws:lambda/alias:Alias": Case(
        inputs=lambda w: {
            "description": "in use",
            "functionName": w.twice_published,
            "functionVersion": "1",
        },
        updates={
            "description": "another",
            "functionVersion": "2",
            "routingConfig": {"additionalVersionWeights": {"2": 0.25}},
        },
        replaces={"functionName": "another", "name": "another"},
        import_id="{functionName}/{name}",
        plain=False,
    ),
    "aws:lambda/layerVersion:LayerVersion": Case(
        inputs=lambda w: {"code": code("ANSWER = 1\n"), "layerName": w.next_name()},
        updates={"skipDestroy": True},
        replaces={
            "code": code("ANSWER = 2\n"),
            "compatibleArchitectures": ["arm64"],
            "compatibleRuntimes": ["python3.13"],
            "description": "another",
            "layerName": "another",
            "licenseInfo": "MIT",
            "s3Bucket": lambda w: With(w.bucket, {"code": None, "s3Key": "code.zip"}),
            "s3Key": lambda w: With("code.zip", {"code": None, "s3Bucket": w.bucket}),
            "s3ObjectVersion": lambda w: With(
                w.object_version, {"code": None, "s3Bucket": w.bucket, "s3Key": "code.zip"}
            ),
            "sourceCodeHash": "bWFyaw==",
        },
        unreadable=("code",),
        found_again=False,
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Case(
        inputs=lambda w: {
            "eventSourceArn": stream(w),
            "functionName": reader(w),
            "startingPosition": "LATEST",
            "tags": {"Name": "mapping"},
        },
        updates={
            "batchSize": 20,
            "bisectBatchOnFunctionError": True,
            "destinationConfig": lambda w: {"onFailure": {"destinationArn": w.topic}},
            "enabled": False,
            "filterCriteria": {"filters": [{"pattern": '{"eventName": ["INSERT"]}'}]},
            "functionName": reader,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "maximumBatchingWindowInSeconds": 5,
            "maximumRecordAgeInSeconds": 60,
            "maximumRetryAttempts": 0,
            "parallelizationFactor": 2,
            "useResourceTimeoutForPropagation": True,
        },
        apart=("scalingConfig",),
        replaces={
            "eventSourceArn": stream,
            "startingPosition": "TRIM_HORIZON",
        },
        stale=("lastModified",),
        plain=False,
    ),
    "aws:lambda/function:Function": Case(
        unreadable=("code",),
        stale=("codeSha256", "lastModified", "sourceCodeSize"),
        inputs=lambda w: {
            "role": w.role["arn"],
            "runtime": "python3.13",
            "handler": "index.handler",
            "code": code("def handler(event, context): return 1\n"),
            "environment": {"variables": {"GROUP": "one"}},
            "tags": {"Name": "function"},
        },
        updates={
            "role": lambda w: w.other_role["arn"],
            "runtime": "python3.12",
            "handler": "index.other",
            "code": OTHER_CODE,
            "codeSha256": With(code_hash(zip_bytes(OTHER_CODE)), {"code": OTHER_CODE}),
            "sourceCodeHash": "bWFyaw==",
            "description": "another",
            "memorySize": 256,
            "timeout": 60,
            "environment": {"variables": {"GROUP": "two", "MODE": "observe"}},
            "publish": True,
            "reservedConcurrentExecutions": 1,
            "skipDestroy": True,
            "replaceSecurityGroupsOnDestroy": True,
            "replacementSecurityGroupIds": lambda w: With([w.other_group], {"replaceSecurityGroupsOnDestroy": True}),
            "useResourceTimeoutForPropagation": True,
            "vpcConfig": lambda w: {"subnetIds": [w.subnet], "securityGroupIds": [w.group]},
            "layers": lambda w: [w.layer],
            "s3Bucket": lambda w: With(w.bucket, {"s3Key": "code.zip", "code": None}),
            "s3Key": lambda w: With("code.zip", {"s3Bucket": w.bucket, "code": None}),
            "s3ObjectVersion": lambda w: With(
                w.object_version, {"s3Bucket": w.bucket, "s3Key": "code.zip", "code": None}
            ),
        },
        stuck={
            "architectures": ["arm64"],
            "deadLetterConfig": lambda w: {"targetArn": w.topic},
            "ephemeralStorage": {"size": 1024},
            "kmsKeyArn": lambda w: w.key["arn"],
            "loggingConfig": {"logFormat": "JSON", "applicationLogLevel": "INFO", "systemLogLevel": "WARN"},
            "tracingConfig": {"mode": "Active"},
        },
        created={
            "architectures": ["arm64"],
            "ephemeralStorage": {"size": 1024},
            "tracingConfig": {"mode": "Active"},
        },
        replaces={
            "name": "another",
            "tenancyConfig": {"tenantIsolationMode": "PER_TENANT"},
        },
    ),
    "aws:lambda/permission:Permission": Case(
        import_id="{function}/{statementId}",
        inputs=lambda w: {
            "function": w.function["name"],
            "action": "lambda:InvokeFunction",
            "principal": "events.amazonaws.com",
            "sourceArn": "arn:aws:events:eu-west-1:123456789012:rule/sweep",
        },
        replaces={
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
            "statementIdPrefix": With("some-", {"statementId": None}),
        },
    ),
    "aws:lambda/invocation:Invocation": Case(
        happens=True,
        outlives=True,
        unreadable=("input", "lifecycleScope"),
        stale=("result",),
        inputs=lambda w: {"functionName": w.function["name"], "input": "{}", "lifecycleScope": "CRUD"},
        updates={
            "input": '{"more": 1}',
            "lifecycleScope": "CREATE_ONLY",
            "tenantId": "tenant",
            "terraformKey": "pulumi",
        },
        replaces={"functionName": "another", "qualifier": "1", "triggers": {"version": "2"}},
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Case(
        inputs=lambda w: {"functionName": w.function["name"], "maximumRetryAttempts": 0},
        stuck=ASYNCHRONOUS,
        created=ASYNCHRONOUS,
        replaces={"functionName": "another", "qualifier": "1"},
    ),
    "aws:cloudwatch/eventRule:EventRule": Case(
        inputs=lambda _: {
            "scheduleExpression": "rate(1 minute)",
            "description": "a rule",
            "tags": {"Name": "rule"},
        },
        updates={
            "scheduleExpression": "rate(5 minutes)",
            "description": "another",
            "eventPattern": With(DOCUMENT, {"scheduleExpression": None}),
            "roleArn": lambda w: w.role["arn"],
            "state": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            "isEnabled": With(value=False, also={"state": None}),
            "forceDestroy": True,
        },
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "eventBusName": "another",
        },
        stale=("state", "isEnabled"),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Case(
        import_id="{rule}/{targetId}",
        inputs=lambda w: {"rule": w.rule, "arn": w.function["arn"], "targetId": "healer"},
        updates={
            "arn": lambda w: w.topic,
            "roleArn": lambda w: w.role["arn"],
            "input": '{"dry": true}',
            "inputPath": "$.detail",
            "inputTransformer": {"inputPaths": {"id": "$.id"}, "inputTemplate": '{"id": <id>}'},
            "deadLetterConfig": {"arn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
            "retryPolicy": {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 1},
            "sqsTarget": {"messageGroupId": "one"},
            "forceDestroy": True,
        },
        replaces={"rule": "another", "eventBusName": "another", "targetId": "another"},
    ),
}
