"""The group names the version of its launch template."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule
from pulumi_guardrails.types import GROUP

FLOATING = frozenset({"$Latest", "$Default"})


def _judge(resource: Resource) -> Iterator[str]:
    places = (("launchTemplate",), ("mixedInstancesPolicy", "launchTemplate", "launchTemplateSpecification"))
    for place in places:
        version = resource.text(*place, "version")
        if version in FLOATING or (resource.raw(*place) and resource.raw(*place, "version") is None):
            yield f"it follows {version or '$Default'}"


RULE = Rule(
    id="group-template-version",
    title="The group names the version of its launch template",
    severity=MANDATORY,
    controls=("seed:3",),
    why="With $Latest a change of the template is none of the group's: no refresh, no rollback, half of the fleet old.",
    mend="version=template.latest_version.",
    judge=OfOne((GROUP,), _judge),
)
