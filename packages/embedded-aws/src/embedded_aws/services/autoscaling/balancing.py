"""Calls about the target groups of groups: attach, detach, describe."""

from __future__ import annotations

from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.autoscaling.registry import Registry

MOST_ATTACHED = 10
"""How many target groups one call takes (API AttachLoadBalancerTargetGroups)."""


class BalancingCalls:
    """Answers calls about the target groups of groups."""

    def __init__(self, groups: Registry) -> None:
        self._groups = groups

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "AttachLoadBalancerTargetGroups": self._attach,
            "DetachLoadBalancerTargetGroups": self._attach,
            "DescribeLoadBalancerTargetGroups": self._describe,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def _attach(self, call: Call) -> dict[str, Any]:
        group, arns = self._groups.named(call), call.params["TargetGroupARNs"]
        if len(arns) > MOST_ATTACHED:
            message = f"The number of target group ARNs that may be passed in is limited to {MOST_ATTACHED}"
            raise AwsError("ValidationError", message)
        if call.action == "AttachLoadBalancerTargetGroups":
            group.target_groups.attach(group.fleet, arns, call.time)
        else:
            group.target_groups.detach(group.fleet, arns, call.time)
        group.target_groups.keep_delay(group.fleet, call.time)
        group.target_groups.judge(group.fleet, call.time)
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        return {"LoadBalancerTargetGroups": group.target_groups.shown(group.fleet, call.time)}
