"""The group's tags go on to its instances."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.model import Resource
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import GROUP


def _judge(resource: Resource) -> Iterator[str]:
    tags = resource.items("tags")
    if resource.knows("tags") and not tags:
        yield "it has no tags"
    for tag in tags:
        if tag.get("propagateAtLaunch") in (None, False, "false"):
            yield f"its tag {tag.get('key')} does not go on to instances"


RULE = Rule(
    id="group-tags",
    title="The group's tags go on to its instances",
    severity=ADVISORY,
    controls=("FSBP AutoScaling.10", "CKV_AWS_153"),
    why="Permissions and bills go by tags; an instance without them belongs to nobody.",
    mend="Tag the group with propagate_at_launch=True.",
    judge=OfOne((GROUP,), _judge),
)
