"""How the fleet grows and shrinks: a pair of steps that its CPU alarms call, or targets; and the pool it grows from.

Where there is a target, the steps stand by, disabled. Source: EC2 Auto Scaling User Guide, "Considerations" of target
tracking: a step that takes instances away does not ask the targets, and they would launch them again. Several targets
agree with each other: each may add, and all must be satisfied before an instance goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from tap_stack.config import InfraConfig

COOLDOWN = 300
"""Seconds that a scaling policy waits for its last step to show."""

CPU, REQUESTS = "ASGAverageCPUUtilization", "ALBRequestCountPerTarget"


def step(config: InfraConfig, change: int) -> dict[str, Any]:
    """The properties of a policy that changes the capacity by so many instances, of the heaviest type with weights.

    What is enabled says nothing of it, as the stacks did from before there was a choice.
    """
    rests = bool(targets(config)) or (change < 0 and not config.scale_in)
    return {
        "policy_type": "SimpleScaling",
        "adjustment_type": "ChangeInCapacity",
        "scaling_adjustment": change * config.largest_instance,
        "cooldown": COOLDOWN,
        "enabled": False if rests else None,
    }


def targets(config: InfraConfig) -> Mapping[str, tuple[str, int]]:
    """The targets by the names of their policies: the metric and its value."""
    found = {"cpu-target": (CPU, config.cpu_target), "requests-per-target": (REQUESTS, config.requests_per_target)}
    return {thing: (metric, value) for thing, (metric, value) in found.items() if value}


def tracking(config: InfraConfig, metric: str, value: int, label: pulumi.Input[str] | None) -> dict[str, Any]:
    """The properties of a policy that follows a target.

    Args:
        config: Whether it may take instances away.
        metric: One that AWS has predefined.
        value: What it is to be.
        label: The load balancer and the target group by which requests are counted.
    """
    counted = {"resource_label": label} if metric == REQUESTS else {}
    return {
        "policy_type": "TargetTrackingScaling",
        "target_tracking_configuration": {
            "predefined_metric_specification": {"predefined_metric_type": metric, **counted},
            "target_value": float(value),
            "disable_scale_in": not config.scale_in,
        },
    }


def forecast(config: InfraConfig) -> dict[str, Any]:
    """The properties of a policy that forecasts load and capacity and changes nothing."""
    return {
        "policy_type": "PredictiveScaling",
        "predictive_scaling_configuration": {
            "mode": "ForecastOnly",
            "metric_specification": {
                "predefined_metric_pair_specification": {"predefined_metric_type": "ASGCPUUtilization"},
                "target_value": float(config.cpu_target),
            },
        },
    }


def warm_pool(config: InfraConfig) -> aws.autoscaling.GroupWarmPoolArgs | None:
    """The group's warm pool; None for a group without one."""
    if not config.warm_pool:
        return None
    return aws.autoscaling.GroupWarmPoolArgs(
        pool_state=config.warm_pool.capitalize(),
        min_size=config.warm_pool_min_size,
        max_group_prepared_capacity=config.warm_pool_prepared or None,
        instance_reuse_policy=aws.autoscaling.GroupWarmPoolInstanceReusePolicyArgs(
            reuse_on_scale_in=config.warm_pool_reuse
        ),
    )


def resource_label(load_balancer_arn: str, target_group_arn: str) -> str:
    """What AWS calls a target group of a load balancer: the last parts of both ARNs."""
    return f"{load_balancer_arn.partition(':loadbalancer/')[2]}/{target_group_arn.rpartition(':')[2]}"
