"""What the provider answers of an account, from an embedded AWS that knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from embedded_aws.embedded import Cloud
from embedded_aws.kinds import KINDS
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.provider import ProviderError

QUOTA = "aws:servicequotas/getServiceQuota:getServiceQuota"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(region="eu-west-1", kind=KINDS["new"]) as cloud:
        yield cloud
        assert cloud.failures == []


@pytest.fixture(scope="module")
def aws(cloud: Cloud) -> Any:
    return AwsProvider(endpoint_url=cloud.endpoint_url).configure({"region": "eu-west-1"})


def ask(aws: Any, function: str, **args: Any) -> dict[str, Any]:
    answer = aws.invoke(function, args)
    assert answer.failures == ()
    return dict(answer.result)


def test_a_quota_tells_its_applied_and_its_default_value_by_code_or_by_name(aws: Any) -> None:
    by_code = ask(aws, QUOTA, serviceCode="lambda", quotaCode="L-B99A9384")
    by_name = ask(
        aws,
        QUOTA,
        serviceCode="lambda",
        quotaName="Concurrent executions",
    )

    assert by_code == by_name
    assert (by_code["value"], by_code["defaultValue"], by_code["adjustable"]) == (10, 1000, True)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"serviceCode": "lambda"}, "exactly one of quotaCode and quotaName"),
        ({"serviceCode": "lambda", "quotaName": "none"}, "empty result"),
        ({"serviceCode": "lambda", "quotaCode": "L-00000000"}, "NoSuchResourceException"),
    ],
)
def test_a_quota_that_is_not_one_is_an_error(aws: Any, args: dict[str, str], why: str) -> None:
    with pytest.raises(ProviderError, match=why):
        aws.invoke(QUOTA, args)


def test_the_service_of_an_endpoint_tells_its_zones(aws: Any) -> None:
    token = "aws:ec2/getVpcEndpointService:getVpcEndpointService"
    told = ask(aws, token, serviceName="com.amazonaws.eu-west-1.ssm", serviceType="Interface")

    assert told["availabilityZones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert ask(aws, token, service="ssm")["serviceName"] == "com.amazonaws.eu-west-1.ssm"
    with pytest.raises(ProviderError, match="multiple EC2 VPC Endpoint Services matched"):
        aws.invoke(token, {"service": "s3"})


def test_the_default_key_of_volumes_and_who_manages_a_key(aws: Any, cloud: Cloud) -> None:
    own = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    key = ask(aws, "aws:kms/getKey:getKey", keyId=own)

    assert ask(aws, "aws:ebs/getDefaultKmsKey:getDefaultKmsKey")["keyArn"] == "alias/aws/ebs"
    assert (key["keyManager"], key["arn"], key["keyState"]) == ("CUSTOMER", own, "Enabled")
