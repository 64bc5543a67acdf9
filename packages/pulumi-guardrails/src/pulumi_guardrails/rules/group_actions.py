"""What happens to an Auto Scaling group by the clock, and what happens when an instance is launched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_guardrails.model import Plain, Program, Resource
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import GROUP, LIFECYCLE_HOOK, SCHEDULE

LEFT_ALONE = -1
"""What a schedule gives for a size that it does not set (pulumi-aws, autoscaling.Schedule)."""

SIZES = ("minSize", "desiredCapacity", "maxSize")
LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"


@rule(
    MANDATORY,
    controls=("EC2 Auto Scaling API, PutScheduledUpdateGroupAction", "seed:3"),
    mend="A desired_capacity from the group's min_size to its max_size; -1 for a size that stays as it is.",
)
def schedule_within_group(program: Program) -> Iterator[Violation]:
    """A scheduled action sets a size that the group can have.

    A size that is left out is 0, which takes all instances away at night, and nobody is there to see it.
    """
    for schedule in program.of(SCHEDULE):
        groups = program.targets(schedule, "autoscalingGroupName", GROUP)
        sizes = [_size(schedule, groups, name) for name in SIZES]
        known = [size for size in sizes if size is not None]
        if known != sorted(known):
            told = ", ".join(f"{name} {size:g}" for name, size in zip(SIZES, sizes, strict=True) if size is not None)
            yield Violation(schedule.urn, f"it sets sizes that do not fit together: {told}")


def _size(schedule: Resource, groups: list[Resource], name: str) -> float | None:
    """A size while the action is in force, None if that is not known."""
    if not schedule.knows(name):
        return None
    value = schedule.value(name)
    if value != LEFT_ALONE:
        return float(value) if isinstance(value, int | float) else 0.0
    own = groups[0].value(name) if groups and name != "desiredCapacity" else None
    return float(own) if isinstance(own, int | float) else None


@rule(
    ADVISORY,
    of=(GROUP, LIFECYCLE_HOOK),
    controls=("EC2 Auto Scaling User Guide, Amazon EC2 Auto Scaling lifecycle hooks",),
    mend="default_result='ABANDON', and CONTINUE from the instance when it is ready.",
)
def launch_hook_abandons(resource: Resource) -> Iterator[str]:
    """An instance of which nothing is heard does not go into service.

    With CONTINUE as its default result, a launch hook lets in what has failed to start, once its time is over.
    """
    hooks = resource.items("initialLifecycleHooks") if resource.type == GROUP else [resource.inputs]
    if any(_lets_in(hook) for hook in hooks):
        yield "what does not answer its launch hook goes into service (defaultResult is CONTINUE)"


def _lets_in(hook: Mapping[str, Plain]) -> bool:
    return hook.get("lifecycleTransition") == LAUNCHING and hook.get("defaultResult") == "CONTINUE"
