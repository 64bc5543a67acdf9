"""The mixed instances policy of the fleet: which types, and how many of the instances are Spot Instances.

Source: API MixedInstancesPolicy. Of the strategies for Spot Instances, `lowest-price` is not among those of the
configuration: AWS advises against it, and the AWS provider keeps its number of pools, which AWS refuses beside any
other strategy.
"""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from tap_stack.config import InfraConfig
from tap_stack.config.instances import BY_PRICE, read_requirements


def mixed_policy(
    config: InfraConfig, template_id: pulumi.Input[str], version: pulumi.Input[str]
) -> aws.autoscaling.GroupMixedInstancesPolicyArgs:
    """The policy that a configuration asks for, over one version of the launch template."""
    specification = aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
        launch_template_id=template_id, version=version
    )
    by_order = "prioritized" if not config.instance_requirements else BY_PRICE
    chosen = config.on_demand_allocation_strategy
    distribution = aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
        on_demand_allocation_strategy=by_order if chosen == "auto" else chosen,
        on_demand_base_capacity=config.on_demand_base_capacity,
        on_demand_percentage_above_base_capacity=config.on_demand_percentage_above_base_capacity,
        spot_allocation_strategy=config.spot_allocation_strategy,
        spot_max_price=config.spot_max_price,
    )
    return aws.autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=specification, overrides=_overrides(config)
        ),
        instances_distribution=distribution,
    )


def _overrides(config: InfraConfig) -> list[Any]:
    override = aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs
    wanted = read_requirements(config.instance_requirements)
    if wanted:
        requirements = aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideInstanceRequirementsArgs(**wanted)
        return [override(instance_requirements=requirements)]
    weights = config.instance_weights
    types = (config.instance_type, *config.instance_types)
    return [override(instance_type=each, weighted_capacity=weights.get(each)) for each in types]
