"""Scaling policies: simple, step, target tracking and predictive."""

from __future__ import annotations

from embedded_pulumi.aws.autoscaling_prediction import PREDICTION
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Number, NumberText, Text, Whole
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, SetOf, request, response
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

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
        "stat": Text(required=True, min_length=1, max_length=100),
        "unit": Text(),
    }
)
_METRIC_QUERY = Block(
    fields={
        "id": Text(required=True, min_length=1, max_length=255),
        "expression": Text(min_length=1, max_length=2047),
        "label": Text(min_length=1, max_length=2047),
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
                "metricDimensions": ListOf(item=_NAME_VALUE, aws="Dimensions"),
                "metricName": Text(),
                "metrics": SetOf(item=_METRIC_QUERY),
                "namespace": Text(),
                "period": Whole(),
                "statistic": Text(),
                "unit": Text(),
            },
            at_most_one=tuple(
                ("metrics", name) for name in ("metricDimensions", "metricName", "namespace", "statistic", "unit")
            ),
        ),
    },
    at_most_one=(("customizedMetricSpecification", "predefinedMetricSpecification"),),
)


_SIMPLE, _STEP, _TRACKED, _PREDICTIVE = "SimpleScaling", "StepScaling", "TargetTrackingScaling", "PredictiveScaling"
_NEEDED = {
    _SIMPLE: "scalingAdjustment",
    _STEP: "stepAdjustments",
    _TRACKED: "targetTrackingConfiguration",
    _PREDICTIVE: "predictiveScalingConfiguration",
}
_ONLY_FOR = {
    "cooldown": (_SIMPLE,),
    "estimatedInstanceWarmup": (_STEP, _TRACKED),
    "predictiveScalingConfiguration": (_PREDICTIVE,),
    "scalingAdjustment": (_SIMPLE,),
    "stepAdjustments": (_STEP,),
    "targetTrackingConfiguration": (_TRACKED,),
}
_SENT_FOR = {
    **_ONLY_FOR,
    "adjustmentType": (_SIMPLE, _STEP),
    "minAdjustmentMagnitude": (_SIMPLE, _STEP),
    "metricAggregationType": (_STEP,),
}


class ScalingPolicy(ResourceType):
    """A scaling policy. PutScalingPolicy replaces the whole policy, so each call has all properties of its type.

    Source: terraform-provider-aws/internal/service/autoscaling/policy.go (007ce0a8), read on 2026-11-29.
    """

    type_ = "aws:autoscaling/policy:Policy"
    inputs = {
        "name": Text(force_new=True, aws="PolicyName"),
        "autoscalingGroupName": Text(required=True, force_new=True, aws="AutoScalingGroupName"),
        "policyType": Text(default=_SIMPLE, one_of=tuple(_NEEDED)),
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
        "predictiveScalingConfiguration": PREDICTION,
    }
    outputs = ("arn",)
    name = AutoName(unless=())
    at_most_one = (("scalingAdjustment", "stepAdjustments"),)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """What the real provider says only when it writes the policy: a preview must not promise it."""
        kind = inputs["policyType"]
        if kind is UNKNOWN:
            return []
        for name, kinds in _ONLY_FOR.items():
            if inputs.get(name) and kind not in kinds:
                return [CheckFailure(name, f"{name} is only supported for policy type {' and '.join(kinds)}")]
        needed = _NEEDED[kind]
        if not inputs.get(needed) and (needed, inputs.get(needed)) != ("scalingAdjustment", 0):
            return [CheckFailure(needed, f"{needed} is required for policy type {kind}")]
        return []

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props)
        return str(props["name"])

    def _put(self, aws: Session, props: Properties) -> None:
        """Write a policy. Raises ProviderError: an input is not for its type, or its type needs one."""
        kind = props["policyType"]
        if wrong := self.check(props):
            raise ProviderError(wrong[0].reason)
        sent = [name for name in self.inputs if kind in _SENT_FOR.get(name, (kind,))]
        aws.autoscaling.put_scaling_policy(**request(self.inputs, props, sent))

    def _place(self, id_: str, state: Properties) -> tuple[str, str]:
        """Group and policy: known, or from an import's id, `<group>/<policy>`."""
        if state.get("autoscalingGroupName"):
            return state["autoscalingGroupName"], id_
        group, _, name = id_.partition("/")
        if not group or not name:
            raise ProviderError(f"{id_!r} is not a scaling policy's import id; accepted: <group>/<policy>")
        return group, name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        group, name = self._place(id_, state)
        answer = unless_gone(aws.autoscaling.describe_policies, AutoScalingGroupName=group, PolicyNames=[name])
        return next(iter(answer["ScalingPolicies"]), None) if answer else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, {"Enabled": True, **found})
        kind = told["policyType"]
        # AWS has no place for what another type of policy would have, which the program may say.
        for name in [name for name, kinds in _SENT_FOR.items() if kind not in kinds and told[name] is None]:
            del told[name]
        return {"id": self._place(id_, state)[1], "arn": found["PolicyARN"], **told}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._put(aws, {name: change.get(name) for name in self.inputs})

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        group, name = self._place(id_, state)
        aws.autoscaling.delete_policy(AutoScalingGroupName=group, PolicyName=name)


TYPES = (ScalingPolicy,)
