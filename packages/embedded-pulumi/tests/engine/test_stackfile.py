"""Pulumi.<stack>.yaml is read as the Pulumi CLI reads it; what only the CLI can do is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded_pulumi.engine.stackfile import StackFile, read_stack_file, stack_names
from embedded_pulumi.errors import UserError


def written(folder: Path, text: str, stack: str = "dev") -> Path:
    (folder / f"Pulumi.{stack}.yaml").write_text(text)
    return folder


def test_strings_stay_and_everything_else_becomes_json(tmp_path: Path) -> None:
    text = "config: {app:a: text, app:b: 3, app:c: true, app:d: {k: [1, x]}, aws:region: eu-west-1}"

    assert read_stack_file(written(tmp_path, text), "dev").config == {
        "app:a": "text",
        "app:b": "3",
        "app:c": "true",
        "app:d": '{"k": [1, "x"]}',
        "aws:region": "eu-west-1",
    }


@pytest.mark.parametrize("text", ["", "config:", "config: {}", "encryptionsalt: v1:abc"])
def test_a_file_may_say_nothing(tmp_path: Path, text: str) -> None:
    assert read_stack_file(written(tmp_path, text), "dev") == StackFile({})


SECRETS = [
    "config: {app:key: {secure: AAABAK}}",
    "config: {app:key: {deep: {secure: AAABAK}}}",
    "config: {app:key: [{secure: AAABAK}]}",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_refused_by_name_and_its_ciphertext_is_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"app:key is a secret.*-c app:key=VALUE") as refused:
        read_stack_file(written(tmp_path, text), "dev")

    assert "AAABAK" not in str(refused.value)


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_that_is_given_anew_is_accepted_and_stays_secret(tmp_path: Path, text: str) -> None:
    read = read_stack_file(written(tmp_path, text), "dev", ["app:key"])

    assert read == StackFile({}, ("app:key",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: {key: 1}", "'key' is no configuration key; accepted: <namespace>:<name>"),
        ("config: [1]", "`config` must be a mapping"),
        ("just text", "the file must be a mapping"),
        ("a: [", "is not YAML"),
        ("environment: [prod]", r"`environment` \(Pulumi ESC\) is not supported"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_stack_file(written(tmp_path, text), "dev")


def test_a_stack_that_does_not_exist_comes_with_those_that_do(tmp_path: Path) -> None:
    written(written(tmp_path, "", "prod"), "", "dev.eu")

    assert stack_names(tmp_path) == ["dev.eu", "prod"]
    with pytest.raises(UserError, match=r"no stack 'pord'.*there are: dev\.eu, prod"):
        read_stack_file(tmp_path, "pord")
