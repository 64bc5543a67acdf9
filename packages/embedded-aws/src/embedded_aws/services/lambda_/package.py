"""The disk and the environment of a function's process, as in AWS's Python runtimes.

Its code is in the working directory. It can also import the standard library, the SDK and the runtime client, and no
other package of this interpreter's environment. The process runs with `-S`, so Python reads no `site-packages` and no
`.pth` file of an editable install; it finds the SDK through a folder of links. Everything is in private folders (mode
0700), so that nobody else can have written what is run.

Source: AWS Lambda developer guide, "Defined runtime environment variables" and "Runtime-included libraries" (Python).
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SDK_MODULES = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six")
"""The SDK for Python in the versions installed here, with what it needs itself."""


@dataclass(frozen=True)
class Runtime:
    """A program that runs Python handlers: the module to start, and the top-level modules that it consists of."""

    module: str
    parts: tuple[str, ...]

    @property
    def installed(self) -> bool:
        """Whether all of it is here."""
        return all(find_spec(part) is not None for part in self.parts)


AWS_RUNTIME = Runtime("awslambdaric", ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"))
"""AWS's own, the one that production runs; published for Linux only."""

OWN_RUNTIME = Runtime("lambda_worker", ())
"""The stand-in for other platforms: one file of ours, linked in as a top-level module."""


def default_runtime() -> Runtime:
    """AWS's own runtime client where it is installed."""
    return AWS_RUNTIME if AWS_RUNTIME.installed else OWN_RUNTIME


def private_folder(parent: Path, prefix: str) -> Path:
    """A new folder that only this user can read or write."""
    return Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=parent))


def link_runtime(runtime: Runtime, parent: Path) -> Path:
    """A folder from which exactly the runtime and the SDK can be imported.

    Raises:
        ModuleNotFoundError: a part is not installed; names it.
    """
    folder = private_folder(parent, "runtime")
    for module in (*SDK_MODULES, *runtime.parts):
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{module} is not installed, and a Lambda function needs it", name=module)
        source = Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)
        (folder / source.name).symlink_to(source)
    if runtime is OWN_RUNTIME:
        (folder / f"{runtime.module}.py").symlink_to(Path(__file__).with_name("worker.py"))
    return folder


def command(runtime: Runtime, handler: str) -> tuple[str, ...]:
    """How to start a function: `-S` and `-s` keep installed packages out, `-m` puts the working directory first.

    `-u` has every byte written when it is printed, so that nothing is lost when the process dies.
    """
    return (sys.executable, "-S", "-s", "-u", "-m", runtime.module, handler)


def python_path(runtime_folder: Path, layers_folder: Path) -> str:
    """`PYTHONPATH` of a function: its layers before the runtime, as on AWS."""
    return f"{layers_folder / 'python'}:{runtime_folder}"


def unpack(archives: Iterable[bytes], folder: Path) -> None:
    """Unpack zip archives into a new folder, a later one over an earlier one; no member can leave the folder."""
    folder.mkdir(mode=0o700)
    for archive in archives:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            opened.extractall(folder)  # drops drive letters, leading slashes and ".." itself
