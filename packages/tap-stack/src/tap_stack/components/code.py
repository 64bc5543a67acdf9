"""A function's code, as a zip file whose hash is known before it is uploaded.

Pulumi zips assets inside the provider, where a program cannot learn the hash; a zip file it uploads as it is
(pulumi/sdk/go/common/resource/archive/archive.go). With the hash as `codeSha256`, code that somebody else has uploaded
is drift: `pulumi refresh` shows it, and the next `pulumi up` puts ours back.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pulumi

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Of every file: a file's own time would make another hash on each machine. Zip knows no earlier one."""
READABLE = 0o644 << 16
"""Lambda runs the code as another user than the one who owns the files."""


@dataclass(frozen=True)
class FunctionCode:
    """What a function is given.

    Attributes:
        archive: For `code`.
        sha256: For `code_sha256`: the zip file's SHA-256 in base64, as Lambda says it.
    """

    archive: pulumi.FileArchive
    sha256: str


def packed(name: str, files: Mapping[str, str]) -> FunctionCode:
    """Write a zip file that lasts as long as the program.

    Args:
        name: Of the file, without `.zip`.
        files: Names in the zip file to texts.
    """
    content = zipped(files)
    path = Path(_folder().name) / f"{name}.zip"
    path.write_bytes(content)
    return FunctionCode(
        pulumi.FileArchive(str(path)), base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")
    )


def zipped(files: Mapping[str, str]) -> bytes:
    """A zip file that is the same bytes everywhere: nothing is compressed, because Python's versions differ in that."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.external_attr = READABLE
            entry.create_system = 3  # Unix: zipfile writes the system that it runs on
            archive.writestr(entry, files[name])
    return buffer.getvalue()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """The program's own folder, which nobody else may look into; it goes when the program ends."""
    return tempfile.TemporaryDirectory(prefix="tap-code-")
