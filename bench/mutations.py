"""Breaks each of the healer's twenty rules on purpose, one at a time, and prints which test noticed.

Each mutation is made in a copy of the source tree in a temporary folder; the working tree is never touched. A mutation
whose text is no longer in the source is an error: the table below must follow the code.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUITES = {"healer": "tests/healer", "sim": "tests/sim/test_properties.py"}
NAMED = {15: "observe", 16: "lonely", 17: "flood", 18: "denied"}
"""Properties that the simulator has a test of its own for; the others' tests carry their number."""
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Mutation:
    """One rule broken: in `file` of the healer, `old` (which occurs once) becomes `new`."""

    property: int
    what: str
    file: str
    old: str
    new: str


MUTATIONS = (
    Mutation(
        1,
        "status is asked for without filters",
        "aws.py",
        '            Filters=[{"Name": filter_name, "Values": [replies.IMPAIRED]}],\n',
        "",
    ),
    Mutation(
        2,
        "members out of service are candidates",
        "decide.py",
        "    (Reason.NOT_IN_SERVICE, _is_not_in_service),\n",
        "",
    ),
    Mutation(3, "what is in flight is not counted", "limits.py", "    moving = in_flight(group)\n", "    moving = 0\n"),
    Mutation(
        4, "a small group's sweep has no limit", "limits.py", "return policy.small_group_sweep_marks", "return desired"
    ),
    Mutation(
        4,
        "earlier marks of the hour are not counted",
        "limits.py",
        "hour_cap(group.desired, policy) - marked_lately(group, history, now)",
        "hour_cap(group.desired, policy)",
    ),
    Mutation(5, "there is no floor", "decide.py", "    if made >= room.floor:\n        return Reason.FLOOR\n", ""),
    Mutation(6, "nothing is waited for", "decide.py", "    (Reason.WAITING_WINDOW, _is_waiting),\n", ""),
    Mutation(
        7,
        "a failed read is passed over",
        "aws.py",
        "    except Blind as error:\n        group = dataclasses.replace(group, blind=str(error))\n    return Facts(",
        "    except Blind:\n        pass\n    return Facts(",
    ),
    Mutation(
        8, "the grace period is overruled", "aws.py", "ShouldRespectGracePeriod=True", "ShouldRespectGracePeriod=False"
    ),
    Mutation(9, "a broken zone is not braked", "decide.py", "    (Reason.ZONE_BRAKE, _is_in_braked_zone),\n", ""),
    Mutation(9, "a zone is probed at any time", "zones.py", "activity.started > since", "False"),
    Mutation(
        10,
        "a burst has any width",
        "decide.py",
        "    if paced is not None and paced >= room.width:\n        return Reason.BURST_COOLDOWN\n",
        "",
    ),
    Mutation(
        11,
        "a backlog starts at full speed",
        "pace.py",
        "_is_burst(failures, left, enough, policy) or _is_backlog(failures, left, enough, policy, now)",
        "_is_burst(failures, left, enough, policy)",
    ),
    Mutation(12, "a bad image is not minded", "decide.py", "    (Reason.SUSPENDED_BAD_IMAGE, _suspects_image),\n", ""),
    Mutation(
        13, "suspended processes are not minded", "decide.py", "    (Reason.PROCESS_SUSPENDED, _lacks_processes),\n", ""
    ),
    Mutation(13, "a refresh is not minded", "decide.py", "    (Reason.REFRESH, _is_refreshing),\n", ""),
    Mutation(13, "a tag does not spare", "decide.py", "    (Reason.VETOED, _is_spared),\n", ""),
    Mutation(13, "the switch is not minded", "decide.py", "    (Reason.VETOED, _is_switched_off),\n", ""),
    Mutation(
        14,
        "nobody claims an event",
        "aws.py",
        "if self.claim is not None and not self.claim.take():",
        "if False:",
    ),
    Mutation(14, "an old event is acted upon", "handler.py", "    if stale:\n", "    if False:\n"),
    Mutation(
        15,
        "observe mode marks",
        "handler.py",
        "if settings.mode is Mode.OBSERVE or switch(facts.group) is Mode.OBSERVE:",
        "if False:",
    ),
    Mutation(16, "no call is tried again", "calls.py", "if not self._may_retry(error, attempt):", "if True:"),
    Mutation(
        17,
        "age does not order",
        "decide.py",
        "sorted(group.impaired, key=lambda member: _age_key(member, now))",
        "sorted(group.impaired, key=lambda member: member.id)",
    ),
    Mutation(
        17,
        "a flood in one zone slows the others",
        "pace.py",
        "member.in_service and member.zone not in under_brake and skip_until",
        "member.in_service and skip_until",
    ),
    Mutation(
        18,
        "who cannot work says nothing",
        "handler.py",
        "    if errors:\n        raise",
        "    if False:\n        raise",
    ),
    Mutation(19, "a quiet sweep tries without end", "calls.py", "QUIET_RETRIES = 5", "QUIET_RETRIES = 500"),
    Mutation(
        19,
        "a quiet sweep reads everything",
        "aws.py",
        "if any(member.in_service for member in group.impaired):",
        "if True:",
    ),
    Mutation(
        19,
        "marks are begun to the last second",
        "aws.py",
        "if calls.remaining() >= RESERVE_SECONDS else",
        "if True else",
    ),
    Mutation(
        20,
        "those marked already are not explained",
        "decide.py",
        "_verdict(member, final[member.id], situation) for member in impaired),",
        "_verdict(member, final[member.id], situation) for member in impaired if not member.marked),",
    ),
)


def broken_copy(mutation: Mutation, folder: Path) -> None:
    """Copy the tree and break one rule in the copy.

    Raises:
        SystemExit: The text to be replaced does not occur exactly once.
    """
    for name in ("src", "tests", "docs", "pyproject.toml"):
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__", ".hypothesis")
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy(source, folder / name)
    path = folder / "src" / "tap_stack" / "healer" / mutation.file
    text = path.read_text()
    if text.count(mutation.old) != 1:
        sys.exit(f"{mutation.file}: {mutation.old!r} occurs {text.count(mutation.old)} times: mend the table")
    path.write_text(text.replace(mutation.old, mutation.new))


def caught_by(mutation: Mutation, suite: str) -> str:
    """The first test of a suite that fails with the rule broken; "" if none does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broken_copy(mutation, folder)
        chosen = ["-k", NAMED.get(mutation.property, f"p{mutation.property:02}")] if suite == "sim" else []
        command = [
            sys.executable,
            "-m",
            "pytest",
            SUITES[suite],
            *chosen,
            "-x",
            "-q",
            "--tb=no",
            "-p",
            "no:cacheprovider",
        ]
        environ = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    found = FAILED.search(done.stdout)
    if found is None and done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return found.group(1).removeprefix("tests/") if found else ""


def main() -> int:
    """Break them all; 1 if a mutation was noticed by no test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=SUITES, action="append", help="only these tests (default: all)")
    parser.add_argument("--property", type=int, action="append", help="only these properties")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    suites = given.suite or list(SUITES)
    chosen = [each for each in MUTATIONS if not given.property or each.property in given.property]
    missed = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        results = pool.map(lambda each: [caught_by(each, suite) for suite in suites], chosen)
        for mutation, tests in zip(chosen, results, strict=True):
            missed += not any(tests)
            print(f"{mutation.property:>2}  {mutation.what}")
            for suite, test in zip(suites, tests, strict=True):
                print(f"    {suite:7} {test or '-'}", flush=True)
    print(f"{len(chosen)} rules broken, {len(chosen) - missed} noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
