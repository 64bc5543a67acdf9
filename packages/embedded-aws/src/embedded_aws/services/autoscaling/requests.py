"""What a create or update request means: validated as AWS does, and turned into the fleet's settings.

Source: API CreateAutoScalingGroup and UpdateAutoScalingGroup. What is not modelled is refused by name, and so are
calls that moto would accept without effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NoReturn

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import MaintenancePolicy
from embedded_aws.fleet.termination import POLICIES
from embedded_aws.services.autoscaling import mixed, stores, templates
from embedded_aws.services.autoscaling.mixed import MixedPolicy

REFUSED_CALLS = (
    "AttachInstances",
    "AttachLoadBalancers",
    "CreateLaunchConfiguration",
)
NOT_MODELLED = (
    "AvailabilityZoneIds",
    "InstanceId",
    "InstanceLifecyclePolicy",
    "LaunchConfigurationName",
    "LoadBalancerNames",
    "PlacementGroup",
    "TrafficSources",
)
DESCRIBED = (
    "AvailabilityZoneDistribution",
    "AvailabilityZoneImpairmentPolicy",
    "CapacityRebalance",
    "CapacityReservationSpecification",
    "Context",
    "DefaultCooldown",
    "DefaultInstanceWarmup",
    "DeletionProtection",
    "DesiredCapacityType",
    "HealthCheckGracePeriod",
    "HealthCheckType",
    "InstanceMaintenancePolicy",
    "MaxInstanceLifetime",
    "NewInstancesProtectedFromScaleIn",
    "ServiceLinkedRoleARN",
    "TerminationPolicies",
)
DEFAULTS = {
    "DefaultCooldown": 300,
    "HealthCheckGracePeriod": 0,
    "HealthCheckType": "EC2",
    "NewInstancesProtectedFromScaleIn": False,
    "TerminationPolicies": ["Default"],
}
HEALTH_CHECKS = frozenset({"EC2", "EBS", "ELB", "VPC_LATTICE"})
"""The last two tell what load balancers say, and have no effect on a group without one; VPC Lattice's are not here.

Source: AWS, "Health checks for instances in an Auto Scaling group".
"""
EITHER = (
    "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy "
    "parameter."
)
NO_MARKET = (
    "Incompatible launch template: the launch template of a mixed instances policy must not contain "
    "InstanceMarketOptions."
)
BEST_EFFORT = "balanced-best-effort"
MIN_HEALTHY, MAX_HEALTHY = range(101), range(100, 201)  # percent
LIFETIMES = range(86_400, 31_536_001)  # seconds: a day to a year
WIDEST_RANGE = 100  # percent between the two figures of an instance maintenance policy
CLEARED = -1


def invalid(message: str) -> AwsError:
    """A ValidationError."""
    return AwsError("ValidationError", message)


def not_modelled(*wanted: str) -> AwsError:
    """The answer to a request for what this AWS does not have."""
    return AwsError("NotImplemented", f"not part of the embedded AWS: {', '.join(wanted)}", 501)


def refused_routes() -> Routes:
    """The calls that are refused: moto would accept them, and nothing would happen."""

    def refuse(call: Call) -> NoReturn:
        raise not_modelled(call.action)

    return {("autoscaling", action): refuse for action in REFUSED_CALLS}


def check_filters(params: Mapping[str, Any]) -> None:
    """Refuse a filter without a name, which the API's model allows. Raises AwsError: `ValidationError`."""
    if any("Name" not in each for each in params.get("Filters", [])):
        raise invalid("Filter name null is not valid.")


def refuse_unless(params: Mapping[str, Any], name: str, *accepted: str) -> None:
    """Refuse a value that AWS knows and nothing here acts upon. Raises AwsError: `NotImplemented`."""
    if params.get(name) is not None and params[name] not in accepted:
        raise not_modelled(f"{name}={params[name]}")


def refuse_what_is_not_modelled(params: Mapping[str, Any]) -> None:
    """Refuse by name what this AWS cannot do, rather than to ignore it. Raises AwsError: `NotImplemented`."""
    wanted = [name for name in NOT_MODELLED if params.get(name)]
    wanted += [
        f"TerminationPolicies={policy}" for policy in params.get("TerminationPolicies", []) if policy not in POLICIES
    ]
    kinds = [kind for kind in str(params.get("HealthCheckType", "")).split(",") if kind]
    wanted += [f"HealthCheckType={kind}" for kind in kinds if kind not in HEALTH_CHECKS]
    if wanted:
        raise not_modelled(*wanted)


def launched_from(call: Call, before: MixedPolicy | None = None) -> tuple[Mapping[str, Any], MixedPolicy | None]:
    """The launch template of a request, if it can be launched from, and its mixed instances policy, if it has one.

    Args:
        call: A request that names one or the other.
        before: The group's present policy.

    Raises:
        AwsError: `ValidationError`.
    """
    given = call.params.get("MixedInstancesPolicy")
    if given and call.params.get("LaunchTemplate"):
        raise invalid(EITHER)
    policy = mixed.read(given, before) if given else None
    specification: Mapping[str, Any] = policy.specification if policy else call.params["LaunchTemplate"]
    template = templates.resolve(call.region, specification)
    templates.check(call.region, template)
    if policy and template.data.get("InstanceMarketOptions"):
        raise invalid(NO_MARKET)
    return specification, policy


def subnets(call: Call) -> dict[str, list[str]]:
    """The subnets of a request by zone, in the order in which they were named.

    Raises:
        AwsError: `ValidationError`: no such subnet, none at all, or other zones than were named.
    """
    zones = call.params.get("AvailabilityZones", [])
    named = [each.strip() for each in call.params.get("VPCZoneIdentifier", "").split(",") if each.strip()]
    if not named and not zones:
        raise invalid("At least one Availability Zone or VPC Subnet is required.")
    ec2 = stores.ec2(call.region)
    known = {subnet_id: each for by_zone in ec2.subnets.values() for subnet_id, each in by_zone.items()}
    if not named:
        named = [each.id for each in ec2.get_default_subnets().values() if each.availability_zone in zones]
    found: dict[str, list[str]] = {}
    for subnet_id in named:
        if subnet_id not in known:
            raise invalid(f"The subnet ID '{subnet_id}' does not exist")
        found.setdefault(known[subnet_id].availability_zone, []).append(subnet_id)
    if zones and set(zones) != set(found):
        raise invalid("The availability zones of the specified subnets and the Auto Scaling group do not match")
    return found


def check_network(call: Call, template: Mapping[str, Any], subnets: Mapping[str, Sequence[str]]) -> None:
    """Refuse a launch template whose security groups are in another VPC than the subnets.

    Raises:
        AwsError: `ValidationError`.
    """
    named = [subnet for subnets_of_zone in subnets.values() for subnet in subnets_of_zone]
    templates.check_network(call.region, templates.resolve(call.region, template), named)


def described(params: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a request that are given back as they were set; an empty or cleared one is None.

    Raises:
        AwsError: `ValidationError`, an instance maintenance policy that AWS would refuse.
    """
    given = {name: params[name] for name in DESCRIBED if name in params}
    refuse_unless(given.get("AvailabilityZoneDistribution") or {}, "CapacityDistributionStrategy", BEST_EFFORT)
    if given.get("HealthCheckGracePeriod", 0) < 0:
        raise invalid(f"HealthCheckGracePeriod must not be negative, and is {given['HealthCheckGracePeriod']}.")
    if given.get("MaxInstanceLifetime") and given["MaxInstanceLifetime"] not in LIFETIMES:
        raise invalid(f"MaxInstanceLifetime must be 0 or {LIFETIMES[0]} to {LIFETIMES[-1]} seconds.")
    _check_reservations(given.get("CapacityReservationSpecification") or {})
    if "InstanceMaintenancePolicy" in given:
        given["InstanceMaintenancePolicy"] = _maintenance(given["InstanceMaintenancePolicy"])
    if given.get("DefaultInstanceWarmup") == CLEARED:
        given["DefaultInstanceWarmup"] = None
    return given


def _check_reservations(given: Mapping[str, Any]) -> None:
    """API CapacityReservationSpecification: a target goes with a preference for reservations alone, or first."""
    target = given.get("CapacityReservationTarget") or {}
    if target.get("CapacityReservationResourceGroupArns"):
        raise not_modelled("CapacityReservationResourceGroupArns")
    if target.get("CapacityReservationIds") and given.get("CapacityReservationPreference") in {"none", "default"}:
        raise invalid("A CapacityReservationTarget needs the preference capacity-reservations-only or -first.")


def _maintenance(policy: Mapping[str, int]) -> Mapping[str, int] | None:
    least, most = policy.get("MinHealthyPercentage"), policy.get("MaxHealthyPercentage")
    if least is None or most is None:
        raise invalid("You must specify both MinHealthyPercentage and MaxHealthyPercentage.")
    if least == most == CLEARED:
        return None
    check_percentages(least, most)
    if most - least > WIDEST_RANGE:
        message = "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than 100."
        raise invalid(message)
    return policy


def check_percentages(least: int | None, most: int | None) -> None:
    """Refuse what is no minimum or maximum healthy percentage, of a maintenance policy or of a refresh.

    Raises:
        AwsError: `ValidationError`.
    """
    if least is not None and least not in MIN_HEALTHY:
        raise invalid(f"MinHealthyPercentage must be {MIN_HEALTHY[0]} to {MIN_HEALTHY[-1]}, and is {least}.")
    if most is not None and most not in MAX_HEALTHY:
        raise invalid(f"MaxHealthyPercentage must be {MAX_HEALTHY[0]} to {MAX_HEALTHY[-1]}, and is {most}.")


def behaviour(given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a group as attributes of the fleet's Settings."""
    return {attribute: convert(given[name]) for name, (attribute, convert) in CONVERTED.items() if name in given}


def _seconds(value: int) -> timedelta:
    return timedelta(seconds=value)


CONVERTED: Mapping[str, tuple[str, Any]] = {
    "CapacityRebalance": ("capacity_rebalance", bool),
    "DefaultCooldown": ("cooldown", _seconds),
    "HealthCheckGracePeriod": ("grace", _seconds),
    "DefaultInstanceWarmup": ("warmup", lambda value: None if value is None else _seconds(value)),
    "HealthCheckType": ("health_checks", lambda value: frozenset(value.split(","))),
    "NewInstancesProtectedFromScaleIn": ("protect_new", bool),
    "MaxInstanceLifetime": ("max_lifetime", lambda value: _seconds(value) if value else None),
    "TerminationPolicies": ("termination", lambda value: tuple(value) or ("Default",)),
    "InstanceMaintenancePolicy": (
        "maintenance",
        lambda value: value and MaintenancePolicy(value["MinHealthyPercentage"], value["MaxHealthyPercentage"]),
    ),
    "AvailabilityZoneImpairmentPolicy": (
        "replace_in_impaired_zone",
        lambda value: value.get("ImpairedZoneHealthCheckBehavior") == "ReplaceUnhealthy",
    ),
}
