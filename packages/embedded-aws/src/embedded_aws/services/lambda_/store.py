"""Lambda's functions as moto keeps them: found by any of their names, read as frozen definitions, and described.

moto forgets some of what a client says of a function (its logging, its dead-letter target, its revision); that is
kept here, on moto's own record, so that it lives and dies with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from moto import backends
from moto.awslambda.utils import get_backend
from moto.core.exceptions import JsonRESTError
from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call

FUNCTION_NAME = re.compile(
    r"^(arn:[\w-]+:lambda:(?P<region>[\w-]+):)?((?P<account>\d{12}):)?(function:)?"
    r"(?P<name>[\w-]+)(:(?P<qualifier>\$LATEST|[\w-]+))?$"
)
"""A name, a partial ARN or an ARN, each with or without a qualifier (API reference, Invoke, FunctionName)."""

LATEST = "$LATEST"
SETTINGS = "embedded_settings"  # the attribute of moto's record that holds what moto has no place for
ACCOUNT_CONCURRENCY = 1000  # quota "Concurrent executions", the default
DEFAULT_RETRIES = 2
DEFAULT_EVENT_AGE_SECONDS = 21_600  # six hours


@dataclass(frozen=True)
class FunctionId:
    """Which function, and which version or alias of it."""

    account: str
    region: str
    name: str
    qualifier: str | None = None


@dataclass(frozen=True)
class Logging:
    """A function's LoggingConfig; the levels count in JSON format only."""

    group: str
    format: str = "Text"
    application_level: str = "INFO"
    system_level: str = "INFO"

    @property
    def is_json(self) -> bool:
        """Whether log lines are JSON objects."""
        return self.format == "JSON"


@dataclass(frozen=True)
class FunctionSettings:
    """What moto has no place for."""

    logging: Logging
    dead_letter_arn: str | None = None
    revision: str = field(default_factory=lambda: str(mock_random.uuid4()))


@dataclass(frozen=True)
class AsyncConfig:
    """How asynchronous invocations of a function are handled; times in seconds."""

    retries: int = DEFAULT_RETRIES
    event_age: int = DEFAULT_EVENT_AGE_SECONDS
    on_success: str | None = None
    on_failure: str | None = None
    dead_letter_arn: str | None = None


@dataclass(frozen=True)
class Definition:
    """All of a function that its process depends on: when it changes, a running process is out of date.

    Attributes:
        arn: Without a qualifier for the latest version, with its number for a published one.
        code_sha256: Of the zip archive, which stands for `code` in comparisons.
        reserved_concurrency: None without a reservation. Not part of what a process depends on.
    """

    id: FunctionId
    arn: str
    version: str
    runtime: str
    handler: str
    role: str
    memory_mb: int
    timeout: int
    variables: tuple[tuple[str, str], ...]
    code_sha256: str
    layer_arns: tuple[str, ...]
    logging: Logging
    code: bytes = field(compare=False, repr=False)
    layers: tuple[bytes, ...] = field(compare=False, repr=False)
    reserved_concurrency: int | None = field(compare=False, default=None)

    @property
    def unqualified_arn(self) -> str:
        """The function's ARN without a version."""
        return ":".join(self.arn.split(":")[:7])


@contextmanager
def moto_errors() -> Iterator[None]:
    """Turn moto's errors into the ones that the gateway sends. Raises AwsError: moto refused."""
    try:
        yield
    except JsonRESTError as error:
        raise AwsError(error.error_type, error.message, error.code) from error


def function_id(name: str, account: str, region: str, qualifier: str | None = None) -> FunctionId:
    """Which function a client means by `name`.

    Raises:
        AwsError: it is not a name, or the qualifier is said twice and differently.
    """
    match = FUNCTION_NAME.match(name)
    if match is None:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {FUNCTION_NAME.pattern}",
        )
    named = match["qualifier"]
    if named and qualifier and named != qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise AwsError("InvalidParameterValueException", message)
    return FunctionId(match["account"] or account, match["region"] or region, match["name"], named or qualifier)


def called(call: Call) -> FunctionId:
    """Which function an API call is about."""
    params = call.params
    return function_id(params["FunctionName"], call.caller.account, call.region, params.get("Qualifier"))


def find(wanted: FunctionId) -> Any:
    """Find moto's record of a function. Raises AwsError: ResourceNotFoundException."""
    with moto_errors():
        return get_backend(wanted.account, wanted.region).get_function(wanted.name, wanted.qualifier)


def settings_of(record: Any) -> FunctionSettings:
    """What moto has no place for."""
    found: FunctionSettings | None = getattr(record, SETTINGS, None)
    if found is None:
        found = FunctionSettings(Logging(group=f"/aws/lambda/{record.function_name}"))
        setattr(record, SETTINGS, found)
    return found


def change_settings(record: Any, params: dict[str, Any]) -> None:
    """Take over what a client said that moto has no place for, and give the function a new revision."""
    old = settings_of(record)
    logging = _logging(record, params["LoggingConfig"]) if "LoggingConfig" in params else old.logging
    dead_letter = params.get("DeadLetterConfig", {"TargetArn": old.dead_letter_arn}).get("TargetArn") or None
    setattr(record, SETTINGS, FunctionSettings(logging, dead_letter))


def _logging(record: Any, config: dict[str, Any]) -> Logging:
    return Logging(
        group=config.get("LogGroup") or f"/aws/lambda/{record.function_name}",
        format=config.get("LogFormat", "Text"),
        application_level=config.get("ApplicationLogLevel", "INFO"),
        system_level=config.get("SystemLogLevel", "INFO"),
    )


def definition(wanted: FunctionId) -> Definition:
    """Read a function as it is now. Raises AwsError: ResourceNotFoundException."""
    record = find(wanted)
    layer_arns = tuple(layer["Arn"] for layer in record.layers)
    backend = get_backend(record.account_id, record.region)
    return Definition(
        id=replace(wanted, qualifier=None if str(record.version) == LATEST else str(record.version)),
        arn=record.function_arn,
        version=str(record.version),
        runtime=record.run_time or "",
        handler=record.handler or "",
        role=record.role,
        memory_mb=int(record.memory_size),
        timeout=int(record.timeout),
        variables=tuple(sorted(record.environment_vars.items())),
        code_sha256=record.code_sha_256,
        layer_arns=layer_arns,
        logging=settings_of(record).logging,
        code=getattr(record, "code_bytes", b""),
        layers=tuple(layer.code_bytes for layer in map(backend.layers_versions_by_arn, layer_arns) if layer),
        reserved_concurrency=reserved_concurrency(find(replace(wanted, qualifier=None))),
    )


def reserved_concurrency(record: Any) -> int | None:
    """How many invocations at once are set aside for a function; None without a reservation."""
    return None if record.reserved_concurrency is None else int(record.reserved_concurrency)


def async_config(wanted: FunctionId) -> AsyncConfig:
    """How asynchronous invocations are handled: the EventInvokeConfig, or the defaults.

    Raises:
        AwsError: ResourceNotFoundException.
    """
    record = find(wanted)
    config = record.event_invoke_config[0].config if record.event_invoke_config else {}
    destinations = config.get("DestinationConfig") or {}
    return AsyncConfig(
        retries=config.get("MaximumRetryAttempts", DEFAULT_RETRIES),
        event_age=config.get("MaximumEventAgeInSeconds", DEFAULT_EVENT_AGE_SECONDS),
        on_success=destinations.get("OnSuccess", {}).get("Destination") or None,
        on_failure=destinations.get("OnFailure", {}).get("Destination") or None,
        dead_letter_arn=settings_of(record).dead_letter_arn,
    )


def configuration(record: Any) -> dict[str, Any]:
    """A function's FunctionConfiguration in boto3's shape, with what moto leaves out and without what it makes null."""
    settings = settings_of(record)
    logging = {"LogFormat": settings.logging.format, "LogGroup": settings.logging.group}
    if settings.logging.is_json:
        logging["ApplicationLogLevel"] = settings.logging.application_level
        logging["SystemLogLevel"] = settings.logging.system_level
    described = {name: value for name, value in record.get_configuration().items() if value is not None}
    described["LoggingConfig"] = logging
    if described.get("VpcConfig", {}).get("SubnetIds"):
        described["VpcConfig"] = {**described["VpcConfig"], "VpcId": _network_of(record, described["VpcConfig"])}
    described["RevisionId"] = settings.revision
    described["State"] = "Active"
    if settings.dead_letter_arn:
        described["DeadLetterConfig"] = {"TargetArn": settings.dead_letter_arn}
    return described


def _network_of(record: Any, config: Mapping[str, Any]) -> str:
    """The VPC of a function's subnets; moto names the same one for every function."""
    ec2 = backends.get_backend("ec2")[record.account_id][record.region]
    found = ec2.describe_subnets(filters={"subnet-id": config["SubnetIds"]})
    return str(found[0].vpc_id) if found else ""


def touch(record: Any, when: datetime) -> None:
    """Note when a function was last changed, in Lambda's format."""
    record.last_modified = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}+0000"
