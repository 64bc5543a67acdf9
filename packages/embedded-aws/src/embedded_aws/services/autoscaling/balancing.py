"""Calls about the target groups of groups: attach, detach, describe, by the calls of their own or as traffic sources.

Source: API AttachLoadBalancerTargetGroups and AttachTrafficSources (their types; `elbv2` is a target group).
"""

from __future__ import annotations

from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.autoscaling import requests
from embedded_aws.services.autoscaling.registry import Registry

ELBV2 = "elbv2"
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
            "AttachTrafficSources": self._attach_sources,
            "DetachTrafficSources": self._attach_sources,
            "DescribeTrafficSources": self._describe_sources,
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def _attach(self, call: Call) -> dict[str, Any]:
        return self._change(call, call.params["TargetGroupARNs"], joins=call.action.startswith("Attach"))

    def _attach_sources(self, call: Call) -> dict[str, Any]:
        """Target groups are the only sources of traffic that are part of this AWS."""
        sources = call.params["TrafficSources"]
        for each in sources:
            if each.get("Type", ELBV2) != ELBV2 or ":targetgroup/" not in each["Identifier"]:
                raise requests.not_modelled(f"traffic source {each['Identifier']}")
        return self._change(call, [each["Identifier"] for each in sources], joins=call.action.startswith("Attach"))

    def _change(self, call: Call, arns: list[str], *, joins: bool) -> dict[str, Any]:
        group = self._groups.named(call)
        if len(arns) > MOST_ATTACHED:
            message = f"The number of target group ARNs that may be passed in is limited to {MOST_ATTACHED}"
            raise AwsError("ValidationError", message)
        if joins:
            group.target_groups.attach(group.fleet, arns, call.time)
        else:
            group.target_groups.detach(group.fleet, arns, call.time)
        group.target_groups.keep_delay(group.fleet, call.time)
        group.target_groups.judge(group.fleet, call.time)
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        return {"LoadBalancerTargetGroups": group.target_groups.shown(group.fleet, call.time)}

    def _describe_sources(self, call: Call) -> dict[str, Any]:
        group = self._groups.named(call)
        if call.params.get("TrafficSourceType", ELBV2) != ELBV2:
            return {"TrafficSources": []}
        shown = group.target_groups.shown(group.fleet, call.time)
        arn = "LoadBalancerTargetGroupARN"
        told = [{"Identifier": each[arn], "State": each["State"], "TrafficSource": each[arn]} for each in shown]
        return {"TrafficSources": [{**each, "Type": ELBV2} for each in told]}
