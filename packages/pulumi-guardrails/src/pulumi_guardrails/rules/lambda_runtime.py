"""Functions run on a runtime that AWS supports."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import FUNCTION

# AWS Lambda Developer Guide, "Lambda runtimes", of those that are not near their end.
SUPPORTED = frozenset(
    {
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
        "nodejs22.x",
        "nodejs24.x",
        "java17",
        "java21",
        "java25",
        "dotnet8",
        "dotnet10",
        "ruby3.3",
        "ruby3.4",
        "provided.al2023",
    }
)


def _judge(resource: Resource) -> Iterator[str]:
    runtime = resource.value("runtime")
    if isinstance(runtime, str) and runtime not in SUPPORTED:
        yield f"{runtime} is not one of {', '.join(sorted(SUPPORTED))}"


RULE = Rule(
    id="lambda-runtime",
    title="Functions run on a runtime that AWS supports",
    severity=MANDATORY,
    controls=("seed:5", "FSBP Lambda.2", "CKV_AWS_363"),
    why="An old runtime gets no security fixes, and one day can no longer be deployed.",
    mend="Use python3.13 or another that AWS lists as supported.",
    judge=OfOne((FUNCTION,), _judge),
)
