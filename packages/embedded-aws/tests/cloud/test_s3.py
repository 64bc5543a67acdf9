"""S3 as it is since 2023: private, encrypted, without ACLs; its policies and lifecycles; its wire protocol."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.account import ACCOUNT
from embedded_aws.embedded import Cloud

START = datetime(2031, 5, 6, 7, tzinfo=UTC)
REGION = "eu-west-1"
HERE = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(start=START, region=REGION) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture
def s3(cloud: Cloud) -> Any:
    return cloud.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    """A new bucket, named as the test."""
    name: str = request.node.name.split("[")[0].replace("_", "-")[5:60].strip("-")
    s3.create_bucket(Bucket=name, **HERE)
    return name


def refused(call: Callable[..., Any], **params: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def document(bucket: str, **statement: Any) -> str:
    whole = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})


def test_a_new_bucket_is_private_encrypted_and_without_acls(s3: Any, bucket: str) -> None:
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"][0]

    assert set(blocked.values()) == {True}
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert owner == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert refused(s3.put_bucket_acl, Bucket=bucket, ACL="private") == "AccessControlListNotSupported"
    assert refused(s3.put_object, Bucket=bucket, Key="k", ACL="private") == "AccessControlListNotSupported"
    s3.put_object(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")


def test_its_time_is_the_clouds(s3: Any, bucket: str) -> None:
    made = {each["Name"]: each["CreationDate"] for each in s3.list_buckets()["Buckets"]}

    assert made[bucket] == START


def test_encryption_that_is_deleted_is_the_default_again(s3: Any, bucket: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.delete_bucket_encryption(Bucket=bucket)

    told = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert told[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert told[0]["BucketKeyEnabled"] is False


def test_an_acl_needs_other_ownership_and_a_public_one_no_block(s3: Any, bucket: str) -> None:
    own = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=own)

    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert refused(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == "AccessDenied"
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Principal": "*"}, "AccessDenied"),  # blocked
        ({}, "MalformedPolicy"),  # nobody
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"}}, "MalformedPolicy"),
        ({"Principal": "*", "Resource": "arn:aws:s3:::another/*"}, "MalformedPolicy"),
        ({"Principal": "*", "Action": "ec2:RunInstances"}, "MalformedPolicy"),
    ],
)
def test_a_policy_that_s3_refuses(s3: Any, request: pytest.FixtureRequest, changed: dict[str, Any], code: str) -> None:
    name = f"refusing-{abs(hash(request.node.name))}"
    s3.create_bucket(Bucket=name, **HERE)

    assert refused(s3.put_bucket_policy, Bucket=name, Policy=document(name, **changed)) == code
    assert refused(s3.put_bucket_policy, Bucket=name, Policy="nonsense") == "MalformedPolicy"


def test_a_public_policy_is_taken_where_it_is_not_blocked(s3: Any, bucket: str) -> None:
    s3.delete_public_access_block(Bucket=bucket)

    s3.put_bucket_policy(Bucket=bucket, Policy=document(bucket, Principal="*"))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]["Principal"] == "*"


def test_a_lifecycle_is_told_whole(s3: Any, bucket: str) -> None:
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "a", "ObjectSizeGreaterThan": 500}},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
    }
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={"Rules": [rule]},
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )

    told = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert told["Rules"] == [rule]
    assert told["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert refused(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == "NoSuchLifecycleConfiguration"


@pytest.mark.parametrize("name", ["Capital", "ab", "a..b", "10.0.0.1", "xn--a", "name-s3alias", "under_score"])
def test_a_name_that_no_bucket_may_have(s3: Any, name: str) -> None:
    s3.meta.events.unregister("before-parameter-build.s3")  # botocore's own check of names
    assert refused(s3.create_bucket, Bucket=name, **HERE) == "InvalidBucketName"


def test_an_object_keeps_its_encoding_its_length_and_its_place(s3: Any, cloud: Cloud, bucket: str) -> None:
    packed = gzip.compress(b"hello")
    s3.put_object(Bucket=bucket, Key="a/b c+d.txt", Body=packed, ContentEncoding="gzip")

    head = s3.head_object(Bucket=bucket, Key="a/b c+d.txt")
    assert (head["ContentEncoding"], head["ContentLength"]) == ("gzip", len(packed))
    assert s3.get_object(Bucket=bucket, Key="a/b c+d.txt")["Body"].read() == packed
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/b c+d.txt"]
    assert cloud.calls.of("s3", "PutObject")[-1].params["Body"] == f"{len(packed)} bytes"


def test_what_is_not_there_is_told_in_s3s_words(s3: Any, bucket: str) -> None:
    assert refused(s3.get_object, Bucket=bucket, Key="none") == "NoSuchKey"
    assert refused(s3.head_object, Bucket=bucket, Key="none") == "404"
    assert refused(s3.head_bucket, Bucket="nobody-has-this") == "404"
    assert refused(s3.get_bucket_policy, Bucket="nobody-has-this") == "NoSuchBucket"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # moto frees its keys late
def test_while_versioning_is_suspended_only_the_version_that_is_named_goes(s3: Any) -> None:
    s3.create_bucket(Bucket="suspended", **HERE)
    s3.put_bucket_versioning(Bucket="suspended", VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket="suspended", Key="a", Body=b"old")["VersionId"]
    s3.put_object(Bucket="suspended", Key="a", Body=b"new")
    s3.put_bucket_versioning(Bucket="suspended", VersioningConfiguration={"Status": "Suspended"})

    assert s3.delete_object(Bucket="suspended", Key="a")["VersionId"] == "null"
    s3.delete_object(Bucket="suspended", Key="a", VersionId=old)
    told = s3.list_object_versions(Bucket="suspended")
    assert (len(told["Versions"]), [each["VersionId"] for each in told["DeleteMarkers"]]) == (1, ["null"])

    for each in [*told["Versions"], *told["DeleteMarkers"]]:
        s3.delete_object(Bucket="suspended", Key="a", VersionId=each["VersionId"])
    s3.delete_bucket(Bucket="suspended")


INDEX = {"IndexDocument": {"Suffix": "index.html"}}
TO = {"HostName": "example.com"}


@pytest.mark.parametrize(
    ("site", "code"),
    [
        ({"ErrorDocument": {"Key": "error.html"}}, "InvalidArgument"),
        ({"IndexDocument": {"Suffix": "a/index.html"}}, "InvalidArgument"),
        ({"RedirectAllRequestsTo": TO, **INDEX}, "InvalidArgument"),
        ({"RedirectAllRequestsTo": {"HostName": ""}}, "InvalidRequest"),
        ({**INDEX, "RoutingRules": [{"Redirect": TO}] * 51}, "InvalidRequest"),
        ({**INDEX, "RoutingRules": [{"Condition": {}, "Redirect": TO}]}, "InvalidRequest"),
        ({**INDEX, "RoutingRules": [{"Redirect": {"HttpRedirectCode": "200"}}]}, "InvalidRequest"),
        ({**INDEX, "RoutingRules": [{"Redirect": {"Protocol": "ftp"}}]}, "InvalidArgument"),
        (
            {**INDEX, "RoutingRules": [{"Redirect": {"ReplaceKeyWith": "a", "ReplaceKeyPrefixWith": "b"}}]},
            "InvalidRequest",
        ),
    ],
)
def test_a_web_site_that_s3_could_not_serve_is_refused(s3: Any, site: dict[str, Any], code: str) -> None:
    s3.create_bucket(Bucket="a-site", **HERE)

    assert refused(s3.put_bucket_website, Bucket="a-site", WebsiteConfiguration=site) == code
    assert refused(s3.get_bucket_website, Bucket="a-site") == "NoSuchWebsiteConfiguration"
    s3.delete_bucket(Bucket="a-site")


def test_a_web_site_is_kept_as_it_was_given(s3: Any, bucket: str) -> None:
    rule = {"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}}
    site = {**INDEX, "ErrorDocument": {"Key": "error.html"}, "RoutingRules": [rule]}

    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=site)

    found = s3.get_bucket_website(Bucket=bucket)
    assert {name: found[name] for name in site} == site
