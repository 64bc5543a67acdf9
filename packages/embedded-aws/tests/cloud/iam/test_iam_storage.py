"""What S3's calls need of a role: actions of other names, the bucket's own policy, and what a call does besides."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

BUCKET = "arn:aws:s3:::data"


def allow(action: str | list[str], resource: str | list[str] = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """The code and the message with which a call is refused."""
    with pytest.raises(ClientError) as error:
        call(**params)
    answer = error.value.response["Error"]
    return answer["Code"], answer["Message"]


@pytest.fixture
def bucket(account: Any) -> str:
    s3 = account.owner("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="a/one", Body=b"one")
    return "data"


def test_a_role_reads_what_it_may_read_and_nothing_else(account: Any, bucket: str) -> None:
    s3 = account.acting(account.role(allow("s3:GetObject", f"{BUCKET}/a/*")), "s3")

    assert s3.get_object(Bucket=bucket, Key="a/one")["Body"].read() == b"one"
    code, message = refusal(s3.get_object, Bucket=bucket, Key="b/one")
    assert code == "AccessDenied"
    assert f"is not authorized to perform: s3:GetObject on resource: {BUCKET}/b/one" in message
    assert refusal(s3.list_objects_v2, Bucket=bucket)[1].count(f"s3:ListBucket on resource: {BUCKET}")


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ("get_bucket_encryption", "s3:GetEncryptionConfiguration"),
        ("get_public_access_block", "s3:GetBucketPublicAccessBlock"),
        ("get_bucket_lifecycle_configuration", "s3:GetLifecycleConfiguration"),
        ("delete_bucket", "s3:DeleteBucket"),
        ("list_object_versions", "s3:ListBucketVersions"),
    ],
)
def test_an_operation_needs_the_action_that_aws_names(account: Any, bucket: str, call: str, action: str) -> None:
    s3 = account.acting(account.role(allow("s3:GetObject")), "s3")

    code, message = refusal(getattr(s3, call), Bucket=bucket)

    assert (code, f"to perform: {action} on resource: {BUCKET} " in message) == ("AccessDenied", True)


def test_a_write_with_tags_needs_the_permission_to_tag(account: Any, bucket: str) -> None:
    s3 = account.acting(account.role(allow("s3:PutObject", f"{BUCKET}/*")), "s3")

    s3.put_object(Bucket=bucket, Key="two", Body=b"two")
    _, message = refusal(s3.put_object, Bucket=bucket, Key="two", Body=b"two", Tagging="a=b")
    assert f"s3:PutObjectTagging on resource: {BUCKET}/two" in message


def test_the_buckets_policy_allows_and_denies(account: Any, bucket: str) -> None:
    role = account.role(allow("s3:ListBucket", BUCKET))
    s3 = account.acting(role, "s3")
    assert refusal(s3.get_object, Bucket=bucket, Key="a/one")[0] == "AccessDenied"
    principal = {"Principal": {"AWS": role}}
    statements = [
        allow("s3:GetObject", f"{BUCKET}/*", **principal),
        {**allow("s3:ListBucket", BUCKET, **principal), "Effect": "Deny"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})

    account.owner("s3").put_bucket_policy(Bucket=bucket, Policy=document)

    assert s3.get_object(Bucket=bucket, Key="a/one")["Body"].read() == b"one"
    assert "explicit deny in a resource-based policy" in refusal(s3.list_objects_v2, Bucket=bucket)[1]


def test_a_tag_of_the_bucket_is_a_condition(account: Any, bucket: str) -> None:
    account.owner("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "fleet"}]})
    mine = allow("s3:GetBucketVersioning", Condition={"StringEquals": {"aws:ResourceTag/team": "fleet"}})
    other = allow("s3:GetBucketVersioning", Condition={"StringEquals": {"aws:ResourceTag/team": "other"}})

    assert "Status" not in account.acting(account.role(mine), "s3").get_bucket_versioning(Bucket=bucket)
    s3 = account.acting(account.role(other, name="other"), "s3")
    assert refusal(s3.get_bucket_versioning, Bucket=bucket)[0] == "AccessDenied"
