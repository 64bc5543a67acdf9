"""Lambda's asynchronous invocations: a queue of events, each tried until it succeeds, is too old or has failed enough.

All waiting is in cloud time, and every attempt runs on the clock's thread while cloud time stands still.

Source: AWS Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation" and "Capturing
records of Lambda asynchronous invocations".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from moto.awslambda.utils import make_function_arn

from embedded_aws.calls import AwsError
from embedded_aws.clock import Clock
from embedded_aws.services.lambda_.invocations import Invocation
from embedded_aws.services.lambda_.store import AsyncConfig, FunctionId

ERROR_DELAYS = (timedelta(minutes=1), timedelta(minutes=2))
"""Before the second and the third attempt after the function failed."""

THROTTLE_DELAY_LIMIT = timedelta(minutes=5)
"""Throttled attempts are repeated after 1, 2, 4, ... seconds up to this, for as long as the event may live."""


@dataclass(frozen=True)
class QueuedEvent:
    """An event in the queue.

    Attributes:
        request_id: The same in all attempts.
        received: Cloud time at which it came in.
        runs: How often the function has run on it.
        throttles: How often it was sent back since it last ran.
    """

    function: FunctionId
    payload: bytes
    request_id: str
    received: datetime
    runs: int = 0
    throttles: int = 0
    last: Invocation | None = None


class Attempts(Protocol):
    """What the queue needs of the service: to run a function, and to say what became of an event."""

    def run_async(self, event: QueuedEvent) -> Invocation:
        """Run the function once. Raises AwsError: it did not run: throttled, or gone."""

    def async_config(self, function: FunctionId) -> AsyncConfig:
        """How the function wants its events handled. Raises AwsError: it is gone."""

    def is_switched_off(self, function: FunctionId) -> bool:
        """Whether its reserved concurrency is zero, so that no attempt can ever run."""

    def deliver(self, function: FunctionId, destination: str, body: str) -> bool:
        """Send a record with the function's role; False if that failed."""

    def count(self, function: FunctionId, metric: str, value: float = 1, unit: str = "Count") -> None:
        """Publish a metric of the function."""


class AsyncQueue:
    """The queue of all functions."""

    def __init__(self, clock: Clock, attempts: Attempts) -> None:
        self._clock = clock
        self._attempts = attempts

    def put(self, function: FunctionId, payload: bytes, request_id: str) -> None:
        """Take an event; its first attempt is due at once."""
        event = QueuedEvent(function, payload, request_id, self._clock.now())
        self._attempts.count(function, "AsyncEventsReceived")
        self._due(event, timedelta(0))

    def _due(self, event: QueuedEvent, delay: timedelta) -> None:
        self._clock.at(self._clock.now() + delay, lambda: self._attempt_contained(event))

    def _attempt_contained(self, event: QueuedEvent) -> None:
        with self._clock.contained(f"the attempt at an event of {event.function.name}"):
            self._attempt(event)

    def _attempt(self, event: QueuedEvent) -> None:
        try:
            config = self._attempts.async_config(event.function)
        except AwsError:
            return  # the function was deleted, and its events with it
        age = self._clock.now() - event.received
        if age >= timedelta(seconds=config.event_age):
            self._drop(event, config, "EventAgeExceeded")
        elif self._attempts.is_switched_off(event.function):
            self._drop(event, config, "ZeroReservedConcurrency")
        else:
            self._attempts.count(event.function, "AsyncEventAge", age.total_seconds() * 1000, "Milliseconds")
            self._run(event, config)

    def _run(self, event: QueuedEvent, config: AsyncConfig) -> None:
        try:
            invocation = self._attempts.run_async(event)
        except AwsError:  # throttled: an attempt that costs none of the retries
            delay = min(timedelta(seconds=2 ** min(event.throttles, 30)), THROTTLE_DELAY_LIMIT)
            self._again(replace(event, throttles=event.throttles + 1), config, delay)
            return
        done = replace(event, runs=event.runs + 1, throttles=0, last=invocation)
        if invocation.error is None:
            self._report(done, config.on_success, "Success")
        elif event.runs >= config.retries:
            self._drop(done, config, "RetriesExhausted")
        else:
            self._again(done, config, ERROR_DELAYS[event.runs])

    def _again(self, event: QueuedEvent, config: AsyncConfig, delay: timedelta) -> None:
        """Try again after `delay`, or give up as soon as the event is too old for it."""
        expires = event.received + timedelta(seconds=config.event_age)
        self._due(event, min(delay, expires - self._clock.now()))

    def _drop(self, event: QueuedEvent, config: AsyncConfig, condition: str) -> None:
        self._report(event, config.on_failure, condition)
        if config.dead_letter_arn and not self._send(event, config.dead_letter_arn, event.payload.decode()):
            self._attempts.count(event.function, "DeadLetterErrors")
        self._attempts.count(event.function, "AsyncEventsDropped")

    def _report(self, event: QueuedEvent, destination: str | None, condition: str) -> None:
        if destination and not self._send(event, destination, json.dumps(record(event, condition, self._clock.now()))):
            self._attempts.count(event.function, "DestinationDeliveryFailures")

    def _send(self, event: QueuedEvent, destination: str, body: str) -> bool:
        return self._attempts.deliver(event.function, destination, body)


def record(event: QueuedEvent, condition: str, now: datetime) -> dict[str, Any]:
    """The invocation record that a destination receives."""
    function = event.function
    arn = make_function_arn(function.region, function.account, function.name)
    written: dict[str, Any] = {
        "version": "1.0",
        "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": f"{arn}:{function.qualifier or '$LATEST'}",
            "condition": condition,
            "approximateInvokeCount": event.runs,
        },
        "requestPayload": json.loads(event.payload),
    }
    if event.last is not None:
        response: dict[str, Any] = {"statusCode": 200, "executedVersion": event.last.version}
        if event.last.error is not None:
            response["functionError"] = "Unhandled"
        written |= {"responseContext": response, "responsePayload": json.loads(event.last.payload)}
    return written
