"""Whether members are healthy: EC2's status checks, the group's own health check, and SetInstanceHealth.

Sources: AWS, "Health checks for instances in an Auto Scaling group" (what counts, "waits a few minutes", not running is
an immediate failure also in the grace period, no checks on standby); "Set the health check grace period" (it counts
from InService); API SetInstanceHealth; API DescribeInstanceStatus (`ImpairedSince` of an instance that was launched
impaired is its launch time). A new member counts as ready when it has passed "an initial health check" and its warm-up.
Assumed: the initial check is passed at once, unless a status check has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from embedded_aws.fleet.errors import invalid
from embedded_aws.fleet.events import What
from embedded_aws.fleet.members import COUNTED, Check, Health, Lifecycle, Member, UnhealthyReason
from embedded_aws.fleet.state import Process, State


@dataclass(frozen=True)
class CheckStatus:
    """One status check: `ok`, `initializing`, `impaired` or `not-applicable`, and since when it is impaired."""

    status: str
    impaired_since: datetime | None = None


NOT_APPLICABLE = CheckStatus("not-applicable")
INITIALIZING = CheckStatus("initializing")
OK = CheckStatus("ok")

DueAt: TypeAlias = Callable[[State, Member], datetime | None]
"""When the group's patience with a member ends; None if it has no fault that counts."""


@dataclass(frozen=True)
class Checks:
    """The status checks of one instance; that of its application may also be `suppressed`."""

    system: CheckStatus
    instance: CheckStatus
    ebs: CheckStatus
    application: CheckStatus = NOT_APPLICABLE


def checks(state: State, member: Member) -> Checks:
    """What DescribeInstanceStatus says of a member now."""
    if not member.faults:
        same = _status(state, member, Check.SYSTEM)
        return Checks(same, same, same)
    return Checks(*(_status(state, member, check) for check in Check))


def _status(state: State, member: Member, check: Check) -> CheckStatus:
    if not member.running or member.shutting_down:
        return NOT_APPLICABLE
    if state.now < member.launched_at + state.timings.initializing:
        return INITIALIZING
    since = member.faults.get(check)
    return OK if since is None else CheckStatus("impaired", since)


def fail(state: State, member: Member, check: Check, since: datetime) -> None:
    """Let a status check fail. Assumed: it fails in the moment of the fault, not at the next minute's check."""
    if check in member.faults:
        return
    with state.roster.change(member):
        member.faults[check] = since
    state.tell(What.IMPAIRED, member, detail=check.value)
    watch(state, member)


def repair(state: State, member: Member, check: Check | None) -> None:
    """Let one status check, or all of them, pass again. A verdict that has been reached stands."""
    with state.roster.change(member):
        for healed in [check] if check else list(Check):
            member.faults.pop(healed, None)
    if not member.faults:
        state.tell(What.REPAIRED, member)
        count_if_ready(state, member)


def watch(state: State, member: Member) -> None:
    """Check an impaired member again when the group's patience with it ends."""
    look_again(state, member, UnhealthyReason.IMPAIRED, _patience_ends)


def watch_impaired(state: State) -> None:
    """Watch every impaired member anew: the rules of the group have changed."""
    for member in state.roster.impaired.of(Lifecycle.IN_SERVICE):
        watch(state, member)


def look_again(state: State, member: Member, verdict: UnhealthyReason, due_at: DueAt) -> None:
    """Schedule the group's own health check: a member whose time is up by then is unhealthy."""

    def examine() -> None:
        due = due_at(state, member)
        if due is None or state.now < due or member.verdict is not None or state.is_suspended(Process.HEALTH_CHECK):
            return
        mark_unhealthy(state, member, verdict)

    due = due_at(state, member)
    if due is not None:
        state.timeline.at(max(due, state.now), examine)


def _patience_ends(state: State, member: Member) -> datetime | None:
    # AWS, "Monitor EBS volumes using health checks": the group looks at volumes only where that is switched on.
    volumes_count = "EBS" in state.settings.health_checks
    counted = [since for check, since in member.faults.items() if check is not Check.EBS or volumes_count]
    if not counted or member.lifecycle is not Lifecycle.IN_SERVICE or member.in_service_at is None:
        return None
    return max(min(counted) + state.timings.native_delay, member.in_service_at + state.settings.grace)


def stopped(state: State, member: Member) -> None:
    """EC2 says that the machine is no longer running: an immediate failure, in the grace period too."""
    if member.running:
        with state.roster.change(member):
            member.running = False
    if member.lifecycle in COUNTED and not state.is_suspended(Process.HEALTH_CHECK):
        mark_unhealthy(state, member, UnhealthyReason.STOPPED)


def started(state: State, member: Member) -> None:
    """EC2 runs the machine again. This matters only if the group was not looking; otherwise it has been replaced."""
    if not member.running:
        with state.roster.change(member):
            member.running = True


def begin_warmup(state: State, member: Member) -> None:
    """Start the warm-up of a member that has just come into service."""
    if not state.warmup:
        count_if_ready(state, member)
    else:
        state.timeline.at(state.now + state.warmup, lambda: count_if_ready(state, member))


def count_if_ready(state: State, member: Member) -> None:
    """Count a member as ready if it is warm and has no fault; the replacement for which it came ends then."""
    if member.lifecycle is not Lifecycle.IN_SERVICE or member.in_service_at is None or member.warm or member.faults:
        return
    if state.now < member.in_service_at + state.warmup:
        return
    with state.roster.change(member):
        member.warm = True
    if member.arrives_by is not None:
        state.flights.land(member.arrives_by)
    if state.warmup:
        state.tell(What.WARM, member)


def mark_unhealthy(state: State, member: Member, verdict: UnhealthyReason) -> None:
    """Reach a verdict; a more urgent one replaces a less urgent one."""
    if member.verdict is not None and URGENCY[member.verdict] <= URGENCY[verdict]:
        return
    with state.roster.change(member):
        member.verdict, member.health = verdict, Health.UNHEALTHY
    state.tell(What.UNHEALTHY, member, detail=verdict.value)


URGENCY = {verdict: rank for rank, verdict in enumerate(UnhealthyReason)}


def look_at_all(state: State) -> None:
    """The HealthCheck process runs again: look at everything that it would have seen."""
    watch_impaired(state)
    for lifecycle in COUNTED:
        for member in state.roster.down.of(lifecycle):
            stopped(state, member)


def mark(state: State, member: Member, health: Health, *, respect_grace: bool) -> None:
    """SetInstanceHealth.

    Raises:
        Refused: `ValidationError` in the grace period (AWS's words, aws/aws-cli#171), or when it is on its way out
            (the guide: "If you get an error, this is probably because the instance is already terminating").
    """

    def act() -> None:
        if member.health is Health.UNHEALTHY and member.lifecycle is not Lifecycle.TERMINATING:
            mark_unhealthy(state, member, UnhealthyReason.MARKED)

    if member.lifecycle in {Lifecycle.TERMINATING, Lifecycle.TERMINATED}:
        raise invalid(f"The instance {member.id} is not in InService or Standby.")
    if health is Health.HEALTHY:
        _set_healthy(state, member)
        return
    if respect_grace:
        _respect_grace(state, member)
    if member.verdict is None:
        with state.roster.change(member):
            member.health = Health.UNHEALTHY
        state.timeline.at(state.now + state.timings.mark_reaction, act)


def _set_healthy(state: State, member: Member) -> None:
    """Take a verdict back; the HealthCheck process may reach it again ("can override the health status")."""
    if member.health is Health.UNHEALTHY:
        with state.roster.change(member):
            member.verdict, member.health = None, Health.HEALTHY
        state.tell(What.HEALTHY, member)
        watch(state, member)
        if not member.running:
            stopped(state, member)


def _respect_grace(state: State, member: Member) -> None:
    """Refuse inside the grace period; one that is not in service yet has an age of its launch (assumed)."""
    age = state.now - (member.in_service_at or member.launched_at)
    grace = state.settings.grace
    if grace and (member.in_service_at is None or age < grace):
        raise invalid(
            f"The age of the instance ({int(age.total_seconds())} seconds) is less than "
            f"the configured grace period of {int(grace.total_seconds())} seconds"
        )
