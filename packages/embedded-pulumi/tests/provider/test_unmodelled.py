"""Types that are not modelled: noted where that is wanted, with outputs that are made up, and never called."""

from __future__ import annotations

import pytest

from embedded_pulumi.aws.provider import AwsProvider, ConfiguredAws
from embedded_pulumi.noted_packages import NotedPackage
from embedded_pulumi.provider import UNMODELLED, CheckRequest, DiffKind, DiffRequest, ProviderError, UpdateRequest
from embedded_pulumi.values import UNKNOWN, Properties

BUCKET = "aws:s3/directoryBucket:DirectoryBucket"
GET_POLICY = "aws:s3/getBucketPolicy:getBucketPolicy"
TOPIC = "aws:sns/topic:Topic"
PET = "zoo:index/pet:Pet"
NOWHERE = "http://127.0.0.1:9"  # nothing listens there: whatever is called fails
GIVEN: Properties = {"tags": {"Owner": "us"}}


def provider(*, notes: bool = True) -> AwsProvider:
    return AwsProvider(endpoint_url=NOWHERE, notes_unmodelled=notes)


@pytest.fixture
def noting() -> ConfiguredAws:
    return provider().configure({"region": "eu-west-1"})


@pytest.fixture
def refusing() -> ConfiguredAws:
    return provider(notes=False).configure({"region": "eu-west-1"})


def test_a_type_is_supported_where_it_is_noted_and_of_this_package() -> None:
    assert provider().supports(BUCKET)
    assert not provider().supports("random:index/randomPet:RandomPet")
    assert not provider(notes=False).supports(BUCKET)


def test_outputs_are_made_up_as_the_sdk_declares_them_and_marked(noting: ConfiguredAws) -> None:
    checked = noting.check(CheckRequest(BUCKET, "assets", {}, {**GIVEN, "bucket": None}, b""))
    made = noting.create(BUCKET, checked.inputs, preview=False)

    assert checked.failures == ()
    assert made.id.startswith("made-up-directory-bucket-")
    assert made.outputs["tags"] == GIVEN["tags"]
    assert made.outputs["arn"] == f"arn:aws:s3:::{made.id}"  # an ARN of S3 has neither region nor account
    assert made.outputs["region"] == "eu-west-1"
    assert made.outputs["forceDestroy"] is False
    assert {"arn", "bucket", "dataRedundancy"} <= set(made.outputs[UNMODELLED])
    assert noting.create(BUCKET, GIVEN, preview=False).id != made.id


def test_a_data_source_has_an_answer_that_is_made_up_and_always_the_same(
    noting: ConfiguredAws, refusing: ConfiguredAws
) -> None:
    one, again, other = (noting.invoke(GET_POLICY, {"bucket": name}) for name in ("a", "a", "b"))

    assert one.made_up
    assert one == again != other
    assert one.result["bucket"] == "a"
    assert str(one.result["id"]).startswith("made-up-bucket-policy-")
    assert str(one.result["policy"]).startswith("made-up")
    assert not noting.invoke("aws:index/getPartition:getPartition", {}).made_up
    with pytest.raises(ProviderError, match="is not supported"):
        refusing.invoke(GET_POLICY, {"bucket": "a"})


def test_another_providers_resources_are_noted_with_what_the_program_gives() -> None:
    package = NotedPackage("zoo", notes=True)
    zoo = package.configure({})
    made = zoo.create(PET, {"length": 2}, preview=False)

    assert package.supports(PET)
    assert made.id.startswith("made-up-pet-")
    assert made.outputs == {"length": 2, UNMODELLED: []}
    assert zoo.invoke("zoo:index/getPet:getPet", {"name": "x"}).result["name"] == "x"
    assert not NotedPackage("zoo", notes=False).supports(PET)
    with pytest.raises(ProviderError, match="no provider for package 'zoo'"):
        NotedPackage("zoo", notes=False).configure({}).invoke("zoo:index/getPet:getPet", {})


def test_a_preview_makes_nothing_up(noting: ConfiguredAws) -> None:
    foreseen = noting.create(BUCKET, GIVEN, preview=True)

    assert (foreseen.id, foreseen.outputs["arn"]) == ("", UNKNOWN)
    assert "arn" in foreseen.outputs[UNMODELLED]


def test_what_is_noted_is_changed_read_and_deleted_with_or_without_the_choice(
    noting: ConfiguredAws, refusing: ConfiguredAws
) -> None:
    made = noting.create(BUCKET, GIVEN, preview=False)
    news = {"tags": {"Owner": "them"}, "forceDestroy": True}

    for aws in (noting, refusing):
        request = DiffRequest(BUCKET, made.id, GIVEN, made.outputs, news)
        assert aws.diff(request).detailed == {"tags": DiffKind.UPDATE, "forceDestroy": DiffKind.ADD}
        assert aws.diff(DiffRequest(BUCKET, made.id, GIVEN, made.outputs, GIVEN)).detailed == {}
        updated = aws.update(UpdateRequest(BUCKET, made.id, GIVEN, made.outputs, news, preview=False))
        assert updated == {**made.outputs, **news}
        read = aws.read(BUCKET, made.id, GIVEN, made.outputs)
        assert read is not None
        assert (read.id, read.outputs, read.inputs) == (made.id, made.outputs, GIVEN)
        aws.delete(BUCKET, made.id, GIVEN, made.outputs)
    assert noting.resume(BUCKET, GIVEN, "token", preview=False) is None


def test_somebody_elses_is_noted_with_the_id_that_the_program_gives(noting: ConfiguredAws) -> None:
    read = noting.read(BUCKET, "theirs", {}, {})

    assert read is not None
    assert (read.id, read.outputs["arn"]) == ("theirs", "arn:aws:s3:::theirs")


def test_without_the_choice_it_is_refused(refusing: ConfiguredAws) -> None:
    (failure,) = refusing.check(CheckRequest(BUCKET, "assets", {}, GIVEN, b"")).failures

    assert failure.reason == f"resource type {BUCKET!r} is not supported by this provider"
    with pytest.raises(ProviderError, match="is not supported"):
        refusing.create(BUCKET, GIVEN, preview=False)


def test_what_was_noted_is_replaced_once_its_type_is_modelled(refusing: ConfiguredAws) -> None:
    noted = {**GIVEN, UNMODELLED: ["arn"]}

    diff = refusing.diff(DiffRequest(TOPIC, "made-up-topic-1", GIVEN, noted, GIVEN))

    assert diff.replaces == (UNMODELLED,)
    refusing.delete(TOPIC, "made-up-topic-1", GIVEN, noted)
