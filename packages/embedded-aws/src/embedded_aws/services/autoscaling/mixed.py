"""Mixed instances policies: what AWS takes for one, and which type and market the next instance of a group is of.

Sources: API MixedInstancesPolicy, InstancesDistribution, LaunchTemplateOverrides; EC2 Auto Scaling User Guide, "Auto
Scaling groups with multiple instance types and purchase options" and "Allocation strategies for multiple instance
types"; an update leaves what it does not name as it is.

With weights the base, the percentage and the prices are those of units (API InstancesDistribution).

Assumed: that a fraction of an instance counts for On-Demand. This cloud's pools of Spot capacity are all equally deep,
so that `capacity-optimized` takes the type that the group has fewest Spot Instances of. A new distribution holds for
what is launched from then on: AWS also replaces, gradually, what stands.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from embedded_aws.calls import AwsError
from embedded_aws.services.autoscaling import requirements
from embedded_aws.services.ec2.templates import instance_types

DEFAULTS: Mapping[str, Any] = {
    "OnDemandAllocationStrategy": "prioritized",
    "OnDemandBaseCapacity": 0,
    "OnDemandPercentageAboveBaseCapacity": 100,
    "SpotAllocationStrategy": "lowest-price",
    "SpotMaxPrice": "",
}
ON_DEMAND_STRATEGIES = ("lowest-price", "prioritized")
SPOT_STRATEGIES = ("lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized")
WEIGHTS = range(1, 1000)
POOLS = range(1, 21)
USUAL_POOLS = 2
MOST_TYPES, MOST_REQUIREMENTS = 40, 4
NOT_MODELLED = ("DistributionSegments",)
OF_OVERRIDE = ("ImageId", "LaunchTemplateSpecification")
"""Parts of an override that this AWS refuses by name."""


@dataclass(frozen=True)
class MixedPolicy:
    """A mixed instances policy, in boto3's shapes.

    Attributes:
        specification: Its LaunchTemplateSpecification, as it was given.
        overrides: Its LaunchTemplateOverrides; without any, instances are of the launch template's own type.
        distribution: Its InstancesDistribution, with AWS's defaults for what was not said.
    """

    specification: Mapping[str, Any]
    overrides: tuple[Mapping[str, Any], ...]
    distribution: Mapping[str, Any]

    @property
    def by_requirements(self) -> bool:
        """Whether it says attributes in place of types."""
        return any("InstanceRequirements" in each for each in self.overrides)

    @property
    def has_spot(self) -> bool:
        """Whether it makes a part of the instances Spot Instances."""
        return int(self.distribution["OnDemandPercentageAboveBaseCapacity"]) < 100  # noqa: PLR2004 - percent

    def launched_from(self, specification: Mapping[str, Any]) -> MixedPolicy:
        """The same policy with another launch template."""
        return replace(self, specification=specification)

    @property
    def weights(self) -> dict[str, int]:
        """How many units of capacity an instance of each type is; empty where instances are counted."""
        return {
            each["InstanceType"]: int(each["WeightedCapacity"])
            for each in self.overrides
            if each.get("InstanceType") and each.get("WeightedCapacity")
        }

    def units(self, standing: Counter[str]) -> int:
        """How many units so many instances of each type are."""
        return sum(number * self.weights.get(type_, 1) for type_, number in standing.items())

    def unit_price(self, instance_type: str, *, spot: bool = False) -> float:
        """What an hour of a unit of this type costs."""
        return requirements.price(instance_type, spot=spot) / self.weights.get(instance_type, 1)

    def wants_spot(self, on_demand: int, others: int) -> bool:
        """Whether the next instance is a Spot Instance.

        Args:
            on_demand: The units of the group's On-Demand Instances that stay.
            others: Those of its Spot Instances that stay.
        """
        total = on_demand + others + 1
        base = int(self.distribution["OnDemandBaseCapacity"])
        above = max(0, total - base) * int(self.distribution["OnDemandPercentageAboveBaseCapacity"])
        return on_demand >= min(total, base) + math.ceil(above / 100)

    def types(
        self, own: str, architecture: str, offered: Collection[str], standing: Counter[str], *, spot: bool
    ) -> list[str]:
        """The types to try for the next instance, the first choice first.

        Args:
            own: The launch template's type.
            architecture: The image's.
            offered: The types that the zone offers.
            standing: How many instances the group has of each type and of the market.
            spot: Whether it is to be a Spot Instance.
        """
        named: list[str] = []
        for override in self.overrides:
            wanted = override.get("InstanceRequirements")
            if wanted is None:
                named.append(override.get("InstanceType", own))
            else:
                named += requirements.fitting(wanted, architecture, offered, spot=spot)
        types = list(dict.fromkeys(named)) or [own]
        if not spot:
            cheapest = self.distribution["OnDemandAllocationStrategy"] == "lowest-price"
            return sorted(types, key=self.unit_price) if cheapest else types
        strategy = self.distribution["SpotAllocationStrategy"]
        if strategy == "capacity-optimized-prioritized":
            return types
        if strategy == "capacity-optimized":
            return sorted(types, key=lambda each: standing[each])
        by_price = sorted(types, key=self.unit_price)
        if strategy == "price-capacity-optimized":
            return by_price
        pools = self.distribution.get("SpotInstancePools", USUAL_POOLS)
        return sorted(by_price[:pools], key=lambda each: standing[each]) + by_price[pools:]

    def shape(self, specification: Mapping[str, Any]) -> dict[str, Any]:
        """The policy as Describe calls tell it; `specification` names the launch template by id and name."""
        launched: dict[str, Any] = {"LaunchTemplateSpecification": dict(specification)}
        if self.overrides:
            launched["Overrides"] = [dict(each) for each in self.overrides]
        return {"LaunchTemplate": launched, "InstancesDistribution": dict(self.distribution)}


def read(given: Mapping[str, Any], before: MixedPolicy | None = None) -> MixedPolicy:
    """The policy of a request.

    Args:
        given: boto3's MixedInstancesPolicy.
        before: The group's present one: what the request does not say stays.

    Raises:
        AwsError: `ValidationError`, or `NotImplemented` for what this AWS does not have.
    """
    launched, distribution = given.get("LaunchTemplate") or {}, dict(given.get("InstancesDistribution") or {})
    specification = launched.get("LaunchTemplateSpecification") or (before.specification if before else None)
    if specification is None:
        raise _invalid("LaunchTemplateSpecification is required in the LaunchTemplate of a MixedInstancesPolicy.")
    overrides = tuple(launched["Overrides"]) if "Overrides" in launched else before.overrides if before else ()
    _check_overrides(overrides)
    kept = dict(before.distribution) if before else {}
    if distribution.get("SpotAllocationStrategy", "lowest-price") != "lowest-price":
        kept.pop("SpotInstancePools", None)
    by_requirements = any("InstanceRequirements" in each for each in overrides)
    own = {"OnDemandAllocationStrategy": "lowest-price"} if by_requirements else {}
    merged = {**DEFAULTS, **own, **kept, **distribution}
    if merged["SpotAllocationStrategy"] == "lowest-price":
        merged.setdefault("SpotInstancePools", USUAL_POOLS)
    _check_distribution(merged, by_requirements=by_requirements)
    return MixedPolicy(specification, overrides, merged)


def _check_overrides(overrides: Sequence[Mapping[str, Any]]) -> None:
    refused = [f"Overrides.{name}" for each in overrides for name in OF_OVERRIDE if each.get(name)]
    attributes = [each["InstanceRequirements"] for each in overrides if each.get("InstanceRequirements")]
    refused += [f"InstanceRequirements.{name}" for each in attributes for name in requirements.NOT_MODELLED
                if each.get(name)]  # fmt: skip
    if refused:
        raise AwsError("NotImplemented", f"not part of the embedded AWS: {', '.join(dict.fromkeys(refused))}", 501)
    types = [each["InstanceType"] for each in overrides if each.get("InstanceType")]
    _check_requirements(attributes, types)
    if len(types) > MOST_TYPES:
        raise _invalid(f"The number of instance types must not exceed {MOST_TYPES}.")
    if len(set(types)) < len(types):
        raise _invalid("Duplicate instance types are not allowed in the launch template overrides.")
    _check_weights(overrides)
    if unknown := [each for each in types if each not in instance_types()]:
        raise _invalid(f"The instance type '{unknown[0]}' is not valid.")


def _check_weights(overrides: Sequence[Mapping[str, Any]]) -> None:
    """API LaunchTemplateOverrides: 1 to 999, for all of the types or for none; the words are this cloud's."""
    weights = [each.get("WeightedCapacity") for each in overrides]
    if not any(weights):
        return
    if not all(weights) or any("InstanceRequirements" in each for each in overrides):
        raise _invalid("You must specify a WeightedCapacity for all of the instance types or for none of them.")
    if wrong := [each for each in weights if not str(each).isdecimal() or int(str(each)) not in WEIGHTS]:
        raise _invalid(f"WeightedCapacity must be {WEIGHTS[0]} to {WEIGHTS[-1]}, and is {wrong[0]}.")


def _check_requirements(attributes: Sequence[Mapping[str, Any]], types: Sequence[str]) -> None:
    if attributes and types:
        raise _invalid("You can't specify both InstanceType and InstanceRequirements in the overrides of a group.")
    if len(attributes) > MOST_REQUIREMENTS:
        raise _invalid(f"The number of instance requirements must not exceed {MOST_REQUIREMENTS}.")
    for each in attributes:
        if not (each.get("VCpuCount") and each.get("MemoryMiB")):
            raise _invalid("VCpuCount and MemoryMiB are required in InstanceRequirements.")
        if each.get("AllowedInstanceTypes") and each.get("ExcludedInstanceTypes"):
            raise _invalid("AllowedInstanceTypes and ExcludedInstanceTypes can't be specified together.")


def _check_distribution(merged: Mapping[str, Any], *, by_requirements: bool) -> None:
    if segments := [name for name in NOT_MODELLED if merged.get(name)]:
        raise AwsError("NotImplemented", f"not part of the embedded AWS: {', '.join(segments)}", 501)
    on_demand, spot = merged["OnDemandAllocationStrategy"], merged["SpotAllocationStrategy"]
    if on_demand not in ON_DEMAND_STRATEGIES or (by_requirements and on_demand == "prioritized"):
        raise _invalid(f"The OnDemandAllocationStrategy '{on_demand}' is not valid for this Auto Scaling group.")
    if spot not in SPOT_STRATEGIES or (by_requirements and spot == "capacity-optimized-prioritized"):
        raise _invalid(f"The SpotAllocationStrategy '{spot}' is not valid for this Auto Scaling group.")
    if "SpotInstancePools" in merged and spot != "lowest-price":
        raise _invalid("SpotInstancePools option is only available with the lowest-price allocation strategy.")
    if merged.get("SpotInstancePools", USUAL_POOLS) not in POOLS:
        raise _invalid(f"SpotInstancePools must be {POOLS[0]} to {POOLS[-1]}.")
    if not 0 <= merged["OnDemandPercentageAboveBaseCapacity"] <= 100:  # noqa: PLR2004 - percent
        raise _invalid("OnDemandPercentageAboveBaseCapacity must be between 0 and 100.")
    if merged["OnDemandBaseCapacity"] < 0:
        raise _invalid("OnDemandBaseCapacity must not be negative.")
    try:
        low = bool(merged["SpotMaxPrice"]) and float(merged["SpotMaxPrice"]) < 0.001  # noqa: PLR2004 - API's least
    except ValueError:
        low = True
    if low:
        raise _invalid(f"Invalid SpotMaxPrice '{merged['SpotMaxPrice']}'. The minimum value is 0.001.")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
