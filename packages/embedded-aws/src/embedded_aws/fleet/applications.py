"""Application status checks: EC2 asks the application on an instance, and the group replaces one that is impaired.

Sources: EC2's service model: ApplicationStatusSummary (`ImpairedSince`), CreateApplicationStatusCheck (checks begin 300
seconds after the launch), EnableApplicationStatusCheckSuppression (checks go on and do not affect the status of the
instance; without a duration until it is disabled). EC2 Auto Scaling user guide, "Use application status checks with an
Auto Scaling group": instances whose overall application status is `impaired` are replaced, with no configuration.

Assumed: the group waits `Timings.application_delay` and the grace period, as with EC2's own status checks, and brakes
in the same way; a status that was suppressed begins anew when that ends; a suspended HealthCheck holds it back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from embedded_aws.fleet import health
from embedded_aws.fleet.events import What
from embedded_aws.fleet.health import NOT_APPLICABLE, CheckStatus
from embedded_aws.fleet.members import Lifecycle, Member, UnhealthyReason
from embedded_aws.fleet.state import State

INDEFINITELY = datetime.max.replace(tzinfo=UTC)
SUPPRESSED = CheckStatus("suppressed")


def status(state: State, member: Member) -> CheckStatus:
    """What DescribeApplicationStatus says of a member now."""
    if not member.running or member.shutting_down:
        return NOT_APPLICABLE
    if member.suppressed_until is not None:
        return SUPPRESSED
    if member.application_since is None and not state.settings.application_checks:
        return NOT_APPLICABLE
    if state.now < _initialized(state, member):
        return CheckStatus("initializing")
    if member.application_since is None:
        return CheckStatus("ok")
    return CheckStatus("impaired", _impaired_since(state, member, member.application_since))


def _initialized(state: State, member: Member) -> datetime:
    return member.launched_at + state.timings.application_initializing


def _impaired_since(state: State, member: Member, since: datetime) -> datetime:
    return max(since, _initialized(state, member))


def fail(state: State, member: Member) -> None:
    """Let the application of a member fail its checks from now on."""
    if member.application_since is not None:
        return
    with state.roster.change(member):
        member.application_since = state.now
    state.applications[member.id] = member
    state.tell(What.APPLICATION_IMPAIRED, member)
    watch(state, member)


def recover(state: State, member: Member) -> None:
    """Let it pass them again. A verdict that has been reached stands."""
    if member.application_since is None:
        return
    with state.roster.change(member):
        member.application_since = None
    state.applications.pop(member.id, None)
    state.tell(What.APPLICATION_RECOVERED, member)


def suppress(state: State, member: Member, duration: timedelta | None) -> None:
    """EnableApplicationStatusCheckSuppression for one member; None suppresses until it is resumed."""
    until = INDEFINITELY if duration is None else state.now + duration
    with state.roster.change(member):
        member.suppressed_until = until

    def expire() -> None:
        if member.suppressed_until == until:
            resume(state, member)

    if duration is not None:
        state.timeline.at(until, expire)


def resume(state: State, member: Member) -> None:
    """DisableApplicationStatusCheckSuppression for one member."""
    if member.suppressed_until is None:
        return
    with state.roster.change(member):
        member.suppressed_until = None
        member.application_since = member.application_since and state.now
    watch(state, member)


def watch(state: State, member: Member) -> None:
    """Check an impaired application again when the group's patience with it ends."""
    health.look_again(state, member, UnhealthyReason.APPLICATION, _patience_ends)


def watch_all(state: State) -> None:
    """Watch every impaired application anew: the rules of the group have changed, or it looks again."""
    for member in list(state.applications.values()):
        if state.roster.get(member.id) is member:
            watch(state, member)
        else:
            del state.applications[member.id]


def _patience_ends(state: State, member: Member) -> datetime | None:
    since, in_service_at = member.application_since, member.in_service_at
    if since is None or in_service_at is None or member.lifecycle is not Lifecycle.IN_SERVICE:
        return None
    if member.suppressed_until is not None:
        return None
    impaired = _impaired_since(state, member, since)
    return max(impaired + state.timings.application_delay, in_service_at + state.settings.grace)
