"""Deploy the Python programs in a folder into an embedded AWS, and print what each came to: how many of them deploy?

    python -m bench.example_programs FOLDER [--only NAME ...] [--seconds 180] [--config NAMESPACE:KEY=VALUE ...]

FOLDER has a folder for each program, such as a clone of pulumi/examples, of which it takes those that begin with
`aws-py-`. Each program is deployed with its defaults, and destroyed. What keeps it from that is told in a word: `types`
that are refused (the first one), a `package` that is not installed, `configuration` that the program asks for, `AWS`
for what the embedded AWS or the provider refuses, the `program` itself for all else. Nothing of the programs is kept.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from embedded_pulumi.errors import EngineError, UnsupportedTypes
from embedded_pulumi.testing import SharedAws

PREFIX = "aws-py-"
_TYPE = re.compile(r"(?:resource type|function) '(aws:[^']+)' is not supported by this provider")
_PACKAGE = re.compile(r"the program imports '([^']+)', which is not installed")
_CONFIGURATION = re.compile(r"[Mm]issing required configuration variable '?([^\s']+)")
_REFUSED = re.compile(r"is not supported by (this provider|the embedded AWS)|\([A-Z][A-Za-z]+\)")


@dataclass(frozen=True)
class Outcome:
    """What a program came to: `deploys`, or what kept it from that, with the reason."""

    word: str
    reason: str = ""


def main() -> None:
    """Print a row for each program, and the share of those that deploy."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("folder", type=Path)
    asked.add_argument("--only", action="append", default=[])
    asked.add_argument("--seconds", type=int, default=180)
    asked.add_argument("--config", action="append", default=[])
    given = asked.parse_args()
    config = dict(each.partition("=")[::2] for each in given.config)
    programs = [
        each
        for each in sorted(given.folder.glob(f"{PREFIX}*"))
        if (each / "Pulumi.yaml").is_file() and (not given.only or each.name in given.only)
    ]
    if not programs:
        sys.exit(f"{given.folder} has no folder that begins with {PREFIX}; expected: a clone of pulumi/examples")
    words: Counter[str] = Counter()
    for program in programs:
        begin = time.monotonic()
        outcome = tried(program, config, given.seconds)
        words[outcome.word] += 1
        print(f"{program.name:42} {outcome.word:14} {time.monotonic() - begin:5.1f} s  {outcome.reason}", flush=True)
    print(f"{words['deploys']} of {len(programs)} deploy; {dict(words)}")


def tried(program: Path, config: dict[str, str], seconds: int) -> Outcome:
    """Deploy one program in an AWS of its own, and destroy it."""
    try:
        with limited(seconds), SharedAws() as aws:
            aws.deploy(program, config).destroy()
    except UnsupportedTypes as error:
        return Outcome("types", str(error).partition(": ")[2].rpartition(": ")[0])
    except TimeoutError:
        return Outcome("time", f"more than {seconds} s")
    except (EngineError, OSError) as error:
        return classified(str(error))
    return Outcome("deploys")


def classified(message: str) -> Outcome:
    """What kept a program from being deployed, by the message."""
    for pattern, word in ((_TYPE, "types"), (_PACKAGE, "package"), (_CONFIGURATION, "configuration")):
        if found := pattern.search(message):
            return Outcome(word, found[1])
    told = next((line for line in message.splitlines() if _REFUSED.search(line)), "")
    if told:
        return Outcome("AWS", told.strip()[:160])
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return Outcome("program", (lines[-1] if lines else message)[:160])


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the body after so many seconds."""

    def stop(_: int, __: FrameType | None) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    main()
