"""What a rule is: what it forbids, where that comes from, how to mend it, and a pure function that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from pulumi_guardrails.model import Program, Resource


class Severity(Enum):
    """Whether a finding stops a deployment, or is told."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


MANDATORY = Severity.MANDATORY
ADVISORY = Severity.ADVISORY


@dataclass(frozen=True)
class Violation:
    """One place where a rule is broken; `urn` is empty if it is the stack as a whole."""

    urn: str
    message: str


Judge: TypeAlias = Callable[[Program], Iterable[Violation]]


@dataclass(frozen=True)
class OfOne:
    """A judgement of one resource at a time, which needs no other: of each resource of some types.

    Attributes:
        types: The types that are judged.
        judge: Gives what is wrong with a resource, one message for each thing.
    """

    types: tuple[str, ...]
    judge: Callable[[Resource], Iterable[str]]

    def __call__(self, program: Program) -> Iterator[Violation]:
        """Judge every resource of those types."""
        for resource in program.of(*self.types):
            for message in self.judge(resource):
                yield Violation(resource.urn, message)


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        id: Hyphenated; the rule is in the file of that name.
        title: What holds in a good stack, as a sentence.
        severity: What a finding does.
        controls: Where it comes from: `seed:4` is the seed's fourth fault, `FSBP EC2.8` a control of AWS Foundational
            Security Best Practices, `CKV_AWS_79` a check of Checkov, and so on.
        why: What happens to those who break it.
        mend: What to do.
        judge: Finds where it is broken. Pure.
    """

    id: str
    title: str
    severity: Severity
    controls: tuple[str, ...]
    why: str
    mend: str
    judge: OfOne | Judge
