"""Calling AWS: which errors mean what, when a call is tried again, and how many tries a sweep has.

HealerError            everything the healer raises on purpose
├── SettingsError      the environment is wrong: nothing was called
└── Blind              AWS did not show the whole picture: nothing may be concluded from the part
    ├── CallFailed     a call failed, after all the retries that could help
    └── Untrusted      a call was answered, but not as AWS answers
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own name
from botocore.parsers import ResponseParserError

MAX_RETRIES = 3  # of one call, as the requirements have it
QUIET_RETRIES = 5  # of a whole quiet sweep: as many as it has calls, so that retries at most double them
FIRST_WAIT_SECONDS = 0.5  # upper end of the first wait; doubles with each further one
LONGEST_WAIT_SECONDS = 4.0
RESERVE_SECONDS = 5.0  # left of the invocation below which nothing new is begun

THROTTLED = frozenset(
    {
        "EC2ThrottledException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceError",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Unavailable",
    }
)
CONTENDED = frozenset({"ResourceContention", "ResourceContentionFault"})
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)
NOT_FOUND = frozenset({"ResourceNotFoundException"})
ALREADY_EXISTS = frozenset({"ResourceAlreadyExistsException"})
SERVER_ERROR = 500  # HTTP status from which the fault is AWS's

Reply: TypeAlias = Mapping[str, Any]
NETWORK_ERRORS = (HTTPClientError, ConnectionError)


class HealerError(Exception):
    """Base of the healer's own errors."""


class SettingsError(HealerError):
    """A setting in the environment is missing or wrong; says which, what was found and what is accepted."""


class Blind(HealerError):
    """The picture is not whole."""


class Untrusted(Blind):
    """An answer that cannot be AWS's, or lacks what every answer has."""


class CallFailed(Blind):
    """A call failed for good.

    Args:
        action: The API operation.
        code: AWS's error code, or the name of the network error.
        message: AWS's message.
    """

    def __init__(self, action: str, code: str, message: str) -> None:
        super().__init__(f"{action} failed: {code}: {message}")
        self.action = action
        self.code = code
        self.message = message


def is_denied(error: CallFailed) -> bool:
    """The healer is not allowed to do this: somebody must look, no retry helps."""
    return error.code in DENIED


def is_grace_refusal(error: CallFailed) -> bool:
    """SetInstanceHealth: the instance is inside the health check grace period (its words: aws/aws-cli issue 171)."""
    return error.code == "ValidationError" and "grace period" in error.message


def is_gone(error: CallFailed) -> bool:
    """SetInstanceHealth: not a member, or on its way out; the API gives no code of its own for it."""
    return error.code == "ValidationError" and not is_grace_refusal(error)


def is_not_found(error: CallFailed) -> bool:
    """The resource is unknown to the service."""
    return error.code in NOT_FOUND


def is_already_there(error: CallFailed) -> bool:
    """Somebody else was first to create it."""
    return error.code in ALREADY_EXISTS


def _can_be_retried(error: Exception) -> bool:
    """Throttling, contention, and faults of AWS or of the network; never a refusal."""
    if not isinstance(error, ClientError):
        return isinstance(error, NETWORK_ERRORS)
    code = error.response.get("Error", {}).get("Code", "")
    if code in THROTTLED | TRANSIENT | CONTENDED:
        return True
    return int(_metadata(error.response).get("HTTPStatusCode", 0)) >= SERVER_ERROR


def _metadata(reply: Reply) -> Reply:
    found: Reply = reply.get("ResponseMetadata", {})
    return found


class Calls:
    """The way to AWS of one sweep: counts, retries, and notes the time in each answer.

    Args:
        sleep: Waits for so many seconds.
        random: A number from 0 up to 1, for the jitter.
        remaining: Seconds left of the invocation.
    """

    def __init__(
        self, sleep: Callable[[float], None], random: Callable[[], float], remaining: Callable[[], float]
    ) -> None:
        self._sleep = sleep
        self._random = random
        self.remaining = remaining
        self._retries_left: float = QUIET_RETRIES
        self.made = 0
        self.retries = 0
        self.now: datetime | None = None
        self.denied: CallFailed | None = None

    def leave_quiet(self) -> None:
        """Something is broken: from now on each call has all of its retries, whatever the sweep has used."""
        self._retries_left = float("inf")

    def __call__(self, action: str, call: Callable[..., Any], **params: Any) -> dict[str, Any]:
        """Make one call, with up to 3 retries: exponential backoff with full jitter.

        Raises:
            CallFailed: It failed and no retry is left or would help.
            Untrusted: The answer cannot be read.
        """
        for attempt in range(MAX_RETRIES + 1):
            self.made += 1
            try:
                reply: dict[str, Any] = call(**params)
            except ResponseParserError as error:
                raise Untrusted(f"{action}: {error}") from error
            except (ClientError, *NETWORK_ERRORS) as error:
                self._note_time(error.response if isinstance(error, ClientError) else {})
                if not self._may_retry(error, attempt):
                    raise self._failure(action, error) from error
            else:
                self._note_time(reply)
                return reply
        raise AssertionError  # the last attempt either returned or raised

    def _may_retry(self, error: Exception, attempt: int) -> bool:
        """Decide on a retry, and if there is one, wait for it and count it."""
        longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt)
        spent = attempt >= MAX_RETRIES or self._retries_left < 1 or self.remaining() - longest < RESERVE_SECONDS
        if spent or not _can_be_retried(error):
            return False
        self._retries_left -= 1
        self.retries += 1
        self._sleep(self._random() * longest)
        return True

    def _note_time(self, reply: Reply) -> None:
        """AWS's clock stamps ImpairedSince, so its `Date` header is the only time that ages may be counted by."""
        text = _metadata(reply).get("HTTPHeaders", {}).get("date")
        if text:
            self.now = parsedate_to_datetime(text).astimezone(UTC)

    def _failure(self, action: str, error: Exception) -> CallFailed:
        """AWS's or the network's error in our own words; a denial is remembered, for it must be seen by somebody."""
        if not isinstance(error, ClientError):
            return CallFailed(action, type(error).__name__, str(error))
        told = error.response.get("Error", {})
        failure = CallFailed(action, told.get("Code", "Unknown"), told.get("Message", ""))
        if is_denied(failure):
            self.denied = failure
        return failure
