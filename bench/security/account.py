"""`make scan-account`: Prowler asks an AWS account in which the stack is deployed.

    python -m bench.security.account [--findings]

The account is one of the embedded AWS, the stack that of Pulumi.prod.yaml. Prowler asks twice: before the stack is
deployed, and afterwards. What it finds fault with the first time is the account's; what fails only the second time is
the stack's, and fails the command (exit code 1) unless security.yaml has a reason for it under `account`. So does a
reason that nothing needs, and a call that Prowler makes, that the embedded AWS does not answer, and that is not listed
under `unanswered`.

`--findings` prints every failed check, the account's and those with a reason too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.security.accepted import FILE, ROOT, read_accepted
from bench.security.reasons import Found, reasons_today
from bench.security.verdict import end_with, failing

from embedded_aws.calllog import CallRecord
from embedded_pulumi.engine.stackfile import read_stack_file
from tap_cli.sandbox import Sandbox

PYTHON = ROOT / ".venv-prowler" / "bin" / "python"
ASK = Path(__file__).with_name("ask_account.py")
STACK = "prod"
REGION = "eu-west-1"
SERVICES = ("autoscaling", "awslambda", "cloudwatch", "ec2", "eventbridge", "iam", "kms", "sns", "ssm", "vpc")
"""Those of Prowler's services that the stack has something of; Prowler counts logs among cloudwatch."""

SPEED = 60


@dataclass(frozen=True)
class Told:
    """What Prowler says of an account: the checks that it made, those that failed and passed, and its own errors."""

    version: str
    checks: int
    failed: frozenset[Found]
    passed: int
    errors: tuple[str, ...]


def told(document: Mapping[str, Any]) -> Told:
    """What the document of ask_account.py says; pure."""
    said = document["said"]
    return Told(
        version=document["version"],
        checks=len(document["checks"]),
        failed=frozenset(Found(check, text, uid, STACK) for check, status, text, uid in said if status == "FAIL"),
        passed=sum(status == "PASS" for _, status, _, _ in said),
        errors=tuple(document["errors"]),
    )


def ask(environ: Mapping[str, str]) -> Told:
    """Have Prowler ask the account that an environment leads to.

    Raises:
        RuntimeError: it did not come to an end; the message is its own.
    """
    with tempfile.TemporaryDirectory() as home:
        command: list[str | Path] = [PYTHON, "-P", ASK, REGION, *SERVICES]
        done = subprocess.run(command, env={**environ, "HOME": home}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Prowler ended with exit code {done.returncode}: {done.stderr[-4000:]}")
    return told(json.loads(done.stdout.splitlines()[-1]))


def unanswered(calls: Iterable[CallRecord]) -> frozenset[str]:
    """The calls that the embedded AWS does not have, as `ec2:GetEbsEncryptionByDefault`, or the service alone. Pure."""
    return frozenset(f"{each.service}:{each.action}".rstrip(":") for each in calls if each.error == "NotImplemented")


def problems(calls: Iterable[str], listed: Iterable[str]) -> Iterator[str]:
    """Calls that are not answered and not listed, and those listed that are answered; pure."""
    found, known = set(calls), set(listed)
    for call in sorted(found - known):
        yield f"the embedded AWS does not answer {call}"
    for call in sorted(known - found):
        yield f"{FILE}: {call} is listed as unanswered, and is not"


def main() -> int:
    """Deploy, have Prowler ask, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", action="store_true", help="print every failed check")
    arguments = parser.parse_args()
    accepted = read_accepted()
    config = dict(read_stack_file(ROOT, STACK, {}).config)
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(ROOT, STACK, config, region=REGION, folder=Path(folder), speed=SPEED) as sandbox,
    ):
        environ = sandbox.cloud.environment(os.environ)
        before = ask(environ)
        sandbox.engine.up()
        start = len(sandbox.cloud.calls)
        after = ask(environ)
        calls = unanswered(list(sandbox.cloud.calls)[start:])
        broken = list(sandbox.cloud.failures)
    ours = after.failed - before.failed
    for name, one in (("empty account", before), ("with the stack", after)):
        print(f"{name}: {one.checks} checks, {one.passed} passed, {len(one.failed)} failed (Prowler {one.version})")
    if arguments.findings:
        for each in sorted(after.failed):
            print(f"{'stack' if each in ours else 'account'}: {each.check}: {each.title}: {each.resource}")
        for text in after.errors:
            print(f"error of Prowler's: {text}")
    return failing([*broken, *reasons_today(accepted.account).problems(ours), *problems(calls, accepted.unanswered)])


if __name__ == "__main__":
    try:
        end_with(main)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
