"""The stack names what its operators work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_guardrails.model import Plain, Program, Resource, references_in
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import (
    EVENT_RULE,
    FUNCTION,
    GROUP,
    INSTANCE_PROFILE,
    LAUNCH_TEMPLATE,
    METRIC_ALARM,
    ROLE,
    SCALING_POLICY,
    SUBNET,
    VPC,
)

NAMED = (VPC, SUBNET, GROUP, SCALING_POLICY, LAUNCH_TEMPLATE, FUNCTION, METRIC_ALARM)


def _judge(program: Program) -> Iterator[Violation]:
    stack = program.stack
    if stack is None or not stack.outputs:
        return
    exported = {reference.urn for reference in references_in(stack.outputs)}
    texts = set(_texts(stack.outputs))
    schedules = [rule for rule in program.of(EVENT_RULE) if rule.raw("scheduleExpression")]
    for resource in (*program.of(*NAMED), *schedules, *_roles_in_use(program)):
        if resource.urn not in exported and resource.value("name") not in texts:
            yield Violation(resource.urn, "no output of the stack names it")


def _roles_in_use(program: Program) -> Iterator[Resource]:
    for role in program.of(ROLE):
        if program.users(role, FUNCTION, by="role") or program.users(role, INSTANCE_PROFILE, by="role"):
            yield role


def _texts(value: Plain) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(item)


RULE = Rule(
    id="stack-outputs",
    title="The stack names what its operators work with",
    severity=MANDATORY,
    controls=("seed:9",),
    why="Scripts, tests and people then depend on names that they have guessed.",
    mend="Export ids or ARNs of the VPC, subnets, groups, launch templates, functions, schedules, roles and alarms.",
    judge=_judge,
)
