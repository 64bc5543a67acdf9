"""Records which permission of the deployed stack is used by whom and when, and writes it down.

`--write` renews permissions/recorded.json and docs/permissions.md; without it what differs is printed, and exit code 1
means that something does. `--documents` prints the policy documents that the program writes, for bench/lint_iam.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # what the tests play is what is recorded

from support.deployed import situations  # noqa: E402
from support.deployed.stack import (  # noqa: E402
    THREE_ZONES,
    Deployed,
    OneAtATime,
)
from support.deployed.without import policies  # noqa: E402
from tools import permissions_page  # noqa: E402

from pulumi_guardrails.model import Program  # noqa: E402
from pulumi_guardrails.recording.rehearsal import rehearse  # noqa: E402
from pulumi_guardrails.recording.subject import Subject  # noqa: E402
from pulumi_guardrails.usage import RECORDED_FILE, read_usage, to_json  # noqa: E402
from tap_stack.components.iam import INSTANCE_POLICIES  # noqa: E402

COMMAND = permissions_page.COMMAND


def main() -> int:
    """Record, and write or compare; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the recording and the page")
    parser.add_argument("--documents", action="store_true", help="print the policy documents as JSON, and no more")
    options = parser.parse_args()
    if options.documents:
        print(json.dumps(documents()))
        return 0
    recorded = to_json(record(), COMMAND)
    if options.write:
        (ROOT / RECORDED_FILE).write_text(recorded)
        (ROOT / permissions_page.FILE).write_text(permissions_page.page(program(), read_usage(ROOT)))
    outdated = (ROOT / RECORDED_FILE).read_text() != recorded
    print("outdated: permissions/recorded.json" if outdated else "the recording is current")
    return int(outdated)


def record() -> dict[str, list[dict[str, Any]]]:
    """What is used, on a stack that is deployed for it."""
    with deployed() as stack:
        return situations.record(stack)


def documents() -> list[dict[str, Any]]:
    """Every policy that the program writes, as it is deployed; not those of AWS's."""
    with deployed() as stack:
        written = [(label, policy) for label in situations.holders(stack) for policy in policies(stack, label)]
    return [
        {"name": f"{label}: {policy.name}", "document": policy.document}
        for label, policy in written
        if policy.name not in INSTANCE_POLICIES
    ]


@contextmanager
def deployed() -> Iterator[Deployed]:
    """The stack, for as long as a `with` lasts."""
    with tempfile.TemporaryDirectory() as folder, OneAtATime(Path(folder)) as stacks:
        yield stacks.deployed(THREE_ZONES)


def program() -> Program:
    """The program, as `tap check` sees it."""
    return rehearse(ROOT, Subject(project="tap"), os.environ)


if __name__ == "__main__":
    sys.exit(main())
