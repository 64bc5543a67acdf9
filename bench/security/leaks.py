"""`make secrets`: whether anything in the tree looks like a secret, by detect-secrets, and proof that it would notice.

    python -m bench.security.leaks

Every file under version control is scanned, offline: nothing that is found is tried out anywhere. A value that looks
like a secret and is none stands in security.yaml, itself and not its file, so that another one beside it is found.
Exit code 1 on a value that is not listed, on one that is listed and no longer there, and when a planted one is missed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import string
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.security.accepted import FILE, ROOT, Accepted, read_accepted
from bench.security.verdict import end_with, failing

DETECT_SECRETS = ROOT / ".venv-audit" / "bin" / "detect-secrets"
PACKAGE_HASH = r"^ +--hash=sha256:[0-9a-f]{64}( \\)?$"
PLANTED_IN = ROOT / "packages" / "embedded-aws" / "src" / "embedded_aws" / "access.py"
"""A file with example credentials in it, which are accepted: a real one beside them must not be."""


@dataclass(frozen=True)
class Suspect:
    """Something that looks like a secret; of the value only the SHA-1 is known."""

    file: str
    line: int
    kind: str
    sha1: str


def scan(folder: Path, *, all_files: bool = False) -> list[Suspect]:
    """What looks like a secret in a folder: in files under version control, or in all."""
    command: list[str | Path] = [
        DETECT_SECRETS,
        "--cores",
        "2",
        "-C",
        folder,
        "scan",
        "--no-verify",
        "--exclude-lines",
        PACKAGE_HASH,
    ]
    done = subprocess.run([*command, *(["--all-files"] if all_files else [])], stdout=subprocess.PIPE, check=True)
    results: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)["results"]
    return [
        Suspect(file, each["line_number"], each["type"], each["hashed_secret"])
        for file, found in results.items()
        for each in found
    ]


def problems(found: Iterable[Suspect], accepted: Accepted) -> Iterator[str]:
    """Suspects that are not accepted, and values that are accepted and are not there; pure. No value is told."""
    known = {_sha1(value): value for entry in accepted.secrets for value in entry.values}
    elsewhere = [each for each in found if each.file != FILE]
    for each in sorted(elsewhere, key=lambda suspect: (suspect.file, suspect.line, suspect.kind)):
        if each.sha1 not in known:
            yield f"{each.file}:{each.line} looks like a secret: {each.kind}"
    for sha1 in known.keys() - {each.sha1 for each in elsewhere}:
        yield f"{FILE}: {known[sha1]!r} is listed as no secret, and is nowhere: remove it"


def _sha1(value: str) -> str:
    return hashlib.sha1(value.encode(), usedforsecurity=False).hexdigest()


def planted() -> dict[str, str]:
    """Secrets made up now, each as a line of Python, by the kind that they have to be found as."""
    letters = string.ascii_uppercase + string.digits
    key = "".join(secrets.choice(letters) for _ in range(16))
    return {
        "AWS Access Key": f'first = "AKIA{key}"',
        "Private Key": 'second = "-----BEGIN RSA ' + 'PRIVATE KEY-----"',
        "Hex High Entropy String": f'third = "{secrets.token_hex(20)}"',
        "Secret Keyword": f'password = "{secrets.token_urlsafe(12)}"',
    }


def prove(accepted: Accepted) -> list[str]:
    """Plant secrets in a copy of a file that already has accepted ones; the kinds that are not found."""
    lines = planted()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(PLANTED_IN, folder))
        copy.write_text("\n".join([*lines.values(), copy.read_text(encoding="utf-8")]), encoding="utf-8")
        found = list(problems(scan(Path(folder), all_files=True), Accepted(secrets=accepted.secrets)))
    return [f"a planted secret is not found: {kind}" for kind in lines if not any(kind in each for each in found)]


def main() -> int:
    """Scan, print, and return the exit code."""
    accepted = read_accepted()
    found = scan(ROOT)
    wrong = [*problems(found, accepted), *prove(accepted)]
    print(f"{len(found)} values look like secrets; those that are none are listed in {FILE}")
    return failing(wrong)


if __name__ == "__main__":
    end_with(main)
