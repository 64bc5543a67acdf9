"""What Lambda writes into a function's CloudWatch log group: the function's own lines between START, END and REPORT.

Source: AWS Lambda developer guide, "Viewing CloudWatch logs for Lambda functions" and "Configuring JSON and plain text
log formats"; the Runtime API leaves these lines to the platform.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from moto.logs.models import logs_backends

from embedded_aws.services.lambda_.environment import InvocationResult, InvocationStatus
from embedded_aws.services.lambda_.invocations import Invocation
from embedded_aws.services.lambda_.role import RoleCalls
from embedded_aws.services.lambda_.store import Definition
from embedded_aws.services.metric_filters import measure


def log_lines(definition: Definition, request_id: str, started: datetime, outcome: InvocationResult) -> tuple[str, ...]:
    """All log events of one invocation, in order."""
    platform = _json_lines if definition.logging.is_json else _text_lines
    start, end = platform(definition, request_id, started, outcome)
    return (*outcome.init_output, *start, *outcome.output, *end)


def billed_ms(outcome: InvocationResult) -> int:
    """Milliseconds that are paid for: whole ones, and since August 2025 those of the init phase too."""
    return math.ceil(outcome.duration_ms + (outcome.init_ms or 0))


def tail(lines: Iterable[str]) -> bytes:
    """The last 4 KB of a log, for `LogType=Tail`."""
    return ("\n".join(lines) + "\n").encode()[-4096:]


def write(definition: Definition, invocation: Invocation, when: datetime, role_calls: RoleCalls) -> None:
    """Put an invocation's lines into its log stream, if the function's role may.

    As on AWS a missing group or stream is created with the role's permissions. Without them the lines are lost, and
    the invocation does not fail.
    """
    names = {"logGroupName": invocation.log_group, "logStreamName": invocation.log_stream}
    backend = logs_backends[definition.id.account][definition.id.region]
    if invocation.log_group not in backend.groups:
        if not role_calls.may(definition, "logs", "CreateLogGroup", {"logGroupName": invocation.log_group}):
            return
        backend.create_log_group(invocation.log_group, {})
    group = backend.groups[invocation.log_group]
    if invocation.log_stream not in group.streams:
        if not role_calls.may(definition, "logs", "CreateLogStream", names):
            return
        group.create_log_stream(invocation.log_stream)
    if role_calls.may(definition, "logs", "PutLogEvents", names):
        stamp = int(when.timestamp() * 1000)
        events = [{"timestamp": stamp, "message": line} for line in invocation.log_lines]
        group.put_log_events(invocation.log_stream, events)
        measure(definition.id.account, definition.id.region, invocation.log_group, events)


def _text_lines(
    definition: Definition, request_id: str, started: datetime, outcome: InvocationResult
) -> tuple[list[str], list[str]]:
    start = [f"START RequestId: {request_id} Version: {definition.version}"]
    error = json.loads(outcome.payload)["errorMessage"] if outcome.ending in PLATFORM_ENDINGS else ""
    end = [f"END RequestId: {request_id}", _report(definition, request_id, outcome)]
    match outcome.ending:
        case InvocationStatus.TIMED_OUT:
            end.insert(0, f"{_milliseconds(started)} {request_id} {error.partition(' Error: ')[2]}\n")
        case InvocationStatus.EXITED:
            end.insert(0, f"{error}\n{outcome.error_type}")
        case _:
            pass  # the runtime has logged what the handler raised
    return start, end


PLATFORM_ENDINGS = {InvocationStatus.TIMED_OUT: "timeout", InvocationStatus.EXITED: "error"}
"""Endings that the runtime could not report itself, with their status in REPORT."""


def _report(definition: Definition, request_id: str, outcome: InvocationResult) -> str:
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {outcome.duration_ms:.2f} ms",
        f"Billed Duration: {billed_ms(outcome)} ms",
        f"Memory Size: {definition.memory_mb} MB",
        f"Max Memory Used: {outcome.max_memory_mb} MB",
    ]
    if outcome.init_ms is not None:
        fields.append(f"Init Duration: {outcome.init_ms:.2f} ms")
    if outcome.ending in PLATFORM_ENDINGS:
        fields.append(f"Status: {PLATFORM_ENDINGS[outcome.ending]}")
    if outcome.ending is InvocationStatus.EXITED:
        fields.append(f"Error Type: {outcome.error_type}")
    return "\t".join(fields) + "\t"


def _json_lines(
    definition: Definition, request_id: str, started: datetime, outcome: InvocationResult
) -> tuple[list[str], list[str]]:
    raised = outcome.ending is InvocationStatus.RAISED
    status = "error" if raised else PLATFORM_ENDINGS.get(outcome.ending, "success")
    metrics: dict[str, Any] = {
        "durationMs": round(outcome.duration_ms, 3),
        "billedDurationMs": billed_ms(outcome),
        "memorySizeMB": definition.memory_mb,
        "maxMemoryUsedMB": outcome.max_memory_mb,
    }
    if outcome.init_ms is not None:
        metrics["initDurationMs"] = round(outcome.init_ms, 3)
    report: dict[str, Any] = {"requestId": request_id, "metrics": metrics, "status": status}
    if outcome.error_type:
        report["errorType"] = outcome.error_type
    start = _event("platform.start", started, {"requestId": request_id, "version": definition.version})
    level = definition.logging.system_level
    # A start, and the report of a success, are of level INFO; the report of a failure is of level WARN.
    return [start] * (level != "WARN"), [_event("platform.report", started, report)] * (
        level != "WARN" or status != "success"
    )


def _event(type_: str, when: datetime, record: dict[str, Any]) -> str:
    return json.dumps({"time": _milliseconds(when), "type": type_, "record": record})


def _milliseconds(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"
