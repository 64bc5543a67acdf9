"""Whole lives of resources through the executable, call by call as the engine makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from embedded_pulumi.engine.assets import resolve
from embedded_pulumi.provider import (
    CheckRequest,
    Created,
    DiffKind,
    DiffRequest,
    InitFailed,
    UpdateRequest,
)
from embedded_pulumi.values import UNKNOWN, Archive, Asset

from .host import SEED, Refused, Remote

FUNCTION = "aws:lambda/function:Function"
TRUST = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"""
CODE = "def handler(event, context): return 1\n"


@dataclass
class Life:
    """What a resource goes through: its inputs, one that changes in place, and one that replaces it."""

    type_: str
    inputs: dict[str, Any]
    updated: dict[str, Any]
    replaced: dict[str, Any]
    unknown_in_preview: str
    detail: dict[str, DiffKind] = field(default_factory=dict)


LIVES = [
    Life(
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.3.0.0/16", "tags": {"Name": "one"}},
        {"tags": {"Name": "two"}},
        {"cidrBlock": "10.4.0.0/16"},
        "arn",
        {"tags.Name": DiffKind.UPDATE},
    ),
    Life(
        "aws:iam/role:Role",
        {"assumeRolePolicy": TRUST, "description": "one"},
        {"description": "two"},
        {"path": "/other/"},
        "arn",
        {"description": DiffKind.UPDATE},
    ),
    Life(
        "aws:cloudwatch/logGroup:LogGroup",
        {"retentionInDays": 7},
        {"retentionInDays": 14},
        {"name": "/another"},
        "arn",
        {"retentionInDays": DiffKind.UPDATE},
    ),
    Life(
        "aws:sns/topic:Topic",
        {"displayName": "one"},
        {"displayName": "two"},
        {"name": "another"},
        "arn",
        {"displayName": DiffKind.UPDATE},
    ),
    Life(
        "aws:ssm/parameter:Parameter",
        {"name": "/lives/one", "type": "String", "value": "1"},
        {"value": "2"},
        {"name": "/lives/two"},
        "arn",
        {"value": DiffKind.UPDATE},
    ),
]


@pytest.mark.parametrize("life", LIVES, ids=[each.type_.rpartition(":")[2] for each in LIVES])
def test_a_resource_lives_its_whole_life(life: Life, aws: Remote) -> None:
    type_ = life.type_
    checked = aws.check(CheckRequest(type_, "thing", {}, life.inputs, SEED))
    assert checked.failures == ()
    foreseen = aws.create(type_, checked.inputs, preview=True)
    assert (foreseen.id, foreseen.outputs[life.unknown_in_preview]) == ("", UNKNOWN)
    made = aws.create(type_, checked.inputs, preview=False)
    read = aws.read(type_, made.id, checked.inputs, made.outputs)
    assert read is not None
    assert (read.id, read.inputs, read.outputs) == (made.id, checked.inputs, made.outputs)

    again = aws.check(CheckRequest(type_, "thing", checked.inputs, life.inputs, SEED[::-1]))
    assert again.inputs == checked.inputs
    assert aws.diff(DiffRequest(type_, made.id, checked.inputs, made.outputs, again.inputs)).detailed == {}

    wished = aws.check(CheckRequest(type_, "thing", checked.inputs, {**life.inputs, **life.updated}, SEED)).inputs
    difference = aws.diff(DiffRequest(type_, made.id, checked.inputs, made.outputs, wished))
    assert difference.detailed == life.detail
    assert life.unknown_in_preview in difference.stables
    olds = (checked.inputs, made.outputs)
    foreseen_outputs = aws.update(UpdateRequest(type_, made.id, *olds, wished, preview=True))
    outputs = aws.update(UpdateRequest(type_, made.id, *olds, wished, preview=False))
    assert {name: outputs[name] for name in life.updated} == life.updated
    assert foreseen_outputs[life.unknown_in_preview] == outputs[life.unknown_in_preview]

    other = aws.check(CheckRequest(type_, "thing", wished, {**life.inputs, **life.replaced}, SEED)).inputs
    assert aws.diff(DiffRequest(type_, made.id, wished, outputs, other)).replaces == tuple(life.replaced)

    aws.delete(type_, made.id, wished, outputs)
    assert aws.read(type_, made.id, wished, outputs) is None
    aws.delete(type_, made.id, wished, outputs)


def test_a_resource_is_imported_by_its_id_alone(aws: Remote) -> None:
    made = stand(aws, "aws:ec2/vpc:Vpc", cidrBlock="10.5.0.0/16", tags={"Name": "found"})

    found = aws.read("aws:ec2/vpc:Vpc", made.id, {}, {})

    assert found is not None
    assert found.inputs["cidrBlock"] == "10.5.0.0/16"
    assert found.inputs["tags"] == {"Name": "found"}


def stand(aws: Remote, type_: str, **inputs: Any) -> Created:
    checked = aws.check(CheckRequest(type_, "thing", {}, inputs, SEED))
    assert checked.failures == ()
    return aws.create(type_, checked.inputs, preview=False)


@pytest.fixture(scope="module")
def role(aws: Remote) -> str:
    return str(stand(aws, "aws:iam/role:Role", assumeRolePolicy=TRUST).outputs["arn"])


def function(role: str, code: Archive | Asset, folder: Path, **more: Any) -> dict[str, Any]:
    """Inputs as the engine passes them on: assets with their hashes."""
    inputs = {"role": role, "runtime": "python3.13", "handler": "index.handler", "code": code, **more}
    return resolve(inputs, folder)


def test_code_is_compared_by_hash_and_changed_in_place(aws: Remote, role: str, folder: Path) -> None:
    text = Archive(assets={"index.py": Asset(text=CODE), "note.py": Asset(text="# 1")})
    olds = aws.check(CheckRequest(FUNCTION, "f", {}, function(role, text, folder), SEED)).inputs
    made = aws.create(FUNCTION, olds, preview=False)
    same = aws.check(CheckRequest(FUNCTION, "f", olds, function(role, text, folder), SEED)).inputs
    assert aws.diff(DiffRequest(FUNCTION, made.id, olds, made.outputs, same)).detailed == {}

    other = Archive(assets={"index.py": Asset(text=CODE.replace("1", "2"))})
    news = aws.check(CheckRequest(FUNCTION, "f", olds, function(role, other, folder), SEED)).inputs
    assert aws.diff(DiffRequest(FUNCTION, made.id, olds, made.outputs, news)).detailed == {"code": DiffKind.UPDATE}
    outputs = aws.update(UpdateRequest(FUNCTION, made.id, olds, made.outputs, news, preview=False))
    assert outputs["codeSha256"] != made.outputs["codeSha256"]
    assert outputs["code"] == news["code"]

    aws.delete(FUNCTION, made.id, news, outputs)


def test_unchanged_code_is_answered_with_its_content(aws: Remote, role: str, folder: Path) -> None:
    """A program's SDK cannot read an archive without content."""
    code = Archive(assets={"index.py": Asset(text=CODE)})
    olds = aws.check(CheckRequest(FUNCTION, "g", {}, function(role, code, folder), SEED)).inputs
    made = aws.create(FUNCTION, olds, preview=False)
    news = aws.check(CheckRequest(FUNCTION, "g", olds, function(role, code, folder, timeout=9), SEED)).inputs

    for preview in (True, False):
        outputs = aws.update(UpdateRequest(FUNCTION, made.id, olds, made.outputs, news, preview=preview))
        assert outputs["code"] == news["code"]
        assert outputs["codeSha256"] == made.outputs["codeSha256"]

    read = aws.read(FUNCTION, made.id, news, outputs)
    assert read is not None
    assert (read.inputs, read.outputs["code"]) == (news, news["code"])
    aws.delete(FUNCTION, made.id, news, outputs)


def test_a_path_refers_to_the_projects_folder(aws: Remote, role: str, folder: Path) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "index.py").write_text(CODE)
    by_text = function(role, Archive(assets={"index.py": Asset(text=CODE)}), folder)
    by_path = {**by_text, "code": Archive(path="code", hash="the-engine's-own")}

    hashes = []
    for inputs in (by_text, by_path):
        checked = aws.check(CheckRequest(FUNCTION, "h", {}, inputs, SEED)).inputs
        made = aws.create(FUNCTION, checked, preview=False)
        hashes.append(made.outputs["codeSha256"])
        aws.delete(FUNCTION, made.id, checked, made.outputs)

    assert hashes[0] == hashes[1]


def test_a_missing_file_is_named(aws: Remote, role: str, folder: Path) -> None:
    code = Archive(assets={"index.py": Asset(path="nowhere.py", hash="x")})
    inputs = {**function(role, Archive(assets={}), folder), "code": code}

    with pytest.raises(Refused, match=r"nowhere\.py") as caught:
        aws.create(FUNCTION, aws.check(CheckRequest(FUNCTION, "i", {}, inputs, SEED)).inputs, preview=False)
    assert caught.value.code is grpc.StatusCode.FAILED_PRECONDITION


def test_a_type_that_is_not_supported_is_refused_by_name(aws: Remote) -> None:
    [failure] = aws.check(CheckRequest("aws:ec2/vpcc:Vpc", "thing", {}, {}, SEED)).failures

    assert failure.reason == (
        "resource type 'aws:ec2/vpcc:Vpc' is not supported by this provider; did you mean 'aws:ec2/vpc:Vpc'?"
    )
    with pytest.raises(Refused, match="not supported"):
        aws.create("aws:ec2/vpcc:Vpc", {}, preview=False)


def test_a_property_that_does_not_exist_is_refused_by_name(aws: Remote) -> None:
    [failure] = aws.check(
        CheckRequest("aws:ec2/vpc:Vpc", "thing", {}, {"cidrBlock": "10.0.0.0/16", "cidr": "x"}, SEED)
    ).failures

    assert failure.property == "cidr"


def test_what_aws_refuses_leaves_nothing_behind_and_says_why(aws: Remote) -> None:
    """With a status after which the engine knows that the resource is as it was."""
    checked = aws.check(
        CheckRequest("aws:ec2/subnet:Subnet", "s", {}, {"vpcId": "vpc-0", "cidrBlock": "10.0.0.0/24"}, SEED)
    )

    with pytest.raises(Refused, match=r"InvalidVpcID\.NotFound") as caught:
        aws.create("aws:ec2/subnet:Subnet", checked.inputs, preview=False)
    assert caught.value.code is grpc.StatusCode.FAILED_PRECONDITION


def test_what_is_made_and_not_whole_is_told_with_its_id_and_reason(aws: Remote, role: str, folder: Path) -> None:
    """An account has 1000 concurrent executions, of which 100 cannot be reserved."""
    code = Archive(assets={"index.py": Asset(text=CODE)})
    inputs = function(role, code, folder, name="half", reservedConcurrentExecutions=950)
    checked = aws.check(CheckRequest(FUNCTION, "half", {}, inputs, SEED)).inputs

    with pytest.raises(InitFailed, match="UnreservedConcurrentExecution") as caught:
        aws.create(FUNCTION, checked, preview=False)

    failure = caught.value
    assert (failure.id, failure.outputs["name"]) == ("half", "half")
    assert len(failure.reasons) == 1
    mended = aws.check(
        CheckRequest(FUNCTION, "half", checked, {**inputs, "reservedConcurrentExecutions": 9}, SEED)
    ).inputs
    outputs = aws.update(UpdateRequest(FUNCTION, failure.id, checked, failure.outputs, mended, preview=False))
    assert outputs["reservedConcurrentExecutions"] == 9
    aws.delete(FUNCTION, failure.id, mended, outputs)


def test_every_kind_of_unknown_passes_a_check(aws: Remote) -> None:
    inputs = {"vpcId": UNKNOWN, "cidrBlock": UNKNOWN, "mapPublicIpOnLaunch": UNKNOWN, "tags": {"Name": UNKNOWN}}

    checked = aws.check(CheckRequest("aws:ec2/subnet:Subnet", "s", {}, inputs, SEED))

    assert checked.failures == ()
    assert {name: checked.inputs[name] for name in inputs} == inputs
    assert aws.create("aws:ec2/subnet:Subnet", checked.inputs, preview=True).outputs["vpcId"] is UNKNOWN


def test_a_data_source_is_answered_and_its_wrong_arguments_are_named(aws: Remote) -> None:
    token = "aws:index/getAvailabilityZones:getAvailabilityZones"

    assert aws.invoke(token, {"state": "available"}).result["names"][0] == "eu-west-1a"
    assert [each.property for each in aws.invoke(token, {"states": "available"}).failures] == ["states"]
    with pytest.raises(Refused, match="getNothing"):
        aws.invoke("aws:index/getNothing:getNothing", {})
