"""Assets and archives: fills in their hashes and absolute paths when the program sends them."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import replace
from pathlib import Path

from embedded_pulumi.values import Archive, Asset, Properties, Secret, Value
from embedded_pulumi.wire.objects import MalformedValue


def resolve(properties: Properties, root: Path) -> Properties:
    """The same properties, in which every asset has its hash, and every path is absolute.

    Args:
        properties: What the program sent.
        root: The program's working directory, the base of relative paths.

    Raises:
        FileNotFoundError: an asset names a file that does not exist.
        MalformedValue: the text of an asset is empty.
    """
    return {name: _resolve(value, root) for name, value in properties.items()}


def _resolve(value: Value, root: Path) -> Value:
    if isinstance(value, dict):
        return resolve(value, root)
    if isinstance(value, list):
        return [_resolve(item, root) for item in value]
    if isinstance(value, Secret):
        return Secret(_resolve(value.value, root))
    if isinstance(value, Asset | Archive):
        return _member(value, root)
    return value


def _member(value: Asset | Archive, root: Path) -> Asset | Archive:
    return _asset(value, root) if isinstance(value, Asset) else _archive(value, root)


def _asset(asset: Asset, root: Path) -> Asset:
    if asset.path is None:
        if not asset.text:
            # The CLI leaves an empty text out, and the SDK cannot read such an asset.
            accepted = "at least one character, or a FileAsset of an empty file"
            raise MalformedValue(f"an asset without text; accepted: {accepted}")
        return replace(asset, hash=hashlib.sha256(asset.text.encode()).hexdigest())
    path = root / asset.path
    return replace(asset, path=str(path), hash=hashlib.sha256(path.read_bytes()).hexdigest())


def _archive(archive: Archive, root: Path) -> Archive:
    if archive.assets is None:
        path = root / (archive.path or "")
        return replace(archive, path=str(path), hash=_hash_path(path))
    members = {name: _member(member, root) for name, member in sorted(archive.assets.items())}
    # As in the zip file, `pkg`, `pkg/` and `./pkg` are one name (archive.go in pulumi/sdk/go/common/resource).
    hashes = {posixpath.normpath(name): item.hash for name, item in members.items()}
    return replace(archive, assets=members, hash=_hash_names(hashes))


def _hash_path(path: Path) -> str:
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = [file for file in sorted(path.rglob("*")) if file.is_file()]
    return _hash_names({file.relative_to(path).as_posix(): _hash_path(file) for file in files})


def _hash_names(hashes: dict[str, str]) -> str:
    """One hash of all names and contents."""
    lines = [f"{name}\0{hash_}\n" for name, hash_ in sorted(hashes.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
