"""The Lambda's entry point, and the story of one sweep.

    settings   four environment variables, or an error that names the wrong one
    observe    read the group and its failing checks; blind if anything is missing     (aws, reads)
    decide     who is replaced, and for everyone else why not                          (pure)
    observe    once more the group, if somebody is to be marked; then decide again
    apply      mark them, or in observe mode say that it would have                    (aws, the only write)
    report     one JSON line, one PutMetricData, a notice if there is news             (aws, metrics and SNS)

Whatever goes wrong is reported first and then raised, so that the function's error metric shows it as well.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from . import aws, report
from .calls import Blind, Calls, HealerError, SettingsError
from .clients import AutoScaling, Clients, CloudWatch, Ec2, Logs, Sns, ZonalShift
from .decide import decide
from .model import Decision, Facts, Mode, Policy
from .settings import Settings, read_settings
from .trigger import Trigger, trigger_of
from .vetoes import switch

CONFIG = Config(
    # Retries are the healer's own (calls.py): botocore's would multiply them and hide them from the count.
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=2,
    read_timeout=8,
)
ACT_BY_SHARE = 5 / 6  # of an event's life (50 of 60 s) in which marks may begin: the rest keeps two events apart


class Boto3Clients:
    """The clients as boto3 makes them, each at its first use and then kept for the life of the process."""

    @cached_property
    def autoscaling(self) -> AutoScaling:
        """EC2 Auto Scaling."""
        client: AutoScaling = boto3.client("autoscaling", config=CONFIG)
        return client

    @cached_property
    def ec2(self) -> Ec2:
        """EC2."""
        client: Ec2 = boto3.client("ec2", config=CONFIG)
        return client

    @cached_property
    def cloudwatch(self) -> CloudWatch:
        """CloudWatch."""
        client: CloudWatch = boto3.client("cloudwatch", config=CONFIG)
        return client

    @cached_property
    def sns(self) -> Sns:
        """Simple Notification Service."""
        client: Sns = boto3.client("sns", config=CONFIG)
        return client

    @cached_property
    def logs(self) -> Logs:
        """CloudWatch Logs."""
        client: Logs = boto3.client("logs", config=CONFIG)
        return client

    @cached_property
    def zonal_shift(self) -> ZonalShift:
        """Application Recovery Controller."""
        client: ZonalShift = boto3.client("arc-zonal-shift", config=CONFIG)
        return client


@dataclass(frozen=True)
class Surroundings:
    """All that a sweep needs from outside: AWS, waiting, chance, and where its line goes."""

    clients: Clients
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    emit: Callable[[str], None] = print


LAMBDA = Surroundings(Boto3Clients(), os.environ)


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One sweep, as Lambda runs it: `event` is EventBridge's scheduled event.

    Returns:
        The line that was logged, or why nothing was done.

    Raises:
        HealerError: Wrong settings, or AWS refused; reported before it is raised.
    """
    return sweep(event, context, LAMBDA)


def sweep(event: Mapping[str, Any], context: Any, around: Surroundings) -> dict[str, Any]:
    """One sweep in whatever surroundings; `context` may be None. Returns and raises as `lambda_handler` does."""
    trigger = trigger_of(event, context)
    calls = Calls(around.sleep, around.random, trigger.remaining)
    try:
        settings = read_settings(around.environ)
    except SettingsError as error:
        _report_wrong_settings(error, around, calls)
        raise
    facts = aws.observe_group(around.clients, calls, settings.group_name)
    stale = trigger.stale(settings.policy.event_age_seconds, calls.now)
    if stale:
        return _emit(around, {"schema": report.SCHEMA, "group": settings.group_name, "result": "stale", "why": stale})
    facts = aws.observe_health(around.clients, calls, facts, settings.policy)
    done = _act(facts, settings, around.clients, calls, trigger)
    return _finish(done, settings, around, calls)


def _act(facts: Facts, settings: Settings, clients: Clients, calls: Calls, trigger: Trigger) -> report.Sweep:
    """Decide, look again if anyone is to be marked, decide again on what is seen then, and carry it out."""
    decision = _decide(facts, settings.policy)
    if decision.marks:
        facts = aws.observe_again(clients, calls, facts)
        decision = _decide(facts, settings.policy)
    apply = _apply(facts, settings, clients, calls, trigger)
    outcomes = apply.marks(decision.marks)
    return report.Sweep(facts, decision, apply.mode, outcomes.reasons, outcomes.notes)


def _decide(facts: Facts, policy: Policy) -> Decision:
    """Decide at AWS's time; where AWS told none the group is blind, and the time decides nothing."""
    return decide(facts.group, policy, facts.history, facts.now or datetime.min.replace(tzinfo=UTC))


def _apply(facts: Facts, settings: Settings, clients: Clients, calls: Calls, trigger: Trigger) -> aws.Apply:
    """Live only if the function and the group's tag both say so."""
    if settings.mode is Mode.OBSERVE or switch(facts.group) is Mode.OBSERVE:
        return aws.ObserveApply()
    claim = aws.Claim(clients, calls, trigger) if trigger.log_group else None
    return aws.LiveApply(clients, calls, claim, lambda: _too_late(settings.policy, calls, trigger))


def _too_late(policy: Policy, calls: Calls, trigger: Trigger) -> str:
    """Why no further mark may be begun; "" while one may."""
    return aws.time_left(calls) or trigger.stale(policy.event_age_seconds * ACT_BY_SHARE, calls.now)


# --- report ---


def _finish(done: report.Sweep, settings: Settings, around: Surroundings, calls: Calls) -> dict[str, Any]:
    """Log, publish, notify; then raise what went wrong."""
    errors = [str(calls.denied)] if calls.denied else []
    line = _emit(around, report.line(replace(done, errors=tuple(errors), calls=calls.made, retries=calls.retries)))
    for send in (_publish, _notify):
        try:
            send(done, settings, around.clients, calls)
        except Blind as error:
            errors.append(str(error))
    if errors:
        raise HealerError("; ".join(dict.fromkeys(errors)))
    return line


def _emit(around: Surroundings, line: dict[str, Any]) -> dict[str, Any]:
    around.emit(json.dumps(line, separators=(",", ":")))
    return line


def _publish(done: report.Sweep, settings: Settings, clients: Clients, calls: Calls) -> None:
    data = report.metric_data(settings.group_name, report.metrics(done), done.facts.now)
    calls("PutMetricData", clients.cloudwatch.put_metric_data, **data)


def _notify(done: report.Sweep, settings: Settings, clients: Clients, calls: Calls) -> None:
    notice = report.notice(done) if settings.topic_arn else None
    if notice:
        calls("Publish", clients.sns.publish, TopicArn=settings.topic_arn, **notice)


def _report_wrong_settings(error: SettingsError, around: Surroundings, calls: Calls) -> None:
    """A line and a metric: a healer that does nothing must not look like one that has nothing to do."""
    group_name = around.environ.get("GROUP_NAME") or "unknown"
    _emit(around, {"schema": report.SCHEMA, "group": group_name, "result": "settings", "errors": [str(error)]})
    data = report.metric_data(group_name, {"Heartbeat": 0, "BlindSweeps": 1}, None)
    try:
        calls("PutMetricData", around.clients.cloudwatch.put_metric_data, **data)
    except Blind as failure:
        error.add_note(str(failure))
