"""`make sbom`: what is installed, as CycloneDX bills of materials in out/, and whether its licences are permissive.

    python -m bench.security.sbom

One for production (requirements/production.txt in an environment of its own) and one for development, each validated
against CycloneDX's schema by the tool that writes it. Two runs on one environment give the same bytes: no serial
number, and no time unless SOURCE_DATE_EPOCH names one. Exit code 1 when a locked package is not in it in its
version, or when a licence is neither permissive nor listed in security.yaml.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.security.accepted import ROOT, Licence, read_accepted
from bench.security.verdict import end_with, failing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CYCLONEDX = ROOT / ".venv-audit" / "bin" / "cyclonedx-py"
DESCRIBED = ROOT / "packages" / "tap-stack" / "pyproject.toml"
"""Whose parts the bills list: what is deployed. The workspace's own pyproject.toml names no project."""
ENVIRONMENTS = {"production": ROOT / ".venv-production", "development": ROOT / ".venv"}
LOCKS = {"production": "production.txt", "development": "dev.txt"}

PERMISSIVE = frozenset({
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Python-2.0",
    "Zlib",
    # What older packages say instead of an identifier.
    "License :: OSI Approved :: Apache Software License",
    "License :: OSI Approved :: BSD License",
    "License :: OSI Approved :: MIT License",
})  # fmt: skip


def write(name: str) -> dict[str, Any]:
    """Write out/sbom-NAME.json for an environment; returns it.

    Raises:
        subprocess.CalledProcessError: it is not valid.
    """
    file = ROOT / "out" / f"sbom-{name}.json"
    file.parent.mkdir(exist_ok=True)
    options: list[str | Path] = [
        "--output-reproducible",
        "--pyproject",
        DESCRIBED,
        "--output-format",
        "JSON",
    ]
    subprocess.run(
        [CYCLONEDX, "environment", ENVIRONMENTS[name], *options, "--validate", "--output-file", file], check=True
    )
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def missing(document: Mapping[str, Any], lock: str) -> Iterator[str]:
    """The locked versions that hold on this machine and are not in the document; pure."""
    installed = {canonicalize_name(each["name"]): each["version"] for each in document["components"]}
    for line in re.findall(r"^(\S+==.*?)\s*\\?$", lock, re.MULTILINE):
        wanted = Requirement(line)
        version = str(wanted.specifier).removeprefix("==")
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        if installed.get(canonicalize_name(wanted.name)) != version:
            yield f"{wanted.name} {version} is locked and not in the bill of materials"


def licences(component: Mapping[str, Any]) -> list[str]:
    """What a component says of its licence: SPDX expressions, or names."""
    return [
        each.get("expression") or each["license"].get("id") or each["license"]["name"]
        for each in component.get("licenses", [])
    ]


def is_permissive(said: Iterable[str]) -> bool:
    """Whether all that is said is permissive; of an OR, one is enough. Nothing said is not."""
    each = list(said)
    return bool(each) and all(
        any(all(part.strip(" ()") in PERMISSIVE for part in choice.split(" AND ")) for choice in one.split(" OR "))
        for one in each
    )


def unlicensed(documents: Iterable[Mapping[str, Any]], listed: Iterable[Licence]) -> Iterator[str]:
    """Components whose licence is neither permissive nor listed, and listings without need; pure."""
    accepted = {each.package: each.licence for each in listed}
    found = {each["name"]: licences(each) for document in documents for each in document["components"]}
    strict = {name: said for name, said in found.items() if not is_permissive(said)}
    for name in sorted(strict.keys() - accepted.keys()):
        yield f"{name} is licensed as {', '.join(strict[name]) or 'nothing that it says'}"
    for name in sorted(accepted.keys() - strict.keys()):
        yield f"security.yaml: the licence of {name} is listed, and need not be"


def main() -> int:
    """Write both, check them, and return the exit code."""
    documents = {name: write(name) for name in ENVIRONMENTS}
    wrong = [
        f"{name}: {problem}"
        for name, document in documents.items()
        for problem in missing(document, (ROOT / "requirements" / LOCKS[name]).read_text(encoding="utf-8"))
    ]
    wrong += unlicensed(documents.values(), read_accepted().licences)
    for name, document in documents.items():
        path = Path("out") / f"sbom-{name}.json"
        print(f"{path}: CycloneDX {document['specVersion']}, {len(document['components'])} components")
    return failing(wrong)


if __name__ == "__main__":
    end_with(main)
