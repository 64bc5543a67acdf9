"""The entry point of the rollout's Lambda, and the story of one run, once a minute.

    settings   environment variables, or an error that names the wrong one
    observe    the group, its refreshes, the record; blind if anything is missing       (aws, reads)
    first      done, running, failed, switched off, or ready                            (pure)
    held       ready: does the healer see a burst, a braked zone, a bad image, a mark?  (the healer's look and rules)
    claim      the healer's own claim: whoever holds it may act, and the other waits    (a log stream)
    observe    once more; then decide again
    start      an instance refresh with the wanted version as its desired configuration (aws, the only write)
    report     one JSON line, one PutMetricData, a notice for each piece of news

AWS moves the group's template when the refresh succeeds, and replaces what it has replaced when it fails. While it runs
the function says how many members of the new version are impaired: an alarm on that is one of the refresh's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from tap_stack.healer.acting import Claim, Told
from tap_stack.healer.calls import METRICS_CALL, Blind, CallFailed, Calls, HealerError, is_denied
from tap_stack.healer.handler import LAMBDA, Surroundings
from tap_stack.healer.trigger import Trigger, trigger_of

from . import aws, notices
from .clients import RolloutClients
from .decide import epoch, evidence, first, held, news, speaks_against
from .model import DIMENSION, HELD, NAMESPACE, Evidence, Result, RolloutStep, View, named
from .settings import RolloutSettings, read_settings

EVENT_AGE_SECONDS = 60
WAITING = HELD | {Result.READY, Result.BLIND}


def lambda_handler(event: object, context: Any) -> dict[str, Any]:
    """One run, as Lambda runs it: `event` is EventBridge's, or `{"retry": "<version>"}` from an operator.

    Returns:
        The line that was logged.

    Raises:
        HealerError: A setting is wrong, AWS refused, or not all could be read; reported before it is raised.
    """
    return run(event, context, LAMBDA)


def run(event: object, context: Any, around: Surroundings) -> dict[str, Any]:
    """One run in whatever surroundings; `context` may be None. Returns and raises as `lambda_handler` does."""
    trigger = trigger_of(event, context)
    calls = Calls(around.sleep, around.random, trigger.remaining)
    calls.leave_quiet()  # a run makes few calls, and each may be retried
    settings = read_settings(around.environ)
    clients = cast("RolloutClients", around.clients)
    try:
        view = aws.observe(clients, calls, settings)
    except Blind as error:
        _emit(around, {"schema": 1, "group": settings.group_name, "result": "blind", "why": str(error)})
        _publish({"Heartbeat": 1, "BlindRuns": 1}, settings, clients, calls)
        raise
    if stale := trigger.stale(EVENT_AGE_SECONDS, calls.now):
        return _emit(around, notices.line(notices.RolloutRun(view, RolloutStep(Result.STALE, stale)), settings.wanted))
    return _Run(settings, clients, calls, trigger, around).go(view, retry=_asked_to_retry(event, settings))


def _asked_to_retry(event: object, settings: RolloutSettings) -> bool:
    """Whether somebody asks for the wanted version to be tried again; another version's name asks for nothing."""
    return isinstance(event, Mapping) and event.get("retry") == named(settings.wanted)


class _Run:
    """One run that has seen the group."""

    def __init__(
        self, settings: RolloutSettings, clients: RolloutClients, calls: Calls, trigger: Trigger, around: Surroundings
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._calls = calls
        self._trigger = trigger
        self._around = around

    def go(self, view: View, *, retry: bool) -> dict[str, Any]:
        """Decide, act, and report."""
        wanted = self._settings.wanted
        view = self._written_down(view, retry=retry)
        step, found = first(view, wanted), Evidence()
        if step.result is Result.READY:
            step = self._try(view)
        refresh = view.refresh
        if refresh is not None:
            facts = aws.facts_of(self._clients, self._calls, self._settings, view.group)
            found = evidence(facts, refresh, self._settings.policy)
        if step.result is Result.STARTED:
            view = aws.again(self._clients, self._calls, self._settings, view)
        done = notices.RolloutRun(view, step, found)
        line = _emit(self._around, notices.line(done, wanted) | {"calls": self._calls.made})
        self._report(done)
        return line

    def _written_down(self, view: View, *, retry: bool) -> View:
        """The view with what this run adds to the record: what must outlast AWS's own memory of refreshes."""
        added = news(view, self._settings.wanted, retry=retry) if self._settings.log_group else []
        for record in added:
            aws.write_down(self._clients, self._calls, self._settings.log_group, record)
        return replace(view, records=(*added, *view.records))

    def _try(self, view: View) -> RolloutStep:
        """Begin the rollout, if the healer sees nothing that is against it and does not act at this moment."""
        settings, wanted = self._settings, self._settings.wanted
        step = self._held(view)
        if step.result is not Result.READY:
            return step
        claim = Claim(self._clients, self._calls, settings.healer.log_group)
        if not claim.reaches():
            return RolloutStep(Result.BUSY, "the healer, or another run, is acting")
        view = aws.again(self._clients, self._calls, settings, view)
        step = first(view, wanted)
        if step.result is Result.READY:
            step = self._held(view)
        if step.result is not Result.READY:
            return step
        if not claim.reaches():
            return RolloutStep(Result.BUSY, "looking again has taken too long")
        return self._start(view)

    def _held(self, view: View) -> RolloutStep:
        return held(view, aws.health_of(self._clients, self._calls, self._settings, view.group), self._settings.wanted)

    def _start(self, view: View) -> RolloutStep:
        try:
            begun = aws.start(self._clients, self._calls, self._settings, view)
        except CallFailed as error:
            if error.passing or is_denied(error):
                raise
            return RolloutStep(Result.REFUSED, str(error))
        return RolloutStep(Result.STARTED if begun else Result.RUNNING, begun or "a refresh has begun in the meantime")

    def _report(self, done: notices.RolloutRun) -> None:
        """Publish the metrics, then tell what was not told before; raise what went wrong with either."""
        settings, against = self._settings, speaks_against(done.evidence, self._settings.policy)
        since = epoch(done.view, settings.wanted)
        waits = done.step.result in WAITING and since is not None
        values = {
            "Heartbeat": 1,
            "BlindRuns": int(done.step.result is Result.BLIND),
            "NewVersionImpaired": against,
            "RolloutFailed": int(done.step.result in {Result.FAILED, Result.REFUSED}),
            "WaitingSeconds": (done.view.now - since).total_seconds() if waits and since else 0,
        }
        sends: list[Callable[[], None]] = [lambda: _publish(values, settings, self._clients, self._calls)]
        if settings.topic_arn:
            told = Told(self._clients, self._calls, settings.log_group)
            sends += [self._telling(item, done, told) for item in notices.news(done, settings)]
        _send_all(sends)

    def _telling(self, item: notices.News, done: notices.RolloutRun, told: Told) -> Callable[[], None]:
        def tell() -> None:
            if told.first(item.key):
                text, topic_arn = notices.text_of(item, done, self._settings), self._settings.topic_arn
                publish = self._clients.sns.publish
                self._calls("Publish", publish, TopicArn=topic_arn, Subject=text["Subject"], Message=text["Message"])

        return tell


def _send_all(sends: list[Callable[[], None]]) -> None:
    """Send each, whatever becomes of the others. Raises HealerError: one could not be sent."""
    errors: list[str] = []
    for send in sends:
        try:
            send()
        except Blind as error:
            errors.append(str(error))
    if errors:
        raise HealerError("; ".join(dict.fromkeys(errors)))


def _publish(values: Mapping[str, float], settings: RolloutSettings, clients: RolloutClients, calls: Calls) -> None:
    stamp = {"Timestamp": calls.now} if calls.now else {}
    dimensions = [{"Name": DIMENSION, "Value": settings.group_name}]
    data: Any = [
        {"MetricName": name, "Dimensions": dimensions, "Value": float(value), "Unit": "Count", **stamp}
        for name, value in values.items()
    ]
    calls(METRICS_CALL, clients.cloudwatch.put_metric_data, Namespace=NAMESPACE, MetricData=data)


def _emit(around: Surroundings, line: dict[str, Any]) -> dict[str, Any]:
    around.emit(json.dumps(line, separators=(",", ":"), default=str))
    return line
