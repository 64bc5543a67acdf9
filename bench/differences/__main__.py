"""Runs public reports on the real Pulumi CLI and on the embedded engine, and prints where they decide differently.

    python -m bench.differences [--only WORDS]

Needs `pulumi` on the PATH (docs/real-cli.md). Exit code 1 means a difference that reports.py does not explain.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.differences.play import REGION, Decided, on_ours, on_the_real_one
from bench.differences.reports import REPORTS, Report
from support.cloud_server import cloud

from embedded_aws import access
from embedded_pulumi.plugin.installation import install, plugin_environment


def main() -> int:
    """Play them all; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", type=int, default=0, help="leave so many reports out")
    parser.add_argument("--only", default="", help="only reports with these words")
    given = parser.parse_args()
    if not shutil.which("pulumi"):
        sys.exit("the Pulumi CLI is not on the PATH: docs/real-cli.md says how to build it")
    chosen = [each for each in REPORTS[given.first :] if given.only in f"{each.where} {each.what}"]
    unexplained = 0
    for report in chosen:
        differences = list(compared(report))
        kind = "same" if not differences else "explained" if report.explained else "DIFFERENT"
        unexplained += kind == "DIFFERENT"
        print(f"{kind:<10} {report.where:<28} {report.what}", flush=True)
        for line in differences:
            print(f"           {line}")
        if differences and report.explained:
            print(f"           {report.explained}")
    print(f"{len(chosen)} reports, {unexplained} with differences that are not explained")
    return 1 if unexplained else 0


def compared(report: Report) -> Iterator[str]:
    """What differs, program by program; each engine has an AWS of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("ours", "theirs", "home"):
            (folder / part).mkdir()
        with cloud(REGION, speed=60) as endpoint:
            ours = on_ours(report, folder / "ours", endpoint)
        with cloud(REGION, speed=60) as endpoint:
            install(folder / "home")
            kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
            environ = access.environment(endpoint, REGION, {**kept, **plugin_environment(endpoint, folder / "home")})
            theirs = on_the_real_one(report, folder / "theirs", environ)
    for number, (mine, real) in enumerate(zip(ours, theirs, strict=True), 1):
        yield from _between(number, mine, real)


def _between(number: int, ours: Decided, real: Decided) -> Iterator[str]:
    if ours.preview != real.preview:
        yield f"program {number}, preview: CLI {list(real.preview)}, ours {list(ours.preview)}"
    if ours.outcome != real.outcome:
        yield f"program {number}, up: CLI {real.outcome}, ours {ours.outcome}"
    if ours.state != real.state:
        yield f"program {number}, state: CLI {list(real.state)}, ours {list(ours.state)}"


if __name__ == "__main__":
    sys.exit(main())
