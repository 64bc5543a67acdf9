"""What a role needs of queues, tables, secrets, repositories and zones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:{}:{}:123456789012:{}"
UUID = "00000000-0000-4000-8000-000000000000"
SITE = {"IndexDocument": {"Suffix": "index.html"}}
CALLS = [
    ("sqs", "create_queue", {"QueueName": "data"}, "sqs:CreateQueue", ARN.format("sqs", "{region}", "data")),
    ("dynamodb", "describe_table", {"TableName": "t"}, "dynamodb:DescribeTable", ":table/t"),
    ("dynamodb", "query", {"TableName": "t", "IndexName": "byTime"}, "dynamodb:Query", ":table/t/index/byTime"),
    ("secretsmanager", "get_secret_value", {"SecretId": "s"}, "secretsmanager:GetSecretValue", ":secret:s-??????"),
    ("ecr", "delete_repository", {"repositoryName": "rr"}, "ecr:DeleteRepository", ":repository/rr"),
    ("iam", "create_user", {"UserName": "ann", "Path": "/team/"}, "iam:CreateUser", ":user/team/ann"),
    ("iam", "add_user_to_group", {"GroupName": "g", "UserName": "ann"}, "iam:AddUserToGroup", ":group/g"),
    ("ecs", "delete_cluster", {"cluster": "c"}, "ecs:DeleteCluster", ":cluster/c"),
    ("ecs", "update_service", {"cluster": "c", "service": "s"}, "ecs:UpdateService", ":service/c/s"),
    ("lambda", "update_alias", {"FunctionName": "f", "Name": "live"}, "lambda:UpdateAlias", ":function:f"),
    (
        "lambda",
        "delete_event_source_mapping",
        {"UUID": UUID},
        "lambda:DeleteEventSourceMapping",
        f":event-source-mapping:{UUID}",
    ),
    (
        *("lambda", "delete_layer_version", {"LayerName": "l", "VersionNumber": 3}),
        *("lambda:DeleteLayerVersion", ":layer:l:3"),
    ),
    ("backup", "delete_backup_vault", {"BackupVaultName": "vault"}, "backup:DeleteBackupVault", ":backup-vault:vault"),
    ("backup", "delete_backup_plan", {"BackupPlanId": "p"}, "backup:DeleteBackupPlan", ":backup-plan:p"),
    ("s3", "put_bucket_website", {"Bucket": "b", "WebsiteConfiguration": SITE}, "s3:PutBucketWebsite", ":::b"),
    ("iam", "get_policy", {"PolicyArn": "arn:aws:iam::123456789012:policy/p"}, "iam:GetPolicy", ":policy/p"),
    ("route53", "get_hosted_zone", {"Id": "Z1"}, "route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1"),
]


def allow(action: str, resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


@pytest.mark.parametrize("row", CALLS, ids=[row[1] for row in CALLS])
def test_a_call_needs_its_action_on_what_it_names(account: Any, row: tuple[str, str, dict[str, Any], str, str]) -> None:
    service, call, params, action, resource = row
    client = account.acting(account.role(allow("ec2:Describe*")), service)

    with pytest.raises(ClientError) as error:
        getattr(client, call)(**params)

    answer = error.value.response["Error"]
    assert answer["Code"] in {"AccessDenied", "AccessDeniedException"}
    expected = resource.replace("{region}", client.meta.region_name)
    assert f"is not authorized to perform: {action} on resource: " in answer["Message"]
    assert f"{expected} because" in answer["Message"]


def test_a_role_reads_the_secret_that_its_policy_names(account: Any) -> None:
    secret = account.owner("secretsmanager").create_secret(Name="door", SecretString="one")["ARN"]

    client = account.acting(account.role(allow("secretsmanager:GetSecretValue", secret)), "secretsmanager")

    assert client.get_secret_value(SecretId="door")["SecretString"] == "one"
    assert client.get_secret_value(SecretId=secret)["SecretString"] == "one"


def test_the_policy_of_a_secret_counts(account: Any) -> None:
    owner = account.owner("secretsmanager")
    secret = owner.create_secret(Name="guarded", SecretString="one")["ARN"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    owner.put_resource_policy(SecretId=secret, ResourcePolicy=policy)
    client = account.acting(account.role(allow("secretsmanager:*")), "secretsmanager")

    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        client.get_secret_value(SecretId="guarded")


def test_who_registers_a_task_hands_it_its_roles(account: Any) -> None:
    client = account.acting(account.role(allow("ecs:*")), "ecs")
    task = {"family": "f", "containerDefinitions": [{"name": "n", "image": "i", "memory": 128}]}

    client.register_task_definition(**task)
    with pytest.raises(ClientError, match="iam:PassRole on resource: arn:aws:iam::123456789012:role/task"):
        client.register_task_definition(**task, taskRoleArn="arn:aws:iam::123456789012:role/task")


def test_tags_at_a_creation_need_a_permission_of_their_own(account: Any) -> None:
    client = account.acting(account.role(allow("sqs:CreateQueue")), "sqs")

    client.create_queue(QueueName="plain")
    with pytest.raises(ClientError, match="sqs:TagQueue"):
        client.create_queue(QueueName="tagged", tags={"team": "fleet"})


def test_a_condition_on_tags_holds_for_a_queue(account: Any) -> None:
    url = account.owner("sqs").create_queue(QueueName="jobs", tags={"team": "fleet"})["QueueUrl"]

    def acting(team: str) -> Any:
        wish = {"StringEquals": {"aws:ResourceTag/team": team}}
        return account.acting(account.role(allow("sqs:SendMessage", Condition=wish)), "sqs")

    acting("fleet").send_message(QueueUrl=url, MessageBody="one")
    with pytest.raises(ClientError):
        acting("others").send_message(QueueUrl=url, MessageBody="one")


def test_a_mapping_may_be_for_one_function_alone(account: Any) -> None:
    ours = {"ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:*:*:function:ours"}}
    client = account.acting(account.role(allow("lambda:CreateEventSourceMapping", Condition=ours)), "lambda")
    source = {"EventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:q"}

    with pytest.raises(ClientError, match="AccessDenied"):
        client.create_event_source_mapping(**source, FunctionName="others")
    with pytest.raises(ClientError, match="Function not found"):
        client.create_event_source_mapping(**source, FunctionName="ours")


def test_a_vault_needs_its_storage(account: Any) -> None:
    client = account.acting(account.role(allow("backup:CreateBackupVault")), "backup")

    with pytest.raises(ClientError, match="backup-storage:MountCapsule"):
        client.create_backup_vault(BackupVaultName="vault")
