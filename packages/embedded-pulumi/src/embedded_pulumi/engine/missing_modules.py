"""A module that a program imports and that is not installed: its name, and the command that installs it."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path

REQUIREMENTS = "requirements.txt"


def missing_module(error: BaseException, folder: Path) -> str:
    """What to tell somebody whose program cannot import a module; empty if the error is another.

    Args:
        error: The program's exception.
        folder: The program's folder. If the `requirements.txt` in it, or in the folder above, lists the module, the
            command installs the whole list.
    """
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    package = (name or "").partition(".")[0]
    if not package or find_spec(package) is not None:  # the package is there, and lacks this module
        return ""
    install = f"{sys.executable} -m pip install"
    lists = (folder / REQUIREMENTS, folder.parent / REQUIREMENTS)
    listed = next((path for path in lists if path.is_file() and _lists(path, package)), None)
    what = f"-r {listed}" if listed else _distribution(package)
    return f"the program imports {name!r}, which is not installed: `{install} {what}` installs it"


def _lists(requirements: Path, package: str) -> bool:
    lines = requirements.read_text(errors="replace").splitlines()
    names = [re.match(r"[A-Za-z0-9._-]+", line.strip()) for line in lines]
    return _distribution(package) in {_distribution(name[0]) for name in names if name}


def _distribution(package: str) -> str:
    """The usual name of the distribution of a package, in the normal form of PEP 503."""
    return re.sub(r"[-_.]+", "-", package).lower()
