"""The project that a command is run in: the nearest folder with a Pulumi.yaml, as for the Pulumi CLI."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from embedded_pulumi.engine.project import FILE, read_project_file
from tap_cli.errors import UsageError


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
