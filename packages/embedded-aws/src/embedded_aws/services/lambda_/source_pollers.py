"""What a mapping does with the records of its source: receive or read, filter, run the function, delete or go on.

All of it happens on the clock's thread, while cloud time stands still; the cloud's lock is free while a function runs.

Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS" (batches, visibility, five batches at once),
"Configuring scaling behavior for SQS event source mappings", "Handling errors for an SQS event source", "Using AWS
Lambda with Amazon DynamoDB" (retries, splitting, the age of records, checkpoints).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from moto.backends import get_backend
from moto.sqs.models import sqs_backends

from embedded_aws.calls import AwsError
from embedded_aws.clock import Clock
from embedded_aws.services.lambda_ import event_records, store
from embedded_aws.services.lambda_.destinations import Arn
from embedded_aws.services.lambda_.invocations import Invocation
from embedded_aws.services.lambda_.role import RoleCalls
from embedded_aws.services.lambda_.store import Definition, FunctionId

POLLS: Mapping[str, tuple[str, ...]] = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("DescribeStream", "GetRecords", "GetShardIterator"),
}
"""A source's service to what a function's role must be allowed to do there."""

AT_ONCE = 5
"""Batches of a queue that are dealt with at once, to begin with."""

KEPT = timedelta(hours=24)
"""How long a change stays in a table's stream."""

_TOO_OLD = "RecordAgeExceeded"

Run: TypeAlias = Callable[[FunctionId, bytes], Invocation]
"""Runs a function on an event. Raises AwsError: it did not run: throttled, or gone."""


def find_queue(source: Arn) -> Any:
    """The queue as moto has it; None if there is none."""
    return sqs_backends[source.account][source.region].queues.get(source.resource)


def find_table(stream: Arn) -> Any:
    """The table of a stream that is on, as moto has it; None if there is none."""
    _, name, _, label = stream.resource.split("/", 3)
    table = get_backend("dynamodb")[stream.account][stream.region].tables.get(name)
    on = table is not None and table.stream_shard is not None and table.latest_stream_label == label
    return table if on else None


@dataclass(frozen=True)
class Means:
    """What all pollers work with; see `EventSources`."""

    clock: Clock
    lock: AbstractContextManager[Any]
    role_calls: RoleCalls
    run: Run


class Poller:
    """Looks for the records of one mapping.

    Attributes:
        mapping: As moto has it; what it says may change.
    """

    def __init__(self, means: Means, mapping: Any, source: Arn) -> None:
        self.mapping = mapping
        self._clock, self._lock = means.clock, means.lock
        self._role_calls, self._run = means.role_calls, means.run
        self._source = source
        self._waiting_since: datetime | None = None

    def poll(self) -> None:
        """Look once, and deal with what is there."""
        raise NotImplementedError

    def _definition(self) -> Definition | None:
        try:
            return store.definition(self._function)
        except AwsError:  # it was deleted; the mapping stays, as on AWS
            return None

    @property
    def _function(self) -> FunctionId:
        return store.function_id(self.mapping.function_arn, self._source.account, self._source.region)

    @property
    def _reports(self) -> bool:
        return event_records.REPORTS_FAILURES in (self.mapping.function_response_types or ())

    def _is_due(self, there: int) -> bool:
        """Whether a batch is full, or its first record has waited for the batching window."""
        if not there:
            self._waiting_since = None
            return False
        now = self._clock.now()
        self._waiting_since = self._waiting_since or now
        window = timedelta(seconds=self.mapping.max_batch_window or 0)
        return there >= self.mapping.batch_size or now - self._waiting_since >= window

    def _invoke(self, records: Sequence[Mapping[str, Any]]) -> Invocation | None:
        """Run the function on these records; None if it did not run."""
        try:
            return self._run(self._function, json.dumps({"Records": records}).encode())
        except AwsError:
            return None


class QueuePoller(Poller):
    """Receives messages of a queue, and deletes those that the function has dealt with; the others come back."""

    def poll(self) -> None:
        """Deal with as many batches as there are, up to those that are dealt with at once."""
        concurrency = (self.mapping.scaling_config or {}).get("MaximumConcurrency") or AT_ONCE
        for _ in range(min(AT_ONCE, concurrency)):
            with self._lock:
                definition = self._definition()
                records = [] if definition is None else self._receive(definition)
            if definition is None or not records:
                return
            self._deal_with(definition, records)

    def _receive(self, definition: Definition) -> list[dict[str, Any]]:
        queue = find_queue(self._source)
        if queue is None or not self._is_due(len(queue.messages)):
            return []
        if not self._may(definition, "ReceiveMessage"):
            return []
        self._waiting_since = None
        received = sqs_backends[self._source.account][self._source.region].receive_message(
            queue.name, self.mapping.batch_size, 0, int(queue.visibility_timeout), ["All"]
        )
        return [event_records.of_message(each, self._source) for each in received]

    def _may(self, definition: Definition, action: str) -> bool:
        return self._role_calls.may(definition, "sqs", action, {"QueueUrl": self._source.text})

    def _deal_with(self, definition: Definition, received: Sequence[dict[str, Any]]) -> None:
        fits = event_records.filters(self.mapping.filter_criteria)
        records = [each for each in received if fits(each)]
        done = {each["messageId"] for each in received if each not in records}  # what no filter fits is deleted
        invocation = self._invoke(records) if records else None
        if invocation is not None:
            ids = [each["messageId"] for each in records]
            done |= {*ids} - event_records.failed_items(invocation, ids, reported=self._reports)
        with self._lock:
            queue = find_queue(self._source)
            if queue is not None and done and self._may(definition, "DeleteMessage"):
                for each in received:
                    if each["messageId"] in done:
                        queue.delete_message(each["receiptHandle"])


class StreamPoller(Poller):
    """Reads the changes of a table in their order. A batch that fails is repeated, split or given up first."""

    def __init__(self, means: Means, mapping: Any, source: Arn) -> None:
        super().__init__(means, mapping, source)
        with self._lock:
            table = find_table(self._source)
        latest = self.mapping.starting_position == "LATEST" and table is not None
        self._at = len(table.stream_shard.items) if latest else 0
        self._tries = 0
        self._size: int | None = None

    def poll(self) -> None:
        """Deal with one batch."""
        with self._lock:
            definition = self._definition()
            changes = [] if definition is None else self._read(definition)
        if definition is None or not changes:
            return
        fits = event_records.filters(self.mapping.filter_criteria)
        records = [each for each in (event_records.of_change(each, self._source) for each in changes) if fits(each)]
        if not records:
            self._go_on(len(changes))
            return
        invocation = self._invoke(records)
        if invocation is None:
            return  # throttled: repeated, and no retry is used up
        self._tries += 1
        numbers = [event_records.sequence_number(each) for each in records]
        failed = event_records.failed_items(invocation, numbers, reported=self._reports)
        if not failed:
            self.mapping.last_result = "OK"
            self._go_on(len(changes))
            return
        self.mapping.last_result = "PROBLEM: Function call failed"
        if invocation.error is None:  # the function says from where on it is to be repeated
            first = next(at for at, each in enumerate(changes) if event_records.sequence_number(each) in failed)
            if first:
                self._go_on(first)
                return
        self._after_failure(definition, invocation, changes)

    def _read(self, definition: Definition) -> list[dict[str, Any]]:
        table = find_table(self._source)
        if table is None:
            return []
        size = self._size or self.mapping.batch_size
        there: list[dict[str, Any]] = [each.to_json() for each in table.stream_shard.items[self._at : self._at + size]]
        if not (self._tries or self._is_due(len(there))):
            return []
        params = {"StreamArn": self._source.text}
        return there if self._role_calls.may(definition, "dynamodbstreams", "GetRecords", params) else []

    def _go_on(self, changes: int) -> None:
        """Leave these changes behind."""
        self._at += changes
        self._tries, self._size, self._waiting_since = 0, None, None

    def _after_failure(
        self, definition: Definition, invocation: Invocation, changes: Sequence[Mapping[str, Any]]
    ) -> None:
        reason = self._given_up(changes)
        if self.mapping.bisect_on_error and len(changes) > 1 and reason != _TOO_OLD:
            self._size, self._tries = (len(changes) + 1) // 2, self._tries - 1  # splitting uses up no retry
        elif reason:
            destination = ((self.mapping.destination_config or {}).get("OnFailure") or {}).get("Destination")
            if destination:
                body = event_records.discarded(
                    invocation, changes, self._source, tries=self._tries, reason=reason, now=self._clock.now()
                )
                with self._lock:
                    self._deliver(definition, destination, body)
            self._go_on(len(changes))

    def _deliver(self, definition: Definition, destination: str, body: str) -> None:
        try:
            self._role_calls.deliver(definition, destination, body)
        except AwsError:  # not permitted, or the destination is gone: the record of the changes is lost
            return

    def _given_up(self, changes: Sequence[Mapping[str, Any]]) -> str | None:
        """Why a batch is not repeated any more; None if it is."""
        retries, age = self.mapping.max_retry_attempts, self.mapping.max_record_age
        oldest = KEPT if age is None or age < 0 else timedelta(seconds=age)
        if self._clock.now() - event_records.arrival(changes[0]) >= oldest:
            return _TOO_OLD
        if retries is not None and 0 <= retries < self._tries:
            return "RetryAttemptsExhausted"
        return None
