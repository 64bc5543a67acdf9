"""Asks the embedded AWS's IAM and ministack's the same 10,000 random questions: `make iam-differences`.

    python -m bench.iam.differences [--cases 10000] [--seed 1] [--show 3]

Prints how many of the answers differ, by class, and each difference that no class explains. Exit code 1 if there is
one, or if no case of the usual ones met a class of the table: then it does not belong there any more.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator

from bench.iam.cases import random_cases
from bench.iam.classes import CLASSES, FILE
from bench.iam.compare import MINISTACK, SEVERAL, Unexplained, asked, classified, decided_by_ours, unexplained

CASES, SEED = 10_000, 1
"""With these each class is met."""


def main() -> int:
    """Ask, print; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare the embedded AWS's IAM with ministack's.")
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--show", type=int, default=3, help="how many unexplained differences to print")
    given = parser.parse_args()
    if not MINISTACK.exists():
        sys.exit("ministack is not in .venv-ministack: make .venv-ministack/.installed")
    questions = asked(list(random_cases(given.cases, given.seed)))
    differences, odd = classified(questions), list(unexplained(questions, decided_by_ours))
    decisions = Counter(decided_by_ours(each.case) for each in questions)
    print(
        f"{given.cases} cases of seed {given.seed}: {', '.join(f'{count} {name}' for name, count in decisions.items())}"
    )
    for name in (*(each.name for each in CLASSES), SEVERAL):
        print(f"{differences[name]:6}  {name}")
    print(f"{differences.total():6}  differences, {len(odd)} unexplained; {FILE} says who is right")
    for line in _told(odd[: given.show]):
        print(line)
    as_usual = (given.cases, given.seed) == (CASES, SEED)
    unmet = [each.name for each in CLASSES if as_usual and not differences[each.name]]
    for name in unmet:
        print(f"NOT MET  {name}: take it out of the table")
    return int(bool(odd or unmet))


def _told(odd: list[Unexplained]) -> Iterator[str]:
    for each in odd:
        question = each.question
        yield f"UNEXPLAINED  ours {each.ours}, theirs {question.theirs}, in plain policies {question.in_plain_policies}"
        yield json.dumps(question.case.as_json(), indent=2)


if __name__ == "__main__":
    sys.exit(main())
