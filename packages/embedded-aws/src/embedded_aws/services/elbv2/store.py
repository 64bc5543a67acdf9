"""moto's load balancers and target groups, and the links between them. Hold the cloud's lock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.backends import get_backend

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError
from embedded_aws.services.ec2.store import backend as ec2

__all__ = ["backend", "certificates", "ec2", "link", "listener", "listeners", "load_balancer", "target_group"]


def backend(region: str) -> Any:
    """Moto's load balancers of a region."""
    return get_backend("elbv2")[ACCOUNT][region]


def certificates(region: str) -> dict[str, Any]:
    """Moto's ACM certificates of a region, by ARN."""
    found: dict[str, Any] = get_backend("acm")[ACCOUNT][region]._certificates  # noqa: SLF001 - moto has no other list
    return found


def load_balancer(region: str, arn: str) -> Any:
    """The load balancer with this ARN. Raises AwsError: `LoadBalancerNotFound`."""
    found = backend(region).load_balancers.get(arn)
    if found is None:
        raise AwsError("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
    return found


def target_group(region: str, arn: str) -> Any:
    """The target group with this ARN. Raises AwsError: `TargetGroupNotFound`."""
    found = backend(region).target_groups.get(arn)
    if found is None:
        raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
    return found


def listener(region: str, arn: str) -> Any:
    """The listener with this ARN. Raises AwsError: `ListenerNotFound`."""
    found = next((each for each in listeners(region) if each.arn == arn), None)
    if found is None:
        raise AwsError("ListenerNotFound", f"Listener '{arn}' not found")
    return found


def listeners(region: str) -> Iterator[Any]:
    """Every listener of a region."""
    for balancer in backend(region).load_balancers.values():
        yield from balancer.listeners.values()


def forwards_to(region: str, listener_: Any) -> set[str]:
    """The ARNs of the target groups that a listener forwards to, by its default actions and its rules."""
    named = backend(region)._get_target_group_arns_from  # noqa: SLF001 - moto's own reading of an action
    return {arn for rule in listener_.rules.values() for action in rule.actions for arn in named(action.data)}


def link(region: str) -> None:
    """Let each target group know its load balancers: moto only ever adds to what a target group knows."""
    known = backend(region)
    for group in known.target_groups.values():
        group.load_balancer_arns = [
            balancer.arn
            for balancer in known.load_balancers.values()
            if any(group.arn in forwards_to(region, each) for each in balancer.listeners.values())
        ]
