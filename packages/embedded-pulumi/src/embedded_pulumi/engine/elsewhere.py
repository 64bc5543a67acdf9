"""Runs a module of this installation with the interpreter of another environment.

    <other python> .../elsewhere.py <folders> <module> [argument ...]

`folders` is a JSON object: name of a package to the folder that has it. Only these packages come from there; all others
are those of the environment, so that a program sees what it would see under its own interpreter. This file is run by
its path, and so it may import nothing but the standard library.
"""

from __future__ import annotations

import json
import runpy
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any


class Elsewhere:
    """Finds packages in the folders that it is told.

    Attributes:
        folders: Name of a package to the folder that has it.
    """

    def __init__(self) -> None:
        self.folders: dict[str, str] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a package; modules within one are found where it is, in the usual way."""
        del path, target
        return PathFinder.find_spec(name, [self.folders[name]]) if name in self.folders else None


def add_folder(package: str, folder: str) -> None:
    """Let a package be imported from a folder, whether or not this environment has one of the same name."""
    finder = next((each for each in sys.meta_path if isinstance(each, Elsewhere)), None)
    if finder is None:
        finder = Elsewhere()
        sys.meta_path.insert(0, finder)
    finder.folders.setdefault(package, folder)


def main(folders: str, module: str) -> None:
    """Run a module with the arguments that are left in `sys.argv`."""
    sys.path.pop(0)  # the folder of this file, whose modules have names of their own
    sys.path.insert(0, "")  # as with `python -m`
    for package, folder in json.loads(folders).items():
        add_folder(package, folder)
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
