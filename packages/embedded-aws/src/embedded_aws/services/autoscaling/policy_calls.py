"""Calls about scaling policies: moto keeps them, the fleet carries them out, target tracking has alarms of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from embedded_aws.calls import Call, Routes
from embedded_aws.fleet import Adjustment, SimplePolicy
from embedded_aws.services.autoscaling import forecasts, requests, stores
from embedded_aws.services.autoscaling.forecasts import Forecasts
from embedded_aws.services.autoscaling.registry import Registry
from embedded_aws.services.autoscaling.tracking import TargetTracking

SIMPLE, TRACKED, PREDICTIVE = "SimpleScaling", "TargetTrackingScaling", "PredictiveScaling"
ADJUSTMENTS = frozenset(each.value for each in Adjustment)


class PolicyCalls:
    """Answers calls about scaling policies."""

    def __init__(self, groups: Registry, tracking: TargetTracking, forecasts: Forecasts) -> None:
        self._groups = groups
        self._tracking = tracking
        self._forecasts = forecasts

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "PutScalingPolicy": self._put,
            "DescribePolicies": self._describe,
            "DeletePolicy": self._delete,
            "ExecutePolicy": self._execute,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def alarm(self, policy_arn: str, alarm: str, now: datetime) -> bool:
        """Let an alarm trigger a policy; False if there is no such policy, or a cooldown or suspension prevents it."""
        region = policy_arn.split(":")[3]
        policy = _find(region, policy_arn)
        group = policy and self._groups.find(region, policy.auto_scaling_group_name)
        if not policy or not group:
            return False
        tracked = self._tracking.find(region, group.name, policy.name)
        if tracked is not None:
            return self._tracking.act(group, tracked, alarm, now)
        return bool(policy.enabled and group.fleet.alarm(alarm, _simple(policy), now))

    def _put(self, call: Call) -> dict[str, Any]:
        """Keep the policy, and beside what moto keeps, whether it is enabled; moto's answer lacks the ARN."""
        group, kind = self._groups.named(call), call.params.get("PolicyType")
        requests.refuse_unless(call.params, "PolicyType", SIMPLE, TRACKED, PREDICTIVE)
        predictive = forecasts.read(group, call.params, call.time) if kind == PREDICTIVE else None
        if kind == TRACKED:
            self._tracking.read(group, call.params)
        elif predictive is None and call.params.get("AdjustmentType") not in ADJUSTMENTS:
            raise requests.invalid(f"AdjustmentType must be one of {', '.join(sorted(ADJUSTMENTS))}.")
        answer = call.forward()
        policy = _named(call)
        policy.enabled = call.params.get("Enabled", True)
        self._forecasts.delete(call.region, group.name, policy.name)
        if kind == TRACKED:
            self._tracking.put(group, call.params, policy.arn, call.time)
        else:
            self._tracking.delete(call.region, group.name, policy.name, call.time)
        if predictive is not None:
            self._forecasts.put(group, policy.name, predictive)
        return answer | {"PolicyARN": policy.arn, "Alarms": self._alarms(call.region, group.name, policy.name)}

    def _alarms(self, region: str, group: str, name: str) -> list[dict[str, str]]:
        tracked = self._tracking.find(region, group, name)
        if tracked is None:
            return []
        return [{"AlarmName": alarm, "AlarmARN": tracked.arns[kind]} for kind, alarm in tracked.alarms.items()]

    def _describe(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        for policy in answer["ScalingPolicies"]:
            policy["Enabled"] = _find(call.region, policy["PolicyARN"]).enabled
            place = call.region, policy["AutoScalingGroupName"], policy["PolicyName"]
            policy["Alarms"] = self._alarms(*place)
            policy.pop("PredictiveScalingConfiguration", None)
            if (predictive := self._forecasts.find(*place)) is not None:
                policy["PredictiveScalingConfiguration"] = predictive.configuration
        return answer

    def _delete(self, call: Call) -> dict[str, Any]:
        """Delete by name or ARN: moto goes by the name alone."""
        policy = _named(call)
        del stores.groups(call.region).policies[policy.name]
        self._tracking.delete(call.region, policy.auto_scaling_group_name, policy.name, call.time)
        self._forecasts.delete(call.region, policy.auto_scaling_group_name, policy.name)
        return {}

    def _execute(self, call: Call) -> dict[str, Any]:
        policy = _named(call)
        group = self._groups.find(call.region, policy.auto_scaling_group_name)
        if group is None:
            raise requests.invalid(f"AutoScalingGroup name not found - {policy.auto_scaling_group_name} not found")
        honor = call.params.get("HonorCooldown", False)
        group.fleet.execute_policy(_simple(policy), call.time, honor_cooldown=honor)
        return {}


def _find(region: str, name: str) -> Any:
    """The policy of this name or ARN; None if there is none."""
    policies = stores.groups(region).policies.values()
    return next((policy for policy in policies if name in {policy.name, policy.arn}), None)


def _named(call: Call) -> Any:
    policy = _find(call.region, call.params["PolicyName"])
    group = call.params.get("AutoScalingGroupName")
    if policy is None or group not in {None, policy.auto_scaling_group_name}:
        raise requests.invalid(f"Cannot find a policy with PolicyName {call.params['PolicyName']}")
    return policy


def _simple(policy: Any) -> SimplePolicy:
    """The policy as the fleet carries it out. Raises AwsError: `NotImplemented`, it is not a simple scaling policy."""
    if policy.policy_type != SIMPLE:
        raise requests.not_modelled(f"PolicyType={policy.policy_type}")
    return SimplePolicy(
        policy.name,
        Adjustment(policy.adjustment_type),
        int(policy.scaling_adjustment),
        timedelta(seconds=int(policy.cooldown)),
        int(policy.min_adjustment_magnitude or 0),
    )
