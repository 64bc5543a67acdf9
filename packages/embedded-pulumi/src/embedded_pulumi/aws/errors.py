"""The meaning of AWS's errors. No other module interprets error codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from embedded_pulumi.provider import OutcomeUnknown, ProviderError
from embedded_pulumi.services import SERVICES

_GONE_CODES = frozenset(code for service in SERVICES for code in service.gone)
_GONE_SUFFIXES = tuple(suffix for service in SERVICES for suffix in service.gone_suffixes)
_GONE_MESSAGES = tuple(message for service in SERVICES for message in service.gone_messages)

LOST_ANSWERS = (ConnectionClosedError, ReadTimeoutError, ResponseStreamingError)
"""The call was sent, or may have been, and no answer came. Without a connection, nothing was sent."""


_INTERNAL = 500
_NOT_IMPLEMENTED = 501
"""An answer: whoever gives it does not have the operation, and has done nothing (RFC 9110, section 15.6.2)."""
_BUSY = frozenset({"RequestLimitExceeded", "ServiceUnavailable", "SlowDown", "Throttling", "Unavailable"})
"""Codes that come with a status of 503. AWS has not begun the call, and it may be repeated."""


def code_of(error: ClientError) -> str:
    """The error code, such as `InvalidVpcID.NotFound`."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def message_of(error: ClientError) -> str:
    """AWS's own message."""
    return str(error.response.get("Error", {}).get("Message", ""))


def in_words(error: ClientError) -> str:
    """The error, with the operation that failed."""
    return f"{code_of(error)}: {message_of(error)} ({error.operation_name})"


def is_internal(error: ClientError) -> bool:
    """Whether AWS failed internally, so that the call may have had an effect."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status < _INTERNAL or status == _NOT_IMPLEMENTED:
        return False
    return code_of(error) not in _BUSY and "Throttl" not in code_of(error)


def is_gone(error: ClientError) -> bool:
    """Whether the resource does not exist."""
    code = code_of(error)
    if code in _GONE_CODES or code.endswith(_GONE_SUFFIXES):
        return True
    return code == "ValidationError" and any(each in message_of(error) for each in _GONE_MESSAGES)


def is_in_use(error: ClientError) -> bool:
    """Whether another resource still depends on it; when that is deleted, this one can be deleted too."""
    return code_of(error) in {"DependencyViolation", "InvalidGroup.InUse"}


def is_unconfirmed(error: ClientError) -> bool:
    """Whether it is a subscription that its subscriber has not confirmed."""
    return code_of(error) == "InvalidParameter" and "pending confirmation" in message_of(error)


def is_denied(error: ClientError) -> bool:
    """Whether the call is not allowed."""
    return code_of(error) in {"AccessDenied", "AccessDeniedException"}


def unless_gone(call: Callable[..., Any], key: str = "", **params: Any) -> dict[str, Any] | None:
    """The answer of a call, or what it has under a key; None if the resource does not exist."""
    try:
        answer = call(**params)
    except ClientError as error:
        if is_gone(error):
            return None
        raise
    return dict(answer[key] if key else answer)


@contextmanager
def gone_is_fine() -> Iterator[None]:
    """Within, it is a success to delete a resource that does not exist."""
    try:
        yield
    except ClientError as error:
        if not is_gone(error):
            raise


@contextmanager
def as_provider_errors() -> Iterator[None]:
    """Turn AWS's errors into the provider's, with code and message.

    Raises:
        ProviderError: AWS refused the call, or it did not reach AWS.
        OutcomeUnknown: the call may have had an effect.
    """
    try:
        yield
    except ClientError as error:
        raise ProviderError(in_words(error)) from error
    except LOST_ANSWERS as error:
        raise OutcomeUnknown(f"{error}: whether AWS has done it is not known") from error
    except BotoCoreError as error:
        raise ProviderError(str(error)) from error
