"""No two resources have the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import ROLE_POLICY

SHARED = frozenset({ROLE_POLICY})


def _judge(program: Program) -> Iterator[Violation]:
    urns = Counter(resource.urn for resource in program.resources)
    names = Counter(_identity(resource) for resource in program.resources)
    for resource in program.resources:
        if urns[resource.urn] > 1:
            yield Violation(resource.urn, "it is registered twice")
        elif _identity(resource)[1] and resource.type not in SHARED and names[_identity(resource)] > 1:
            yield Violation(resource.urn, f"another resource of its type is called {resource.value('name')} too")


def _identity(resource: Resource) -> tuple[str, str]:
    name = resource.value("name")
    return resource.type, name if isinstance(name, str) and resource.type.startswith("aws:") else ""


RULE = Rule(
    id="names-unique",
    title="No two resources have the same name",
    severity=MANDATORY,
    controls=("seed:5",),
    why="Whichever comes second overwrites the first, or fails in the middle of the deployment.",
    mend="Remove one of them: a function is defined once.",
    judge=_judge,
)
