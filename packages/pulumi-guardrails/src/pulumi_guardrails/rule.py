"""What a rule is: what it forbids, where that comes from, how to mend it, and a pure function that finds it.

A rule is written as that function, under `@rule`. The function's name is the rule's id; its docstring is the title and,
after a blank line, why. With `of` it is given one resource after another, and yields what is wrong with it; without, it
is given the program, and yields violations.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, overload

from pulumi_guardrails.model import Program, Resource


class EnforcementLevel(Enum):
    """Whether a finding stops a deployment, or is told."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


MANDATORY = EnforcementLevel.MANDATORY
ADVISORY = EnforcementLevel.ADVISORY


@dataclass(frozen=True)
class Violation:
    """One place where a rule is broken; `urn` is empty if it is the stack as a whole."""

    urn: str
    message: str


Judge: TypeAlias = Callable[[Program], Iterable[Violation]]
JudgeOfOne: TypeAlias = Callable[[Resource], Iterable[str]]


@dataclass(frozen=True)
class OfOne:
    """A judgement of one resource at a time, which needs no other: of each resource of some types.

    Attributes:
        types: The types that are judged.
        judge: Gives what is wrong with a resource, one message for each thing.
    """

    types: tuple[str, ...]
    judge: JudgeOfOne

    def __call__(self, program: Program) -> Iterator[Violation]:
        """Judge every resource of those types."""
        for resource in program.of(*self.types):
            for message in self.judge(resource):
                yield Violation(resource.urn, message)


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        id: The name of its function, hyphenated.
        title: What holds in a good stack, as a sentence.
        severity: What a finding does.
        controls: Where it comes from: `seed:4` is the seed's fourth fault, `FSBP EC2.8` a control of AWS Foundational
            Security Best Practices, `CKV_AWS_79` a check of Checkov, and so on.
        why: What happens to those who break it.
        mend: What to do.
        judge: Finds where it is broken. Pure.
        house: Whether it is a convention of one house, which a program of another need not keep.
    """

    id: str
    title: str
    severity: EnforcementLevel
    controls: tuple[str, ...]
    why: str
    mend: str
    judge: OfOne | Judge
    house: bool = False


@overload
def rule(
    severity: EnforcementLevel,
    *,
    of: str | tuple[str, ...],
    controls: tuple[str, ...],
    mend: str,
    house: bool = False,
) -> Callable[[JudgeOfOne], Rule]: ...


@overload
def rule(
    severity: EnforcementLevel, *, controls: tuple[str, ...], mend: str, house: bool = False
) -> Callable[[Judge], Rule]: ...


def rule(
    severity: EnforcementLevel,
    *,
    of: str | tuple[str, ...] = (),
    controls: tuple[str, ...],
    mend: str,
    house: bool = False,
) -> Callable[[Any], Rule]:
    """Make a rule of a function that judges.

    Args:
        severity: What a finding does.
        of: The types, or the only one, whose resources are judged one at a time; else the program is judged as a whole.
        controls: Where it comes from.
        mend: What to do.
        house: Whether it is a convention of one house.
    """
    types = (of,) if isinstance(of, str) else of

    def made(judge: Any) -> Rule:
        title, _, why = (inspect.getdoc(judge) or "").partition("\n\n")
        return Rule(
            id=judge.__name__.replace("_", "-"),
            title=title.removesuffix("."),
            severity=severity,
            controls=controls,
            why=" ".join(why.split()),
            mend=mend,
            judge=OfOne(types, judge) if types else judge,
            house=house,
        )

    return made
