"""No output of the stack is a secret in clear."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.secrets import is_called_like_a_secret, secrets_in


def _judge(program: Program) -> Iterator[Violation]:
    stack = program.stack
    for name, value in (stack.outputs or {}).items() if stack else ():
        if is_called_like_a_secret(name) and isinstance(value, str):
            yield Violation(stack.urn if stack else "", f"the output {name} seems to be a secret")
        for found in secrets_in(value):
            yield Violation(stack.urn if stack else "", f"the output {name} seems to hold {found}")


RULE = Rule(
    id="outputs-no-secrets",
    title="No output of the stack is a secret in clear",
    severity=MANDATORY,
    controls=("CKV_SECRET", "seed:9"),
    why="Outputs are stored, printed, and read by other stacks.",
    mend="pulumi.Output.secret(...), or export the name of the secret.",
    judge=_judge,
)
