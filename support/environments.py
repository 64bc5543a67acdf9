"""A virtual environment for a program, without the package index: it borrows Pulumi's SDK from this one."""

from __future__ import annotations

import site
import venv
from pathlib import Path

import pulumi


def virtual_environment(folder: Path, *, with_pulumi: bool = True) -> Path:
    """Make an environment in a folder; it has a module `only_here`, which this one does not have."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "only_here.py").write_text("WORD = 'here'\n")
    if with_pulumi:
        (packages / "pulumi").symlink_to(Path(pulumi.__file__).parent)
        (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
    return folder
