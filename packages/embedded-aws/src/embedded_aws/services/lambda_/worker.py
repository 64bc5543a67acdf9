"""A Python runtime for Lambda, for platforms on which AWS's own runtime client does not install.

It runs inside the function's process, with the function's code and packages and nothing of ours: standard library only.
Contract and wording are those of `awslambdaric`: the handler is `module.function`, a handler that cannot be loaded is
reported as an init error and ends the process, an exception becomes `errorMessage`, `errorType` and `stackTrace`.

Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", "Using the Lambda context object
to retrieve Python function information", "Log and monitor Python Lambda functions".
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any, TypeAlias

API = "/2018-06-01/runtime"
LOGS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
NO_BREAK_SPACE = "\u00a0"  # CloudWatch would trim an ordinary space at the start of a line

Function: TypeAlias = Callable[[Any, "LambdaContext"], Any]


class CannotLoad(Exception):
    """The handler could not be loaded; `error_type` is AWS's name for how."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


@dataclass(frozen=True)
class NextInvocation:
    """One event and what the platform says about it; `deadline_ms` since the epoch."""

    request_id: str
    function_arn: str
    deadline_ms: int
    event: bytes
    trace_id: str
    client_context: str | None


@dataclass
class LambdaContext:
    """The second argument of a handler, with the attributes that AWS documents."""

    aws_request_id: str
    invoked_function_arn: str
    deadline_ms: int
    client_context: Any
    identity: Any = None
    function_name: str | None = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    function_version: str | None = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb: str | None = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name: str | None = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name: str | None = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is timed out."""
        return max(0, self.deadline_ms - int(time.time() * 1000))


class Api:
    """The Runtime API, over one kept connection."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(address)

    def next(self) -> NextInvocation:
        """Wait for work."""
        response, body = self._call("GET", "invocation/next", None, {})
        return NextInvocation(
            request_id=response.headers["Lambda-Runtime-Aws-Request-Id"],
            function_arn=response.headers["Lambda-Runtime-Invoked-Function-Arn"],
            deadline_ms=int(response.headers["Lambda-Runtime-Deadline-Ms"]),
            event=body,
            trace_id=response.headers["Lambda-Runtime-Trace-Id"],
            client_context=response.headers.get("Lambda-Runtime-Client-Context"),
        )

    def respond(self, request_id: str, result: bytes) -> None:
        """Post a handler's result."""
        self._call("POST", f"invocation/{request_id}/response", result, {"Content-Type": "application/json"})

    def fail(self, path: str, error: dict[str, Any]) -> None:
        """Post an error: to `init/error` or `invocation/<id>/error`."""
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error["errorType"]}
        self._call("POST", path, encode(error), headers)

    def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
        self._connection.request(method, f"{API}/{path}", body, headers)
        response = self._connection.getresponse()
        return response, response.read()


def main(arguments: list[str]) -> int:
    """Serve invocations of the handler named in `arguments` for as long as the process is wanted."""
    api = Api(os.environ["AWS_LAMBDA_RUNTIME_API"])
    request_ids = RequestIds()
    set_up_logging(request_ids)
    try:
        function = load(arguments[1])
    except CannotLoad as error:
        report = {"errorMessage": str(error), "errorType": error.error_type, "requestId": "", "stackTrace": []}
        log_error(report)
        api.fail("init/error", report)
        return 1
    while True:
        invocation = api.next()
        request_ids.current = invocation.request_id
        os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_id
        serve(api, function, invocation)


def load(handler: str) -> Function:
    """Import the handler. Raises CannotLoad: no such module, or no such function in it."""
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        raise CannotLoad("Runtime.MalformedHandlerName", f"Bad handler '{handler}': not enough values to unpack")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise CannotLoad("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise CannotLoad("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    except Exception as error:
        raise CannotLoad(type(error).__name__, str(error)) from error
    if not hasattr(module, name):
        raise CannotLoad("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    function: Function = getattr(module, name)
    return function


def serve(api: Api, function: Function, invocation: NextInvocation) -> None:
    """Run the handler once and post the outcome."""
    try:
        result = encode(function(json.loads(invocation.event), context_of(invocation)))
    except Exception as error:  # noqa: BLE001 - an entry point: whatever the function raises is its answer
        report = error_of(error, invocation.request_id)
        log_error(report)
        api.fail(f"invocation/{invocation.request_id}/error", report)
    else:
        api.respond(invocation.request_id, result)


def context_of(invocation: NextInvocation) -> LambdaContext:
    """The handler's second argument."""
    client_context = json.loads(invocation.client_context) if invocation.client_context else None
    return LambdaContext(invocation.request_id, invocation.function_arn, invocation.deadline_ms, client_context)


def encode(value: Any) -> bytes:
    """JSON, or the bytes themselves."""
    return value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()


def error_of(error: Exception, request_id: str) -> dict[str, Any]:
    """An exception as AWS reports it; the trace begins in the function, not in this file."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(frames),
    }


def log_error(error: dict[str, Any]) -> None:
    """One log message over many lines: carriage returns join them until they are stored."""
    if LOGS_JSON:
        sys.stdout.write(json.dumps({"level": "ERROR", **error}) + "\n")
        return
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}", "Traceback (most recent call last):"]
    for frame in error["stackTrace"]:
        for line in frame.splitlines():
            text = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(text)) + text)
    sys.stdout.write("\r".join(lines) + "\n")


class RequestIds(logging.Filter):
    """Puts the id of the running request into each log record."""

    current = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything through."""
        record.aws_request_id = self.current
        return True


class TextFormatter(logging.Formatter):
    """Lambda's plain text format."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        pattern = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        super().__init__(pattern, "%Y-%m-%dT%H:%M:%S")


class JsonFormatter(logging.Formatter):
    """Lambda's JSON format."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """One object on one line."""
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": getattr(record, "aws_request_id", ""),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"errorType": record.exc_info[0].__name__, "errorMessage": str(record.exc_info[1])}
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(request_ids: RequestIds) -> None:
    """Root logger to standard output; in text format its level is left as it is (WARNING), as on AWS."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if LOGS_JSON else TextFormatter())
    handler.addFilter(request_ids)
    logging.getLogger().addHandler(handler)
    if LOGS_JSON:
        logging.getLogger().setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
