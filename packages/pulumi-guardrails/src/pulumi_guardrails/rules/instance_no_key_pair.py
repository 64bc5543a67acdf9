"""Instances have no key pair."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE


def _judge(resource: Resource) -> Iterator[str]:
    if resource.raw("keyName") not in (None, ""):
        yield "it has a key pair (keyName)"


RULE = Rule(
    id="instance-no-key-pair",
    title="Instances have no key pair",
    severity=MANDATORY,
    controls=("seed:2",),
    why="A key pair is a password that nobody changes, for a door that should not be there.",
    mend="Leave key_name out; use `aws ssm start-session`.",
    judge=OfOne((INSTANCE, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION), _judge),
)
