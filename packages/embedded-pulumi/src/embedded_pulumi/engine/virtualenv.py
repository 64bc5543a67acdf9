"""The virtual environment that Pulumi.yaml names (`runtime.options.virtualenv`): the program runs in it.

Source: pulumi/sdk/python/toolchain/pip.go, as of 2026-08-21. There a missing environment is an error that tells to run
`pulumi install`. Here the program then runs with the interpreter that runs the engine.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from embedded_pulumi.engine import elsewhere
from embedded_pulumi.errors import UserError

VARIABLE = "VIRTUAL_ENV"
"""The environment variable that names the active environment, as after `source venv/bin/activate`."""

_OLDEST = (3, 11)
"""The engine's own modules, which run in the program's process, need it."""


def activated(environ: Mapping[str, str], folder: Path | None) -> dict[str, str]:
    """Environment variables that activate the virtual environment in a folder; of none if there is no such folder.

    Raises:
        UserError: a program cannot run in it.
    """
    others = {name: value for name, value in environ.items() if name not in (VARIABLE, "PYTHONHOME")}
    if folder is None or not _python(folder).is_file():
        return others
    _check(folder)
    path = os.pathsep.join((str(folder / "bin"), environ.get("PATH") or os.environ.get("PATH", os.defpath)))
    return {**others, VARIABLE: str(folder), "PATH": path}


def interpreter(environ: Mapping[str, str]) -> str:
    """The interpreter of the active environment, or else the one that runs this."""
    folder = environ.get(VARIABLE)
    if not folder or Path(folder).resolve() == Path(sys.prefix).resolve():
        return sys.executable
    return str(_python(Path(folder)))


def run_module(python: str, module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this installation with an interpreter."""
    if python == sys.executable:
        return [python, "-u", "-m", module, *arguments]
    package = module.partition(".")[0]
    folders = {name: folder_of(name) for name in dict.fromkeys((package, __name__.partition(".")[0]))}
    return [python, "-u", elsewhere.__file__, json.dumps(folders), module, *arguments]


def folder_of(package: str) -> str:
    """The folder that has a package of this installation; empty if there is no such package."""
    spec = find_spec(package)
    places: Iterable[str] = (spec and spec.submodule_search_locations) or ()
    return next((str(Path(place).parent) for place in places), "")


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _check(folder: Path) -> None:
    settings = _settings(folder)
    version = settings.get("version") or settings.get("version_info") or ""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < _OLDEST:
        needed = ".".join(map(str, _OLDEST))
        raise UserError(f"the virtual environment {folder} has Python {version}; accepted: {needed} or later")
    shared = settings.get("include-system-site-packages") == "true"
    if not shared and not any(folder.glob("lib/python3*/site-packages/pulumi/__init__.py")):
        raise UserError(f"the virtual environment {folder} has no pulumi: `{_python(folder)} -m pip install pulumi`")


def _settings(folder: Path) -> dict[str, str]:
    """What pyvenv.cfg says."""
    file = folder / "pyvenv.cfg"
    lines = file.read_text(errors="replace").splitlines() if file.is_file() else []
    pairs = (line.partition("=") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
