"""What a launch template launches is tagged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.model import Resource, as_list
from pulumi_guardrails.rule import ADVISORY, OfOne, Rule
from pulumi_guardrails.types import LAUNCH_TEMPLATE

NEEDED = frozenset({"instance", "volume"})


def _judge(resource: Resource) -> Iterator[str]:
    specifications = as_list(resource.value("tagSpecifications"))
    tagged = {
        str(item.get("resourceType")) for item in specifications if isinstance(item, Mapping) and item.get("tags")
    }
    unknown = UNKNOWN in specifications or str(UNKNOWN) in tagged or not resource.knows("tagSpecifications")
    if NEEDED - tagged and not unknown:
        yield f"no tags at launch for: {', '.join(sorted(NEEDED - tagged))}"


RULE = Rule(
    id="tags-at-launch",
    title="What a launch template launches is tagged",
    severity=ADVISORY,
    controls=("CKV_AWS_153", "FSBP AutoScaling.10"),
    why="A provider's default tags reach neither instances nor their volumes: costs and owners get lost.",
    mend="Add tag_specifications for instance and volume.",
    judge=OfOne((LAUNCH_TEMPLATE,), _judge),
)
