"""A program defines a provider itself; the SDK's own process serves it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.harness import Stack

from embedded_pulumi.engine.events import StepFinished
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.errors import ResourceFailed
from embedded_pulumi.provider import DiffKind

PROGRAM = """
import json
import os
from pathlib import Path
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult
from pulumi.dynamic import Resource, ResourceProvider

class Files(ResourceProvider):
    def configure(self, req):
        self.suffix = req.config.get("suffix") or ""

    def check(self, olds, news):
        failures = [] if news["text"] != "forbidden" else [CheckFailure("text", "is forbidden")]
        return CheckResult(news, failures)

    def diff(self, id, olds, news):
        return DiffResult(changes=olds["text"] != news["text"] or olds["path"] != news["path"],
                          replaces=["path"] if olds["path"] != news["path"] else [], delete_before_replace=True)

    def create(self, props):
        Path(props["path"]).write_text(props["text"] + self.suffix)
        return CreateResult(props["path"], {**props, "size": len(props["text"])})

    def read(self, id, props):
        return ReadResult(id, {**props, "text": Path(id).read_text()}) if Path(id).exists() else ReadResult("", {})

    def update(self, id, olds, news):
        Path(id).write_text(news["text"])
        return UpdateResult({**news, "size": len(news["text"])})

    def delete(self, id, props):
        Path(id).unlink()

class File(Resource):
    size: pulumi.Output[int]
    def __init__(self, name, path, text):
        super().__init__(Files(), name, {"path": path, "text": text, "size": None})

file = File("file", "PATH", "TEXT")
pulumi.export("size", file.size)
"""


def program(path: Path, text: str) -> str:
    return PROGRAM.replace("PATH", str(path)).replace("TEXT", text)


def diff_of(stack: Stack, op: Op) -> dict[str, DiffKind]:
    (event,) = (
        event for event in stack.events if isinstance(event, StepFinished) and event.op is op and "::file" in event.urn
    )
    return dict(event.diff)


def test_a_programs_own_provider_creates_updates_replaces_and_deletes(stack: Stack, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    stack.config["shop:suffix"] = "!"

    stack.preview(program(one, "hello"))
    assert not one.exists()

    assert stack.up(program(one, "hello")).outputs == {"size": 5}
    assert one.read_text() == "hello!"
    assert stack.up(program(one, "hello")).changes == {"same": 2}
    stack.up(program(one, "hi"))
    assert stack.steps() == [("update", "file")]
    stack.up(program(two, "hi"))
    assert stack.steps() == [("delete-replaced", "file"), ("create-replacement", "file")]
    assert (one.exists(), two.read_text()) == (False, "hi!")
    stack.destroy()
    assert not two.exists()


def test_the_diff_of_its_resource_names_the_properties_that_differ(stack: Stack, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    stack.up(program(one, "hello"))

    stack.up(program(one, "hi"))
    assert diff_of(stack, Op.UPDATE) == {"text": DiffKind.UPDATE}
    stack.up(program(two, "bye"))
    assert diff_of(stack, Op.CREATE_REPLACEMENT) == {"text": DiffKind.UPDATE, "path": DiffKind.UPDATE_REPLACE}


def test_what_it_refuses_and_what_goes_wrong_in_it_is_told(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(ResourceFailed, match=r"check of .*::file failed: text: is forbidden"):
        stack.up(program(tmp_path / "one", "forbidden"))
    with pytest.raises(ResourceFailed, match=r"(?s)create of .*::file failed: Traceback.*No such file"):
        stack.up(program(tmp_path / "absent" / "one", "text"))


def test_the_source_of_the_provider_is_a_secret_of_the_state(stack: Stack, tmp_path: Path) -> None:
    stack.up(program(tmp_path / "one", "hello"))

    provider = stack.resource("file")["inputs"]["__provider"]
    assert provider["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
