"""Cases: queues, tables, secrets, images' repositories, and names."""

from __future__ import annotations

import json

from embedded_pulumi.values import Properties
from support.provider.case import Case, With
from support.provider.world import World

ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}


def policy(action: str, resource: str | None = "*") -> str:
    """A policy of a resource, as text."""
    target = {"Resource": resource} if resource else {}
    statement = {"Sid": "mine", "Effect": "Allow", "Principal": ACCOUNT, "Action": action, **target}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def expiring(number: int) -> str:
    """The policy of a repository that keeps so many images."""
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": number}
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    return json.dumps({"rules": [rule]})


def fresh_queue(world: World) -> str:
    return str(world.make("aws:sqs/queue:Queue", world.next_name())["url"])


def fresh_secret(world: World) -> str:
    return str(world.make("aws:secretsmanager/secret:Secret", world.next_name(), recoveryWindowInDays=0)["arn"])


def fresh_repository(world: World) -> str:
    return str(world.make("aws:ecr/repository:Repository", world.next_name())["name"])


def fresh_zone(world: World) -> str:
    inputs: Properties = {"name": f"{world.next_name()}.example"}
    return world.stand("aws:route53/zone:Zone", "zone", inputs).id


def of_vpcs(world: World) -> list[Properties]:
    other = world.make("aws:ec2/vpc:Vpc", "named", cidrBlock="10.8.0.0/16")
    return [{"vpcId": world.vpc["id"]}, {"vpcId": other["id"], "vpcRegion": "eu-west-1"}]


QUEUE = Case(
    stale=("kmsDataKeyReusePeriodSeconds", "policy"),  # moto forgets the policy with any other change
    inputs=lambda _: {"fifoQueue": True, "tags": {"Name": "queue"}},
    updates={
        "contentBasedDeduplication": True,
        "deduplicationScope": "messageGroup",
        "delaySeconds": 5,
        "fifoThroughputLimit": With("perMessageGroupId", {"deduplicationScope": "messageGroup"}),
        "kmsDataKeyReusePeriodSeconds": lambda w: With(600, {"kmsMasterKeyId": w.key["arn"]}),
        "kmsMasterKeyId": lambda w: w.key["arn"],
        "maxMessageSize": 2048,
        "messageRetentionSeconds": 3600,
        "policy": policy("sqs:SendMessage"),
        "receiveWaitTimeSeconds": 20,
        "redrivePolicy": lambda w: json.dumps(
            {
                "deadLetterTargetArn": w.make("aws:sqs/queue:Queue", w.next_name(), fifoQueue=True)["arn"],
                "maxReceiveCount": 3,
            }
        ),
        "sqsManagedSseEnabled": False,
        "visibilityTimeoutSeconds": 60,
    },
    stuck={"redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})},
    dropped={"redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})},
    replaces={
        "fifoQueue": With(value=False, also={"name": "another"}),
        "name": "another.fifo",
        "namePrefix": With("some-", {"name": None}),
    },
)
_ATTRIBUTES = [{"name": "id", "type": "S"}, {"name": "at", "type": "N"}]
_INDEX = {"name": "byTime", "hashKey": "at", "projectionType": "ALL"}
_PAID = {"readCapacity": 1, "writeCapacity": 1}
_PROVISIONED: Properties = {
    "billingMode": "PROVISIONED",
    "globalSecondaryIndexes": [{**_INDEX, **_PAID}],
    **_PAID,
}
TABLE = Case(
    inputs=lambda _: {
        "attributes": _ATTRIBUTES,
        "billingMode": "PAY_PER_REQUEST",
        "globalSecondaryIndexes": [_INDEX],
        "hashKey": "id",
        "tags": {"Name": "table"},
    },
    updates={
        "attributes": With(
            [*_ATTRIBUTES, {"name": "team", "type": "S"}],
            {"globalSecondaryIndexes": [_INDEX, {**_INDEX, "name": "byTeam", "hashKey": "team"}]},
        ),
        "billingMode": With("PROVISIONED", _PROVISIONED),
        "deletionProtectionEnabled": True,
        "globalSecondaryIndexes": [{**_INDEX, "projectionType": "INCLUDE", "nonKeyAttributes": ["team"]}],
        "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7},
        "readCapacity": With(2, {**_PROVISIONED, "readCapacity": 2}),
        "streamEnabled": With(value=True, also={"streamViewType": "KEYS_ONLY"}),
        "ttl": {"attributeName": "until", "enabled": True},
        "writeCapacity": With(2, {**_PROVISIONED, "writeCapacity": 2}),
    },
    created={"streamViewType": With("NEW_IMAGE", {"streamEnabled": True})},
    stuck={"serverSideEncryption": {"enabled": True}, "tableClass": "STANDARD_INFREQUENT_ACCESS"},
    dropped={"tableClass": "STANDARD_INFREQUENT_ACCESS"},
    replaces={
        "hashKey": With("at", {"globalSecondaryIndexes": [{**_INDEX, "hashKey": "id"}]}),
        "localSecondaryIndexes": With(
            [{"name": "local", "projectionType": "KEYS_ONLY", "rangeKey": "at"}], {"rangeKey": "at"}
        ),
        "name": "another",
        "rangeKey": "at",
    },
)
SECRET = Case(
    inputs=lambda _: {"description": "one", "tags": {"Name": "secret"}},
    updates={
        "description": "two",
        "forceOverwriteReplicaSecret": True,
        "kmsKeyId": lambda w: w.key["arn"],
        "policy": policy("secretsmanager:GetSecretValue"),
        "recoveryWindowInDays": 7,
    },
    replaces={"name": "another", "namePrefix": With("some-", {"name": None})},
)
SECRET_VERSION = Case(
    inputs=lambda w: {"secretId": fresh_secret(w), "secretString": "one"},
    updates={"versionStages": ["AWSCURRENT", "mine"]},
    replaces={
        "secretBinary": With("dHdv", {"secretString": None}),
        "secretId": fresh_secret,
        "secretString": "two",
    },
    outlives=True,
)
REPOSITORY = Case(
    inputs=lambda _: {"tags": {"Name": "repository"}},
    updates={
        "forceDelete": True,
        "imageScanningConfiguration": {"scanOnPush": True},
        "imageTagMutability": "IMMUTABLE",
    },
    replaces={"encryptionConfigurations": [{"encryptionType": "KMS"}], "name": "another"},
)
ZONE = Case(
    inputs=lambda w: {
        "name": f"{w.next_name()}.example",
        "vpcs": [{"vpcId": w.vpc["id"]}],
        "tags": {"Name": "zone"},
    },
    updates={"comment": "another", "forceDestroy": True, "vpcs": of_vpcs},
    replaces={"name": "another.example"},
)
_ROUTED = {"setIdentifier": "one"}
RECORD = Case(
    inputs=lambda w: {
        "zoneId": fresh_zone(w),
        "name": "www",
        "type": "A",
        "ttl": 60,
        "records": ["192.0.2.1"],
    },
    updates={
        "aliases": With(
            [{"evaluateTargetHealth": True, "name": "web.eu-west-1.elb.amazonaws.com", "zoneId": "Z32O12XQLNTSW2"}],
            {"records": None, "ttl": None},
        ),
        "allowOverwrite": True,
        "failoverRoutingPolicies": With([{"type": "PRIMARY"}], _ROUTED),
        "geolocationRoutingPolicies": With([{"country": "DE"}], _ROUTED),
        "healthCheckId": "abcdef11-2222-3333-4444-555555fedcba",
        "latencyRoutingPolicies": With([{"region": "eu-west-1"}], _ROUTED),
        "multivalueAnswerRoutingPolicy": With(value=True, also=_ROUTED),
        "records": ["192.0.2.2", "192.0.2.3"],
        "setIdentifier": With("two", {"weightedRoutingPolicies": [{"weight": 1}]}),
        "ttl": 300,
        "type": With("CNAME", {"records": ["web.example.com"]}),
        "weightedRoutingPolicies": With([{"weight": 10}], _ROUTED),
    },
    replaces={"name": "another", "zoneId": fresh_zone},
)


def fresh_log_group(world: World) -> str:
    return str(world.make("aws:cloudwatch/logGroup:LogGroup", world.next_name())["name"])


def dashboard(text: str) -> str:
    widget = {"type": "text", "width": 6, "height": 3, "properties": {"markdown": text}}
    return json.dumps({"widgets": [widget]})


CASES: dict[str, Case] = {
    "aws:cloudwatch/dashboard:Dashboard": Case(
        inputs=lambda w: {"dashboardName": w.next_name(), "dashboardBody": dashboard("one")},
        updates={"dashboardBody": dashboard("two")},
        replaces={"dashboardName": "another"},
    ),
    "aws:cloudwatch/logStream:LogStream": Case(
        inputs=lambda w: {"logGroupName": fresh_log_group(w)},
        replaces={"logGroupName": fresh_log_group, "name": "another"},
        import_id="{logGroupName}:{id}",
    ),
    "aws:sqs/queue:Queue": QUEUE,
    "aws:sqs/queuePolicy:QueuePolicy": Case(
        inputs=lambda w: {"queueUrl": fresh_queue(w), "policy": policy("sqs:SendMessage")},
        updates={"policy": policy("sqs:ReceiveMessage")},
        replaces={"queueUrl": fresh_queue},
    ),
    "aws:dynamodb/table:Table": TABLE,
    "aws:secretsmanager/secret:Secret": SECRET,
    "aws:secretsmanager/secretVersion:SecretVersion": SECRET_VERSION,
    "aws:ecr/repository:Repository": REPOSITORY,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Case(
        inputs=lambda w: {"repository": fresh_repository(w), "policy": expiring(3)},
        replaces={"policy": expiring(5), "repository": fresh_repository},
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Case(
        inputs=lambda w: {"repository": fresh_repository(w), "policy": policy("ecr:BatchGetImage", None)},
        updates={"policy": policy("ecr:GetDownloadUrlForLayer", None)},
        replaces={"repository": fresh_repository},
    ),
    "aws:route53/zone:Zone": ZONE,
    "aws:route53/record:Record": RECORD,
}
