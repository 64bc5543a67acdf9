"""All the rules that there are."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from pulumi_guardrails import rules as folder
from pulumi_guardrails.rule import Rule


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by id in alphabetical order: the one called RULE in each file of `rules/`."""
    found = (import_module(f"{folder.__name__}.{module.name}").RULE for module in pkgutil.iter_modules(folder.__path__))
    return tuple(sorted(found, key=lambda rule: str(rule.id)))
