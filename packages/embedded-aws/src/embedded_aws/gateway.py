"""The entrance of the cloud: every API call comes in here, is parsed, authorized, answered and recorded.

One request, in order: the host must be this machine or AWS; the signature says who calls what and where (it is not
verified: secrets are made up here); the guards (IAM) may refuse; the model of the API may refuse (`constraints`); a
handler of `Routes` answers, or else moto; the answer is dated in cloud time; the call log gets its line. What goes
wrong on the way is an error as AWS words it. An exception that nobody raised on purpose is a 500 to the client and a
traceback in `failures`, which tests keep empty.
"""

from __future__ import annotations

import ipaddress
import time
import traceback
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias

from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.model import ServiceModel
from moto.core.utils import get_service_model

from embedded_aws import constraints, wire
from embedded_aws.calllog import CallLog, CallRecord, told
from embedded_aws.calls import AwsError, Call, Caller, Guard, Routes
from embedded_aws.wire import Answer, Inbound, Scope

Identify: TypeAlias = Callable[[str], Caller]
"""Access key to its owner; raises AwsError if there is none."""

BAD_REGION = {"ec2": ("AuthFailure", 401), "query": ("SignatureDoesNotMatch", 403)}
"""How a protocol words a signature for a region that does not exist; the others say InvalidSignatureException."""

OWN_HEADERS = frozenset({"date", "server", "connection", "content-length"})
"""Headers of an answer that the gateway writes itself. CORS headers go too: no web page is a client of this cloud."""


MISSING = {"ec2": "MissingParameter", "query": "ValidationError"}
"""How a protocol words a parameter that is missing; the others say ValidationException."""


class _Params(dict[str, Any]):
    """A call's parameters: one that the model has as optional, and a handler needs, is refused where it is missing."""

    def __init__(self, params: Mapping[str, Any], protocol: str) -> None:
        """`protocol` is the service's: it says how the refusal is worded."""
        super().__init__(params)
        self._code = MISSING.get(protocol, "ValidationException")

    def __missing__(self, name: str) -> Any:
        raise AwsError(self._code, f"The request must contain the parameter {name}")


class Backend(Protocol):
    """What answers the calls that no handler wants: moto."""

    def answer(self, inbound: Inbound) -> Answer:
        """Answer one request; raises AwsError if the operation is not implemented."""


def merge(parts: Sequence[Routes]) -> Routes:
    """Join the routes of the cloud's parts; two handlers for one call are a mistake in the assembly."""
    merged: Routes = {}
    for routes in parts:
        if twice := merged.keys() & routes.keys():
            raise ValueError(f"more than one handler for {sorted(twice)}")
        merged.update(routes)
    return merged


@dataclass
class _Visit:
    """What is known of one request; filled in as it goes through."""

    environ: dict[str, Any]
    time: datetime
    request_id: str
    scope: Scope | None = None
    model: ServiceModel | None = None
    caller: Caller | None = None
    inbound: Inbound | None = None
    denied: bool = False
    refusal: str = ""
    error: str | None = None

    @property
    def protocol(self) -> str:
        if self.inbound is not None:
            return self.inbound.protocol
        return wire.guess_protocol(self.environ, self.scope.service if self.scope else "")


class Gateway:
    """A WSGI application in front of moto.

    Args:
        lock: Held while a guard, a handler or moto works: none of them is thread-safe. Re-entrant.
        calls: Where each call is written down.
        services: botocore's names of the services that this cloud has.
        guards: Asked in order before a call is answered; a refusal is a denial.
        checks: Asked in order after that; a refusal is an error as any other.
        unlocked: Calls whose handler runs without the lock: it waits for code that calls back (Lambda's Invoke).

    Attributes:
        failures: Tracebacks of unexpected exceptions, oldest first.
    """

    def __init__(
        self,
        *,
        backend: Backend,
        now: Callable[[], datetime],
        lock: AbstractContextManager[Any],
        calls: CallLog,
        services: Collection[str],
        regions: Collection[str],
        identify: Identify,
        guards: Sequence[Guard] = (),
        checks: Sequence[Guard] = (),
        routes: Routes | None = None,
        unlocked: Collection[tuple[str, str]] = (),
    ) -> None:
        self._backend = backend
        self._now = now
        self._lock = lock
        self._calls = calls
        self._services = services
        self._regions = regions
        self._identify = identify
        self._guards = guards
        self._checks = checks
        self._routes = {} if routes is None else routes
        self._unlocked = unlocked
        self.failures: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Serve one request (PEP 3333)."""
        started = time.perf_counter()
        visit = _Visit(environ, self._now(), str(uuid.uuid4()))
        answer = self._answer(visit)
        self._record(visit, time.perf_counter() - started)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", self._headers(visit, answer))
        return [answer.body]

    def _answer(self, visit: _Visit) -> Answer:
        try:
            return self._serve(visit)
        except AwsError as error:
            return _refuse(visit, error)
        except ServiceException as error:  # a handler that asks moto's model is refused as moto's own caller would be
            return _refuse(visit, AwsError(error.code, error.message))
        except JsonRESTError as error:
            return _refuse(visit, AwsError(error.error_type, error.message, error.code))
        except RecursionError:  # JSON in a parameter
            return _refuse(visit, AwsError("SerializationException", "The request is nested too deeply to be read."))
        except Exception:  # noqa: BLE001 - the entry point: the client gets AWS's 500, the tests get the traceback
            self.failures.append(traceback.format_exc())
            return _refuse(visit, AwsError("InternalFailure", "The embedded cloud failed; see Gateway.failures.", 500))

    def _serve(self, visit: _Visit) -> Answer:
        _check_host(visit.environ.get("HTTP_HOST", ""))
        visit.scope = scope = wire.read_scope(visit.environ)
        if scope.service not in self._services:
            has = ", ".join(sorted(self._services))
            raise AwsError("NotImplemented", f"{scope.service} is not part of the embedded AWS, which has: {has}.", 501)
        visit.model = model = get_service_model(scope.service)
        if scope.region not in self._regions:
            code, status = BAD_REGION.get(model.protocol, ("InvalidSignatureException", 403))
            raise AwsError(code, f"Credential should be scoped to a valid region, not '{scope.region}'.", status)
        visit.caller = self._identify(scope.access_key)
        visit.inbound = inbound = wire.read_request(visit.environ, scope, model)
        call = self._call(visit, inbound)
        with self._lock:
            self._authorize(visit, call)
            constraints.check(inbound)
            for check in self._checks:
                check(call)
            if (call.service, call.action) not in self._unlocked:
                return self._respond(visit, call, inbound)
        return self._respond(visit, call, inbound)

    def _call(self, visit: _Visit, inbound: Inbound) -> Call:
        def forward(params: Mapping[str, Any] | None = None) -> dict[str, Any]:
            asked = inbound if params is None else wire.with_params(inbound, params)
            with self._lock:
                return wire.read_result(asked, self._backend.answer(asked))

        return Call(
            service=inbound.scope.service,
            action=str(inbound.operation.name),
            params=_Params(inbound.params, str(inbound.operation.service_model.protocol)),
            region=inbound.scope.region,
            caller=visit.caller or self._identify(inbound.scope.access_key),
            time=visit.time,
            forward=forward,
        )

    def _authorize(self, visit: _Visit, call: Call) -> None:
        try:
            for guard in self._guards:
                guard(call)
        except AwsError as error:
            visit.denied, visit.refusal = True, error.message
            raise

    def _respond(self, visit: _Visit, call: Call, inbound: Inbound) -> Answer:
        handler = self._routes.get((call.service, call.action))
        if handler is not None:
            return wire.write_result(inbound, handler(call), visit.request_id)
        answer = self._backend.answer(inbound)
        visit.error = wire.error_code(inbound, answer)
        return answer

    def _record(self, visit: _Visit, seconds: float) -> None:
        self._calls.record(
            CallRecord(
                time=visit.time,
                service=visit.scope.service if visit.scope else "",
                action=str(visit.inbound.operation.name) if visit.inbound else "",
                params=told(visit.inbound.params) if visit.inbound else {},
                region=visit.scope.region if visit.scope else "",
                caller=visit.caller,
                allowed=not visit.denied,
                error=visit.error,
                seconds=seconds,
                refusal=visit.refusal,
            )
        )

    def _headers(self, visit: _Visit, answer: Answer) -> list[tuple[str, str]]:
        kept = [
            (name, value)
            for name, value in answer.headers
            if name.lower() not in OWN_HEADERS and not name.lower().startswith("access-control-")
        ]
        if not any(name.lower() == "x-amzn-requestid" for name, _ in kept):
            kept.append(("x-amzn-RequestId", visit.request_id))
        date = format_datetime(self._now(), usegmt=True)
        return [*kept, ("Date", date), ("Content-Length", _length(visit, answer))]


def _length(visit: _Visit, answer: Answer) -> str:
    """The length of the body; after a HEAD that of the body which a GET would have."""
    headers = {name.lower(): value for name, value in answer.headers}
    if visit.environ["REQUEST_METHOD"] == "HEAD" and "content-length" in headers:
        return headers["content-length"]
    return str(len(answer.body))


def _refuse(visit: _Visit, error: AwsError) -> Answer:
    visit.error = error.code
    return wire.write_error(visit.protocol, error, visit.request_id, visit.model)


def _check_host(host: str) -> None:
    """Only this machine's own names and AWS's: a name that an attacker's DNS points at 127.0.0.1 is turned away."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    name = name.strip("[]").lower()
    if name == "localhost" or name.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return
    with suppress(ValueError):  # it is a name
        if ipaddress.ip_address(name).is_loopback:
            return
    raise AwsError("AccessDenied", f"Host {host!r} is neither this machine nor AWS.", 403)
