"""What people keep beside a fleet, in one program: made, changed, found changed by others, and taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from support.command import Done, called
from support.own.life import Owner, owner

from embedded_aws.access import ACCESS_KEY
from tap_cli.cli import app


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    with owner(tmp_path_factory.mktemp("beside")) as made:
        (made.folder / "guardrails.yaml").write_text("own: advisory\n")
        made.writes("beside")
        yield made


def tap(person: Owner, *args: str) -> dict[str, Any]:
    """What the command prints, which runs in this process, whose imports are made once."""
    done: Done = called(lambda: app((*args, "--json")), person.folder)
    return dict(done.json)


def changed(document: dict[str, Any]) -> dict[str, str]:
    """What was done to what changed, or is gone."""
    return {each["name"]: each["op"] for each in document["steps"] if each["op"] not in {"same", "refresh"}}


def by_somebody_else(folder: Path) -> None:
    """Change a queue, a user's tag and an object, without the program."""

    def client(service: str) -> Any:
        told = json.loads((folder / ".tap/local.json").read_text())
        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": "any"}
        return boto3.client(service, endpoint_url=told["endpoint"], region_name=told["region"], **keys)

    sqs, s3, iam = client("sqs"), client("s3"), client("iam")
    (url,) = (each for each in sqs.list_queues()["QueueUrls"] if "/jobs-" in each)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    (bucket,) = (each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].startswith("assets-"))
    s3.delete_object(Bucket=bucket, Key="hello.txt")
    (user,) = (each["UserName"] for each in iam.list_users()["Users"])
    iam.tag_user(UserName=user, Tags=[{"Key": "Owner", "Value": "them"}])


def test_two_dozen_types_live_together(person: Owner) -> None:
    foreseen = tap(person, "preview")
    made = tap(person, "up", "--yes")
    assert (made["result"], made["error"], made["unmodelled"]) == ("succeeded", None, 0)
    assert made["changes"] == foreseen["changes"]
    assert tap(person, "preview")["changes"].keys() == {"same"}
    assert made["outputs"]["queue"].startswith("https://sqs.")
    assert made["outputs"]["key"] == "[secret]"
    assert "open sesame" not in (person.folder / ".tap/stacks/dev.json").read_text()

    (person.folder / "Pulumi.dev.yaml").write_text("config:\n  own:size: 16\n")
    larger = tap(person, "up", "--yes")
    assert (larger["result"], larger["error"]) == ("succeeded", None)
    assert larger["changes"] == {"same": 19, "update": 5, "replace": 1}
    assert changed(larger).keys() == {"disk", "door", "hello", "jobs", "rows", "www"}
    assert tap(person, "refresh", "--yes")["changes"].keys() == {"same"}

    by_somebody_else(person.folder)
    drift = tap(person, "refresh", "--yes")
    assert changed(drift) == {"deployer": "update", "hello": "delete", "jobs": "update"}
    back = tap(person, "up", "--yes")
    assert changed(back) == {"deployer": "update", "hello": "create", "jobs": "update"}

    gone = tap(person, "destroy", "--yes")
    assert (gone["result"], gone["error"]) == ("succeeded", None)
    assert gone["changes"] == {"delete": made["changes"]["create"]}
