"""Cases: Auto Scaling groups and their policies."""

from __future__ import annotations

from typing import Any

ON_LAUNCH = "autoscaling:EC2_INSTANCE_LAUNCHING"


def mixed(w: Any) -> dict[str, Any]:
    return {
        "launchTemplate": {
            "launchTemplateSpecification": {"launchTemplateId": w.launch_template["id"], "version": "1"},
            "overrides": [{"instanceType": "t3.small", "weightedCapacity": "2"}],
        },
        "instancesDistribution": {"onDemandBaseCapacity": 1, "spotAllocationStrategy": "lowest-price"},
    }


CASES: dict[str, dict[str, Any]] = {
    "aws:autoscaling/group:Group": {
        "inputs": lambda w: {
            "minSize": 1,
            "maxSize": 3,
            "vpcZoneIdentifiers": [w.subnet],
            "launchTemplate": {"id": w.launch_template["id"], "version": "1"},
            "tags": [{"key": "Name", "value": "member", "propagateAtLaunch": True}],
        },
        "updates": lambda w: {
            "minSize": 2,
            "maxSize": 4,
            "desiredCapacity": 3,
            "vpcZoneIdentifiers": [w.subnet, w.other_subnet],
            "forceDelete": True,
            "forceDeleteWarmPool": True,
            "healthCheckGracePeriod": 120,
            "healthCheckType": "ELB",
            "ignoreFailedScalingActivities": True,
            "launchTemplate": {"id": w.other_launch_template["id"], "version": "1"},
            "protectFromScaleIn": True,
            "suspendedProcesses": ["AZRebalance", "ScheduledActions"],
            "tags": [
                {"key": "Name", "value": "renamed", "propagateAtLaunch": True},
                {"key": "Team", "value": "a", "propagateAtLaunch": False},
            ],
            "targetGroupArns": w.target_groups[:1],
            "waitForCapacityTimeout": "1m",
            "instanceRefresh": {"strategy": "Rolling", "preferences": {"instanceWarmup": "60", "autoRollback": True}},
            "warmPool": {"minSize": 1, "poolState": "Running"},
        },
        "stuck": lambda w: {
            "capacityRebalance": True,
            "defaultCooldown": 60,
            "placementGroup": "a-group",
            "serviceLinkedRoleArn": w.other_role["arn"],
            "terminationPolicies": ["OldestLaunchTemplate", "Default"],
            "maxInstanceLifetime": 604800,
            "availabilityZoneDistribution": {"capacityDistributionStrategy": "balanced-only"},
            "capacityReservationSpecification": {"capacityReservationPreference": "none"},
            "context": "reserved",
            "defaultInstanceWarmup": 60,
            "desiredCapacityType": "vcpu",
            "instanceLifecyclePolicy": {"retentionTriggers": {"terminateHookAbandon": "retain"}},
            "instanceMaintenancePolicy": {"minHealthyPercentage": 100, "maxHealthyPercentage": 110},
        },
        "created": lambda w: {
            "capacityRebalance": True,
            "defaultCooldown": 60,
            "placementGroup": "a-group",
            "terminationPolicies": ["OldestLaunchTemplate", "Default"],
            "availabilityZones": (["eu-west-1a", "eu-west-1b"], {"vpcZoneIdentifiers": None}),
            "enabledMetrics": ["GroupInServiceInstances", "GroupDesiredCapacity"],
            "metricsGranularity": ("1Minute", {"enabledMetrics": ["GroupTotalInstances"]}),
            "mixedInstancesPolicy": (mixed(w), {"launchTemplate": None}),
        },
        "dropped": lambda w: {"serviceLinkedRoleArn": w.other_role["arn"]},
        "replaces": lambda _: {
            "name": "another",
            "namePrefix": ("some-", {"name": None}),
            "initialLifecycleHooks": [{"name": "boot", "lifecycleTransition": ON_LAUNCH}],
        },
    },
    "aws:autoscaling/policy:Policy": {
        "import_id": "{autoscalingGroupName}/{name}",
        "inputs": lambda w: {
            "autoscalingGroupName": w.fleet,
            "adjustmentType": "ChangeInCapacity",
            "scalingAdjustment": 1,
            "cooldown": 300,
        },
        "updates": lambda _: {
            "adjustmentType": "ExactCapacity",
            "scalingAdjustment": -1,
            "cooldown": 60,
            "estimatedInstanceWarmup": 30,
            "metricAggregationType": "Maximum",
            "minAdjustmentMagnitude": (2, {"adjustmentType": "PercentChangeInCapacity"}),
            "stepAdjustments": (
                [
                    {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "1.5", "scalingAdjustment": 1},
                    {"metricIntervalLowerBound": "1.5", "scalingAdjustment": 2},
                ],
                {"scalingAdjustment": None},
            ),
        },
        "created": lambda _: {
            "targetTrackingConfiguration": (
                {
                    "targetValue": 50.5,
                    "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"},
                },
                {
                    "policyType": "TargetTrackingScaling",
                    "adjustmentType": None,
                    "scalingAdjustment": None,
                    "cooldown": None,
                },
            ),
        },
        "dropped": lambda _: {"enabled": False},
        "replaces": lambda _: {
            "name": "another",
            "autoscalingGroupName": "another",
            "policyType": "StepScaling",
        },
    },
}
