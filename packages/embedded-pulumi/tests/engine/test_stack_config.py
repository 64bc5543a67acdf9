"""The values of a stack are changed by key and by path as `pulumi config` changes them, and secrets are read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from embedded_pulumi.engine.passphrase import Crypter
from embedded_pulumi.engine.stack_config import coerced, path_of, typed, value_at, with_value, without
from embedded_pulumi.engine.stackfile import read_stack_file, stack_settings
from embedded_pulumi.errors import UserError

SECRET = {"secure": "v1:x:y"}


@pytest.mark.parametrize(
    ("config", "path", "value", "changed"),
    [
        ({}, "a:k", "x", {"a:k": "x"}),
        ({}, "a:k.b.c", 1, {"a:k": {"b": {"c": 1}}}),
        ({}, "a:k[0]", "x", {"a:k": ["x"]}),
        ({}, "a:k[2]", "x", {"a:k": [None, None, "x"]}),
        ({"a:k": ["x"]}, "a:k[1].b", True, {"a:k": ["x", {"b": True}]}),
        ({"a:k": "text"}, "a:k.b", "x", {"a:k": {"b": "x"}}),
        ({"a:k": SECRET}, "a:k.b", "x", {"a:k": {"b": "x"}}),
        ({"a:k": {"b": None}}, "a:k.b[0]", "x", {"a:k": {"b": ["x"]}}),
        ({}, 'a:k["b.c"]', "x", {"a:k": {"b.c": "x"}}),
    ],
)
def test_a_value_is_set_at_a_path(config: dict[str, Any], path: str, value: Any, changed: dict[str, Any]) -> None:
    before = repr(config)

    assert with_value(config, *path_of(path), value) == changed
    assert value_at(changed, *path_of(path)) == value
    assert repr(config) == before


@pytest.mark.parametrize(
    ("config", "path", "said"),
    [
        ({"a:k": ["x"]}, "a:k[2]", "the list has 1 items; accepted: an index from 0 to 1"),
        ({"a:k": ["x"]}, "a:k.b", "a:k is a list, which has no 'b'"),
        ({"a:k": {"b": "x"}}, "a:k[0]", "a:k is a map, which has no 0"),
        ({"a:k": {"b": "x"}}, "a:k.b.c", "a:k.b is a single value"),
        ({"a:k": {"b": SECRET, "c": 1}}, "a:k.b.c", "a:k.b is a secret"),
        ({}, "a:k.secure", "would be taken for a secret"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(config: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(UserError, match=said.replace("[", r"\[")):
        with_value(config, *path_of(path), "x")


@pytest.mark.parametrize("path", ["a:", "a:[0]", "a:k[*]", "a:k[", "a:.k"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(UserError, match="is no path of a configuration key"):
        path_of(path)


def test_a_value_is_taken_out_at_a_path() -> None:
    config = {"a:k": {"list": ["x", "y"], "b": {"c": 1}, "secure": "word"}, "a:l": "z"}

    assert without(config, "a:l", ()) == {"a:k": config["a:k"]}
    assert without(config, *path_of("a:k.list[0]"))["a:k"]["list"] == ["y"]
    assert without(config, *path_of("a:k.b.c"))["a:k"]["b"] == {}
    for path in ("a:m", "a:k.list[2]", "a:k.b.d", "a:l.x"):
        with pytest.raises(KeyError):
            without(config, *path_of(path))
    with pytest.raises(UserError, match="would be taken for a secret"):
        without({"a:k": {"secure": "word", "b": 1}}, *path_of("a:k.b"))


def test_within_a_list_or_a_map_truths_and_numbers_are_such() -> None:
    given = ["true", "false", "True", "3", "-3", "+3", "03", "0", "1.5", "", str(2**63), str(2**64)]

    assert [coerced(text) for text in given] == [
        True, False, "True", 3, -3, 3, "03", 0, "1.5", "", 2**63, str(2**64),
    ]  # fmt: skip


def test_a_type_that_is_asked_for_is_kept() -> None:
    asked = [("3", "int"), ("1.5", "float"), ("true", "bool"), ("3", "string")]

    assert [typed("k", text, type_) for text, type_ in asked] == [3, 1.5, True, "3"]
    with pytest.raises(UserError, match=r"k = 'x' is not accepted; accepted: a value of type int"):
        typed("k", "x", "int")


# --- secrets, and the file ---


def keeping(folder: Path, text: str) -> Path:
    (folder / "Pulumi.yaml").write_text("name: app\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(text)
    return folder


def test_a_secret_is_written_and_read_with_its_passphrase_alone(tmp_path: Path) -> None:
    settings = stack_settings(keeping(tmp_path, "config:\n  app:a: x\n"), "dev")
    crypter = settings.crypter("correct horse")
    secrets = {"app:word": {"secure": crypter.encrypt("hush")}, "app:list": ["x", {"secure": crypter.encrypt("1")}]}
    settings.with_config({**settings.config, **secrets}, crypter).save()

    read = read_stack_file(tmp_path, "dev", passphrase="correct horse")
    assert read.config == {"app:a": "x", "app:word": "hush", "app:list": '["x","1"]'}
    assert read.secret_keys == ("app:list", "app:word")
    assert "hush" not in (tmp_path / "Pulumi.dev.yaml").read_text()
    for passphrase, said in ((None, "set PULUMI_CONFIG_PASSPHRASE"), ("wrong", "does not open its encryptionsalt")):
        with pytest.raises(UserError, match=rf"app:list is a secret\. .*{said}.*-c app:list=VALUE"):
            read_stack_file(tmp_path, "dev", passphrase=passphrase)
    assert read_stack_file(tmp_path, "dev", ["app:word", "app:list"]).config == {"app:a": "x"}


def test_a_ciphertext_of_another_key_is_refused(tmp_path: Path) -> None:
    salt, other = Crypter.create("a").state, Crypter.create("a").encrypt("hush")
    keeping(tmp_path, f"encryptionsalt: {salt}\nconfig:\n  app:word:\n    secure: {other}\n")

    with pytest.raises(UserError, match="a secret cannot be decrypted"):
        read_stack_file(tmp_path, "dev", passphrase="a")


def test_secrets_of_another_provider_are_refused_by_name(tmp_path: Path) -> None:
    keeping(tmp_path, "secretsprovider: awskms://alias/x\nconfig:\n  app:word:\n    secure: AAA\n")

    with pytest.raises(UserError, match=r"only the Pulumi CLI can use the secretsprovider 'awskms://alias/x'"):
        stack_settings(tmp_path, "dev").crypter("a")


def test_the_file_keeps_its_mode_and_what_cannot_be_kept_is_refused_and_untouched(tmp_path: Path) -> None:
    path = keeping(tmp_path, "config:\n  app:a: x\n") / "Pulumi.dev.yaml"
    path.chmod(0o640)
    stack_settings(tmp_path, "dev").with_config({"app:a": "y"}).save()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("config:\n  app:a: y\n", 0o640)

    path.write_text("config:\n  app:a: &x y\n  app:b: *x\n")
    with pytest.raises(UserError, match=r"cannot be changed by a command: it has anchors or aliases"):
        stack_settings(tmp_path, "dev").with_config({"app:a": "z"}).save()
    assert path.read_text() == "config:\n  app:a: &x y\n  app:b: *x\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["Pulumi.dev.yaml", "Pulumi.yaml"]
