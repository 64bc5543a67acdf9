"""Asks both evaluators the same questions, and says for each difference which class it is of.

Each case is asked a second time of ministack, written anew in plain policies (`plain`). Whatever ours says must be
what ministack says of that: also where the two agree on the case as it is, as they may for the wrong reason.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bench.iam.cases import ACCOUNT, ROLE, SERVICE, SESSION, Case, Document
from bench.iam.classes import CLASSES
from bench.iam.plain import rewritten

from embedded_aws.iam.conditions import RequestContext
from embedded_aws.iam.documents import PolicyDocument, parse_document
from embedded_aws.iam.evaluate import Policies, Principal, Request, evaluate

ROOT = Path(__file__).parents[2]
MINISTACK = ROOT / ".venv-ministack" / "bin" / "python"
SEVERAL = "several of these at once"

Decide: TypeAlias = Callable[[Case], str]
"""A case to `Allow`, `Deny` or `ImplicitDeny`."""


@dataclass(frozen=True)
class Question:
    """A case and ministack's answers.

    Attributes:
        theirs: Of the case as it is.
        in_plain_policies: Of the case as written anew.
    """

    case: Case
    theirs: str
    in_plain_policies: str


@dataclass(frozen=True)
class Unexplained:
    """A case on which the two differ, and no rule says why."""

    question: Question
    ours: str


def asked(cases: Sequence[Case]) -> list[Question]:
    """Ask ministack about all cases.

    Raises:
        subprocess.CalledProcessError: it failed; its error is on standard error.
    """
    every_rule = [each.rules for each in CLASSES]
    answers = decided_by_ministack([*cases, *(rewritten(case, every_rule) for case in cases)])
    return [Question(*each) for each in zip(cases, answers[: len(cases)], answers[len(cases) :], strict=True)]


def unexplained(questions: Iterable[Question], decide: Decide) -> Iterator[Unexplained]:
    """The cases that an evaluator decides otherwise than ministack does in plain policies."""
    for each in questions:
        ours = decide(each.case)
        if ours != each.in_plain_policies:
            yield Unexplained(each, ours)


def classified(questions: Iterable[Question]) -> Counter[str]:
    """The differences that are explained, by the class that explains one alone; the first, where there are two."""
    differing = [each for each in questions if each.theirs != each.in_plain_policies]
    answers = iter(
        decided_by_ministack([rewritten(question.case, [each.rules]) for question in differing for each in CLASSES])
    )
    names: Counter[str] = Counter()
    for question in differing:
        sufficient = [each.name for each in CLASSES if next(answers) == question.in_plain_policies]
        names[sufficient[0] if sufficient else SEVERAL] += 1
    return names


def decided_by_ministack(cases: Iterable[Case]) -> list[str]:
    """The decisions of ministack's evaluator, in an environment of its own."""
    lines = "".join(json.dumps(case.as_json()) + "\n" for case in cases)
    script = Path(__file__).with_name("ministack_answers.py")
    ran = subprocess.run([MINISTACK, script], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return ran.stdout.split()


def decided_by_ours(case: Case) -> str:
    """The decision of the embedded AWS."""
    principal = Principal(ACCOUNT, service=SERVICE) if case.service else Principal(ACCOUNT, ROLE, SESSION)
    policies = Policies(
        identity=tuple(_parsed(each) for each in case.identity),
        resource=_parsed(case.of_resource) if case.of_resource else None,
        boundary=_parsed(case.boundary) if case.boundary else None,
        session=_parsed(case.session) if case.session else None,
        resource_decides=case.required,
    )
    verdict = evaluate(Request(principal, case.action, case.resource, RequestContext(case.context)), policies)
    if verdict.allowed:
        return "Allow"
    return "Deny" if verdict.decided_by is not None else "ImplicitDeny"


def _parsed(document: Document) -> PolicyDocument:
    return parse_document(json.dumps(document), "case")
