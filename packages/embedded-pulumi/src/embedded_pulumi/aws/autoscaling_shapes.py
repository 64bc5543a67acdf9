"""The properties of an Auto Scaling group."""

from __future__ import annotations

from dataclasses import dataclass

from embedded_pulumi.aws.fields import Changes, Flag, Text, Verdict, Whole, WholeText
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.instance_requirements import requirements
from embedded_pulumi.aws.shapes import Block, Fields, JoinedSet, ListOf, SetOf
from embedded_pulumi.values import Value

_TEMPLATE = Block(
    computed=True,
    fields={
        "launchTemplateId": Text(computed=True),
        "launchTemplateName": Text(computed=True),
        "version": Text(computed=True),
    },
)
LAUNCH_TEMPLATE = Block(
    computed=True,
    fields={
        "id": Text(
            computed=True, max_length=255, pattern="lt-[a-z0-9]+", accepts="such as lt-0123", aws="LaunchTemplateId"
        ),
        "name": Text(
            computed=True, min_length=3, max_length=125, pattern=r"[0-9A-Za-z()./_-]+", aws="LaunchTemplateName"
        ),
        "version": Text(computed=True, min_length=1, max_length=255),
    },
    at_most_one=(("id", "name"),),
)
_OVERRIDE = Block(
    fields={
        "instanceRequirements": Block(fields=requirements(of_template=False)),
        "instanceType": Text(),
        "launchTemplateSpecification": Block(fields=_TEMPLATE.fields),
        "weightedCapacity": Text(pattern="[1-9][0-9]{0,2}", accepts="1 to 999"),
    }
)
_DISTRIBUTION = Block(
    computed=True,
    fields={
        "onDemandAllocationStrategy": Text(computed=True),
        "onDemandBaseCapacity": Whole(computed=True, at_least=0),
        "onDemandPercentageAboveBaseCapacity": Whole(computed=True, at_least=0, at_most=100),
        "spotAllocationStrategy": Text(computed=True),
        "spotInstancePools": Whole(computed=True, at_least=0),
        "spotMaxPrice": Text(tells_empty=True),
    },
)
MIXED_INSTANCES = Block(
    computed=True,
    fields={
        "launchTemplate": Block(
            required=True,
            fields={
                "launchTemplateSpecification": Block(required=True, fields=_TEMPLATE.fields),
                "overrides": ListOf(item=_OVERRIDE, computed=True),
            },
        ),
        "instancesDistribution": _DISTRIBUTION,
    },
)
PREFERENCES: Fields = {
    "alarmSpecification": Block(fields={"alarms": ListOf()}),
    "autoRollback": Flag(),
    "checkpointDelay": WholeText(),
    "checkpointPercentages": ListOf(item=Whole()),
    "instanceWarmup": WholeText(),
    "maxHealthyPercentage": Whole(default=100, at_least=100, at_most=200),
    "minHealthyPercentage": Whole(default=90, at_least=0, at_most=100),
    "scaleInProtectedInstances": Text(default="Ignore", one_of=("Refresh", "Ignore", "Wait")),
    "skipMatching": Flag(default=False),
    "standbyInstances": Text(default="Ignore", one_of=("Terminate", "Ignore", "Wait")),
}
SIZES: Fields = {
    "minSize": Whole(required=True, at_least=0),
    "maxSize": Whole(required=True, at_least=0),
    "desiredCapacity": Whole(computed=True, at_least=0),
    "desiredCapacityType": Text(one_of=("units", "vcpu", "memory-mib")),
}
UNSET = -1
"""A percentage of an instance maintenance policy that stands for none."""


@dataclass(frozen=True, kw_only=True)
class _MaintenancePolicy(Block):
    """A policy with a percentage that is not set means the same as none."""

    def diff(self, path: str, old: Value, new: Value, *, replace: bool = False) -> Changes:
        """Compare; see `Field.diff`."""
        if not old and isinstance(new, dict) and UNSET in new.values():
            return {}
        return super().diff(path, old, new, replace=replace)


@dataclass(frozen=True, kw_only=True)
class _MaxHealthy(Whole):
    """A percentage from 100 to 200, or the one that is not set."""

    def parse(self, path: str, value: Value) -> Verdict:
        """Take a known value; see `Field.parse`."""
        percent, failures = super().parse(path, value)
        if percent not in (UNSET, *range(100, 201)):
            raise ValueError(f"{percent} is not accepted; accepted: 100 to 200, or {UNSET} for none")
        return percent, failures


SETTINGS: Fields = {  # what both CreateAutoScalingGroup and UpdateAutoScalingGroup take, sizes aside
    "availabilityZones": SetOf(computed=True),
    "vpcZoneIdentifiers": JoinedSet(computed=True, aws="VPCZoneIdentifier"),
    "availabilityZoneDistribution": Block(
        computed=True,
        fields={
            "capacityDistributionStrategy": Text(
                default="balanced-best-effort",
                one_of=("balanced-only", "balanced-best-effort", "reservations-then-balanced"),
            )
        },
    ),
    "capacityRebalance": Flag(),
    "capacityReservationSpecification": Block(
        computed=True,
        fields={
            "capacityReservationPreference": Text(
                computed=True, one_of=("capacity-reservations-only", "capacity-reservations-first", "none", "default")
            ),
            "capacityReservationTarget": Block(
                fields={
                    "capacityReservationIds": ListOf(),
                    "capacityReservationResourceGroupArns": ListOf(item=ArnText()),
                },
                at_most_one=(("capacityReservationIds", "capacityReservationResourceGroupArns"),),
            ),
        },
    ),
    "context": Text(),
    "defaultCooldown": Whole(computed=True),
    "defaultInstanceWarmup": Whole(),
    "healthCheckGracePeriod": Whole(default=300, at_least=0),
    "healthCheckType": Text(computed=True),
    "instanceLifecyclePolicy": Block(
        fields={
            "retentionTriggers": Block(fields={"terminateHookAbandon": Text(one_of=("retain", "terminate"))}),
        }
    ),
    "instanceMaintenancePolicy": _MaintenancePolicy(
        fields={
            "maxHealthyPercentage": _MaxHealthy(required=True),
            "minHealthyPercentage": Whole(required=True, at_least=-1, at_most=100),
        }
    ),
    "launchTemplate": LAUNCH_TEMPLATE,
    "maxInstanceLifetime": Whole(),
    "mixedInstancesPolicy": MIXED_INSTANCES,
    "placementGroup": Text(),
    "protectFromScaleIn": Flag(default=False, aws="NewInstancesProtectedFromScaleIn"),
    "serviceLinkedRoleArn": Text(computed=True, aws="ServiceLinkedRoleARN"),
    "terminationPolicies": ListOf(),
}
TAGS = SetOf(
    item=Block(
        fields={
            "key": Text(required=True),
            "value": Text(required=True),
            "propagateAtLaunch": Flag(required=True),
        }
    )
)
HOOK: Fields = {
    "name": Text(required=True, min_length=1, max_length=255, aws="LifecycleHookName"),
    "lifecycleTransition": Text(
        required=True, one_of=("autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING")
    ),
    "defaultResult": Text(computed=True, one_of=("CONTINUE", "ABANDON")),
    "heartbeatTimeout": Whole(at_least=30, at_most=7200),
    "notificationMetadata": Text(),
    "notificationTargetArn": ArnText(aws="NotificationTargetARN"),
    "roleArn": ArnText(aws="RoleARN"),
}
WARM_POOL = Block(
    fields={
        "instanceReusePolicy": Block(fields={"reuseOnScaleIn": Flag(default=False)}),
        "maxGroupPreparedCapacity": Whole(default=-1, at_least=-1),
        "minSize": Whole(default=0, at_least=0),
        "poolState": Text(default="Stopped", one_of=("Stopped", "Running", "Hibernated")),
    }
)
INSTANCE_REFRESH = Block(
    fields={
        "strategy": Text(required=True, one_of=("Rolling", "ReplaceRootVolume")),
        "preferences": Block(fields=PREFERENCES),
        "triggers": SetOf(),
    }
)
INPUTS: Fields = {
    "name": Text(computed=True, force_new=True, max_length=255),
    "namePrefix": Text(computed=True, force_new=True, max_length=229),
    **SIZES,
    **SETTINGS,
    "enabledMetrics": SetOf(),
    "metricsGranularity": Text(default="1Minute"),
    "minElbCapacity": Whole(),
    "forceDelete": Flag(default=False),
    "forceDeleteWarmPool": Flag(default=False),
    "ignoreFailedScalingActivities": Flag(default=False),
    "initialLifecycleHooks": SetOf(item=Block(fields=HOOK), force_new=True),
    "instanceRefresh": INSTANCE_REFRESH,
    "suspendedProcesses": SetOf(),
    "tags": TAGS,
    "targetGroupArns": SetOf(computed=True, aws="TargetGroupARNs"),
    "waitForCapacityTimeout": Text(default="10m"),
    "waitForElbCapacity": Whole(),
    "warmPool": WARM_POOL,
}
