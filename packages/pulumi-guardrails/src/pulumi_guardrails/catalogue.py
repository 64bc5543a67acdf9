"""All the rules that there are."""

from __future__ import annotations

from functools import cache

from pulumi_guardrails.model import Program
from pulumi_guardrails.rule import Rule
from pulumi_guardrails.rules import (
    alarms,
    events,
    functions,
    instances,
    keys_and_secrets,
    logs,
    policies,
    scaling,
    security_groups,
    session_manager,
    stack,
    subnets,
    trust,
)

SUBJECTS = (
    *(subnets, security_groups, instances, session_manager, scaling, policies, trust),
    *(functions, events, alarms, logs, keys_and_secrets, stack),
)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by id in alphabetical order."""
    found = [each for subject in SUBJECTS for each in vars(subject).values() if isinstance(each, Rule)]
    return tuple(sorted(found, key=lambda each: each.id))


def rules_for(program: Program, house: str) -> tuple[Rule, ...]:
    """The rules that a program is judged by: those of the house are for programs with components of the house.

    Args:
        program: What was registered.
        house: What the type tokens of the house's components begin with, such as `shop:index:`; empty if there are
            none.
    """
    at_home = bool(house) and any(not each.custom and each.type.startswith(house) for each in program.resources)
    return tuple(rule for rule in rules() if at_home or not rule.house)
