"""Scaling policies: simple, step and target tracking."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws.errors import found
from embedded_pulumi.aws.fields import Flag, Number, NumberText, Text, Whole
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, SetOf, request, response
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_NAME_VALUE = Block(fields={"name": Text(required=True), "value": Text(required=True)})
_METRIC_STAT = Block(
    fields={
        "metric": Block(
            required=True,
            fields={
                "metricName": Text(required=True),
                "namespace": Text(required=True),
                "dimensions": SetOf(item=_NAME_VALUE),
            },
        ),
        "period": Whole(),
        "stat": Text(required=True),
        "unit": Text(),
    }
)
_METRIC_QUERY = Block(
    fields={
        "id": Text(required=True),
        "expression": Text(),
        "label": Text(),
        "metricStat": _METRIC_STAT,
        "returnData": Flag(default=True),
    }
)
_TRACKING = Block(
    fields={
        "targetValue": Number(required=True),
        "disableScaleIn": Flag(default=False),
        "predefinedMetricSpecification": Block(
            fields={"predefinedMetricType": Text(required=True), "resourceLabel": Text()}
        ),
        "customizedMetricSpecification": Block(
            fields={
                "metricDimensions": SetOf(item=_NAME_VALUE, aws="Dimensions"),
                "metricName": Text(),
                "metrics": SetOf(item=_METRIC_QUERY),
                "namespace": Text(),
                "period": Whole(),
                "statistic": Text(),
                "unit": Text(),
            }
        ),
    }
)
_INPUTS: Fields = {
    "name": Text(force_new=True, aws="PolicyName"),
    "autoscalingGroupName": Text(required=True, force_new=True, aws="AutoScalingGroupName"),
    "policyType": Text(
        default="SimpleScaling", force_new=True, one_of=("SimpleScaling", "StepScaling", "TargetTrackingScaling")
    ),
    "adjustmentType": Text(one_of=("ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity")),
    "cooldown": Whole(),
    "enabled": Flag(default=True),
    "estimatedInstanceWarmup": Whole(),
    "metricAggregationType": Text(computed=True, one_of=("Minimum", "Maximum", "Average")),
    "minAdjustmentMagnitude": Whole(at_least=1),
    "scalingAdjustment": Whole(),
    "stepAdjustments": SetOf(
        item=Block(
            fields={
                "metricIntervalLowerBound": NumberText(),
                "metricIntervalUpperBound": NumberText(),
                "scalingAdjustment": Whole(required=True),
            }
        )
    ),
    "targetTrackingConfiguration": _TRACKING,
}


def _create(aws: Session, props: Properties) -> str:
    aws.autoscaling.put_scaling_policy(**request(_INPUTS, props))
    return str(props["name"])


def _find(aws: Session, group: str, name: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.autoscaling.describe_policies(AutoScalingGroupName=group, PolicyNames=[name]))
    policies = answer["ScalingPolicies"] if answer else []
    return policies[0] if policies else None


def _locate(id_: str, state: Properties) -> tuple[str, str]:
    """Group and policy: known, or from an import's id, `<group>/<policy>`."""
    if state.get("autoscalingGroupName"):
        return state["autoscalingGroupName"], id_
    group, _, name = id_.partition("/")
    if not name:
        raise ProviderError(f"{id_!r} is not a scaling policy's import id; accepted: <group>/<policy>")
    return group, name


def _read(aws: Session, id_: str, state: Properties) -> Properties | None:
    group, name = _locate(id_, state)
    policy = _find(aws, group, name)
    if policy is None:
        return None
    told = response(_INPUTS, {"Enabled": True, **policy})
    if told["policyType"] != "SimpleScaling":
        told["cooldown"] = None  # it means something to simple scaling only
    return {"id": name, "arn": policy["PolicyARN"], **told}


def _update(aws: Session, id_: str, change: Change) -> None:
    del id_
    computed = {name: change.get(name) for name in _INPUTS}
    aws.autoscaling.put_scaling_policy(**request(_INPUTS, computed))


def _delete(aws: Session, id_: str, state: Properties) -> None:
    group, name = _locate(id_, state)
    aws.autoscaling.delete_policy(AutoScalingGroupName=group, PolicyName=name)


POLICY = Resource(
    type_="aws:autoscaling/policy:Policy",
    inputs=_INPUTS,
    outputs=("arn",),
    unsupported=("predictiveScalingConfiguration",),
    name=AutoName(unless=()),
    at_most_one=(("scalingAdjustment", "stepAdjustments"),),
    create=_create,
    locate=lambda _, props: str(props["name"]),
    read=_read,
    update=_update,
    delete=_delete,
)

RESOURCES = (POLICY,)
