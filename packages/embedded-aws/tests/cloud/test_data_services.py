"""Queues, tables, secrets and records where the embedded AWS is as AWS and moto is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

START = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START, seed=5) as cloud:
        yield cloud


def test_a_queue_has_awss_url_and_keeps_its_policy(cloud: Cloud) -> None:
    sqs = cloud.client("sqs")
    statement = '{"Sid": "a", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}'
    policy = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
    attributes = {"Policy": policy, "RedriveAllowPolicy": '{"redrivePermission": "denyAll"}'}

    url = sqs.create_queue(QueueName="jobs", Attributes=attributes)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5"})

    assert url == f"https://sqs.{sqs.meta.region_name}.amazonaws.com/123456789012/jobs"
    assert sqs.get_queue_url(QueueName="jobs")["QueueUrl"] == url
    assert sqs.list_queues()["QueueUrls"] == [url]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert told.items() >= {**attributes, "DelaySeconds": "5"}.items()


def test_a_message_goes_through_the_url_of_its_queue(cloud: Cloud) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="one")

    assert [each["Body"] for each in sqs.receive_message(QueueUrl=url)["Messages"]] == ["one"]


def test_a_table_has_the_class_and_the_encryption_of_its_last_update(cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")
    key = {"AttributeName": "id"}
    dynamodb.create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
    )

    dynamodb.update_table(TableName="rows", TableClass="STANDARD_INFREQUENT_ACCESS")
    dynamodb.update_table(TableName="rows", SSESpecification={"Enabled": True})
    table = dynamodb.describe_table(TableName="rows")["Table"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["SSEDescription"]["Status"] == "ENABLED"

    dynamodb.update_table(TableName="rows", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in dynamodb.describe_table(TableName="rows")["Table"]


def test_the_name_of_a_secret_is_taken_until_it_is_deleted_for_good(cloud: Cloud) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="door", SecretString="one")
    secrets.delete_secret(SecretId="door", RecoveryWindowInDays=7)

    with pytest.raises(ClientError, match="already scheduled for deletion") as error:
        secrets.create_secret(Name="door")

    assert error.value.response["Error"]["Code"] == "InvalidRequestException"
    secrets.delete_secret(SecretId="door", ForceDeleteWithoutRecovery=True)
    assert secrets.create_secret(Name="door")["Name"] == "door"


def test_a_secret_and_its_values_have_the_clouds_time(cloud: Cloud) -> None:
    secrets = cloud.client("secretsmanager")

    secrets.create_secret(Name="door", SecretString="one")
    cloud.clock.advance(60)
    secrets.put_secret_value(SecretId="door", SecretString="two")

    told = secrets.describe_secret(SecretId="door")
    assert int(told["CreatedDate"].timestamp()) - START.timestamp() < 60
    assert int(secrets.get_secret_value(SecretId="door")["CreatedDate"].timestamp()) - START.timestamp() >= 60


def test_the_call_log_has_no_value_of_a_secret(cloud: Cloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="door", SecretString="open sesame")

    assert "open sesame" not in str(list(cloud.calls))


def records(*values: str, **more: Any) -> dict[str, Any]:
    held = [{"Value": each} for each in values]
    return {"Name": "www.example.com", "Type": "A", "TTL": 60, "ResourceRecords": held, **more}


@pytest.fixture
def zone(cloud: Cloud) -> str:
    made = cloud.client("route53").create_hosted_zone(Name="example.com", CallerReference="one")
    return str(made["HostedZone"]["Id"])


def change(cloud: Cloud, zone: str, *changes: tuple[str, dict[str, Any]]) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in changes]}
    cloud.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def held(cloud: Cloud, zone: str) -> list[tuple[str, str | None]]:
    sets = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [(each["Name"], each.get("SetIdentifier")) for each in sets if each["Type"] == "A"]


def test_a_set_of_records_may_be_made_again_after_it_was_deleted(cloud: Cloud, zone: str) -> None:
    change(cloud, zone, ("CREATE", records("192.0.2.1")))
    change(cloud, zone, ("DELETE", records("192.0.2.1")))

    change(cloud, zone, ("CREATE", records("192.0.2.1")))

    assert held(cloud, zone) == [("www.example.com.", None)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("CREATE", records("192.0.2.9"))], "but it already exists"),
        ([("DELETE", records("192.0.2.9"))], "the values provided do not match"),
        ([("DELETE", records("192.0.2.1", Type="AAAA"))], "but it was not found"),
        ([("CREATE", records("a.example.com", Type="CNAME"))], "is not permitted as it conflicts"),
        ([("CREATE", records("192.0.2.1", Name="www.example.org"))], "is not permitted in zone"),
        ([("CREATE", records("192.0.2.1", SetIdentifier="one", Weight=1))], "another routing"),
    ],
)
def test_a_batch_that_does_not_fit_changes_nothing(
    cloud: Cloud, zone: str, changes: list[tuple[str, dict[str, Any]]], words: str
) -> None:
    change(cloud, zone, ("CREATE", records("192.0.2.1")))

    with pytest.raises(ClientError, match=words) as error:
        change(cloud, zone, ("CREATE", records("192.0.2.1", Name="new.example.com")), *changes)

    assert error.value.response["Error"]["Code"] == "InvalidChangeBatch"
    assert held(cloud, zone) == [("www.example.com.", None)]


def test_only_the_set_with_its_name_goes(cloud: Cloud, zone: str) -> None:
    one = {"SetIdentifier": "one", "Weight": 1}
    change(cloud, zone, ("CREATE", records("192.0.2.1", **one)))
    change(cloud, zone, ("CREATE", records("192.0.2.1", Name="api.example.com", **one)))

    change(cloud, zone, ("DELETE", records("192.0.2.1", **one)))

    assert held(cloud, zone) == [("api.example.com.", "one")]
