"""`python -m pulumi_guardrails [--write]`: is docs/guardrails.md what the rules say, or make it so."""

from __future__ import annotations

import sys
from pathlib import Path

from pulumi_guardrails import page


def main(options: list[str]) -> int:
    """Check, or write, in the working directory; returns the exit code."""
    if options == ["--write"]:
        page.write(Path())
    elif not page.is_current(Path()):
        sys.stderr.write(f"outdated: {page.FILE}; run {page.COMMAND}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
