"""Pulumi.<stack>.yaml is read as the Pulumi CLI reads it; what only the CLI can do is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from embedded_pulumi.engine.project import open_project, read_project_file
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
        "app:d": '{"k":[1,"x"]}',
        "aws:region": "eu-west-1",
    }


@pytest.mark.parametrize("text", ["", "config:", "config: {}", "encryptionsalt: v1:abc"])
def test_a_file_may_say_nothing(tmp_path: Path, text: str) -> None:
    assert read_stack_file(written(tmp_path, text), "dev") == StackFile({})


@pytest.mark.parametrize(
    ("written_as", "read_as"),
    [
        ("12:30", "12:30"),
        ("yes", "yes"),
        ("on", "on"),
        ("True", "true"),
        ("1e3", "1000"),
        ("1.50", "1.5"),
        ("1e21", "1e+21"),
        ("0x1F", "31"),
        ("0o17", "15"),
        ("017", "15"),
        ("08", "8"),
        ("1_000", "1000"),
        ("+5", "5"),
        ("'1e3'", "1e3"),
        ("!!str 1e3", "1e3"),
        ("1.2.3", "1.2.3"),
        ("2024-01-02", "2024-01-02 00:00:00 +0000 UTC"),
        ("2024-01-02T03:04:05.600+02:00", "2024-01-02 03:04:05.6 +0200 +0200"),
        ("{since: 2024-01-02, on: yes}", '{"on":"yes","since":"2024-01-02 00:00:00 +0000 UTC"}'),
        ("2024-13-02", "2024-13-02"),
        ("{1: <a>}", '{"1":"\\u003ca\\u003e"}'),
        ("=", "="),
    ],
)
def test_a_value_is_read_as_the_cli_reads_it(tmp_path: Path, written_as: str, read_as: str) -> None:
    text = f"config:\n  app:a: {written_as}\n"

    assert read_stack_file(written(tmp_path, text), "dev").config == {"app:a": read_as}


def test_a_key_without_a_namespace_is_the_projects(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    text = "config: {env: dev, aws:config:region: eu-west-1}"

    assert read_stack_file(written(tmp_path, text), "dev").config == {"shop:env": "dev", "aws:region": "eu-west-1"}


def test_a_key_without_a_value_is_an_empty_text_and_the_user_is_warned(tmp_path: Path) -> None:
    read = read_stack_file(written(tmp_path, "config: {app:a: null, app:b: }"), "dev")

    assert read.config == {"app:a": "", "app:b": ""}
    assert read.warnings == ("Pulumi.dev.yaml: no value for app:a, app:b, which is taken for an empty text",)


@pytest.mark.parametrize("key", ["stackConfigDir: cfg", "config: cfg"])
def test_the_files_of_the_stacks_are_where_the_project_says(tmp_path: Path, key: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\n{key}\n")
    (tmp_path / "cfg").mkdir()
    written(tmp_path / "cfg", "config: {a: b}")

    assert read_stack_file(tmp_path, "dev").config == {"shop:a": "b"}
    with pytest.raises(UserError, match="there are: dev"):
        read_stack_file(tmp_path, "prod")


def test_a_key_that_the_project_declares_secret_must_be_encrypted(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig: {word: {secret: true}}\n")

    with pytest.raises(UserError, match=r"shop:word must be encrypted: Pulumi\.yaml declares it secret"):
        read_stack_file(written(tmp_path, "config: {word: plain}"), "dev")
    assert read_stack_file(written(tmp_path, ""), "dev", ["shop:word"]) == StackFile({}, ("shop:word",))


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("aws:region: {default: x}", "aws:region is not the project's own key, and cannot have a default"),
        ("aws:region: {type: string}", "aws:region is not the project's own key, and cannot have a type"),
        ("aws:region: {description: x}", "aws:region is not the project's own key, and must have a value"),
        ("n: {default: 1, value: 2}", "n cannot have both a default and a value"),
        ("n: {type: number}", "type 'number' is not known; accepted: string, integer, boolean, array, object"),
        ("n: {type: array}", "n is an array, and must say the type of its items"),
        ("n: {type: integer, default: many}", "the default of n is not of type 'integer'"),
        ("n: {typ: integer}", "n: unknown attribute 'typ'; accepted: type, items"),
    ],
)
def test_a_declaration_that_the_cli_refuses_is_refused(tmp_path: Path, declared: str, said: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\nconfig:\n  {declared}\n")

    with pytest.raises(UserError, match=re.escape(said)):
        read_project_file(tmp_path)


@pytest.mark.parametrize(
    ("type_", "sound", "wrong"),
    [
        ("{type: integer}", "3", "abc"),
        ("{type: boolean}", "true", "yes"),
        ("{type: object}", '{"a":1}', "a"),
        ("{type: array, items: {type: array, items: {type: integer}}}", "[[1,2]]", '[["a"]]'),
    ],
)
def test_a_value_must_be_of_the_declared_type(tmp_path: Path, type_: str, sound: str, wrong: str) -> None:
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\nconfig: {{n: {type_}}}\n")
    project = open_project(tmp_path, "shop")

    assert project.complete({"shop:n": sound}, "dev") == {"shop:n": sound}
    with pytest.raises(UserError, match=r"shop:n must be of type '\w+(<array<integer>>)?', as Pulumi\.yaml declares"):
        project.complete({"shop:n": wrong}, "dev")


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
        ("config: {a:b:c: 1}", "'a:b:c' is no configuration key; accepted: <namespace>:<name>"),
        ("config: {app:a: 1, app:a: 2}", 'mapping key "app:a" already defined at line 1'),
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
