"""All the rules that there are."""

from __future__ import annotations

from functools import cache

from pulumi_guardrails.rule import Rule
from pulumi_guardrails.rules import (
    alarms,
    buckets,
    events,
    functions,
    group_actions,
    instances,
    keys_and_secrets,
    load_balancers,
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
    *(subnets, security_groups, instances, session_manager, scaling, group_actions),
    *(policies, trust, buckets, load_balancers, functions, events, alarms, logs, keys_and_secrets, stack),
)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by id in alphabetical order."""
    found = [each for subject in SUBJECTS for each in vars(subject).values() if isinstance(each, Rule)]
    return tuple(sorted(found, key=lambda each: each.id))
