"""The slow start: when many fail together, replace one, see whether it stays well, and only then widen the pace.

The idea is that of Karpenter's proposal for correlated node failures: width 1, wider on proven success, back to 1 with
a growing pause on failure. Nothing is remembered: the width is read out of the group's scaling activities.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil, floor

from .confirm import confirmed_at, impaired_since
from .history import is_health_termination, replacements
from .limits import in_flight_cap, took_effect
from .model import Activity, Burst, Cause, Group, History, Mark, Member, Outcome, Policy

EVER = datetime.min.replace(tzinfo=UTC)
BURST_STEP = 300  # seconds in which the end of a burst is recorded: else it would be in each sweep


@dataclass(frozen=True)
class Pace:
    """How fast the group may be healed now.

    Attributes:
        burst: The slow start holds.
        width: Replacements that may be under way or unproven at once.
        room: Further marks that this allows now.
        cooldown: How long a failed replacement still holds everything back.
        news: The burst, if it is not recorded as it is now.
    """

    burst: bool
    width: int
    room: int
    cooldown: timedelta = timedelta()
    news: Burst | None = None


def pace(group: Group, policy: Policy, history: History, now: datetime, at_fault: frozenset[str]) -> Pace:
    """The pace outside of the zones `at_fault`: they are under the brake, and have a slower one of their own."""
    cap = in_flight_cap(group.size, policy)
    failures = _failures(group, policy, history, now, at_fault)
    burst = _with_recorded(_burst(failures, policy), group.burst, failures)
    holding = burst or _backlog(failures, policy, now)
    if holding is None:
        return Pace(burst=False, width=cap, room=cap)
    begun = _trials(group, policy, history, holding.earliest, now)
    trials = [trial for trial in begun if trial.launch.zone not in at_fault]
    width, until = _width(trials, holding, policy, now)
    width = min(width, cap)
    cooldown = max(until - now, timedelta())
    paced = _paced(group, history)
    gone = sum(item.started >= holding.earliest for item in _left_for_health(history, at_fault, paced))
    strayed = _strayed(gone - len(trials), begun, at_fault)
    if group.marks is None:  # without the record the burst may be older than it looks
        every = _trials(group, policy, history, EVER, now)
        trials = [trial for trial in every if trial.launch.zone not in at_fault]
    room = 0 if cooldown else max(0, width - _under_trial(group, trials, at_fault, paced) - strayed)
    news = burst if burst != group.burst and group.marks is not None else None
    return Pace(burst=True, width=width, room=room, cooldown=cooldown, news=news)


# --- is it a burst? ---


def threshold(serving: int, policy: Policy) -> int:
    """How many failing together make a burst: max(3, ceil(20 % of those in service)): 3 of 15, 4 of 16, 20 of 100."""
    return max(policy.burst_minimum, -(-serving * policy.burst_percent // 100))


@dataclass(frozen=True)
class Failures:
    """Those of whom a burst may be made.

    Attributes:
        failing: Since when those fail that are still in service, in order. Without one of them a burst is over.
        victims: Those that the healer has replaced: its record tells since when they had failed.
        others: When others were taken out for their health, in order: nobody knows since when they had failed, so all
            that went after a burst's first failure count to it. So a burst ends when its victims are gone and not when
            half of them are: there is no moment at which the rest may go at once.
        enough: How many make a burst.
    """

    failing: list[datetime]
    victims: list[Mark]
    others: list[datetime]
    enough: int

    def others_since(self, moment: datetime) -> int:
        """How many others went at that moment or later."""
        return len(self.others) - bisect_left(self.others, moment)


def _failures(group: Group, policy: Policy, history: History, now: datetime, at_fault: frozenset[str]) -> Failures:
    """Those of whom a burst may be made.

    Members that an operator spares count: the slow start is about what has happened to the group. Members of zones
    at fault do not, neither as failures nor as those of whom a burst is a share: with 100 in three zones, two of them
    at fault, 18 of the third zone's 33 are a burst, although they are less than 20 % of 100.
    """
    times = (
        impaired_since(member, now) for member in group.impaired if member.in_service and member.zone not in at_fault
    )
    failing = sorted(time for time in times if time is not None)
    serving = group.in_service - sum(member.zone in at_fault and member.in_service for member in group.members)
    victims = _victims(group, now) if failing else []
    recorded = {mark.id for mark in victims}
    left = _left_for_health(history, at_fault) if failing else []
    others = sorted(item.started for item in left if item.instance_id not in recorded)
    return Failures(failing, victims, others, threshold(serving, policy))


def _victims(group: Group, now: datetime) -> list[Mark]:
    """The healer's own marks, but for probes, whose instances are no longer in service."""
    serving = {member.id for member in group.impaired if member.in_service}
    return [
        mark
        for mark in group.marks or ()
        if mark.since and not mark.probe and mark.id not in serving and took_effect(mark, group, now)
    ]


def _burst(failures: Failures, policy: Policy) -> Burst | None:
    """The burst that can be seen: enough failures began within 5 minutes; None if they did not.

    Where windows of 5 minutes with enough failures overlap they are one burst, and it began in the first of them; the
    last such burst counts, so that what was proven in an earlier one does not.

    Nobody knows when those failed that went otherwise, such as Spot's. Where there are enough without them, the known
    failures say when the threshold was crossed. Else that was at some time in the burst's first window.
    """
    span = timedelta(seconds=policy.burst_window_seconds)
    known = sorted([*failures.failing, *(mark.since for mark in failures.victims if mark.since)])
    found: Burst | None = None
    certain = False
    for number, first in enumerate(known):
        window = known[number : bisect_right(known, first + span)]
        lives = bisect_right(failures.failing, first + span) > bisect_left(failures.failing, first)
        if not lives or len(window) + failures.others_since(first) < failures.enough:
            continue
        enough_known = len(window) >= failures.enough
        if found is None or first > found.until or (enough_known and not certain):
            at = window[failures.enough - 1] if enough_known else None
            begin = first if found is None or first > found.until else found.first
            found = Burst(begin, at or first, at or first + span, first + span, failures.enough)
            certain = enough_known
        found = replace(found, until=first + span)
    return found and _in_whole_seconds(found)


def _in_whole_seconds(burst: Burst) -> Burst:
    """A burst as it is recorded: what is early is not made later, nor late earlier; and it grows in steps."""
    times = (burst.first, burst.earliest, burst.latest, burst.until)
    first, earliest, latest, until = (each.timestamp() for each in times)
    return Burst(
        datetime.fromtimestamp(floor(first), UTC),
        datetime.fromtimestamp(floor(earliest), UTC),
        datetime.fromtimestamp(ceil(latest), UTC),
        datetime.fromtimestamp(ceil(until / BURST_STEP) * BURST_STEP, UTC),
        burst.enough,
    )


def _with_recorded(seen: Burst | None, recorded: Burst | None, failures: Failures) -> Burst | None:
    """The burst that holds: what can be seen now, as the record completes it.

    Members may recover by themselves while others fail. Then those that fail now seem to be too few, or to have begun
    later. A recorded burst goes on as long as those of it that still fail, and those that were marked or taken out
    since it began, are together enough.
    """
    if recorded is None:
        return seen
    if seen is not None:
        if seen.first > recorded.until or seen.until < recorded.first:
            return seen
        first, earliest = min(seen.first, recorded.first), min(seen.earliest, recorded.earliest)
        return replace(seen, first=first, earliest=earliest, until=max(seen.until, recorded.until))
    marked = [mark.since for mark in failures.victims if mark.since]
    left, gone = (
        sum(recorded.first <= since <= recorded.until for since in times) for times in (failures.failing, marked)
    )
    together = left + gone + failures.others_since(recorded.first)
    return recorded if left and together >= recorded.enough else None


def _backlog(failures: Failures, policy: Policy, now: datetime) -> Burst | None:
    """A burst of failures that are older than 5 minutes and the longest window; None if they are not enough.

    Something has held them back (a suspended process, a refresh, a bad image), and without the slow start they would
    all go at once when that ends.
    """
    patience = timedelta(seconds=policy.burst_window_seconds + policy.instance_check_window_seconds)
    waiting = [time for time in failures.failing if time <= now - patience]
    if not waiting:
        return None
    waited = [mark.since for mark in failures.victims if mark.since and waiting[0] <= mark.at >= mark.since + patience]
    others = failures.others[len(failures.others) - failures.others_since(waiting[0]) :]
    old = sorted([*waiting, *waited, *others])
    if len(old) < failures.enough:
        return None
    crossed = old[failures.enough - 1] + patience
    return Burst(old[0], crossed, crossed, old[-1], failures.enough)


def _left_for_health(history: History, at_fault: frozenset[str], paced: frozenset[str] = frozenset()) -> list[Activity]:
    """Those taken out of other zones for their health, as far as history goes, and the `paced` of any zone."""
    left = filter(is_health_termination, history)
    return [item for item in left if item.zone not in at_fault or item.instance_id in paced]


# --- how wide? ---


@dataclass(frozen=True)
class _Trial:
    """One replacement of the burst, and when it proved itself and when it failed; None for what has not happened."""

    launch: Activity
    member: Member | None
    proven_at: datetime | None
    failed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the replacement is there and it is not known yet what becomes of it."""
        return self.member is not None and self.proven_at is None and self.failed_at is None


def _trials(group: Group, policy: Policy, history: History, since: datetime, now: datetime) -> list[_Trial]:
    """The replacements launched since some time, in whatever zone."""
    members = group.by_id
    left = {item.instance_id: item.started for item in history if is_health_termination(item)}
    return [
        _trial(item, members.get(item.instance_id), left.get(item.instance_id), policy, now)
        for item in replacements(history)
        if item.started >= since
    ]


def _trial(launch: Activity, member: Member | None, left: datetime | None, policy: Policy, now: datetime) -> _Trial:
    """What became of one replacement. One that went for another reason than its health proves nothing."""
    if launch.outcome is Outcome.FAILED:
        return _Trial(launch, None, None, launch.ended or launch.started)
    failed_at = left or (confirmed_at(member, policy, now) if member else None)
    ill_since = left or (impaired_since(member, now) if member else None)
    if launch.ended is None or (member is None and left is None):
        return _Trial(launch, member, None, failed_at)
    proven_at = launch.ended + timedelta(seconds=policy.proving_seconds)
    well_till = min(now, ill_since or now)
    return _Trial(launch, member, proven_at if proven_at <= well_till else None, failed_at)


def _paced(group: Group, history: History) -> frozenset[str]:
    """Those whose mark was no probe: it keeps its place in the width when its zone comes under the brake later.

    Else a brake would widen the pace for the others. Where the record cannot be read, no mark is known for a probe.
    """
    if group.marks is None:
        return frozenset(item.instance_id for item in history if item.cause is Cause.USER_MARK)
    return frozenset(mark.id for mark in group.marks if not mark.probe)


def _strayed(missing: int, begun: list[_Trial], at_fault: frozenset[str]) -> int:
    """Replacements of what the pace has let go that were launched into a zone at fault, and of which the end is open.

    There they prove nothing about the zones that the pace is for. But as long as it is open what becomes of them they
    take up width: else a group that puts its replacements where the fault is would be taken apart where it is sound.
    With 3 gone and 2 launched outside, 1 is `missing` and has strayed.
    """
    return min(max(0, missing), sum(trial.launch.zone in at_fault and trial.is_open for trial in begun))


def _width(trials: list[_Trial], burst: Burst, policy: Policy, now: datetime) -> tuple[int, datetime]:
    """The width that the trials have earned, and until when their failures hold everything back.

    It starts at 1, and with no history stays there. Each replacement that stayed well for 5 minutes adds one, so that
    a full round of them doubles it: 1, 2, 4, 8. A failed one puts it back to 1 and pauses for 1 minute, the next in a
    row for 2, then 4, 8 and 10. One that AWS launched for a reason in unknown words may fail, and never widens it.
    """
    known = [trial for trial in trials if trial.launch.cause is not Cause.UNKNOWN]
    outcomes = [(trial.proven_at, True) for trial in known if trial.launch.started >= burst.latest]
    outcomes += [(trial.failed_at, False) for trial in trials]
    width, failures, until = 1, 0, now
    for at, well in sorted((at, well) for at, well in outcomes if at is not None):
        if well:
            width, failures = width + 1, 0
        else:
            width, failures = 1, failures + 1
            until = at + cooldown(failures, policy)
    return width, until


def cooldown(failures: int, policy: Policy) -> timedelta:
    """The pause after so many failed replacements in a row: 1, 2, 4, 8, 10, 10 minutes."""
    return timedelta(seconds=min(policy.cooldown_longest_seconds, policy.cooldown_seconds * 2 ** (failures - 1)))


def _under_trial(group: Group, trials: list[_Trial], at_fault: frozenset[str], paced: frozenset[str]) -> int:
    """Replacements outside of zones at fault, and of `paced` members, that are under way or have to prove themselves.

    One that leaves and the one that arrives for it are one replacement: 2 leaving, 1 arriving, 3 short: 3.
    """
    free = [member for member in group.members if member.zone not in at_fault]
    going = [member for member in group.unsettled if member.leaving or (member.in_service and member.marked)]
    leaving = sum(member.zone not in at_fault or member.id in paced for member in going)
    arriving = sum(member.arriving for member in free)
    elsewhere = [member for member in group.members if member.zone in at_fault]
    standing = [member for member in free if member.in_service and not member.marked]
    short = group.instances(group.desired - group.units(elsewhere) - group.units(standing))
    unproven = sum(trial.is_open and trial.member is not None and trial.member.in_service for trial in trials)
    return max(leaving, arriving, short) + unproven
