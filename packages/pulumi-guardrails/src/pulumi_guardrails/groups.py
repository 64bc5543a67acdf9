"""The rules of security groups, whichever of the four ways a program writes them in."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Plain, Resource
from pulumi_guardrails.types import (
    DEFAULT_SECURITY_GROUP,
    EGRESS_RULE,
    INGRESS_RULE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
)

HAVE_RULES = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE)


def ingress(resource: Resource) -> Iterator[Plain]:
    """The rules by which a resource lets traffic in."""
    return _rules(resource, "ingress", INGRESS_RULE)


def egress(resource: Resource) -> Iterator[Plain]:
    """The rules by which a resource lets traffic out."""
    return _rules(resource, "egress", EGRESS_RULE)


def _rules(resource: Resource, direction: str, alone: str) -> Iterator[Plain]:
    if resource.type in (SECURITY_GROUP, DEFAULT_SECURITY_GROUP):
        yield from resource.items(direction)
    elif resource.type == alone or (resource.type == SECURITY_GROUP_RULE and resource.value("type") == direction):
        yield resource.inputs
