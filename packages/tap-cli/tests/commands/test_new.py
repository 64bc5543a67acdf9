"""`tap new`: what it writes, and what it refuses before it writes anything."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml
from support.command import Done, called

from tap_cli.cli import app
from tap_cli.projects import TEMPLATES, WHEELS, templates

NAMES = [each.name for each in templates()]
WRITTEN = {
    ".github/workflows/test.yml",
    ".gitignore",
    "Pulumi.dev.yaml",
    "Pulumi.prod.yaml",
    "Pulumi.yaml",
    "README.md",
    "__main__.py",
    "pytest.ini",
    "requirements-dev.txt",
    "requirements.txt",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def tap_new(folder: Path, *words: str) -> Done:
    return called(lambda: app(["new", *words]), folder)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def refused(folder: Path, *words: str) -> str:
    """What a command says that refuses, and that writes nothing."""
    before = files(folder)
    done = tap_new(folder, *words)
    assert (done.code, done.out, files(folder)) == (2, "", before)
    (line,) = done.err.splitlines()
    return line


@pytest.mark.parametrize("template", NAMES)
def test_a_project_is_whole_and_nothing_of_the_template_is_left_in_it(home: Path, template: str) -> None:
    done = tap_new(home, "shop", "--template", template)

    assert (done.code, done.err) == (0, "")
    assert files(home / "shop") >= WRITTEN
    assert any(name.startswith("tests/test_") for name in files(home / "shop"))
    assert [name for name in files(home / "shop") if "${PROJECT}" in (home / "shop" / name).read_text()] == []
    assert [name for name in files(home / "shop") if "${DESCRIPTION}" in (home / "shop" / name).read_text()] == []
    assert "template" not in yaml.safe_load((home / "shop" / "Pulumi.yaml").read_text())
    assert not any(path.is_symlink() for path in (home / "shop").rglob("*"))
    assert "cd shop" in done.out


@pytest.mark.parametrize("name", ["shop", "7", "yes", "a.b-c_d", "1e3", "null"])
@pytest.mark.parametrize("description", ["A shop", "a: b", '"quoted" # and more', "two\nlines", "", "- item", "ü"])
def test_name_and_description_are_in_the_project_file_as_they_are_given(
    home: Path, name: str, description: str
) -> None:
    assert tap_new(home, "shop", "--name", name, "--description", description).code == 0

    found = yaml.safe_load((home / "shop" / "Pulumi.yaml").read_text())
    assert (found["name"], found["description"]) == (name, description)


@pytest.mark.parametrize(("folder", "name"), [("my shop!", "myshop"), ("pulumi", "project"), ("…", "project")])
def test_a_folder_gives_the_project_its_name_without_what_pulumi_does_not_take(
    home: Path, folder: str, name: str
) -> None:
    done = tap_new(home, folder, "--json")

    assert done.json["project"] == name
    assert done.json["template"] == "fleet"
    assert set(done.json["files"]) == files(home / folder)
    assert done.json["next"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ü", "x" * 101, "pulumi", "Pulumi", "pulumi.shop"])
def test_a_name_that_pulumi_refuses_is_refused(home: Path, name: str) -> None:
    assert f"error: --name = {name!r}"[:40] in refused(home, "shop", "--name", name)


def test_what_else_is_wrong_is_refused_before_anything_is_written(home: Path) -> None:
    (home / "full").mkdir()
    (home / "full" / "notes.txt").write_text("mine")
    (home / "file").write_text("")

    assert "full is not empty, it has notes.txt" in refused(home, "full")
    assert "file is not a folder" in refused(home, "file")
    assert "accepted: fleet, healer, web" in refused(home, "shop", "--template", "aws-python")
    assert "accepted: at most 256 bytes" in refused(home, "shop", "--description", "x" * 257)
    assert "missing argument 'DIR'" in refused(home)
    assert "one wheel of tap_stack, and has none" in refused(home, "shop", "--wheels", "full")


def test_a_folder_with_nothing_but_its_history_is_empty(home: Path) -> None:
    (home / "shop" / ".git").mkdir(parents=True)

    assert tap_new(home / "shop", ".").code == 0
    assert yaml.safe_load((home / "shop" / "Pulumi.yaml").read_text())["name"] == "shop"


def test_wheels_come_with_the_project_and_the_requirements_have_their_hashes(home: Path) -> None:
    (home / "dist").mkdir()
    for name in WHEELS:
        (home / "dist" / f"{name}-0.1.0-py3-none-any.whl").write_text(name)

    assert tap_new(home, "shop", "--wheels", "dist").code == 0

    lines = {
        name: f"./wheels/{name}-0.1.0-py3-none-any.whl --hash=sha256:{hashlib.sha256(name.encode()).hexdigest()}"
        for name in WHEELS
    }
    production = (home / "shop" / "requirements.txt").read_text().splitlines()
    development = (home / "shop" / "requirements-dev.txt").read_text().splitlines()
    assert [name for name, line in lines.items() if line in production] == ["tap_stack"]
    assert [name for name, line in lines.items() if line in development] == list(WHEELS[1:])
    assert all((home / "shop" / "wheels" / f"{name}-0.1.0-py3-none-any.whl").read_text() == name for name in WHEELS)

    (home / "dist" / "tap_cli-0.2.0-py3-none-any.whl").write_text("newer")
    assert "one wheel of tap_cli, and has tap_cli-0.1.0" in refused(home, "other", "--wheels", "dist")


def test_the_list_has_each_template_and_where_pulumi_finds_it(home: Path) -> None:
    done = tap_new(home, "--list")

    assert [line.split()[0] for line in done.out.splitlines()[::2]] == NAMES == ["fleet", "healer", "web"]
    assert [Path(each["folder"]) for each in tap_new(home, "--list", "--json").json] == [TEMPLATES / n for n in NAMES]
    assert files(home) == set()
