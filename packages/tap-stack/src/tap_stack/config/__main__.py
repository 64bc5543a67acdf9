"""`python -m tap_stack.config`: check the configuration's reference in this folder, or write it with `--write`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tap_stack.config import reference


def main() -> int:
    """Exit code 1 if a file is outdated, and says which."""
    parser = argparse.ArgumentParser(prog="python -m tap_stack.config", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write Pulumi.yaml and docs/configuration.md")
    if parser.parse_args().write:
        reference.write(Path.cwd())
    wrong = reference.outdated(Path.cwd())
    if wrong:
        sys.stderr.write(f"outdated: {', '.join(wrong)}; run {reference.COMMAND}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
