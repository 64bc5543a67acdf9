"""`pulumi new` with TAP's templates: it writes what `tap new` writes, and what it has written is deployed.

Needs `pulumi` on the PATH with its Python host beside it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_cli.projects import TEMPLATES, name_of, template_named, write_project

from .cli import STACK, Cli
from .conftest import REGION, has_language_host

pytestmark = pytest.mark.skipif(
    not shutil.which("pulumi") or not has_language_host(),
    reason="no Pulumi CLI with its Python language host on the PATH, which `pulumi new` asks about the project",
)

TEMPLATE_NAMES = sorted(each.parent.name for each in TEMPLATES.glob("*/Pulumi.yaml"))
DESCRIPTION = 'A shop: with "quotes"'


def pulumi_new(template: str, folder: Path, environ: dict[str, str], *options: str) -> Cli:
    folder.mkdir()
    cli = Cli(folder, environ)
    cli.run("new", str(TEMPLATES / template), "--yes", "--generate-only", *options)
    return cli


def texts(folder: Path) -> dict[str, str]:
    """Every file but the project's own."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text() for path in files if path.name != "Pulumi.yaml"}


def project_of(folder: Path) -> dict[str, Any]:
    """Pulumi.yaml, without the tag that says which template it is from."""
    found: dict[str, Any] = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    found.get("config", {}).pop("pulumi:tags", None)
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize("template", TEMPLATE_NAMES)
@pytest.mark.parametrize(("name", "description"), [("shop", ""), ("7", DESCRIPTION)])
def test_pulumi_writes_the_same_project(
    environ: dict[str, str], tmp_path: Path, template: str, name: str, description: str
) -> None:
    pulumi_new(template, tmp_path / "theirs", environ, "--name", name, "--description", description)
    chosen = template_named(template)
    write_project(chosen, tmp_path / "ours", name=name, description=description or chosen.description, wheels=[])

    assert texts(tmp_path / "theirs") == texts(tmp_path / "ours")
    assert project_of(tmp_path / "theirs") == project_of(tmp_path / "ours")


@pytest.mark.parametrize("folder", ["my shop!", "pulumi", "Pulumi.shop", "…"])
def test_a_folder_gives_the_project_the_same_name(environ: dict[str, str], tmp_path: Path, folder: str) -> None:
    pulumi_new("fleet", tmp_path / folder, environ)

    assert name_of(tmp_path / folder, None) == project_of(tmp_path / folder)["name"]


@pytest.mark.parametrize("name", ["a b", "a/b", "x" * 101, "Pulumi", "pulumi.shop"])
def test_pulumi_refuses_the_same_names(environ: dict[str, str], tmp_path: Path, name: str) -> None:
    with pytest.raises(AssertionError, match="not a valid project name"):
        pulumi_new("fleet", tmp_path / "shop", environ, "--name", name)


@pytest.fixture
def shop(environ: dict[str, str], tmp_path: Path) -> Iterator[Cli]:
    """A healer's project with a stack that is not deployed yet; its virtual environment is the one that runs this."""
    cli = pulumi_new("healer", tmp_path / "shop", environ)
    (cli.folder / ".venv").symlink_to(sys.prefix)
    cli.run("stack", "init", STACK)
    yield cli
    cli.destroy()
    cli.run("stack", "rm", STACK, "--yes", "--force")


def test_what_pulumi_has_written_is_deployed(shop: Cli, group: str) -> None:
    with pytest.raises(AssertionError, match="groups"):
        shop.up()  # it does not know the groups yet

    shop.on_stack("config", "set", "--path", "groups.shop", group)
    shop.set("aws:region", REGION)
    shop.up()

    assert shop.outputs["shop_function"] == "tap-shop-healer-dev"
    shop.up("--expect-no-changes")


@pytest.fixture
def group(environ: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The group of the template's own test, by another project."""
    folder = shutil.copytree(TEMPLATES / "healer" / "tests" / "group", tmp_path / "group")
    manifest = (folder / "Pulumi.yaml").read_text()
    python = "runtime:\n  name: python\n  options:\n    virtualenv: .venv\n"
    (folder / "Pulumi.yaml").write_text(manifest.replace("runtime: python\n", python))
    (folder / ".venv").symlink_to(sys.prefix)
    cli = Cli(folder, environ)
    cli.run("stack", "init", STACK)
    cli.set("aws:region", REGION)
    cli.up()
    yield cli.outputs["name"]
    cli.destroy()
    cli.run("stack", "rm", STACK, "--yes", "--force")
