"""`make audit`: dependencies with known vulnerabilities, for every lock file in requirements/.

    python -m bench.security.audit [--osv URL]

pip-audit asks the package index for what it knows of each locked version. Exit codes: 0 every version was looked up and
none is vulnerable, or it is listed in security.yaml; 1 a vulnerability that is not listed, or a listing that is past
its last day or without need; 3 not known: the index did not offer the information for at least one version. Not knowing
is not the same as nothing to find, which is what pip-audit itself prints in that case.

`--osv` asks a server with the OSV API instead, such as a mirror of your own. Each run begins with such a server of its
own, on a loopback port, that calls one locked version vulnerable: pip-audit has to say so.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.security.accepted import ROOT, Vulnerability, read_accepted
from bench.security.verdict import failing

from tap_cli.errors import UsageError

PIP_AUDIT = ROOT / ".venv-audit" / "bin" / "pip-audit"
CLEAN, VULNERABLE, UNKNOWN = 0, 1, 3
PLANTED = "PLANTED-2026-1"


@dataclass(frozen=True)
class Known:
    """A known vulnerability of a locked version."""

    package: str
    version: str
    id: str


@dataclass(frozen=True)
class Told:
    """What is known of one lock file: how many versions were looked up, which could not be, what was found."""

    looked_up: int
    unknown: tuple[str, ...]
    found: tuple[Known, ...]


def told(document: Mapping[str, Any]) -> Told:
    """What pip-audit's JSON says; pure."""
    asked = [each for each in document["dependencies"] if "skip_reason" not in each]
    return Told(
        looked_up=len(asked),
        unknown=tuple(sorted(each["name"] for each in document["dependencies"] if "skip_reason" in each)),
        found=tuple(Known(each["name"], each["version"], vuln["id"]) for each in asked for vuln in each["vulns"]),
    )


def problems(found: Iterable[Known], listed: Sequence[Vulnerability], today: str, unknown: int) -> Iterator[str]:
    """Vulnerabilities that are not accepted; where everything is known, also what is accepted for nothing. Pure."""
    seen = set(found)
    accepted = {(each.package, each.id) for each in listed if str(each.expires) >= today}
    for each in sorted(seen, key=lambda known: (known.package, known.id)):
        if (each.package, each.id) not in accepted:
            yield f"{each.package} {each.version} has the known vulnerability {each.id}"
    for entry in listed if not unknown else ():
        if (entry.package, entry.id) not in {(each.package, each.id) for each in seen}:
            yield f"security.yaml: {entry.package} no longer has {entry.id}: remove it"


def verdict(wrong: Sequence[str], unknown: int) -> int:
    """The exit code; pure. What is wrong for certain outweighs what is not known."""
    return VULNERABLE if wrong else UNKNOWN if unknown else CLEAN


def ask(requirements: Path, osv: str = "") -> Told:
    """Have pip-audit look up every version of a lock file; installs nothing.

    Raises:
        RuntimeError: it could not ask; the message is its own.
    """
    command: list[str | Path] = [
        PIP_AUDIT,
        "--requirement",
        requirements,
        "--disable-pip",
        "--require-hashes",
        "--format",
        "json",
    ]
    with tempfile.TemporaryDirectory() as cache:
        service = ["--vulnerability-service", "osv", "--osv-url", osv] if osv else []
        options = ["--progress-spinner", "off", "--cache-dir", cache, *service]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        raise RuntimeError(done.stderr.strip() or f"pip-audit ended with exit code {done.returncode}")
    return told(json.loads(done.stdout))


@contextmanager
def osv_server(package: str) -> Iterator[str]:
    """A server with the OSV API on a loopback port that knows one vulnerability, of one package; its URL.

    Source: google.github.io/osv.dev, `POST /v1/query`.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = query["package"]["name"]
            affected = [{"package": {"name": asked, "ecosystem": "PyPI"}, "versions": [query["version"]]}]
            vulnerability = {"id": PLANTED, "summary": "planted", "published": "2026-01-01T00:00:00Z"}
            body = json.dumps({"vulns": [{**vulnerability, "affected": affected}]} if asked == package else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def prove(requirements: Path) -> str:
    """Have one locked version called vulnerable; what is wrong with the audit if it does not say so, else empty."""
    package = re.findall(r"^([\w.-]+)==", requirements.read_text(encoding="utf-8"), re.MULTILINE)[0]
    with osv_server(package) as url:
        said = ask(requirements, url)
    found = [(each.package, each.id) for each in said.found]
    return "" if found == [(package, PLANTED)] and not said.unknown else f"a planted vulnerability gave {said}"


def main() -> int:
    """Audit, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--osv", default="", metavar="URL", help="ask this server, which has the OSV API, instead")
    osv = parser.parse_args().osv
    files = sorted((ROOT / "requirements").glob("*.txt"))
    wrong = [problem for problem in [prove(ROOT / "requirements" / "production.txt")] if problem]
    said = {file.name: ask(file, osv) for file in files}
    for name, each in said.items():
        print(f"{name}: {each.looked_up} versions looked up, {len(each.unknown)} not known, {len(each.found)} findings")
    found = [known for each in said.values() for known in each.found]
    unknown = sum(len(each.unknown) for each in said.values())
    wrong += problems(found, read_accepted().vulnerabilities, datetime.now(UTC).date().isoformat(), unknown)
    failing(wrong)
    if unknown:
        print("NOT KNOWN: the package index offers no vulnerabilities for these versions. This is no clean result.")
    return verdict(wrong, unknown)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (UsageError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(UNKNOWN if isinstance(error, RuntimeError) else 2)
