"""AWS Lambda of the embedded cloud: moto stores the functions, this runs them.

An invocation goes through the same steps as on AWS:

1. look the function up as it is now (`store`);
2. take one of its concurrent executions, or throttle;
3. take an idle execution environment that is still up to date, or start one: the deployed zip archive, unpacked, in a
   process of its own with the role's credentials and the cloud's endpoint (`pool`, `environment`);
4. run it; an environment that timed out or died is gone, any other is kept warm;
5. write START, the function's lines, END and REPORT to its log stream (`logs`), publish the metrics of
   `AWS/Lambda`, tell the listeners.

Nothing here holds the cloud's lock while a function runs: the function calls back into the cloud.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call, Guard, Routes
from embedded_aws.clock import Clock
from embedded_aws.iam.authorizer import Authorizer, RoleMay
from embedded_aws.iam.evaluate import AccessDecision
from embedded_aws.services.cloudwatch.metrics import put_metrics
from embedded_aws.services.lambda_ import aliases, logs, store
from embedded_aws.services.lambda_.admin import Admin
from embedded_aws.services.lambda_.destinations import MOTO_ROUTES, parse_arn
from embedded_aws.services.lambda_.environment import InvocationResult
from embedded_aws.services.lambda_.event_sources import EventSources
from embedded_aws.services.lambda_.invocations import Invocation, Listener
from embedded_aws.services.lambda_.package import Runtime, default_runtime
from embedded_aws.services.lambda_.pool import Pool, PooledEnvironment
from embedded_aws.services.lambda_.queue import AsyncQueue, QueuedEvent
from embedded_aws.services.lambda_.role import Credentials, RoleCalls, let_pass
from embedded_aws.services.lambda_.runtime_api import InvocationRequest
from embedded_aws.services.lambda_.store import AsyncConfig, Definition, FunctionId

MAX_PAYLOAD_BYTES = {
    "RequestResponse": 6_291_456,  # quota "Invocation payload": 6 MB
    "Event": 1_048_576,  # the same for asynchronous requests: 1 MB since October 2025
    "DryRun": 6_291_456,
}
"""The types of invocation, and how long an event each of them takes."""

ServiceMay: TypeAlias = Callable[[str, str, str, Mapping[str, Any]], AccessDecision]
"""(service principal, action, resource ARN, context keys) to IAM's verdict: `Authorizer.service_may`."""


class Functions:
    """The Lambda service, for all accounts and regions of the cloud.

    Args:
        lock: Held for as long as moto's state is read or written, never while a function runs. Re-entrant.
        endpoint_url: Where functions find the cloud; asked when a process starts.
        credentials: What a role's process is given to sign its calls with.
        data_dir: Where code is unpacked; created if need be, and private.
        guard: IAM; asked about what is done in the name of a function's role (logs, destinations).
        deliveries: Who answers the calls that send a record to a destination (`sns:Publish`, `sqs:SendMessage`).
        service_may: Whether an AWS service may act on a resource; by default what IAM's resource policies say.
        role_may: Whether a role (its ARN) may do an action; by default what IAM says.
        runtime: What runs the handlers; by default AWS's own runtime client where it is installed.
        concurrency: The account's quota of concurrent executions.

    Raises:
        PermissionError: `data_dir` can be written by everybody.
    """

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[Any],
        endpoint_url: Callable[[], str],
        credentials: Credentials,
        data_dir: Path,
        *,
        guard: Guard = let_pass,
        deliveries: Routes = MOTO_ROUTES,
        service_may: ServiceMay | None = None,
        role_may: RoleMay | None = None,
        runtime: Runtime | None = None,
        concurrency: int = store.ACCOUNT_CONCURRENCY,
    ) -> None:
        self._clock = clock
        self._concurrency = concurrency
        self._lock = lock
        invoke: Routes = {("lambda", "Invoke"): self._invoke_call}
        self._role_calls = RoleCalls(clock, guard, credentials, deliveries | invoke)
        self._pool = Pool(runtime or default_runtime(), endpoint_url, credentials, data_dir)
        self._queue = AsyncQueue(clock, self)
        self._service_may = service_may or Authorizer(clock, lock).service_may
        self._role_may = role_may or Authorizer(clock, lock).role_may
        self._admin = Admin(self._role_calls, self._may_assume, self._may_trace, self._pool.forget, concurrency)
        self._sources = EventSources(clock, lock, self._role_calls, self._run_from_source)
        self._listeners: list[Listener] = []
        self._running: Counter[str] = Counter()  # concurrent executions by the function's ARN
        self._counting = threading.Lock()

    def routes(self) -> Routes:
        """The API calls that are answered here; `Invoke` must be called without holding the cloud's lock."""
        return (
            self._admin.routes()
            | aliases.routes()
            | self._sources.routes()
            | {
                ("lambda", "Invoke"): self._invoke_call,
                ("lambda", "InvokeAsync"): self._invoke_async_call,
            }
        )

    def subscribe(self, listener: Listener) -> None:
        """Have `listener` called with each invocation after it has ended."""
        self._listeners.append(listener)

    def invoke(self, arn: str, payload: bytes, client_context: str | None = None) -> Invocation:
        """Run a function now and wait for it; cloud time goes on at no more than real speed meanwhile.

        Raises:
            AwsError: there is no such function, it is throttled, or it cannot be run here.
        """
        return self._invoke_and_wait(_by_arn(arn), payload, client_context)

    def invoke_async(self, arn: str, event: bytes) -> str:
        """Queue an event for a function and return the request id; it runs when the clock moves next.

        Raises:
            AwsError: there is no such function.
        """
        return self._enqueue(_by_arn(arn), event)

    def close(self) -> None:
        """Stop every process and remove every file; running invocations end with an error."""
        self._pool.close()

    # What the asynchronous queue asks for (`queue.Attempts`).

    def run_async(self, event: QueuedEvent) -> Invocation:
        """One attempt at an event."""
        return self._run(event.function, event.payload, event.request_id, asynchronous=True)

    def async_config(self, function: FunctionId) -> AsyncConfig:
        """How a function wants its events handled."""
        with self._lock:
            return store.async_config(function)

    def is_switched_off(self, function: FunctionId) -> bool:
        """Whether its reserved concurrency is zero."""
        with self._lock:
            return store.definition(function).reserved_concurrency == 0

    def deliver(self, function: FunctionId, destination: str, body: str) -> bool:
        """Send a record to a destination with the function's role."""
        with self._lock:
            definition = store.definition(function)
            try:
                self._role_calls.deliver(definition, destination, body)
            except AwsError:  # not permitted, or the destination is gone
                return False
        return True

    def count(self, function: FunctionId, metric: str, value: float = 1, unit: str = "Count") -> None:
        """Publish one metric of a function."""
        self._publish(function, self._clock.now(), {metric: (value, unit)})

    def _may_assume(self, role_arn: str, function_arn: str) -> bool:
        source = {"aws:SourceArn": function_arn}
        return self._service_may("lambda.amazonaws.com", "sts:AssumeRole", role_arn, source).allowed

    def _may_trace(self, role_arn: str) -> bool:
        try:
            return self._role_may(role_arn, "xray:PutTraceSegments", "*").allowed
        except KeyError:  # the role is gone
            return False

    # One invocation.

    def _invoke_and_wait(self, function: FunctionId, payload: bytes, client_context: str | None) -> Invocation:
        with self._clock.hold():
            return self._run(function, payload, str(mock_random.uuid4()), client_context)

    def _run_from_source(self, function: FunctionId, payload: bytes) -> Invocation:
        return self._run(function, payload, str(mock_random.uuid4()))

    def _enqueue(self, function: FunctionId, payload: bytes) -> str:
        with self._lock:
            store.find(function)
        request_id = str(mock_random.uuid4())
        self._queue.put(function, payload, request_id)
        return request_id

    def _run(
        self,
        function: FunctionId,
        payload: bytes,
        request_id: str,
        client_context: str | None = None,
        *,
        asynchronous: bool = False,
    ) -> Invocation:
        with self._lock:
            definition = store.definition(aliases.routed(function))
        if not definition.runtime.startswith("python"):
            message = f"Only Python functions run here; {definition.id.name} has the runtime {definition.runtime!r}."
            raise AwsError("InvalidRuntimeException", message, 502)
        started = self._clock.now()
        request = InvocationRequest(request_id, definition.arn, payload, definition.timeout, client_context)
        with self._execution(definition, started), self._pool.sandbox(definition, started) as sandbox:
            outcome = sandbox.environment.run(request)
        invocation = _invocation(sandbox, request, started, outcome, asynchronous=asynchronous)
        self._record(definition, invocation)
        return invocation

    @contextmanager
    def _execution(self, definition: Definition, started: datetime) -> Iterator[None]:
        """One of the function's concurrent executions. Raises AwsError: TooManyRequestsException."""
        arn = definition.unqualified_arn
        with self._counting:
            if definition.reserved_concurrency is None:
                free = self._running.total() < self._concurrency
            else:
                free = self._running[arn] < definition.reserved_concurrency
            self._running[arn] += free
            at_once = self._running[arn]
        if not free:
            self._publish(definition.id, started, {"Throttles": (1, "Count")})
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
        self._publish(definition.id, started, {"ConcurrentExecutions": (at_once, "Count")})
        try:
            yield
        finally:
            with self._counting:
                self._running[arn] -= 1

    def _record(self, definition: Definition, invocation: Invocation) -> None:
        metrics = {
            "Invocations": (1, "Count"),
            "Errors": (0 if invocation.error is None else 1, "Count"),
            "Duration": (invocation.duration_ms, "Milliseconds"),
        }
        self._publish(definition.id, invocation.started, metrics)
        with self._lock:
            logs.write(definition, invocation, self._clock.now(), self._role_calls)
        for listener in self._listeners:
            listener(invocation)

    def _publish(self, function: FunctionId, when: datetime, values: dict[str, tuple[float, str]]) -> None:
        dimensions = {"FunctionName": function.name}
        with self._lock:
            put_metrics(
                function.account, function.region, values, namespace="AWS/Lambda", dimensions=dimensions, when=when
            )

    # The API.

    def _invoke_call(self, call: Call) -> dict[str, Any]:
        function = store.called(call)
        payload = _payload(call.params.get("Payload", b""))
        invocation_type = call.params.get("InvocationType", "RequestResponse")
        _check_size(payload, invocation_type)
        with self._lock:
            store.definition(function)
        if invocation_type == "DryRun":
            return {"StatusCode": 204, "Payload": b""}
        if invocation_type == "Event":
            self._enqueue(function, payload)
            return {"StatusCode": 202, "Payload": b""}
        invocation = self._invoke_and_wait(function, payload, call.params.get("ClientContext"))
        return _invoke_result(invocation, with_log=call.params.get("LogType") == "Tail")

    def _invoke_async_call(self, call: Call) -> dict[str, Any]:
        self._enqueue(store.called(call), _payload(call.params.get("InvokeArgs", b"")))
        return {"Status": 202}


def _by_arn(arn: str) -> FunctionId:
    parsed = parse_arn(arn)
    return store.function_id(arn, parsed.account, parsed.region)


def _payload(given: Any) -> bytes:
    """An event as bytes; nothing at all is an empty object, as AWS has it. Raises AwsError: it is not JSON."""
    raw = given.read() if hasattr(given, "read") else given
    payload = raw.encode() if isinstance(raw, str) else bytes(raw)
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message) from error
    return payload or b"{}"


def _check_size(payload: bytes, invocation_type: str) -> None:
    limit = MAX_PAYLOAD_BYTES.get(invocation_type)
    if limit is None:
        raise AwsError("InvalidParameterValueException", f"Unsupported invocation type {invocation_type}")
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise AwsError("RequestTooLargeException", message, 413)


def _invoke_result(invocation: Invocation, *, with_log: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "StatusCode": 200,
        "ExecutedVersion": invocation.version,
        "Payload": invocation.payload,
    }
    if invocation.error is not None:
        result["FunctionError"] = "Unhandled"
    if with_log:
        result["LogResult"] = base64.b64encode(logs.tail(invocation.log_lines)).decode()
    return result


def _invocation(
    sandbox: PooledEnvironment,
    request: InvocationRequest,
    started: datetime,
    outcome: InvocationResult,
    *,
    asynchronous: bool,
) -> Invocation:
    definition = sandbox.definition
    return Invocation(
        function_arn=definition.unqualified_arn,
        function_name=definition.id.name,
        version=definition.version,
        role_arn=definition.role,
        request_id=request.request_id,
        asynchronous=asynchronous,
        started=started,
        event=request.payload,
        payload=outcome.payload,
        error=outcome.error_type,
        duration_ms=outcome.duration_ms,
        init_ms=outcome.init_ms,
        billed_ms=logs.billed_ms(outcome),
        memory_mb=definition.memory_mb,
        max_memory_mb=outcome.max_memory_mb,
        log_group=definition.logging.group,
        log_stream=sandbox.log_stream,
        log_lines=logs.log_lines(definition, request.request_id, started, outcome),
        process_id=sandbox.environment.process_id,
    )
