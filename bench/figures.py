"""The figures of the embedded AWS: how long a demo takes, what it deploys, what a quiet sweep costs, how large it is.

    python -m bench.figures [--runs 5]

Times are medians of whole runs of `tap demo` on this machine; compare them with nothing but each other.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.figures import count_lines

from embedded_pulumi.aws.archives import zip_bytes
from embedded_pulumi.values import Archive, Asset
from tap_stack.components.healing import INDEX

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "packages" / "tap-stack" / "src" / "tap_stack"


def demo() -> dict[str, Any]:
    """One run of the demo; returns its document."""
    command = [sys.executable, "-m", "tap_cli", "demo", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def lambda_zip_bytes() -> int:
    """The size of the healer's archive as the provider would upload it."""
    sources = {f"healer/{path.name}": Asset(path=str(path)) for path in (SOURCE / "healer").glob("*.py")}
    return len(zip_bytes(Archive(assets={"index.py": Asset(text=INDEX), **sources})))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="how often the demo is run (default 5)")
    runs = [demo() for _ in range(parser.parse_args().runs)]
    deploy = statistics.median(run["seconds"]["deploy"] for run in runs)
    total = statistics.median(run["seconds"]["total"] for run in runs)
    print(f"demo, median of {len(runs)}: deployment {deploy:.1f} s, everything {total:.1f} s")
    quiet = [sweep["aws_calls"] for run in runs for sweep in run["sweeps"] if not sweep["reasons"]]
    print(f"AWS calls of a quiet sweep: {min(quiet)} to {max(quiet)} in {len(quiet)} sweeps")
    print(f"resources: {sum(runs[0]['resources'].values())}")
    for type_, count in runs[0]["resources"].items():
        print(f"  {count:3} {type_}")
    print(f"the Lambda's zip: {lambda_zip_bytes()} bytes")
    print("lines of Python:")
    for part in [*sorted((ROOT / "packages").glob("*/*/")), ROOT / "support", ROOT / "tests"]:
        print(f"  {count_lines(part):6} {part.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
