"""EC2 Auto Scaling of the embedded AWS: the API in front of moto, with `embedded_aws.fleet` as the one that acts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError, Call, Handler, Routes
from embedded_aws.clock import Clock
from embedded_aws.fleet import (
    Check,
    Checks,
    Event,
    GroupSettings,
    Hook,
    Listener,
    Process,
    Refused,
    ScalingGroup,
    Timings,
)
from embedded_aws.services.autoscaling import requests, shapes, warm_pool
from embedded_aws.services.autoscaling.announcements import announcement
from embedded_aws.services.autoscaling.balancing import BalancingCalls
from embedded_aws.services.autoscaling.boots import BootEnd, Boots
from embedded_aws.services.autoscaling.forecasts import Forecasts, MetricData
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.group_calls import GroupCalls
from embedded_aws.services.autoscaling.group_notices import GroupNotices
from embedded_aws.services.autoscaling.hook_calls import HookCalls
from embedded_aws.services.autoscaling.hook_notices import HookNotices
from embedded_aws.services.autoscaling.instance_calls import InstanceCalls
from embedded_aws.services.autoscaling.instances import SPOT
from embedded_aws.services.autoscaling.launching import Launching
from embedded_aws.services.autoscaling.policy_calls import PolicyCalls
from embedded_aws.services.autoscaling.refresh_calls import RefreshCalls
from embedded_aws.services.autoscaling.registry import Registry
from embedded_aws.services.autoscaling.schedule_calls import ScheduleCalls
from embedded_aws.services.autoscaling.target_groups import TargetRegistry
from embedded_aws.services.autoscaling.tracked_group import TrackedGroup
from embedded_aws.services.autoscaling.tracking import PolicyAlarms, TargetTracking

TICK = timedelta(seconds=1)
KEPT_EVENTS = 10_000

Emit: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Puts an event on the default bus of EventBridge."""

STOPPED = "stopped"


class AutoScalingService:
    """All Auto Scaling groups of the account.

    Once a second of cloud time each group goes on by itself; what happens in between happens at its own exact time all
    the same, and each call sees everything that was due.

    Args:
        lock: Held whenever groups or moto's state are touched; the gateway's own, re-entrant.
        launching: Whom groups act as, and whether their launches succeed.
        targets: Where members are registered with target groups.
        seed: What activity ids and other random choices follow from.
        emit: Where Auto Scaling's own events go.
        notices: Tells the notification targets of lifecycle hooks.
        boots: Completes lifecycle actions for instances that would do it themselves.
        alarms: CloudWatch's alarms of scaling policies; asked for when they are needed.
        metrics: CloudWatch's data, likewise.

    Attributes:
        events: The last ten thousand things that happened in any group.
    """

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[Any],
        launching: Launching,
        targets: TargetRegistry,
        *,
        timings: Timings | None = None,
        seed: int = 0,
        emit: Emit = lambda _: None,
        notices: HookNotices,
        boots: Boots,
        alarms: Callable[[], PolicyAlarms],
        metrics: Callable[[], MetricData],
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._timings = timings or Timings()
        self._emit = emit
        self._launching = launching
        self._targets = targets
        self._rng = Random(seed)  # noqa: S311 - a model's history, not a secret
        self._groups = Registry(clock.contained)
        self._tracking = TargetTracking(alarms, self._rng)
        self._groups.told_of_end.append(self._tracking.delete_group)
        self._forecasts = Forecasts(self._groups, metrics)
        self._groups.told_of_end.append(self._forecasts.delete_group)
        self._policies = PolicyCalls(self._groups, self._tracking, self._forecasts)
        self._hooks = HookCalls(self._groups, notices)
        self._notices, self._boots = notices, boots
        self._group_notices = GroupNotices(self._groups, notices.announce)
        self._listeners: list[Listener] = []
        self.events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        clock.every(TICK, self.notice)

    def routes(self) -> Routes:
        """The calls that are answered in moto's place."""
        parts = (
            GroupCalls(self._groups, self._populate, self._rng, self._launching, self._targets, test=self._hooks.test),
            BalancingCalls(self._groups),
            InstanceCalls(self._groups),
            RefreshCalls(self._groups),
            self._policies,
            self._forecasts,
            self._hooks,
            ScheduleCalls(self._groups),
            warm_pool.WarmPoolCalls(self._groups),
            self._group_notices,
        )
        answered = {key: self._answering(handler) for part in parts for key, handler in part.routes().items()}
        return answered | requests.refused_routes()

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of everything that happens from now on.

        It is called with the lock held, at once: it must be quick and must not call back.
        """
        self._listeners.append(listener)

    def names(self) -> list[tuple[str, str]]:
        """All groups, as (region, name)."""
        with self._lock:
            return [(group.region, group.name) for group in self._groups]

    def acts_as(self, role_arn: str) -> bool:
        """Whether a group acts as this service-linked role."""
        with self._lock:
            return any(group.role == role_arn for group in self._groups)

    def fleet(self, name: str) -> ScalingGroup:
        """The fleet of the group with this name, in whichever region. Raises LookupError: there is no such group."""
        with self._lock:
            return self._named(name).fleet

    def group_of(self, region: str, instance_id: str) -> str | None:
        """The name of the group that an instance is a member of, or of its warm pool; None if of none."""
        with self._lock:
            found = self._groups.of_instance(region, instance_id)
            return found[0].name if found else None

    def serves(self, region: str, instance_id: str) -> bool:
        """Whether an instance is a member of a group, and not of its warm pool alone."""
        with self._lock:
            found = self._groups.of_instance(region, instance_id)
            return found is not None and found[0].fleet.warmed(instance_id) is None

    def checks(self, instance_id: str) -> Checks | None:
        """The status checks of an instance now; None for one that is no member of a group."""
        with self._lock:
            found = self._groups.of_instance(None, instance_id)
            return found[0].fleet.checks(instance_id, self._clock.now()) if found else None

    def checks_of(self, instance_ids: Iterable[str]) -> dict[str, Checks]:
        """The status checks now of those instances that are members of a group."""
        with self._lock:
            now, found, groups = self._clock.now(), {}, list(self._groups)
            for each in instance_ids:
                for group in groups:
                    if group.fleet.members.get(each) is not None or group.fleet.warmed(each) is not None:
                        found[each] = group.fleet.checks(each, now)
                        break
            return found

    def target_changed(self, region: str, instance_id: str) -> None:
        """A load balancer has changed its mind about a target: the group that it is a member of looks at it."""
        with self._lock:
            now, found = self._clock.now(), self._groups.of_instance(region, instance_id)
            if found is not None:
                found[0].target_groups.judge(found[0].fleet, now, [instance_id])

    def sizes(self, region: str, name: str) -> dict[str, float]:
        """The group metrics of a group that are switched on, by name; empty for a group that does not exist."""
        with self._lock:
            group = self._groups.find(region, name)
            if group is None:
                return {}
            wanted = set(group.metrics)
            return {metric: value for metric, value in shapes.metrics(group).items() if metric in wanted}

    def changes(self) -> dict[str, tuple[int, ...]]:
        """For each region with groups, numbers of which one changes whenever a member does."""
        with self._lock:
            found: dict[str, tuple[int, ...]] = {}
            for group in self._groups:
                pool = hash(tuple((member.id, member.lifecycle) for member in group.fleet.pool))
                found[group.region] = (*found.get(group.region, ()), group.fleet.members.revision, pool)
            return found

    def break_instance(self, instance_id: str, kind: str) -> None:
        """Break a member: let its `system`, `instance` or `ebs` check fail, or have its machine `stopped`.

        Raises:
            LookupError: it is no member, or there is no such kind.
        """
        with self._lock:
            group = self._of_instance(instance_id)
            if kind == STOPPED:
                group.instances.stop(instance_id)
                group.advance(self._clock.now())
            else:
                group.fleet.break_instance(instance_id, _check(kind), self._clock.now())

    def interrupt_spot(self, instance_id: str) -> None:
        """EC2 gives notice that it takes a Spot Instance back, and does so two minutes later.

        Raises:
            LookupError: it is no member, or no Spot Instance.
        """
        with self._lock:
            group, now = self._spot(instance_id), self._clock.now()
            self._clock.at(now + self._timings.spot_notice, partial(group.instances.reclaim, instance_id))
            group.fleet.interrupt_spot(instance_id, now)

    def recommend_rebalance(self, instance_id: str) -> None:
        """EC2 recommends to replace a Spot Instance that is at risk; raises as `interrupt_spot`."""
        with self._lock:
            self._spot(instance_id).fleet.recommend_rebalance(instance_id, self._clock.now())

    def repair_instance(self, instance_id: str, kind: str | None = None) -> None:
        """Let one status check of a member pass again, or all of them.

        Raises:
            LookupError: it is no member, or there is no such check.
        """
        with self._lock:
            check = None if kind is None else _check(kind)
            self._of_instance(instance_id).fleet.repair_instance(instance_id, self._clock.now(), check)

    def spoil_template(self, name: str, kind: str | None) -> None:
        """Make the launch template version that a group uses now a bad one: members launched from it break.

        Args:
            name: The group.
            kind: The check that they fail; None lets them never come up at all.
        """
        with self._lock:
            fleet = self._named(name).fleet
            check = None if kind is None else _check(kind)
            fleet.spoil_template(fleet.settings.template_version, check, self._clock.now())

    def end_boots(self, name: str, end: BootEnd) -> None:
        """Say how the first boots of a group's instances end from now on, as lifecycle hooks hear of it.

        This counts for instances whose user data completes their lifecycle action.
        """
        with self._lock:
            self._boots.choose(self._named(name).region, name, end)

    def shift_zone(self, zone: str, *, away: bool) -> list[str]:
        """Begin or end a zonal shift; the names of the groups that take part in it (ZonalShiftEnabled)."""
        with self._lock:
            taking_part = [group for group in self._groups if _takes_part(group) and zone in group.fleet.settings.zones]
            for group in taking_part:
                group.fleet.shift_zone(zone, self._clock.now(), away=away)
            return [group.name for group in taking_part]

    def shift_group(self, region: str, name: str, zone: str, *, away: bool) -> None:
        """Begin or end a zonal shift of one group; nothing if the group is gone."""
        with self._lock:
            group = self._groups.find(region, name)
            if group is not None:
                group.fleet.shift_zone(zone, self._clock.now(), away=away)

    def shiftable(self, region: str) -> dict[str, tuple[str, ...]]:
        """The zones of each group of a region that takes part in zonal shifts, by the group's ARN."""
        with self._lock:
            taking_part = [group for group in self._groups.of_region(region) if _takes_part(group)]
            return {str(group.arn): tuple(group.fleet.settings.zones) for group in taking_part}

    def alarm(self, policy_arn: str, alarm: str) -> bool:
        """An alarm went into ALARM and names this policy as an action; whether the policy was carried out."""
        with self._lock:
            self._groups.advance(self._clock.now())
            return self._policies.alarm(policy_arn, alarm, self._clock.now())

    def notice(self) -> None:
        """Look at once at what was done to instances through EC2; the next tick would see it too."""
        with self._lock:
            self._groups.advance(self._clock.now())

    def _answering(self, handler: Handler) -> Handler:
        """Bring the groups up to the time of the call, and turn the model's refusals into AWS's errors."""

        def answer(call: Call) -> dict[str, Any]:
            with self._lock:
                self._groups.advance(call.time)
                try:
                    return handler(call)
                except Refused as refusal:
                    raise AwsError(refusal.code, refusal.message) from refusal

        return answer

    def _populate(self, group: Group, settings: GroupSettings, hooks: Sequence[Hook], call: Call) -> None:
        def listen(event: Event) -> None:
            self.events.append(event)
            self._tracking.note(group.region, event)
            for listener in self._listeners:
                listener(event)
            # Others hear of it once time goes on: what listens there may call the group back.
            if (told := announcement(group, event)) is not None:
                self._clock.at(event.time, partial(self._emit, told))
            for publish in self._group_notices.due(group, event):
                self._clock.at(event.time, publish)
            if event.action is not None:
                self._clock.at(event.time, partial(self._boots.begin, group, event.action))
            if event.action is not None and event.action.hook.target:
                about = (group.region, group.name, group.arn, event.action, event.time)
                self._clock.at(event.time, partial(self._notices.tell, *about))

        def follow(event: Event) -> None:
            if group.target_groups.arns:
                adds = not (group.has_fleet and Process.ADD_TO_LOAD_BALANCER in group.fleet.suspended)
                group.target_groups.follow(event, adds=adds)

        group.fleet = TrackedGroup(
            group.name,
            settings,
            group.instances,
            Random(self._rng.getrandbits(64)),  # noqa: S311 - a model's history, not a secret
            call.time,
            timings=self._timings,
            listeners=[partial(warm_pool.follow, group), group.instances.follow, follow, listen],
            hooks=hooks,
        )

    def _named(self, name: str) -> Group:
        for group in self._groups:
            if group.name == name:
                return group
        raise LookupError(f"there is no Auto Scaling group {name!r}")

    def _spot(self, instance_id: str) -> Group:
        group = self._of_instance(instance_id)
        if group.instances[instance_id].instance.lifecycle != SPOT:
            raise LookupError(f"{instance_id!r} is no Spot Instance")
        return group

    def _of_instance(self, instance_id: str) -> Group:
        found = self._groups.of_instance(None, instance_id)
        if found is None:
            raise LookupError(f"{instance_id!r} is no member of an Auto Scaling group")
        return found[0]


def _check(kind: str) -> Check:
    checks = {check.value: check for check in Check}
    if kind not in checks:
        raise LookupError(f"there is no kind {kind!r} of fault; there are {', '.join([*checks, STOPPED])}")
    return checks[kind]


def _takes_part(group: Group) -> bool:
    policy = group.configuration.described.get("AvailabilityZoneImpairmentPolicy") or {}
    return bool(policy.get("ZonalShiftEnabled"))
