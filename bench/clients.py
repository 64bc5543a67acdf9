"""Give the AWS CLI an operator's everyday commands, and print how each ended.

    python -m bench.clients [--write]

With `--write` it writes docs/clients.md. The exit code is 1 where an answer is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from support.clients.run import STACK, page, run
from support.deployed.stack import ROOT, OneAtATime

PAGE = ROOT / "docs" / "clients.md"


def main() -> None:
    """Run them all against a new stack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/clients.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, OneAtATime(Path(folder)) as stacks:
        outcomes = run(stacks.deployed(STACK))
    for each in outcomes:
        print(f"{'ok   ' if each.right else 'WRONG'} {each.command.task:45} {each.said}")
    if arguments.write:
        PAGE.write_text(page(outcomes), encoding="utf-8")
    sys.exit(0 if all(each.right for each in outcomes) else 1)


if __name__ == "__main__":
    main()
