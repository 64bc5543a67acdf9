"""Pulumi's archives as zip files that are the same bytes for the same content."""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path

from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Archive, Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that zip can say: a file's own time would change the hash
_MODE = 0o644 << 16  # Lambda needs its files readable by everyone


def zip_bytes(code: Archive | Asset) -> bytes:
    """The zip file of an archive: entries sorted by name, fixed times; a zip file is taken as it is.

    Raises:
        ProviderError: a file is missing, or the archive is empty.
    """
    path = Path(code.path) if code.path is not None else None
    if path is not None and path.is_file():
        return path.read_bytes()
    entries = dict(_entries(code, "")) if isinstance(code, Archive) else {}
    if not entries:
        raise ProviderError(f"the archive {code.path or ''!r} has no files in it")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _MODE
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name])
    return buffer.getvalue()


def _entries(code: Archive, prefix: str) -> Iterator[tuple[str, bytes]]:
    if code.path is not None:
        yield from _folder(Path(code.path), prefix)
    for name, part in (code.assets or {}).items():
        if isinstance(part, Archive):
            yield from _entries(part, f"{posixpath.normpath(prefix + name)}/")
        else:
            yield posixpath.normpath(prefix + name), content(part)


def _folder(path: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    if not path.is_dir():
        raise ProviderError(f"there is no folder {path}")
    for each in sorted(path.rglob("*")):
        if each.is_file():
            yield prefix + each.relative_to(path).as_posix(), each.read_bytes()


def content(asset: Asset) -> bytes:
    """The content of a file. Raises ProviderError: it cannot be read."""
    if asset.text is not None:
        return asset.text.encode()
    try:
        return Path(asset.path or "").read_bytes()
    except OSError as error:
        raise ProviderError(f"cannot read asset {asset.path}: {error.strerror}") from error


def code_hash(content: bytes) -> str:
    """Lambda's `CodeSha256`: SHA-256 of the zip file in base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
