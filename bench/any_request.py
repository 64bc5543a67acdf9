"""Any request that botocore's models allow, to every operation that the embedded AWS answers itself.

    python -m bench.any_request [--examples 100] [--seed 1] [--services ec2,iam]

After each operation's requests time goes on for a minute, and all listings are asked for. Prints each way in which one
of them failed once, when it is found, with the request that did it; ends with 1 if there was any.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from support.any_request import LISTINGS, FurnishedCloud, furnished_cloud, requests

RUN_A_PROCESS = frozenset({"Invoke", "InvokeAsync"})
TOLD_LINES = 4  # of a traceback: where it ended
FAULT = 500


class Findings:
    """What went wrong, each way of it once, with the first request that showed it."""

    def __init__(self, aim: FurnishedCloud) -> None:
        self._aim = aim
        self.seen: dict[str, str] = {}
        self.answers: Counter[int] = Counter()

    def note(self, what: str) -> None:
        """Take over the tracebacks since the last time."""
        for kept in (self._aim.cloud._gateway.failures, self._aim.cloud.clock.failures):  # noqa: SLF001 - a bench looks inside
            for trace in kept:
                self._tell("\n".join(trace.strip().splitlines()[-TOLD_LINES:]), what)
            kept.clear()

    def send(self, service: str, action: str, params: dict[str, Any]) -> None:
        """Send one request."""
        status, _ = self._aim.send(service, action, params)
        self.answers[status] += 1
        self.note(f"{service}:{action} {params}")

    def look(self, what: str) -> None:
        """Let a minute pass, and ask for every listing."""
        self._aim.cloud.clock.advance(60)
        for service, action in LISTINGS:
            status, body = self._aim.send(service, action, {})
            if status >= FAULT:
                self._tell(f"{service}:{action} answers {status}: {body[:200]}", f"after {what}")
        self.note(f"after {what}")

    def _tell(self, where: str, what: str) -> None:
        """Print one that is new; whoever ends a long run early has seen what it found."""
        if where not in self.seen:
            self.seen[where] = what
            print(f"{what[:400]}\n{where}\n", flush=True)


def main() -> int:
    """Try them all; the number of findings decides the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--services", default="")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # every finding is printed below
    with furnished_cloud() as aim:
        findings = Findings(aim)
        for service, action in aim.operations():
            if action in RUN_A_PROCESS or service not in (
                options.services.split(",") if options.services else [service]
            ):
                continue
            _try(aim, findings, (service, action), options)
            findings.look(f"{service}:{action}")
    print(f"{findings.answers.total()} requests, {len(findings.seen)} findings; answers: {dict(findings.answers)}")
    return 1 if findings.seen else 0


def _try(aim: FurnishedCloud, findings: Findings, operation: tuple[str, str], options: argparse.Namespace) -> None:
    @seed(options.seed)
    @settings(
        max_examples=options.examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(aim, *operation))
    def send(params: dict[str, Any]) -> None:
        findings.send(*operation, params)

    send()


if __name__ == "__main__":
    sys.exit(main())
