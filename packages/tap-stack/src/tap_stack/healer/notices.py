"""What a notice says, and when there is news. Pure: sending is the handler's.

Every notice tells what happened, why with the limit's numbers, what the operator can do, and where to look. Its
subject is its first line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias
from urllib.parse import quote
from zlib import crc32

from . import limits
from .marks import marked_by
from .model import Facts, Mode, Policy, Reason, Verdict
from .recovery import Healed
from .report import DEFERRED, Sweep
from .settings import Settings
from .vetoes import far_ahead, missing_processes, off_until

SWEEP_SECONDS = 60  # the schedule
REMINDER_SECONDS = 3600  # how often a notice is repeated while something stays held back
DAILY_AT = 9  # o'clock, UTC: a group that is switched off without an end is told then
LISTED = 10  # members named in a notice
SUBJECT_LENGTH = 100  # SNS: fewer than 100 characters, no line breaks
MESSAGE_BYTES = 200_000  # SNS takes 256 KB
RUNBOOKS = "docs/runbooks.md"
TARGETS = "unhealthy-targets"  # the runbook's section
CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}

FirstTime: TypeAlias = Callable[[str], bool | None]
"""Whether a thing is told for the first time; None where nobody remembers (`acting.Told.first`)."""

Notice: TypeAlias = dict[str, str]


# --- is there news? ---


def news(sweep: Sweep, policy: Policy, first: FirstTime) -> bool:
    """Whether the sweep has something to tell that was not told before.

    A mark is told at once, and so are a mark that led nowhere and a tag too far ahead. What is held back is told in the
    second sweep that finds it so, for much of it is over by then, and again each hour. A group that is switched off
    without an end is told once a day.
    """
    if any(sweep.final(item) is Reason.MARKED for item in sweep.decision.verdicts):
        return True
    found = (_stuck_is_news(sweep, first), _tag_is_news(sweep, policy, first), _held_is_news(sweep, first))
    return any(found)  # all of them are asked, so that each remembers what this notice tells


def _held_is_news(sweep: Sweep, first: FirstTime) -> bool:
    oldest = next((item for item in _held(sweep) if item.confirmed_seconds is not None), None)
    if oldest is None or oldest.confirmed_seconds is None:
        return False
    hour, seconds = divmod(oldest.confirmed_seconds, REMINDER_SECONDS)
    since = min((item.since for item in oldest.member.impairments if item.since), default=None)
    stopped = "/stopped" if sweep.decision.suspended else ""  # the stop is told even where another reason was before
    what = f"held/{oldest.member.id}/{since:%Y-%m-%dT%H-%M-%S}/{hour}{stopped}" if since else "held"
    seen = first(what)
    if seen is None:  # nobody remembers: the age tells which sweep is the second, give or take one
        return SWEEP_SECONDS <= seconds < 2 * SWEEP_SECONDS if hour == 0 else seconds < SWEEP_SECONDS
    if seen and hour == 0:
        return False
    return first(f"{what}/told") is not False


def _stuck_is_news(sweep: Sweep, first: FirstTime) -> bool:
    """Where nobody remembers, the alarm on the metric tells it."""
    told = [first(f"stuck/{instance_id}") is True for instance_id in list(sweep.decision.stuck)[:LISTED]]
    return any(told)


def _tag_is_news(sweep: Sweep, policy: Policy, first: FirstTime) -> bool:
    group, now = sweep.facts.group, sweep.facts.now
    if now is None or sweep.decision.blind:
        return False
    its_hour = now.hour == DAILY_AT
    unremembered = its_hour and now.minute == 0  # nobody remembers: once a day, give or take one
    seen = [
        first(f"skip/{item.id}/{crc32(item.skip_until.encode(errors='replace')):08x}")
        for item in far_ahead(group, policy, now)[:LISTED]
    ]
    endless = sweep.mode is Mode.OFF and off_until(group) is None
    if endless and its_hour and now.minute < 5:  # noqa: PLR2004 - minutes: whatever the sweeps' spacing
        seen.append(first(f"off/{now:%Y-%m-%d}"))
    return any(unremembered if each is None else each for each in seen)


def _held(sweep: Sweep) -> list[Verdict]:
    return [item for item in sweep.decision.verdicts if sweep.final(item) in DEFERRED | {Reason.OBSERVED}]


# --- what it says ---


def of_sweep(sweep: Sweep, settings: Settings) -> Notice:
    """The notice of a sweep that has news."""
    marked = [item for item in sweep.decision.verdicts if sweep.final(item) is Reason.MARKED]
    held = [item for item in sweep.decision.verdicts if item not in marked]
    name = sweep.facts.group.name
    reasons = list(dict.fromkeys([*(sweep.final(item) for item in marked), *(sweep.final(item) for item in held)]))
    body = [
        _headline(sweep, marked),
        "",
        *_listing("Marked for replacement", marked, sweep),
        *_listing("Not marked", held, sweep),
        *block("Why", [text for reason in reasons if (text := why(reason, sweep, settings.policy))]),
        *block("Unhealthy targets", _unhealthy_targets(sweep.facts)),
        *block("Marks that led to no replacement", list(sweep.decision.stuck.values())[:LISTED]),
        *block("Notes", [*sweep.decision.notes, *sweep.notes][: 2 * LISTED]),
        *block("What you can do", [text for reason in reasons if (text := what_to_do(reason, name))]),
        *where_to_look(sweep.facts, settings, _sections(sweep, reasons or [Reason.VETOED])),
    ]
    return notice(body)


def _sections(sweep: Sweep, reasons: list[Reason]) -> list[str]:
    """The runbook's sections that concern the sweep."""
    return [*(reason.value for reason in reasons), *([TARGETS] if _unhealthy_targets(sweep.facts) else [])]


def _unhealthy_targets(facts: Facts) -> list[str]:
    """Members that a load balancer calls unhealthy, a line each, and how many more there are."""
    found = list(facts.targets.unhealthy.values()) if facts.targets else []
    more = [f"and {len(found) - LISTED} more"] if len(found) > LISTED else []
    return [*(f"{each.id}: {each.state} in {each.target_group}: {each.reason}" for each in found[:LISTED]), *more]


def of_wrong_setting(setting: str, problem: str, settings_of: str) -> Notice:
    """The notice of a function whose settings are wrong: `settings_of` is its name."""
    return notice(
        [
            f"The healer does nothing: its setting {setting} is wrong.",
            "",
            problem,
            "",
            "What you can do:",
            "  put it right in the stack's configuration and run `pulumi up`; by hand:",
            f"  aws lambda get-function-configuration --function-name {settings_of or '<function>'}",
            "",
            f"Runbook: {RUNBOOKS}#healer-settings",
        ]
    )


def of_recovery(facts: Facts, healed: list[Healed], settings: Settings) -> Notice:
    """The notice that all is well again, with each replacement and how long it took.

    It comes also where a load balancer calls a member unhealthy, and says so: in a group without ELB's health check
    nothing might ever happen again that could be told.
    """
    name, first = facts.group.name, healed[0]
    what = f"{first.new} replaced {first.old}" if len(healed) == 1 else f"{len(healed)} instances were replaced"
    took = max(item.seconds for item in healed)
    lines = [f"{item.new} is in service for {item.old}: {item.seconds} s after the mark" for item in healed[:LISTED]]
    more = [f"and {len(healed) - LISTED} more"] if len(healed) > LISTED else []
    group, wanted = facts.group, f"{facts.group.desired} desired instances"
    if group.weights:
        wanted = f"{len(group.members)} instances, which are to be {group.desired} units,"
    serving = f"{group.in_service} of {wanted} are in service, none is impaired"
    targets = _unhealthy_targets(facts)
    well = "not all is well: load balancers call instances unhealthy" if targets else "all is well again"
    return notice(
        [
            f"{name}: {well}: {what} in {_duration(took)}.",
            "",
            *block("Replaced", [*lines, *more]),
            *block("Now", [serving]),
            *block("Unhealthy targets", targets),
            *where_to_look(facts, settings, ["marked", *([TARGETS] if targets else [])]),
        ]
    )


def _headline(sweep: Sweep, marked: list[Verdict]) -> str:
    name, impaired = sweep.facts.group.name, len(sweep.decision.verdicts)
    held = _held(sweep)
    if marked:
        what = f"replaces {len(marked)}"
    elif sweep.mode is Mode.OBSERVE and held:
        what = f"observes {len(held)}"
    elif held:
        what = f"holds back {len(held)}"
    elif sweep.mode is Mode.OFF:
        return f"{name}: the healer is switched off, and {impaired} instances are impaired."
    else:
        return f"{name}: the healer needs somebody to look: {impaired} instances are impaired."
    return f"{name}: the healer {what} of {impaired} impaired instances."


def _listing(title: str, verdicts: list[Verdict], sweep: Sweep) -> list[str]:
    """Up to ten members, a line each, and how many more there are."""
    more = [f"and {len(verdicts) - LISTED} more"] if len(verdicts) > LISTED else []
    return block(title, [*(_sentence(item, sweep) for item in verdicts[:LISTED]), *more])


def block(title: str, lines: list[str]) -> list[str]:
    """Lines under their title, and nothing where there are none."""
    return [f"{title}:", *(f"  {each}" for each in lines), ""] if lines else []


def _sentence(verdict: Verdict, sweep: Sweep) -> str:
    member, reason = verdict.member, sweep.final(verdict)
    checks = ", ".join(item.check.value for item in member.impairments)
    age = "an unknown time" if verdict.age_seconds is None else f"{verdict.age_seconds} s"
    by = f" by {marked_by(member, sweep.facts.group)}" if reason is Reason.ALREADY_MARKED else ""
    return f"{member.id} in {member.zone}: {checks} check impaired for {age}: {reason.value}{by}"


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min {seconds % 60} s"  # noqa: PLR2004 - seconds


def why(reason: Reason, sweep: Sweep, policy: Policy) -> str:
    """Which rule has led to the reason, with its numbers now; "" where the reason says it all."""
    group, decision, desired = sweep.facts.group, sweep.decision, sweep.facts.group.desired
    cap, floor = limits.in_flight_cap(group.size, policy), limits.floor_of(desired, policy)
    hour, units = limits.hour_cap(group.size, policy), " units" if group.weights else ""
    texts = {
        Reason.BLIND: f"AWS did not show the whole picture: {decision.blind or 'see the notes'}",
        Reason.CAPPED_INFLIGHT: (
            f"{decision.in_flight} instances are coming or going, at most {cap} of {group.size} may"
        ),
        Reason.CAPPED_RATE: (
            f"at most {limits.sweep_cap(group.size, policy)} marks a sweep and {hour} in 60 minutes are allowed; "
            f"{hour - decision.limits.hour} were made in the last 60"
        ),
        Reason.CAPPED_CALLS: "this run had no time left for the call, or another run was acting (see the notes)",
        Reason.FLOOR: (
            f"{group.standing_units}{units} are in service and not marked, at least {floor} of {desired} must be"
        ),
        Reason.ZONE_BRAKE: (
            f"zones under the brake: {', '.join(decision.braked_zones)} ({policy.zone_brake_percent} % and at least "
            f"{policy.zone_brake_minimum} of a zone impaired, or a zonal shift); one probe each "
            f"{policy.zone_probe_seconds} s"
        ),
        Reason.BURST_COOLDOWN: (
            f"many failed together, so at most {decision.width} replacements may be under way or unproven; pause after "
            f"a failed one: {decision.cooldown_seconds} s more"
        ),
        Reason.SUSPENDED_BAD_IMAGE: f"replacements fail too: {decision.suspended}",
        Reason.PROCESS_SUSPENDED: f"suspended in the group: {', '.join(missing_processes(group))}",
        Reason.REFRESH: "an instance refresh runs",
        Reason.SKIPPED_GRACE: f"the group's health check grace period is {group.grace_seconds} s",
        Reason.OBSERVED: "the healer only observes: it would have marked them",
        Reason.MARKED: (
            f"a check had failed for its whole window ({policy.system_check_window_seconds} s system, "
            f"{policy.ebs_check_window_seconds} s EBS, {policy.instance_check_window_seconds} s instance)"
        ),
        Reason.VETOED: (
            f"the group's tag tap:healer = {group.switch}"
            if sweep.mode is Mode.OFF
            else "its tag tap:healer-skip-until spares it"
        ),
    }
    return f"{reason.value}: {texts[reason]}" if reason in texts else ""


WHAT_TO_DO = {
    Reason.MARKED: "nothing. To stop the healer: aws autoscaling create-or-update-tags --tags {tag},Value=off,"
    "PropagateAtLaunch=false",
    Reason.OBSERVED: "to let it act, set tap:healerMode to live and run `pulumi up`",
    Reason.SUSPENDED_BAD_IMAGE: "give the group a launch template version that works. What failed: "
    "aws autoscaling describe-scaling-activities {group}",
    Reason.PROCESS_SUSPENDED: "aws autoscaling resume-processes {group}",
    Reason.REFRESH: "wait for it: aws autoscaling describe-instance-refreshes {group}",
    Reason.VETOED: "aws autoscaling delete-tags --tags {tag} (an instance's tag: aws ec2 delete-tags)",
    Reason.ZONE_BRAKE: "look at AWS's health dashboard, and shift traffic away from the zone if it is at fault",
    Reason.CAPPED_CALLS: "wait for the next sweep; if it goes on, look for throttled calls in the healer's log",
    Reason.BLIND: "look at the errors in the healer's log",
    Reason.SKIPPED_GRACE: "wait: AWS allows no mark before it is over",
    Reason.ALREADY_MARKED: "if it stays: aws autoscaling describe-scaling-activities {group}",
} | dict.fromkeys(
    (Reason.CAPPED_INFLIGHT, Reason.CAPPED_RATE, Reason.FLOOR, Reason.BURST_COOLDOWN),
    "wait, or replace one by hand: aws autoscaling terminate-instance-in-auto-scaling-group --instance-id <id> "
    "--no-should-decrement-desired-capacity",
)
"""Reason -> the operator's next step, as a command where there is one; nothing need be done for the others."""


def what_to_do(reason: Reason, group_name: str) -> str:
    """The operator's next step for this group; "" where nothing need be done."""
    if reason not in WHAT_TO_DO:
        return ""
    tag = f"ResourceId={group_name},ResourceType=auto-scaling-group,Key=tap:healer"
    return f"{reason.value}: {WHAT_TO_DO[reason].format(tag=tag, group=f'--auto-scaling-group-name {group_name}')}"


def where_to_look(facts: Facts, settings: Settings, sections: list[str]) -> list[str]:
    """Links to the group and the healer's log in the AWS console, and to the runbook's sections."""
    return ["Where to look:", *(f"  {each}" for each in _links(facts, settings)), *_runbook(sections)]


def _links(facts: Facts, settings: Settings) -> Iterator[str]:
    name, region = facts.group.name, settings.region
    if not region:
        return
    arn = facts.group.arn.split(":")
    host = CONSOLES.get(arn[1] if len(arn) > 1 else "aws", f"{region}.console.aws.amazon.com")
    group = f"AutoScalingGroupDetails:id={quote(name, safe='')};view=activity"
    yield f"group: https://{host}/ec2/home?region={region}#{group}"
    if settings.log_group:
        log_group = quote(quote(settings.log_group, safe=""), safe="").replace("%", "$")
        yield f"log: https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{log_group}"


def _runbook(sections: list[str]) -> list[str]:
    return [f"  Runbook: {RUNBOOKS}#{section}" for section in sections]


def notice(lines: list[str]) -> Notice:
    """Subject and message; the subject is the first line, in ASCII and short enough for SNS."""
    plain = lines[0].encode("ascii", "replace").decode()
    subject = plain if len(plain) < SUBJECT_LENGTH else plain[: SUBJECT_LENGTH - 4] + "..."
    return {
        "Subject": subject,
        "Message": "\n".join(lines).encode(errors="replace")[:MESSAGE_BYTES].decode(errors="ignore"),
    }
