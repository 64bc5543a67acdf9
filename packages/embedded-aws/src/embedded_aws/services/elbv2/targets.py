"""Target groups: who is registered, what the health checks find, and how a deregistered target drains.

moto keeps the target groups; who is in them is kept here. A check asks in this order: does EC2 run the instance, do the
security groups let the load balancer's request through, do EC2's status checks find the instance in order, and how does
its application answer.

Sources: Elastic Load Balancing API reference (RegisterTargets, DeregisterTargets, DescribeTargetHealth, TargetHealth);
user guide for Application Load Balancers, "Health checks for Application Load Balancer target groups" and
"Deregistration delay"; the words of the refusals as in hashicorp/terraform-provider-aws (issues 9050, 16676).

Assumed: an application answers as its target group wants it until `answer` says otherwise; an instance that fails EC2's
system or instance check does not answer. A target that is an IP address of something unknown answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.fleet import Checks
from embedded_aws.in_process.shapes import target_health
from embedded_aws.services.elbv2 import checks, store
from embedded_aws.services.elbv2.checks import (
    CheckFault,
    HealthAnswer,
    RegisteredTarget,
    TargetHealth,
    TargetState,
    Thresholds,
)
from embedded_aws.services.elbv2.reach import reaches

DELAY = "deregistration_delay.timeout_seconds"
TRAFFIC_PORT = "traffic-port"
INSTANCE = "instance"
GONE = {"shutting-down": "terminated", "stopping": "stopped"}
"""States of an instance to what the load balancer calls them."""
RUNNING = "running"

Key: TypeAlias = tuple[str, int]
"""A target's id and port: the same instance may be registered with several ports."""

ChecksOf: TypeAlias = Callable[[str], Checks | None]
"""EC2's status checks of an instance; None where nobody knows them."""

Told: TypeAlias = Callable[[str, str], None]
"""(region, target id): the load balancer has changed its mind about a target."""


class Targets:
    """The targets of all target groups of the account.

    Args:
        lock: The gateway's own, re-entrant.
        checks_of: EC2's status checks.
        told: Whom a change concerns.
    """

    def __init__(self, clock: Clock, lock: AbstractContextManager[Any], checks_of: ChecksOf, told: Told) -> None:
        self._clock = clock
        self._lock = lock
        self._checks_of = checks_of
        self._told = told
        self._targets: dict[tuple[str, str], dict[Key, RegisteredTarget]] = {}
        self._answers: dict[str, dict[str | None, HealthAnswer]] = {}

    def routes(self) -> Routes:
        """The calls that are answered in moto's place."""
        handlers = {
            "RegisterTargets": self._register,
            "DeregisterTargets": self._deregister,
            "DescribeTargetHealth": self._describe,
            "DeleteTargetGroup": self._delete_group,
        }
        return {("elbv2", action): handler for action, handler in handlers.items()}

    # What a test says

    def answer(self, instance_id: str, status: HealthAnswer, path: str | None = None) -> None:
        """Have the application of an instance answer health checks with this HTTP status from now on.

        Args:
            instance_id: The instance.
            status: Such as 503; None lets every request time out.
            path: The health check path for which it does so; all paths if not given.
        """
        with self._lock:
            self._answers.setdefault(instance_id, {})[path] = status

    def recover(self, instance_id: str) -> None:
        """Have the application of an instance answer health checks as they want it again."""
        with self._lock:
            self._answers.pop(instance_id, None)

    # What Auto Scaling does

    def check_exist(self, region: str, arns: Sequence[str]) -> None:
        """Refuse target groups that are not there. Raises AwsError: `ValidationError`, Auto Scaling's words."""
        if any(arn not in store.backend(region).target_groups for arn in arns):
            message = "Provided Target Groups may not be valid. Please ensure they exist and try again."
            raise AwsError("ValidationError", message)

    def register(self, region: str, arn: str, instance_id: str, now: datetime) -> None:
        """Register an instance with a target group's own port; a target group that is gone takes nobody."""
        group = store.backend(region).target_groups.get(arn)
        if group is not None:
            self._add(region, group, RegisteredTarget(instance_id, int(group.port), now))

    def deregister(self, region: str, arn: str, instance_id: str, now: datetime) -> None:
        """Deregister an instance; it drains."""
        for target in list(self._of(region, arn).values()):
            if target.id == instance_id:
                self._drain(region, arn, target, now)

    def delay(self, region: str, arns: Sequence[str]) -> timedelta:
        """The longest deregistration delay of those target groups that have a load balancer."""
        groups = [store.backend(region).target_groups.get(arn) for arn in arns]
        delays = [int(each.attributes[DELAY]) for each in groups if each is not None and each.load_balancer_arns]
        return timedelta(seconds=max(delays, default=0))

    def states(self, region: str, arn: str, instance_id: str) -> set[TargetState]:
        """What a target group makes of an instance now, by each port that it is registered with."""
        return {each.health.state for each in self._of(region, arn).values() if each.id == instance_id}

    def healthy(self, region: str, arn: str) -> int:
        """How many targets of a target group are healthy now."""
        with self._lock:
            return sum(each.health.state is TargetState.HEALTHY for each in self._of(region, arn).values())

    # Calls

    def _register(self, call: Call) -> dict[str, Any]:
        group = store.target_group(call.region, call.params["TargetGroupArn"])
        for each in call.params["Targets"]:
            _check_target(call.region, group, each["Id"])
        for each in call.params["Targets"]:
            port = int(each.get("Port") or group.port)
            self._add(call.region, group, RegisteredTarget(each["Id"], port, call.time))
        return {}

    def _add(self, region: str, group: Any, target: RegisteredTarget) -> None:
        known = self._of(region, group.arn)
        key = (target.id, target.port)
        if key in known and known[key].drains_until is None:
            return
        known[key] = target
        self._look(region, group, target)
        self._check_after(region, group.arn, target, target.registered_at)

    def _deregister(self, call: Call) -> dict[str, Any]:
        arn = call.params["TargetGroupArn"]
        store.target_group(call.region, arn)
        for each in call.params["Targets"]:
            found = [target for target in self._of(call.region, arn).values() if _is_meant(target, each)]
            if not found:
                message = f"The following targets are not registered with the target group: '{each['Id']}'"
                raise AwsError("InvalidTarget", message)
            for target in found:
                self._drain(call.region, arn, target, call.time)
        return {}

    def _drain(self, region: str, arn: str, target: RegisteredTarget, now: datetime) -> None:
        """Let a target drain for the deregistration delay; one without traffic is gone at once."""
        if target.drains_until is not None:
            return
        group = store.backend(region).target_groups.get(arn)
        used = group is not None and group.load_balancer_arns and target.health.state is not TargetState.UNUSED
        delay = timedelta(seconds=int(group.attributes[DELAY])) if used else timedelta()
        target.drains_until, target.health = now + delay, checks.DRAINING
        if not delay:
            self._forget(region, arn, target)
        else:
            self._clock.at(target.drains_until, lambda: self._forget(region, arn, target))

    def _forget(self, region: str, arn: str, target: RegisteredTarget) -> None:
        with self._lock:
            known = self._of(region, arn)
            if known.get((target.id, target.port)) is target:
                del known[target.id, target.port]

    def _describe(self, call: Call) -> dict[str, Any]:
        arn = call.params["TargetGroupArn"]
        group = store.target_group(call.region, arn)
        every = list(self._of(call.region, arn).values())
        for target in every:
            self._look(call.region, group, target)
        asked = call.params.get("Targets")
        if not asked:
            return {"TargetHealthDescriptions": [_shown(group, each) for each in every]}
        found = []
        for each in asked:
            _check_target(call.region, group, each["Id"], running=False)
            matching = [target for target in every if _is_meant(target, each)]
            port = int(each.get("Port") or group.port)
            unknown = RegisteredTarget(each["Id"], port, call.time, checks.NOT_REGISTERED)
            found += [_shown(group, target) for target in matching or [unknown]]
        return {"TargetHealthDescriptions": found}

    def _delete_group(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        self._targets.pop((call.region, call.params["TargetGroupArn"]), None)
        return answer

    # Health checks

    def _of(self, region: str, arn: str) -> dict[Key, RegisteredTarget]:
        return self._targets.setdefault((region, arn), {})

    def _check_after(self, region: str, arn: str, target: RegisteredTarget, since: datetime) -> None:
        """Check a target one interval later, and so on while it is registered."""
        group = store.backend(region).target_groups.get(arn)
        if group is None:
            return
        due = since + _thresholds(group).interval

        def check() -> None:
            with self._lock:
                if target.drains_until is None and self._of(region, arn).get((target.id, target.port)) is target:
                    self._check(region, arn, target)
                    self._check_after(region, arn, target, due)

        self._clock.at(due, check)

    def _check(self, region: str, arn: str, target: RegisteredTarget) -> None:
        group = store.target_group(region, arn)
        before = target.health.state
        self._look(region, group, target)
        if target.health.state is not TargetState.UNUSED and group.health_check_enabled:
            target.take(self._fault(region, group, target), _thresholds(group))
        if target.health.state is not before:
            self._told(region, target.id)

    def _look(self, region: str, group: Any, target: RegisteredTarget) -> None:
        """See whether a target is checked at all."""
        if target.drains_until is not None:
            return
        unused = _unused(region, group, target)
        if unused is not None:
            target.rest(unused)
        else:
            target.begin()

    def _fault(self, region: str, group: Any, target: RegisteredTarget) -> CheckFault | None:
        instance = _instance(region, target.id)
        if instance is not None:
            balancers = [store.load_balancer(region, arn) for arn in group.load_balancer_arns]
            port = target.port if group.health_check_port == TRAFFIC_PORT else int(group.health_check_port)
            if not all(reaches(store.ec2(region), each, instance, port) for each in balancers):
                return checks.TIMEOUT
            known = self._checks_of(target.id)
            if known is not None and "impaired" in {known.system.status, known.instance.status}:
                return checks.TIMEOUT
        return self._application_fault(group, target)

    def _application_fault(self, group: Any, target: RegisteredTarget) -> CheckFault | None:
        answers = self._answers.get(target.id, {})
        path = group.health_check_path
        if path not in answers and None not in answers:
            return None
        status = answers[path] if path in answers else answers[None]
        if status is None:
            return checks.TIMEOUT
        matcher = (getattr(group, "matcher", None) or {}).get("HttpCode", "200")
        return None if checks.is_wanted(status, matcher) else checks.code_mismatch(status)


def _thresholds(group: Any) -> Thresholds:
    return Thresholds(
        int(group.healthy_threshold_count),
        int(group.unhealthy_threshold_count),
        timedelta(seconds=int(group.health_check_interval_seconds)),
    )


def _instance(region: str, target_id: str) -> Any:
    return store.ec2(region).get_instance_by_id(target_id) if target_id.startswith("i-") else None


def _unused(region: str, group: Any, target: RegisteredTarget) -> TargetHealth | None:
    """Why a target gets no traffic whatever its health is; None if it may get some."""
    if not group.load_balancer_arns:
        return checks.NOT_IN_USE
    instance = _instance(region, target.id)
    if instance is None:
        return None
    if instance.state not in {RUNNING, "pending"}:
        return checks.invalid_state(GONE.get(instance.state, instance.state))
    zones = set(_enabled_zones(region, group))
    return None if instance.availability_zone in zones else checks.ZONE_NOT_ENABLED


def _enabled_zones(region: str, group: Any) -> Iterator[str]:
    for arn in group.load_balancer_arns:
        for subnet in store.load_balancer(region, arn).subnets:
            yield subnet.availability_zone


def _is_meant(target: RegisteredTarget, named: dict[str, Any]) -> bool:
    """Whether a TargetDescription means a target; without a port it means every port."""
    return target.id == named["Id"] and named.get("Port") in {None, target.port}


def _check_target(region: str, group: Any, target_id: str, *, running: bool = True) -> None:
    """Refuse what cannot be a target. Raises AwsError: `ValidationError` or `InvalidTarget`."""
    if group.target_type != INSTANCE:
        return
    instance = _instance(region, target_id)
    if instance is None:
        raise AwsError("ValidationError", f"Instance ID '{target_id}' is not valid")
    if not running:
        return
    if instance.state != RUNNING:
        message = f"The following targets are not in a running state and cannot be registered: '{target_id}'"
        raise AwsError("InvalidTarget", message)
    if instance.vpc_id != group.vpc_id:
        message = f"The following targets are not in the target group VPC '{group.vpc_id}': '{target_id}'"
        raise AwsError("InvalidTarget", message)


def _shown(group: Any, target: RegisteredTarget) -> dict[str, Any]:
    """A TargetHealthDescription."""
    health, port = target.health, group.health_check_port
    checked = target.port if port == TRAFFIC_PORT else int(port)
    return target_health((target.id, target.port), checked, health.state.value, health.reason, health.description)
