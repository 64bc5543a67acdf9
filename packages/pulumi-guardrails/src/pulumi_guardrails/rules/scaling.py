"""Auto Scaling groups: what they launch, where, and when."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_pulumi.values import UNKNOWN
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import (
    COMPOSITE_ALARM,
    EVENT_RULE,
    EVENT_TARGET,
    FUNCTION,
    GROUP,
    GROUP_ATTACHMENT,
    GROUP_NOTIFICATION,
    METRIC_ALARM,
    SCALING_POLICY,
    SUBNET,
)


@rule(
    MANDATORY,
    of=GROUP,
    controls=("FSBP AutoScaling.9", "CKV_AWS_315"),
    mend="Give the group a launch_template (or a mixed_instances_policy).",
)
def group_launch_template(group: Resource) -> Iterator[str]:
    """Auto Scaling groups use launch templates.

    Launch configurations are no longer developed, and know no IMDSv2 defaults and no versions.
    """
    if group.raw("launchConfiguration") not in (None, ""):
        yield "it uses a launch configuration"
    elif not group.raw("launchTemplate") and not group.raw("mixedInstancesPolicy"):
        yield "it has no launch template"


FLOATING = frozenset({"$Latest", "$Default"})


@rule(MANDATORY, of=GROUP, controls=("seed:3",), mend="version=template.latest_version.")
def group_template_version(group: Resource) -> Iterator[str]:
    """The group names the version of its launch template.

    With $Latest a change of the template is none of the group's: no refresh, no rollback, half of the fleet old.
    """
    places = (("launchTemplate",), ("mixedInstancesPolicy", "launchTemplate", "launchTemplateSpecification"))
    for place in places:
        version = group.text(*place, "version")
        if version in FLOATING or (group.raw(*place) and group.raw(*place, "version") is None):
            yield f"it follows {version or '$Default'}"


@rule(ADVISORY, of=GROUP, controls=("seed:3",), mend="instance_refresh: preferences with auto_rollback=True.")
def group_refresh_rollback(group: Resource) -> Iterator[str]:
    """An instance refresh rolls back what fails.

    Otherwise a bad template stays half rolled out until somebody looks.
    """
    place = ("instanceRefresh", "preferences", "autoRollback")
    if not group.raw("instanceRefresh"):
        yield "a change of its launch template is not rolled out"
    elif group.knows(*place) and not group.is_true(*place):
        yield "its instance refresh does not roll back"


@rule(MANDATORY, controls=("FSBP AutoScaling.2",), mend="Give vpc_zone_identifiers subnets of two or more zones.")
def group_zones(program: Program) -> Iterator[Violation]:
    """Auto Scaling groups span two zones or more.

    In one zone, the zone's failure is the fleet's.
    """
    for group in program.of(GROUP):
        subnets = program.targets(group, "vpcZoneIdentifiers", SUBNET)
        zones = {
            # A zone that AWS chooses is the subnet's own; one that is not known yet may be any.
            subnet.text("availabilityZone") or (subnet.urn if subnet.raw("availabilityZone") is None else UNKNOWN)
            for subnet in subnets
        }
        complete = len(subnets) == len(group.references.get("vpcZoneIdentifiers", ()))
        if complete and len(zones) == 1 and (len(subnets) == 1 or UNKNOWN not in zones):
            yield Violation(group.urn, "all of its instances are in one zone")


@rule(ADVISORY, of=GROUP, controls=("FSBP AutoScaling.6",), mend="Use a mixed_instances_policy with several types.")
def group_instance_types(group: Resource) -> Iterator[str]:
    """Auto Scaling groups may launch more than one type.

    When a zone runs out of the one type, nothing can be replaced there.
    """
    overrides = group.value("mixedInstancesPolicy", "launchTemplate", "overrides") or []
    if not isinstance(overrides, list) or any(_has_requirements(each) for each in overrides):
        return
    if group.knows("mixedInstancesPolicy") and len(overrides) <= 1:
        yield "it can launch one instance type only"


def _has_requirements(override: object) -> bool:
    """Whether an override is known to say attributes of types, of which there are many."""
    return isinstance(override, dict) and bool(override.get("instanceRequirements"))


def _spot_percentage(group: Resource) -> int:
    """The percentage of Spot Instances above the base; 0 where it is not known."""
    percentage = group.value("mixedInstancesPolicy", "instancesDistribution", "onDemandPercentageAboveBaseCapacity")
    return 100 - int(percentage) if isinstance(percentage, int | float) else 0


@rule(ADVISORY, of=GROUP, controls=("Well-Architected REL07-BP01",), mend="on_demand_base_capacity=1 or more.")
def group_spot_base(group: Resource) -> Iterator[str]:
    """A group does not consist of Spot Instances alone.

    EC2 takes Spot Instances back as it needs them, those of a type all at once; nothing would be left to serve.
    """
    base = group.value("mixedInstancesPolicy", "instancesDistribution", "onDemandBaseCapacity")
    if _spot_percentage(group) == 100 and base in (None, 0):  # noqa: PLR2004 - percent
        yield "all of its instances are Spot Instances"


@rule(ADVISORY, of=GROUP, controls=("Well-Architected REL07-BP01",), mend="capacity_rebalance=True.")
def group_spot_rebalance(group: Resource) -> Iterator[str]:
    """A group with Spot Instances replaces them as soon as they are at risk.

    Without Capacity Rebalancing it learns of an interruption from a health check, after the instance is gone.
    """
    if _spot_percentage(group) and group.value("capacityRebalance") in (None, False):
        yield "it has Spot Instances, and no Capacity Rebalancing"


@rule(MANDATORY, of=GROUP, controls=("seed:3",), mend="Choose another spot_allocation_strategy.")
def group_spot_strategy(group: Resource) -> Iterator[str]:
    """Spot Instances are not of whichever type is the cheapest.

    Source: EC2 Auto Scaling User Guide, "Allocation strategies for multiple instance types": lowest-price has the
    highest risk of interruption, and is not recommended.
    """
    distribution = group.value("mixedInstancesPolicy", "instancesDistribution")
    if not _spot_percentage(group) or not isinstance(distribution, dict):
        return
    if distribution.get("spotAllocationStrategy", "lowest-price") == "lowest-price":
        yield "its Spot Instances are of the cheapest types, which EC2 takes back first"


@rule(MANDATORY, controls=("FSBP AutoScaling.1", "CKV2_AWS_15"), mend="health_check_type='ELB'.")
def group_load_balancer_health(program: Program) -> Iterator[Violation]:
    """A group behind a load balancer heeds its health checks.

    Otherwise an instance that answers nobody stays, because it is switched on.
    """
    for group in program.of(GROUP):
        named = any(group.raw(name) for name in ("targetGroupArns", "loadBalancers", "trafficSources"))
        behind = named or program.users(group, GROUP_ATTACHMENT, by="autoscalingGroupName")
        if behind and group.value("healthCheckType") != "ELB":
            yield Violation(group.urn, "it is behind a load balancer and ignores its health checks")


CALLED = frozenset({None, "", "SimpleScaling", "StepScaling"})


@rule(
    MANDATORY,
    controls=("seed:3",),
    mend="Put the policy's ARN into the alarm_actions of an alarm; target tracking makes its own.",
)
def scaling_policy_alarm(program: Program) -> Iterator[Violation]:
    """Every scaling policy is driven by an alarm.

    A policy that nothing calls is a fleet that does not scale.
    """
    for policy in program.of(SCALING_POLICY):
        waits = policy.knows("policyType") and policy.text("policyType") in CALLED
        if waits and not program.users(policy, METRIC_ALARM, COMPOSITE_ALARM):
            yield Violation(policy.urn, "no alarm calls this policy")


TRACKED = "TargetTrackingScaling"


@rule(
    ADVISORY,
    controls=("seed:3",),
    mend="enabled=False for the policy that takes instances away, or disable_scale_in=True for the target.",
)
def group_scale_in_agrees(program: Program) -> Iterator[Violation]:
    """One way of taking instances away: target tracking, or steps.

    A step does not ask the targets whether an instance may go, and they launch it again.
    """
    for group in program.of(GROUP):
        policies = program.users(group, SCALING_POLICY, by="autoscalingGroupName")
        enabled = [each for each in policies if each.value("enabled") not in (False, "false")]
        if any(_tracks_down(each) for each in enabled):
            for policy in enabled:
                if _steps_down(policy):
                    yield Violation(policy.urn, "it takes instances away beside a target that the group follows")


def _tracks_down(policy: Resource) -> bool:
    fixed = policy.is_true("targetTrackingConfiguration", "disableScaleIn")
    return policy.text("policyType") == TRACKED and not fixed


def _steps_down(policy: Resource) -> bool:
    steps = [each.get("scalingAdjustment") for each in policy.items("stepAdjustments")]
    relative = policy.text("adjustmentType") != "ExactCapacity"
    return relative and any(_is_negative(each) for each in (policy.value("scalingAdjustment"), *steps))


def _is_negative(adjustment: object) -> bool:
    return isinstance(adjustment, int | float) and adjustment < 0


@rule(ADVISORY, controls=("seed:3",), mend="ignore_changes=['desiredCapacity'], or leave desired_capacity out.")
def group_capacity_drift(program: Program) -> Iterator[Violation]:
    """A group that scales itself keeps the size that it has.

    A deployment otherwise sets it back to where it began, in the middle of the load.
    """
    for group in program.of(GROUP):
        scaled = program.users(group, SCALING_POLICY, by="autoscalingGroupName")
        sets_it = group.raw("desiredCapacity") is not None
        if scaled and sets_it and "desiredCapacity" not in group.options.ignore_changes:
            yield Violation(group.urn, "scaling policies change its desiredCapacity, and each deployment sets it back")


@rule(ADVISORY, of=GROUP, controls=("seed:3",), mend="A min_size and a prepared capacity of at most max_size.")
def group_warm_pool_size(group: Resource) -> Iterator[str]:
    """No more instances wait in a warm pool than the group could ever use.

    What waits beyond the group's maximum is paid for and never serves.
    """
    most = group.value("maxSize")
    for name in ("minSize", "maxGroupPreparedCapacity"):
        size = group.value("warmPool", name)
        if isinstance(size, int | float) and isinstance(most, int | float) and size > most:
            yield f"its warm pool has {name} {size:g}, and its maxSize is {most:g}"


@rule(
    ADVISORY,
    controls=("cdk-nag AS3",),
    mend="Add aws.autoscaling.Notification with a topic, or a rule that sends events of aws.autoscaling to one.",
)
def group_notifications(program: Program) -> Iterator[Violation]:
    """Somebody is told when a group launches or terminates.

    A fleet that replaces itself over and over looks healthy from outside.
    """
    catching = [
        each
        for each in program.of(EVENT_RULE)
        if not each.knows("eventPattern") or _tells_of_launches(str(each.value("eventPattern")))
    ]
    targets = [target for each in catching for target in program.users(each, EVENT_TARGET, by="rule")]
    # A function acts, and need not tell anybody.
    heard = any(not program.targets(target, "arn", FUNCTION) for target in targets)
    for group in program.of(GROUP):
        if not heard and not program.users(group, GROUP_NOTIFICATION, by="groupNames"):
            yield Violation(group.urn, "no message is sent about its launches and terminations")


def _tells_of_launches(pattern: str) -> bool:
    """Whether an event pattern lets launches or terminations through, and not only other events of Auto Scaling."""
    named = "detail-type" in pattern
    return "aws.autoscaling" in pattern and (not named or "Instance Launch" in pattern or "Instance Term" in pattern)


@rule(
    ADVISORY,
    of=GROUP,
    controls=("FSBP AutoScaling.10", "CKV_AWS_153"),
    mend="Tag the group with propagate_at_launch=True.",
)
def group_tags(group: Resource) -> Iterator[str]:
    """The group's tags go on to its instances.

    Permissions and bills go by tags; an instance without them belongs to nobody.
    """
    tags = group.items("tags")
    if group.knows("tags") and not tags:
        yield "it has no tags"
    for tag in tags:
        if tag.get("propagateAtLaunch") in (None, False, "false"):
            yield f"its tag {tag.get('key')} does not go on to instances"
