"""Configurations of functions that Lambda refuses, in its words.

Source: Lambda API reference, the quotas and "Lambda runtimes" of the developer guide, botocore's model of the API.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.utils import get_service_model

from embedded_aws.calls import AwsError

MAX_TIMEOUT_SECONDS = 900
MIN_MEMORY_MB, MAX_MEMORY_MB = 128, 10_240
MAX_ENVIRONMENT_BYTES = 4096
MAX_ZIP_BYTES = 52_428_800  # 50 MB, a direct upload
MAX_UNZIPPED_BYTES = 262_144_000  # 250 MB

RETIRED_RUNTIMES = re.compile(
    r"^(nodejs|nodejs(4\.3|6\.10|8\.10|10\.x|12\.x|14\.x)|nodejs4\.3-edge|python(2\.7|3\.6|3\.7)|ruby2\.[57]"
    r"|dotnetcore[123]\.[01]|dotnet5\.0|go1\.x|java8|provided)$"
)
"""Runtimes that no function can be created with any more."""

RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
"""Developer guide, "Defined runtime environment variables", reserved ones."""


def check_configuration(params: dict[str, Any]) -> None:
    """Check what is given of a configuration. Raises AwsError: the first thing that Lambda would refuse."""
    for name, check in CHECKS.items():
        if params.get(name) is not None:
            check(params[name])


def check_source(code: Mapping[str, Any]) -> None:
    """Refuse a new function without any code; moto keeps it, and no listing answers from then on.

    Raises:
        AwsError: there is no archive, no object of S3 and no image.
    """
    if not {"ZipFile", "S3Bucket", "ImageUri"} & code.keys():
        raise _invalid("Please provide a source for function code.")


def check_zip(archive: bytes | None) -> None:
    """Check a deployment package, if there is one in the request itself.

    Raises:
        AwsError: not a zip archive, or larger than Lambda takes.
    """
    if archive is None:
        return
    if len(archive) > MAX_ZIP_BYTES:
        message = f"Request must be smaller than {MAX_ZIP_BYTES} bytes for the CreateFunction operation"
        raise AwsError("RequestEntityTooLargeException", message, 413)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            unzipped = sum(member.file_size for member in opened.infolist())
    except zipfile.BadZipFile as error:
        message = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise AwsError("InvalidParameterValueException", message) from error
    if unzipped > MAX_UNZIPPED_BYTES:
        raise _invalid(f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes")


def known_runtimes() -> list[str]:
    """The runtimes that botocore's model of Lambda lists."""
    names: list[str] = get_service_model("lambda").shape_for("Runtime").enum
    return names


def _check_runtime(runtime: str) -> None:
    if RETIRED_RUNTIMES.match(runtime):
        raise _invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    known = known_runtimes()
    if runtime not in known:
        accepted = ", ".join(name for name in known if not RETIRED_RUNTIMES.match(name))
        raise _invalid(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{accepted}] or be a valid ARN"
        )


def _check_timeout(seconds: int) -> None:
    if seconds > MAX_TIMEOUT_SECONDS:
        raise _validation("timeout", seconds, f"Member must have value less than or equal to {MAX_TIMEOUT_SECONDS}")
    if seconds < 1:
        raise _validation("timeout", seconds, "Member must have value greater than or equal to 1")


def _check_memory(megabytes: int) -> None:
    if megabytes > MAX_MEMORY_MB:
        relation = f"less than or equal to {MAX_MEMORY_MB}"
    elif megabytes < MIN_MEMORY_MB:
        relation = f"greater than or equal to {MIN_MEMORY_MB}"
    else:
        return
    raise _invalid(f"'MemorySize' value failed to satisfy constraint: Member must have value {relation}")


def _check_environment(environment: dict[str, Any]) -> None:
    variables = environment.get("Variables", {})
    reserved = sorted(RESERVED_VARIABLES & variables.keys())
    if reserved:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > MAX_ENVIRONMENT_BYTES:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. Size measured: {size} bytes"
        )


def _check_architectures(architectures: list[str]) -> None:
    if architectures not in (["x86_64"], ["arm64"]):
        text = f"[{', '.join(architectures)}]"
        raise _validation("architectures", text, "Member must satisfy enum value set: [x86_64, arm64]")


def _check_logging(logging: dict[str, Any]) -> None:
    levels = {"ApplicationLogLevel", "SystemLogLevel"} & logging.keys()
    if levels and logging.get("LogFormat", "Text") == "Text":
        raise _invalid(f"{min(levels)} can only be set when LogFormat is JSON.")


def _check_vpc(config: dict[str, Any]) -> None:
    """Both lists or neither; one that is left out counts as missing, since moto could not describe the function."""
    named = [config.get(name) for name in ("SubnetIds", "SecurityGroupIds")]
    if config and (None in named or bool(named[0]) != bool(named[1])):
        raise _invalid("SubnetIds and SecurityIds must coexist or be both empty list.")


CHECKS: dict[str, Callable[[Any], None]] = {
    "Runtime": _check_runtime,
    "Timeout": _check_timeout,
    "MemorySize": _check_memory,
    "Environment": _check_environment,
    "Architectures": _check_architectures,
    "LoggingConfig": _check_logging,
    "VpcConfig": _check_vpc,
}
"""Parameter to its check; the others are left to botocore and moto."""


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def _validation(name: str, value: object, constraint: str) -> AwsError:
    message = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"
    return AwsError("ValidationException", message)
