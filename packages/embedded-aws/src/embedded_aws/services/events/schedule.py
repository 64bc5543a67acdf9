"""EventBridge of the embedded cloud: moto stores rules and targets, this makes them fire in cloud time.

Scheduled rules of the default bus fire on the clock's thread; rules with a pattern fire on `PutEvents` and on what the
cloud itself emits. A target is reached only if its own policy lets `events.amazonaws.com` in for that rule, as on AWS.

Source: Amazon EventBridge user guide, "Creating a rule that runs on a schedule", "Using resource-based policies" and
"Monitoring Amazon EventBridge"; API reference, PutRule, PutTargets, PutEvents.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.services.cloudwatch.metrics import put_metrics
from embedded_aws.services.events.expression import InvalidScheduleError, parse_schedule
from embedded_aws.services.events.input import check_target, target_input
from embedded_aws.services.lambda_.destinations import Arn, parse_arn
from embedded_aws.services.lambda_.service import Functions
from embedded_aws.services.sns.notifications import Notifications

PRINCIPAL = "events.amazonaws.com"
DEFAULT_BUS = "default"
MAX_ENTRIES = 10
MAX_TARGETS = 5  # of a rule: the quota "Targets per rule", and its words as in aws-cloudformation/cfn-lint 306
REQUIRED_OF_ENTRIES = ("Source", "DetailType", "Detail")


@dataclass(frozen=True)
class RuleKey:
    """Which rule of the default bus."""

    account: str
    region: str
    name: str


class EventBridge:
    """The EventBridge of all regions.

    Args:
        functions: Where targets that are Lambda functions run.
        authorizer: Evaluates the targets' policies; by default one of its own.
        notifications: Where targets that are topics are published to; by default one of its own.
    """

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[Any],
        functions: Functions,
        authorizer: Authorizer | None = None,
        notifications: Notifications | None = None,
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._functions = functions
        self._authorizer = authorizer or Authorizer(clock, lock)
        self._notifications = notifications or Notifications(clock, lock, self._authorizer)
        self._plans: Counter[RuleKey] = Counter()  # how often each rule was planned anew: older plans are void
        self._targets: dict[str, Callable[[Arn, str, Any], None]] = {"lambda": self._invoke, "sns": self._publish}

    def routes(self) -> Routes:
        """The API calls that are answered here."""
        return {
            ("events", "PutRule"): self._put_rule,
            ("events", "EnableRule"): self._enable_rule,
            ("events", "DisableRule"): self._stop_rule,
            ("events", "DeleteRule"): self._stop_rule,
            ("events", "PutTargets"): self._put_targets,
            ("events", "PutEvents"): self._put_events,
        }

    def emit(self, event: Mapping[str, Any]) -> None:
        """Put an event on the default bus, as AWS's own services do.

        Args:
            event: At least `source`, `detail-type`, `account`, `region` and `detail`; the rest is filled in. Its
                `time`, if it has one, is a datetime.
        """
        whole = self._envelope(event["account"], event["region"]) | dict(event)
        self._match(DEFAULT_BUS, whole | {"time": _written(event.get("time") or self._clock.now())})

    # Scheduled rules.

    def _put_rule(self, call: Call) -> dict[str, Any]:
        expression = call.params.get("ScheduleExpression")
        if expression:
            try:
                parse_schedule(expression)
            except InvalidScheduleError as error:
                raise AwsError("ValidationException", "Parameter ScheduleExpression is not valid.") from error
        answer = call.forward()
        self._plan(_key(call))
        return answer

    def _enable_rule(self, call: Call) -> dict[str, Any]:
        key = _key(call)
        rule = _stored(key)
        sleeping = rule is not None and not _is_enabled(rule)
        answer = call.forward()
        if sleeping:
            self._plan(key)
        return answer

    def _stop_rule(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        self._plans[_key(call)] += 1
        return answer

    def _plan(self, key: RuleKey) -> None:
        """From now on the rule fires by its present expression; what was planned before is void."""
        self._plans[key] += 1
        self._plan_next(key, self._plans[key], self._clock.now())

    def _plan_next(self, key: RuleKey, plan: int, last: datetime) -> None:
        rule = _stored(key)
        if rule is None or not rule.scheduled_expression or not _is_enabled(rule):
            return
        due = parse_schedule(rule.scheduled_expression).next_after(last)
        if due is not None:
            self._clock.at(due, lambda: self._fire(key, plan, due))

    def _fire(self, key: RuleKey, plan: int, due: datetime) -> None:
        with self._lock:
            if self._plans[key] != plan:
                return
            rule = _stored(key)
            self._plan_next(key, plan, due)
        if rule is not None and _is_enabled(rule):
            event = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
            whole = self._envelope(key.account, key.region) | {"time": _written(due), "resources": [rule.arn]}
            self._trigger(rule, _in_order(whole | event))

    # Events.

    def _put_events(self, call: Call) -> dict[str, Any]:
        entries = call.params["Entries"]
        if len(entries) > MAX_ENTRIES:
            message = (
                f"1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MAX_ENTRIES}"
            )
            raise AwsError("ValidationException", message)
        results = [self._put_event(call, entry) for entry in entries]
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}

    def _put_event(self, call: Call, entry: Mapping[str, Any]) -> dict[str, Any]:
        refusal = _refusal(entry)
        if refusal is not None:
            return refusal
        event = self._envelope(call.caller.account, call.region) | {
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "time": _written(entry.get("Time") or call.time),
            "resources": list(entry.get("Resources", [])),
            "detail": json.loads(entry["Detail"]),
        }
        self._match(entry.get("EventBusName", DEFAULT_BUS).rpartition("/")[2], event)
        return {"EventId": event["id"]}

    def _match(self, bus_name: str, event: dict[str, Any]) -> None:
        """Trigger every enabled rule of a bus whose pattern the event fits; the matching is moto's."""
        whole = _in_order(event)
        with self._lock:
            bus = events_backends[event["account"]][event["region"]].event_buses.get(bus_name)
            rules = [rule for rule in bus.rules.values() if _is_enabled(rule)] if bus else []
            # moto takes a rule without a pattern for one with an empty pattern, which fits everything.
            patterns = [(rule, rule.event_pattern) for rule in rules if rule.event_pattern.get_pattern()]
            fitting = [rule for rule, pattern in patterns if self._fits(rule, pattern, whole)]
        for rule in fitting:
            self._trigger(rule, whole)

    def _fits(self, rule: Any, pattern: Any, event: Mapping[str, Any]) -> bool:
        fits = False
        with self._clock.contained(f"the pattern of the rule {rule.name}"):
            fits = bool(pattern.matches_event(event))
        return fits  # noqa: RET504 - it may not get as far as that

    def _envelope(self, account: str, region: str) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(mock_random.uuid4()),
            "account": account,
            "region": region,
            "time": _written(self._clock.now()),
            "resources": [],
        }

    # Targets.

    def _put_targets(self, call: Call) -> dict[str, Any]:
        stored = _stored(RuleKey(call.caller.account, call.region, call.params["Rule"]))
        ids = {target["Id"] for target in stored.targets} if stored is not None else set()
        if len(ids | {target["Id"] for target in call.params["Targets"]}) > MAX_TARGETS:
            raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        for target in call.params["Targets"]:
            try:
                service = parse_arn(target["Arn"]).service
                check_target(target)
            except ValueError as error:
                raise AwsError("ValidationException", f"Parameter(s) of target {target['Id']}: {error}") from error
            if service not in self._targets:
                known = ", ".join(sorted(self._targets))
                message = (
                    f"Target {target['Id']}: {service} is not a target of the embedded EventBridge, which has {known}"
                )
                raise AwsError("ValidationException", message)
        return call.forward()

    def _trigger(self, rule: Any, event: dict[str, Any]) -> None:
        self._count(rule, "TriggeredRules")
        for target in list(rule.targets):
            with self._clock.contained(f"the target {target['Id']} of the rule {rule.name}"):
                self._hand_over(rule, target, event)

    def _hand_over(self, rule: Any, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        self._count(rule, "Invocations")
        arn = parse_arn(target["Arn"])
        try:
            self._targets[arn.service](arn, target_input(target, event, rule.arn), rule)
        except AwsError:  # not permitted, or gone; EventBridge does not try those again
            self._count(rule, "FailedInvocations")

    def _invoke(self, arn: Arn, body: str, rule: Any) -> None:
        context = {"aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id}
        verdict = self._authorizer.service_may(PRINCIPAL, "lambda:InvokeFunction", arn.text, context)
        if not verdict.allowed:
            raise AwsError("AccessDeniedException", verdict.message(f"Service: {PRINCIPAL}"), 403)
        self._functions.invoke_async(arn.text, body.encode())

    def _publish(self, arn: Arn, body: str, rule: Any) -> None:
        self._notifications.publish_as(PRINCIPAL, arn.text, body, source_arn=rule.arn)

    def _count(self, rule: Any, metric: str) -> None:
        with self._lock:
            put_metrics(
                rule.account_id,
                rule.region_name,
                {metric: (1, "Count")},
                namespace="AWS/Events",
                dimensions={"RuleName": rule.name},
                when=self._clock.now(),
            )


def _key(call: Call) -> RuleKey:
    return RuleKey(call.caller.account, call.region, call.params["Name"])


def _stored(key: RuleKey) -> Any:
    """Moto's record of a rule of the default bus, None if there is none."""
    return events_backends[key.account][key.region].event_buses[DEFAULT_BUS].rules.get(key.name)


def _is_enabled(rule: Any) -> bool:
    return str(rule.state).startswith("ENABLED")


def _refusal(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Why an entry of PutEvents is not taken, None if it is."""
    for name in REQUIRED_OF_ENTRIES:
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


ENVELOPE = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")
"""The members of every event, in AWS's order."""


def _in_order(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ENVELOPE}


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
