"""The package holds the module that the handler names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from embedded_pulumi.values import Archive
from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import FUNCTION

SUFFIXES = {"python": (".py",), "nodejs": (".js", ".mjs", ".cjs")}


def _judge(resource: Resource) -> Iterator[str]:
    handler, code = resource.value("handler"), resource.value("code")
    suffixes = next(
        (found for name, found in SUFFIXES.items() if str(resource.value("runtime")).startswith(name)), None
    )
    files = _files(code) if isinstance(code, Archive) else None
    if isinstance(handler, str) and suffixes and files is not None:
        module = handler.rpartition(".")[0].replace(".", "/")
        if not any(f"{module}{suffix}" in files for suffix in suffixes):
            yield f"its code has no {module}{suffixes[0]}, which the handler {handler} is in"


def _files(archive: Archive, prefix: str = "") -> frozenset[str] | None:
    """The names of the files in an archive; None if it is a zip, or not there to be looked at."""
    if archive.path is not None:
        folder = Path(archive.path)
        return (
            frozenset(prefix + str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.is_dir() else None
        )
    found: set[str] = set()
    for name, item in (archive.assets or {}).items():
        inner = (
            _files(item, "" if name == "." else f"{prefix}{name}/")
            if isinstance(item, Archive)
            else frozenset({prefix + name})
        )
        if inner is None:
            return None
        found |= inner
    return frozenset(found)


RULE = Rule(
    id="lambda-handler-in-code",
    title="The package holds the module that the handler names",
    severity=MANDATORY,
    controls=("seed:5",),
    why="Lambda takes the package, and fails at every invocation.",
    mend="Put the file under its own name into the archive: {'index.py': StringAsset(...)} for index.handler.",
    judge=OfOne((FUNCTION,), _judge),
)
