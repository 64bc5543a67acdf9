"""The Lambda's entry point, and the story of one sweep.

    settings   environment variables, or an error that names the wrong one
    observe    read the group and its failing checks; blind if anything is missing     (aws, reads)
    decide     who is replaced, and for everyone else why not                          (pure)
    claim      the right to act, if somebody is to be marked                           (acting, a log stream)
    observe    once more the group; then decide again
    apply      mark them, or in observe mode say that it would have                    (acting, the only write)
    observe    what load balancers say of the members: only to tell it                  (balancers)
    report     one JSON line, one PutMetricData, a notice if there is news             (metrics and SNS)

An event that tells of a launch or a termination in the group leads to no mark: it may be the time to say that all is
well again. Whatever goes wrong is reported first and then raised, so that the function's error metric shows it as well.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import boto3
from botocore.config import Config

from . import aws, balancers, notices, recovery, report
from .acting import Apply, Claim, LiveApply, ObserveApply, Outcomes, Told, record_findings
from .calls import CONNECT_SECONDS, METRICS_CALL, READ_SECONDS, Blind, Calls, HealerError, SettingsError
from .clients import Clients
from .decide import decide
from .model import Decision, Facts, Mode, Policy, Reason
from .settings import Settings, read_settings
from .trigger import Trigger, trigger_of
from .vetoes import switch

CONFIG = Config(
    # Retries are the healer's own (calls.py): botocore's would multiply them and hide them from the count.
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
)
MOST_ROUNDS = 5  # of marks in one sweep, each in place of those that AWS has refused
ACT_BY_SHARE = 5 / 6  # of an event's life (50 of 60 s) in which marks may begin: the rest keeps two events apart


SERVICES = {"zonal_shift": "arc-zonal-shift"}  # the others are called in `Clients` as they are in boto3


class Boto3Clients:
    """The clients as boto3 makes them (`Clients`), each at its first use and then kept for the life of the process."""

    def __getattr__(self, name: str) -> Any:
        """Called for a client that is not there yet."""
        client = boto3.client(SERVICES.get(name, name), config=CONFIG)
        setattr(self, name, client)
        return client


@dataclass(frozen=True)
class Surroundings:
    """All that a sweep needs from outside: AWS, waiting, chance, and where its line goes."""

    clients: Clients
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    emit: Callable[[str], None] = print


LAMBDA = Surroundings(cast("Clients", Boto3Clients()), os.environ)


def lambda_handler(event: object, context: Any) -> dict[str, Any]:
    """One sweep, as Lambda runs it: `event` is EventBridge's.

    Returns:
        The line that was logged.

    Raises:
        HealerError: AWS refused, or something unexpected happened; reported before it is raised.
    """
    return sweep(event, context, LAMBDA)


def sweep(event: object, context: Any, around: Surroundings) -> dict[str, Any]:
    """One sweep in whatever surroundings; `context` may be None. Returns and raises as `lambda_handler` does."""
    trigger = trigger_of(event, context)
    calls = Calls(around.sleep, around.random, trigger.remaining)
    try:
        settings = read_settings(around.environ)
    except SettingsError as error:
        return _report_wrong_setting(error, around, calls)
    try:
        return _sweep(trigger, settings, around, calls)
    except HealerError:
        raise
    except Exception as error:
        _report_crash(error, settings, around, calls)
        raise HealerError(f"{type(error).__name__}: {error}") from error


def _sweep(trigger: Trigger, settings: Settings, around: Surroundings, calls: Calls) -> dict[str, Any]:
    facts = aws.observe_group(around.clients, calls, settings.group_name)
    stale = trigger.stale(settings.policy.event_age_seconds, calls.now)
    if stale:
        line = report.short_line(settings.group_name, "stale", calls.now, why=stale, calls=calls.made)
        return _emit(around, line | {"retries": calls.retries})
    if trigger.after_change:
        return _after_change(facts, trigger, settings, around, calls)
    facts = aws.observe_health(around.clients, calls, facts, settings.policy, trigger.log_group)
    done = _act(facts, settings, around.clients, calls, trigger)
    facts = aws.observe_applications(around.clients, calls, done.facts)
    done = replace(done, facts=balancers.observe_targets(around.clients, calls, facts))
    return _finish(done, settings, around, calls, trigger)


def _act(facts: Facts, settings: Settings, clients: Clients, calls: Calls, trigger: Trigger) -> report.Sweep:
    """Decide, take the right to act if anyone is to be marked, look again, decide on what is seen then, and do it."""
    decision = _decide(facts, settings.policy)
    apply = _apply(facts, settings, clients, calls, trigger)
    if decision.marks:
        refused = apply.claim(decision.marks)
        if refused is not None:
            return report.Sweep(facts, decision, apply.mode, refused.reasons, refused.notes)
        facts = aws.observe_again(clients, calls, facts)
        decision = _decide(facts, settings.policy)
        if _mode(facts, settings) is not Mode.LIVE:  # a tag has come since the first look
            apply = ObserveApply(_mode(facts, settings))
    outcomes = _carry_out(apply, facts, decision, settings.policy)
    return report.Sweep(facts, decision, apply.mode, outcomes.reasons, outcomes.notes)


def _carry_out(apply: Apply, facts: Facts, decision: Decision, policy: Policy) -> Outcomes:
    """Make the marks. Where AWS refuses all of them others go in their place: nobody waits for a refused one."""
    outcomes = apply.marks(decision)
    for _ in range(MOST_ROUNDS):
        if not outcomes.refused or len(outcomes.refused) < len(outcomes.reasons):
            break
        further = _decide(facts, policy, {each: outcomes.reasons[each] for each in outcomes.refused})
        if not further.marks:
            break
        more = apply.marks(further)
        refused = outcomes.refused | more.refused
        outcomes = Outcomes(outcomes.reasons | more.reasons, (*outcomes.notes, *more.notes), refused)
    return outcomes


def _decide(facts: Facts, policy: Policy, refused: Mapping[str, Reason] | None = None) -> Decision:
    """Decide at AWS's time; where AWS told none the group is blind, and the time decides nothing.

    What nobody has thought of makes the decision blind, so that each impaired member still has its reason.
    """
    try:
        return decide(facts.group, policy, facts.history, _now(facts), refused)
    except Exception as error:  # noqa: BLE001 - it is told as the reason why nobody is marked
        blind = f"the decision failed ({type(error).__name__}: {error})"
        return decide(replace(facts.group, blind=blind), policy, (), _now(facts))


def _now(facts: Facts) -> datetime:
    return facts.now or datetime.min.replace(tzinfo=UTC)


def _mode(facts: Facts, settings: Settings) -> Mode:
    """Live only if the function and the group's tag both say so; off if the tag says so."""
    asked = switch(facts.group, _now(facts))
    return Mode.OBSERVE if asked is Mode.LIVE and settings.mode is Mode.OBSERVE else asked


def _apply(facts: Facts, settings: Settings, clients: Clients, calls: Calls, trigger: Trigger) -> Apply:
    """What the mode asks for. In observe mode nothing is written; where the tag says off, nothing is to be marked."""
    mode = _mode(facts, settings)
    if mode is not Mode.LIVE:
        return ObserveApply(mode)
    claim = Claim(clients, calls, trigger.log_group) if trigger.log_group else None
    latest = settings.policy.event_age_seconds * ACT_BY_SHARE
    return LiveApply(clients, calls, claim, lambda: trigger.stale(latest, calls.time()))


def _after_change(
    facts: Facts, trigger: Trigger, settings: Settings, around: Surroundings, calls: Calls
) -> dict[str, Any]:
    """The group has launched or terminated an instance: mark nobody, and tell if all is well again."""
    facts = aws.observe_health(around.clients, calls, facts, settings.policy, trigger.log_group, look_back=True)
    facts = aws.observe_applications(around.clients, calls, facts)
    facts = balancers.observe_targets(around.clients, calls, facts)
    decision = _decide(facts, settings.policy)
    told = _told(_mode(facts, settings), settings, around, calls, trigger)
    healed = recovery.healed(facts.group, facts.history, _now(facts)) if recovery.is_well(facts.group) else []
    news = [item for item in healed if item.marked and told.first(f"well/{item.new}")]
    line = report.short_line(
        settings.group_name,
        "blind" if decision.blind else "changed",
        facts.now,
        why=decision.blind,
        mode=_mode(facts, settings).value,
        notes=[f"{item.new} replaced {item.old} in {item.seconds} s" for item in news],
        targets=report.told_targets(facts.targets),
        calls=calls.made,
        retries=calls.retries,
    )
    _emit(around, line)

    def publish() -> None:  # no heartbeat: events of the group must not hide that the schedule has stopped
        values = {"BlindSweeps": int(bool(decision.blind))}
        _publish(settings.group_name, values, facts, around.clients, calls)

    def notify() -> None:
        if news and settings.topic_arn:
            _tell(notices.of_recovery(facts, news, settings), settings.topic_arn, around, calls)

    _send_all([publish, notify], calls)
    return line


# --- report ---


def _finish(
    done: report.Sweep, settings: Settings, around: Surroundings, calls: Calls, trigger: Trigger
) -> dict[str, Any]:
    """Log, publish, notify; then raise what went wrong."""
    denied = (str(calls.denied),) if calls.denied else ()
    line = _emit(around, report.line(replace(done, errors=denied, calls=calls.made, retries=calls.retries)))

    def notify() -> None:
        told = _told(done.mode, settings, around, calls, trigger)
        if settings.topic_arn and notices.news(done, settings.policy, told.first):
            _tell(notices.of_sweep(done, settings), settings.topic_arn, around, calls)

    def publish() -> None:
        _publish(settings.group_name, report.metrics(done), done.facts, around.clients, calls)

    def remember() -> None:
        if done.mode is Mode.LIVE and trigger.log_group:
            record_findings(around.clients, calls, trigger.log_group, done.decision)

    _send_all([publish, remember, notify], calls)
    return line


def _send_all(sends: list[Callable[[], None]], calls: Calls) -> None:
    """Send each, whatever becomes of the others.

    Raises:
        HealerError: One could not be sent, or a call of the sweep was denied before.
    """
    errors = [str(calls.denied)] if calls.denied else []
    for send in sends:
        try:
            send()
        except Blind as error:
            errors.append(str(error))
        except Exception as error:  # noqa: BLE001 - the line is out: what goes wrong now must not stop the other sends
            errors.append(f"{type(error).__name__}: {error}")
    if errors:
        raise HealerError("; ".join(dict.fromkeys(errors)))


def _told(mode: Mode, settings: Settings, around: Surroundings, calls: Calls, trigger: Trigger) -> Told:
    """The memory of what was told; none in observe mode, which writes nothing, be the group also switched off."""
    observing = Mode.OBSERVE in (mode, settings.mode)
    return Told(around.clients, calls, "" if observing else trigger.log_group)


def _emit(around: Surroundings, line: dict[str, Any]) -> dict[str, Any]:
    around.emit(report.encoded(line))
    return line


def _publish(group_name: str, values: Mapping[str, float], facts: Facts, clients: Clients, calls: Calls) -> None:
    data = report.metric_data(group_name, values, facts.now)
    calls(METRICS_CALL, clients.cloudwatch.put_metric_data, **data)


def _tell(notice: Mapping[str, Any], topic_arn: str, around: Surroundings, calls: Calls) -> None:
    calls("Publish", around.clients.sns.publish, TopicArn=topic_arn, **notice)


def _report_wrong_setting(error: SettingsError, around: Surroundings, calls: Calls) -> dict[str, Any]:
    """A line, a metric of its own and a notice: a healer that does nothing must not look like one with nothing to do.

    Nothing is raised, and the heartbeat goes on: so the alarm of this very setting goes off and no other.
    """
    environ, clients = around.environ, around.clients
    group_name, function = environ.get("GROUP_NAME", "").strip(), environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    line = _emit(around, report.short_line(group_name, "settings", None, why=str(error), errors=[str(error)]))
    told = Told(clients, calls, environ.get("AWS_LAMBDA_LOG_GROUP_NAME", ""))
    named = {"FunctionName": function or "unknown", "Setting": error.setting}
    wrong = report.metric_data(group_name, {"WrongSettings": 1}, None, **named)
    beat = report.metric_data(group_name or "unknown", {"Heartbeat": 1, "BlindSweeps": 0}, None)
    data: dict[str, Any] = {"Namespace": report.NAMESPACE, "MetricData": [*wrong["MetricData"], *beat["MetricData"]]}

    def publish() -> None:
        calls(METRICS_CALL, clients.cloudwatch.put_metric_data, **data)

    def notify() -> None:
        topic_arn = environ.get("TOPIC_ARN", "").strip()
        if topic_arn and calls.now and told.first(f"settings/{error.setting}/{calls.now:%Y-%m-%d}"):
            _tell(notices.of_wrong_setting(error.setting, str(error), function), topic_arn, around, calls)

    try:
        _send_all([publish, notify], calls)
    except HealerError as failure:
        raise HealerError(f"{error}; {failure}") from error
    return line


def _report_crash(error: Exception, settings: Settings, around: Surroundings, calls: Calls) -> None:
    """Something that nobody has thought of: a line and a metric, before it is raised."""
    why = f"{type(error).__name__}: {error}"[:1000]
    line = report.short_line(settings.group_name, "crashed", calls.now, why=why, errors=[why], calls=calls.made)
    _emit(around, line)
    data = report.metric_data(settings.group_name, {"Heartbeat": 1, "BlindSweeps": 1}, calls.now)
    try:
        calls(METRICS_CALL, around.clients.cloudwatch.put_metric_data, **data)
    except Blind as failure:
        error.add_note(str(failure))
