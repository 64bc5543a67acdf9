"""What the executable says of itself, how it is configured, and what it leaves unimplemented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from embedded_pulumi import wire
from embedded_pulumi.provider import (
    CheckRequest,
    DiffKind,
)
from embedded_pulumi.values import UNKNOWN, Secret

from .host import SEED, EngineLog, Plugin, Refused, Remote, engine, running

VPC = "aws:ec2/vpc:Vpc"


@pytest.fixture
def fresh(executable: Path, environ: dict[str, str]) -> Any:
    """A plugin that nobody has configured yet."""
    with engine() as (address, log), running(executable, environ, address) as started:
        started.handshake(address)
        yield started, log


def test_a_handshake_asks_for_plain_values(plugin: Plugin, engine_log: tuple[str, EngineLog]) -> None:
    answer = plugin.handshake(engine_log[0])

    assert [each.name for each, _ in answer.ListFields()] == ["supports_autonaming_configuration"]


def test_the_version_is_that_of_the_sdk(plugin: Plugin) -> None:
    assert plugin.rpc.GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"


def test_the_schema_is_that_of_a_package_without_types(plugin: Plugin) -> None:
    schema = plugin.rpc.GetSchema(provider_pb2.GetSchemaRequest()).schema

    assert json.loads(schema) == {"name": "aws", "version": "7.51.1"}


@pytest.mark.parametrize(
    ("method", "request_type"),
    [
        ("Parameterize", provider_pb2.ParameterizeRequest),
        ("Construct", provider_pb2.ConstructRequest),
        ("Call", provider_pb2.CallRequest),
        ("GetMapping", provider_pb2.GetMappingRequest),
        ("GetMappings", provider_pb2.GetMappingsRequest),
    ],
)
def test_what_is_not_supported_is_unimplemented(plugin: Plugin, method: str, request_type: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        getattr(plugin.rpc, method)(request_type())

    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_provider_inputs_come_back_as_they_were_with_the_engines_own(fresh: Any) -> None:
    news = {"region": "eu-west-1", "skipRegionValidation": "true", "version": "7.51.1", "__internal": {"a": 1}}

    checked = Remote(fresh[0]).check_config(news)

    assert (checked.inputs, checked.failures) == (news, ())


def test_a_region_that_is_none_is_refused_by_name(fresh: Any) -> None:
    [failure] = Remote(fresh[0]).check_config({"region": "eu-west-9"}).failures

    assert failure.property == "region"
    assert "eu-west-9" in failure.reason


def test_a_region_that_nobody_says_is_the_environments(executable: Path, environ: dict[str, str]) -> None:
    with engine() as (address, _), running(executable, {**environ, "AWS_REGION": "eu-west-2"}, address) as started:
        started.handshake(address)

        assert Remote(started).check_config({}).inputs == {"region": "eu-west-2"}


def test_another_region_replaces_the_provider_and_a_version_does_not(fresh: Any) -> None:
    remote = Remote(fresh[0])
    olds = {"region": "eu-west-1", "version": "7.50.0"}

    assert remote.diff_config(olds, {**olds, "version": "7.51.1"}).detailed == {}
    assert remote.diff_config(olds, {**olds, "region": "eu-west-2"}).detailed == {"region": DiffKind.UPDATE_REPLACE}


def test_an_unknown_region_passes_in_preview(fresh: Any) -> None:
    checked = Remote(fresh[0]).check_config({"region": UNKNOWN})

    assert (checked.inputs, checked.failures) == ({"region": UNKNOWN}, ())


def test_secrets_in_the_configuration_are_taken_off(fresh: Any) -> None:
    """Engines send them to Configure whatever the handshake says."""
    tags = Secret('{"tags": {"Owner": "me"}}')
    configured = Remote(fresh[0]).configure({"region": Secret("eu-west-1"), "defaultTags": tags})

    checked = configured.check(CheckRequest(VPC, "v", {}, {"cidrBlock": "10.9.0.0/16"}, SEED))
    made = configured.create(VPC, checked.inputs, preview=True)
    assert made.outputs["tagsAll"] == {"Owner": "me"}


def test_the_user_is_told_that_it_is_not_amazons_aws(fresh: Any, endpoint: str) -> None:
    plugin, log = fresh
    Remote(plugin).configure({"region": "eu-west-1"})

    assert log.messages == [f"aws: an embedded AWS at {endpoint}, not Amazon's"]


def test_nothing_can_be_asked_before_it_is_configured(fresh: Any) -> None:
    with pytest.raises(Refused, match="not been configured") as caught:
        Remote(fresh[0]).check(CheckRequest(VPC, "v", {}, {}, SEED))

    assert caught.value.code is grpc.StatusCode.FAILED_PRECONDITION


def test_an_engine_that_does_not_shake_hands_is_served(executable: Path, environ: dict[str, str]) -> None:
    """It configures by variables, tells no types and names but URNs, and learns what we accept from Configure."""
    with engine() as (address, _), running(executable, environ, address) as started:
        variables = {"aws:config:region": "eu-west-1", "aws:config:skipRegionValidation": "true"}
        request = provider_pb2.ConfigureRequest(variables=variables)
        answer = started.rpc.Configure(request, wait_for_ready=True)
        assert {each.name: value for each, value in answer.ListFields()} == {
            "supportsPreview": True,
            "supports_autonaming_configuration": True,
        }

        urn = f"urn:pulumi:dev::shop::tap:index:Stack${VPC}::a::name"
        news = wire.encode({"cidrBlock": "10.9.0.0/16"})
        checked = started.rpc.Check(provider_pb2.CheckRequest(urn=urn, news=news, randomSeed=SEED))
        assert list(checked.failures) == []
        created = started.rpc.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))
        assert created.id.startswith("vpc-")
        started.rpc.Delete(provider_pb2.DeleteRequest(urn=urn, id=created.id, properties=created.properties))


def test_a_value_that_cannot_be_read_is_an_invalid_argument(aws: Remote) -> None:
    remote_asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "uri": "https://x.invalid"}
    request = provider_pb2.CheckRequest(type=VPC, name="v", news=wire.encode({"code": remote_asset}))

    with pytest.raises(grpc.RpcError) as caught:
        aws.rpc.Check(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
