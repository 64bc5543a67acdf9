"""The provider before it is configured, and what configuring it needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.provider import DiffKind, ProviderError


def test_inputs_are_taken_as_they_come_over_the_wire(package: Any) -> None:
    news = {
        "region": "eu-west-1",
        "skipRegionValidation": "true",
        "defaultTags": '{"tags": {"a": "b"}}',
        "allowedAccountIds": '["123456789012"]',
        "version": "7.51.1",
    }
    checked = package.check_config(news)
    assert checked.failures == ()
    assert checked.inputs == news
    assert package.configure(news).session.default_tags == {"a": "b"}


@pytest.mark.parametrize(
    ("news", "property_", "hint"),
    [
        ({"region": "eu-wst-1"}, "region", "did you mean 'eu-west-1'?"),
        ({}, "region", "is required"),
        ({"region": "eu-west-1", "profile": "mine"}, "profile", "is not supported"),
        ({"region": "eu-west-1", "regoin": "x"}, "regoin", "did you mean 'region'?"),
        ({"region": "eu-west-1", "skipMetadataApiCheck": "perhaps"}, "skipMetadataApiCheck", "expected true or false"),
    ],
)
def test_a_wrong_provider_input_is_refused_by_name(package: Any, news: Any, property_: str, hint: str) -> None:
    (failure,) = package.check_config(news).failures
    assert failure.property == property_
    assert hint in failure.reason
    with pytest.raises(ProviderError, match=property_):
        package.configure(news)


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_regions_of_every_partition_are_known(package: Any, region: str) -> None:
    assert package.check_config({"region": region}).failures == ()


def test_another_region_replaces_and_other_tags_do_not(package: Any) -> None:
    olds = {"region": "eu-west-1", "version": "7.51.0"}
    news = {"region": "eu-west-2", "version": "7.51.1", "defaultTags": '{"tags": {"a": "b"}}'}
    assert package.diff_config(olds, news).detailed == {
        "region": DiffKind.UPDATE_REPLACE,
        "defaultTags": DiffKind.ADD,
    }


def test_an_account_that_is_not_allowed_is_refused(package: Any) -> None:
    with pytest.raises(ProviderError, match="account 123456789012 is not allowed; allowed: 210987654321"):
        package.configure({"region": "eu-west-1", "allowedAccountIds": '["210987654321"]'})
    with pytest.raises(ProviderError, match="account 123456789012 is forbidden"):
        package.configure({"region": "eu-west-1", "forbiddenAccountIds": '["123456789012"]'})


def test_an_endpoint_that_nobody_serves_is_an_error_that_names_it() -> None:
    nowhere = AwsProvider(endpoint_url="http://127.0.0.1:9").configure({"region": "eu-west-1"})
    with pytest.raises(ProviderError, match=r"http://127\.0\.0\.1:9"):
        nowhere.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})


def test_many_threads_share_one_client_of_each_service(package: Any) -> None:
    session = package.configure({"region": "eu-west-1"}).session
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: session.client("sns"), range(32)))
    assert len({id(each) for each in clients}) == 1


def test_warming_up_reads_the_models_ahead(endpoint: str) -> None:
    provider = AwsProvider(endpoint_url=endpoint)
    provider.warm().join()
    assert provider.configure({"region": "eu-west-1"}).session.ec2.meta.service_model.service_name == "ec2"


def test_the_users_own_aws_settings_are_not_looked_at(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    aws = AwsProvider(endpoint_url=endpoint).configure({"region": "eu-west-1"})
    answer = aws.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert answer.result["accountId"] == "123456789012"
