"""Projects from templates, as `pulumi new` makes them: `tap new` writes the same files from the same folders.

A template is a folder of `templates/` with a Pulumi.yaml that has a section `template`. What is done with it follows
pulumi/pkg/cmd/pulumi/templates/project_templates.go and pulumi/pkg/workspace/templates.go, as of 2026-08-21:
`${PROJECT}` and `${DESCRIPTION}` are replaced in every text, `${PROJECT}` in names of files too, and the section goes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from embedded_pulumi.engine import yaml_file
from embedded_pulumi.engine.project import FILE
from tap_cli.errors import UsageError
from tap_stack.errors import ConfigError

TEMPLATES = Path(__file__).parent / "templates"
"""Where the templates are: `pulumi new` takes one of its folders, too."""

WHEELS = ("tap_stack", "embedded_aws", "embedded_pulumi", "pulumi_guardrails", "tap_cli")
"""TAP's distributions, as the names of their wheels begin; the program needs the first, its test the others too."""

_REQUIREMENTS, _DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LONGEST_DESCRIPTION = 256  # bytes
_SECTION = re.compile(r"^template:\n(?:[ ]+.*\n?|\n)*", re.MULTILINE)
_LEFT_ALONE = {".git", ".hg", ".bzr"}
"""What a folder may have that is empty otherwise (pulumi/pkg/cmd/pulumi/project/newcmd/io.go)."""
_COMPILED = "__pycache__"
"""What pip makes of a template's modules when it installs them."""


@dataclass(frozen=True)
class ProjectTemplate:
    """A folder that projects are made from.

    Attributes:
        name: The name of the folder.
        description: What the project is; its description, if none is given.
        quickstart: What to do next, a line each.
        folder: Where it is.
    """

    name: str
    description: str
    quickstart: tuple[str, ...]
    folder: Path


def templates() -> list[ProjectTemplate]:
    """The templates, by name."""
    return [_read(file.parent) for file in sorted(TEMPLATES.glob(f"*/{FILE}"))]


def template_named(name: str) -> ProjectTemplate:
    """The template of a name. Raises ConfigError: there is none."""
    found = {each.name: each for each in templates()}
    if name not in found:
        raise ConfigError("--template", name, ", ".join(found))
    return found[name]


def _read(folder: Path) -> ProjectTemplate:
    section: dict[str, Any] = yaml_file.load(folder / FILE)["template"]
    quickstart = tuple(section["quickstart"].splitlines())
    return ProjectTemplate(folder.name, section["description"], quickstart, folder)


def name_of(folder: Path, given: str | None) -> str:
    """The project's name: the one that is given, or else that of the folder without what Pulumi does not take.

    Raises:
        ConfigError: Pulumi does not take the given name.
    """
    if given is not None:
        if not _is_name(given):
            accepted = "at most 100 letters, digits, '-', '_' and '.', other than pulumi and pulumi.<anything>"
            raise ConfigError("--name", given, accepted)
        return given
    bare = re.sub(r"[^A-Za-z0-9_.-]", "", folder.resolve().name)
    return bare if _is_name(bare) else "project"


def _is_name(text: str) -> bool:
    """Whether a project may be called so: neither may .NET take it for Pulumi's own library."""
    small = text.lower()
    return bool(_NAME.fullmatch(text)) and small != "pulumi" and not small.startswith("pulumi.")


def checked_description(text: str) -> str:
    """A project's description. Raises ConfigError: Pulumi does not take it."""
    if len(text.encode()) > _LONGEST_DESCRIPTION:
        raise ConfigError("--description", text, f"at most {_LONGEST_DESCRIPTION} bytes")
    return text


def check_is_empty(folder: Path) -> None:
    """Look whether a project can be written into a folder. Raises UsageError: there is something."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    there = sorted({each.name for each in folder.iterdir()} - _LEFT_ALONE) if folder.exists() else []
    if there:
        raise UsageError(f"{folder} is not empty, it has {there[0]}: give a folder that is new or empty")


def wheels_in(folder: Path | None) -> list[Path]:
    """TAP's wheels in a folder, one of each distribution; none if there is no folder.

    Raises:
        UsageError: there is not exactly one of each.
    """
    if folder is None:
        return []
    found = []
    for name in WHEELS:
        files = sorted(folder.glob(f"{name}-*.whl"))
        if len(files) != 1:
            there = ", ".join(each.name for each in files) or "none"
            raise UsageError(f"{folder} must have one wheel of {name}, and has {there}: `make build` makes all five")
        found += files
    return found


def write_project(
    template: ProjectTemplate, folder: Path, *, name: str, description: str, wheels: list[Path]
) -> list[str]:
    """Write a project; the folder is made if it is not there.

    Args:
        template: What it is made from.
        folder: Where to; nothing of what will be written may be there.
        name: The project's name.
        description: Its description.
        wheels: TAP's own wheels, to bring with it.

    Returns:
        The files, from the folder.
    """
    written = []
    for source in _files(template.folder):
        file = folder / str(source.relative_to(template.folder)).replace("${PROJECT}", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_filled(source, name, description), encoding="utf-8")
        file.chmod(source.stat().st_mode & 0o777 | 0o600)
        written.append(str(file.relative_to(folder)))
    return sorted([*written, *(_bring(wheel, folder) for wheel in wheels)])


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in sorted(folder.rglob("*")) if each.is_file() and _COMPILED not in each.parts)


def _filled(source: Path, name: str, description: str) -> str:
    """A template's file, with what is said of the project in its places."""
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".yaml":
        name, description = _as_yaml(name), _as_yaml(description)
    text = text.replace("${PROJECT}", name).replace("${DESCRIPTION}", description)
    return _SECTION.sub("", text) if source.name == FILE else text


def _as_yaml(text: str) -> str:
    """A text as YAML: `7` would be a number, `a: b` a mapping, and for some readers `yes` is true."""
    plain = re.fullmatch(r"[A-Za-z][\w ,.()/-]*(?<! )", text, re.ASCII) and yaml.safe_load(text) == text
    return text if plain else json.dumps(text, ensure_ascii=False)


def _bring(wheel: Path, folder: Path) -> str:
    """Copy a wheel into a project, and name it in the requirements with its hash; returns its path in the project."""
    path = f"wheels/{wheel.name}"
    (folder / "wheels").mkdir(exist_ok=True)
    shutil.copyfile(wheel, folder / path)
    needing = _REQUIREMENTS if wheel.name.startswith(f"{WHEELS[0]}-") else _DEVELOPMENT
    with (folder / needing).open("a", encoding="utf-8") as requirements:
        requirements.write(f"./{path} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    return path
