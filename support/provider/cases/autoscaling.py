"""Cases: Auto Scaling groups and their policies."""

from __future__ import annotations

from embedded_pulumi.values import Properties
from support.provider.case import Case, With
from support.provider.world import World

ON_LAUNCH = "autoscaling:EC2_INSTANCE_LAUNCHING"


def mixed(w: World) -> Properties:
    return {
        "launchTemplate": {
            "launchTemplateSpecification": {"launchTemplateId": w.launch_template["id"], "version": "1"},
            "overrides": [{"instanceType": "t3.small"}, {"instanceType": "t3a.small"}],
        },
        "instancesDistribution": {"onDemandBaseCapacity": 1, "spotAllocationStrategy": "lowest-price"},
    }


STEPPED = {"policyType": "StepScaling", "cooldown": None, "scalingAdjustment": None}
BY_STEP = {**STEPPED, "stepAdjustments": [{"metricIntervalLowerBound": "0", "scalingAdjustment": 1}]}
PREDICTIVE = {**STEPPED, "policyType": "PredictiveScaling", "adjustmentType": None}
FORECAST = {
    "metricSpecification": {
        "targetValue": 50,
        "predefinedMetricPairSpecification": {"predefinedMetricType": "ASGCPUUtilization"},
    },
    "schedulingBufferTime": "300",
}


def fresh_topic(world: World) -> str:
    return str(world.make("aws:sns/topic:Topic", world.next_name())["arn"])


def fresh_fleet(world: World) -> str:
    return world.fleet_named(world.next_name())


LAUNCHES = ["autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_LAUNCH_ERROR"]

CASES: dict[str, Case] = {
    "aws:autoscaling/notification:Notification": Case(
        inputs=lambda w: {"groupNames": [w.fleet], "notifications": LAUNCHES, "topicArn": fresh_topic(w)},
        updates={
            "groupNames": lambda w: [fresh_fleet(w)],
            "notifications": ["autoscaling:EC2_INSTANCE_TERMINATE"],
        },
        replaces={"topicArn": lambda w: w.other_topic},
        imports=False,
        plain=False,
    ),
    "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment": Case(
        inputs=lambda w: {
            "autoscalingGroupName": fresh_fleet(w),
            "trafficSource": {"identifier": w.target_group(w.next_name()), "type": "elbv2"},
        },
        replaces={
            "autoscalingGroupName": "another",
            "trafficSource": lambda w: {"identifier": w.target_group(w.next_name()), "type": "elbv2"},
        },
        plain=False,
    ),
    "aws:autoscaling/group:Group": Case(
        inputs=lambda w: {
            "minSize": 1,
            "maxSize": 3,
            "vpcZoneIdentifiers": [w.subnet],
            "launchTemplate": {"id": w.launch_template["id"], "version": "1"},
            "tags": [{"key": "Name", "value": "member", "propagateAtLaunch": True}],
        },
        updates={
            "minSize": 2,
            "maxSize": 4,
            "desiredCapacity": 3,
            "vpcZoneIdentifiers": lambda w: [w.subnet, w.other_subnet],
            "forceDelete": True,
            "forceDeleteWarmPool": True,
            "healthCheckGracePeriod": 120,
            "healthCheckType": "ELB",
            "ignoreFailedScalingActivities": True,
            "launchTemplate": lambda w: {"id": w.other_launch_template["id"], "version": "1"},
            "protectFromScaleIn": True,
            "suspendedProcesses": ["AZRebalance", "ScheduledActions"],
            "tags": [
                {"key": "Name", "value": "renamed", "propagateAtLaunch": True},
                {"key": "Team", "value": "a", "propagateAtLaunch": False},
            ],
            "targetGroupArns": lambda w: w.target_groups[:1],
            "waitForCapacityTimeout": "1m",
            "minElbCapacity": 1,
            "waitForElbCapacity": 1,
            "instanceRefresh": {"strategy": "Rolling", "preferences": {"instanceWarmup": "60", "autoRollback": True}},
            "warmPool": {"minSize": 1, "poolState": "Running"},
        },
        stuck={
            "capacityRebalance": True,
            "defaultCooldown": 60,
            "placementGroup": "a-group",
            "serviceLinkedRoleArn": lambda w: w.other_role["arn"],
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
        created={
            "capacityRebalance": True,
            "defaultCooldown": 60,
            "placementGroup": "a-group",
            "terminationPolicies": ["OldestLaunchTemplate", "Default"],
            "availabilityZones": With(["eu-west-1a", "eu-west-1b"], {"vpcZoneIdentifiers": None}),
            "enabledMetrics": ["GroupInServiceInstances", "GroupDesiredCapacity"],
            "metricsGranularity": With("1Minute", {"enabledMetrics": ["GroupTotalInstances"]}),
            "mixedInstancesPolicy": lambda w: With(mixed(w), {"launchTemplate": None}),
        },
        stale=("availabilityZones", "desiredCapacity"),
        dropped={"serviceLinkedRoleArn": lambda w: w.other_role["arn"]},
        replaces={
            "name": "another",
            "namePrefix": With("some-", {"name": None}),
            "initialLifecycleHooks": [{"name": "boot", "lifecycleTransition": ON_LAUNCH}],
        },
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Case(
        import_id="{autoscalingGroupName}/{name}",
        inputs=lambda w: {
            "autoscalingGroupName": w.fleet,
            "lifecycleTransition": ON_LAUNCH,
            "heartbeatTimeout": 300,
            "defaultResult": "CONTINUE",
        },
        updates={
            "heartbeatTimeout": 60,
            "defaultResult": "ABANDON",
            "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "autoscalingGroupName": lambda w: w.other_fleet,
        },
        dropped={
            "notificationMetadata": "who",
            "notificationTargetArn": lambda w: With(w.topic, {"roleArn": w.telling_role["arn"]}),
            "roleArn": lambda w: w.telling_role["arn"],
        },
        replaces={"name": "another"},
    ),
    "aws:autoscaling/schedule:Schedule": Case(
        import_id="{autoscalingGroupName}/{scheduledActionName}",
        inputs=lambda w: {
            "autoscalingGroupName": w.fleet,
            "scheduledActionName": "morning",
            "minSize": 1,
            "maxSize": 3,
            "desiredCapacity": 2,
            "recurrence": "0 6 * * MON-FRI",
        },
        updates={
            "minSize": 0,
            "maxSize": 4,
            "desiredCapacity": -1,
            "recurrence": "30 7 * * *",
            "startTime": "2199-01-01T06:00:00Z",
            "endTime": "2199-12-31T06:00:00Z",
            "timeZone": "Europe/Berlin",
        },
        replaces={"autoscalingGroupName": lambda w: w.other_fleet, "scheduledActionName": "evening"},
        stale=("startTime",),
    ),
    "aws:autoscaling/policy:Policy": Case(
        import_id="{autoscalingGroupName}/{name}",
        inputs=lambda w: {
            "autoscalingGroupName": w.fleet,
            "adjustmentType": "ChangeInCapacity",
            "scalingAdjustment": 1,
            "cooldown": 300,
        },
        updates={
            "adjustmentType": "ExactCapacity",
            "scalingAdjustment": -1,
            "cooldown": 60,
            "estimatedInstanceWarmup": With(30, BY_STEP),
            "metricAggregationType": With("Maximum", BY_STEP),
            "policyType": With("StepScaling", BY_STEP),
            "minAdjustmentMagnitude": With(2, {"adjustmentType": "PercentChangeInCapacity"}),
            "stepAdjustments": With(
                [
                    {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "1.5", "scalingAdjustment": 1},
                    {"metricIntervalLowerBound": "1.5", "scalingAdjustment": 2},
                ],
                STEPPED,
            ),
        },
        created={
            "predictiveScalingConfiguration": With(FORECAST, PREDICTIVE),
            "targetTrackingConfiguration": With(
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
        dropped={"enabled": False},
        replaces={
            "name": "another",
            "autoscalingGroupName": "another",
        },
    ),
}
