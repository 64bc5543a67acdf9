"""The project that a command is run in: the nearest folder with a Pulumi.yaml, as for the Pulumi CLI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from embedded_pulumi.engine.project import FILE, read_project_file
from tap_cli.errors import UsageError
from tap_stack.errors import ConfigError

_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""Source: pulumi/sdk/go/common/tokens/names.go."""


@dataclass(frozen=True)
class ProjectFolder:
    """Where the project is, and what it is called."""

    root: Path
    name: str

    @property
    def private(self) -> Path:
        """Its private folder: what `tap` keeps of the embedded AWS and of the stacks in it."""
        return self.root / ".tap"


def find_project(otherwise: Path | None = None) -> ProjectFolder:
    """The project of the working directory, or else the one in the folder `otherwise`.

    Raises:
        UsageError: there is none.
        UserError: its Pulumi.yaml is not in order.
    """
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / FILE).is_file()), otherwise)
    if root is None:
        raise UsageError(f"there is no {FILE} in {here} or above it: run this in the project's folder")
    return ProjectFolder(root, read_project_file(root).name)


def checked_name(stack: str) -> str:
    """The name of a stack, which is part of the names of files. Raises ConfigError: it cannot be one."""
    if not _STACK_NAME.fullmatch(stack):
        raise ConfigError("--stack", stack, "at most 100 letters, digits, '-', '_' and '.'")
    return stack
