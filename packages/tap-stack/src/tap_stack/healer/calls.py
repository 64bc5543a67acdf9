"""Calling AWS: which errors mean what, when a call is tried again, and how many tries a sweep has.

HealerError            everything the healer raises on purpose
├── SettingsError      the environment is wrong: nothing was called
└── Blind              AWS did not show the whole picture: nothing may be concluded from the part
    ├── CallFailed     a call failed, after all the retries that could help
    └── Untrusted      a call was answered, but not as AWS answers
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ParamSpec, TypeAlias, TypeVar

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own name

MAX_RETRIES = 3  # of one call, as the requirements have it
ROUNDS = 3  # how often a call that is throttled is made with all its retries: a throttled call has done nothing
QUIET_CALLS = 5  # of a sweep in which nothing is wrong
QUIET_TRIES = 2 * QUIET_CALLS  # with all retries: they at most double the calls
FIRST_WAIT_SECONDS = 0.5  # upper end of the first wait; doubles with each further one
LONGEST_WAIT_SECONDS = 2.0
CONNECT_SECONDS, READ_SECONDS = 2, 8  # the clients' timeouts
CALL_SECONDS = CONNECT_SECONDS + READ_SECONDS  # the longest that one try may take
REPORT_SECONDS = 3.0  # what the line, the metrics and the notice take where AWS answers
RESERVE_SECONDS = CALL_SECONDS + REPORT_SECONDS  # left of the invocation below which nothing new is begun

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

METRICS_CALL = "PutMetricData"
REPORTING = frozenset({METRICS_CALL, "Publish"})  # made to the last second: by then the line is written

Reply: TypeAlias = Mapping[str, Any]
Answer = TypeVar("Answer")
P = ParamSpec("P")
NETWORK_ERRORS = (HTTPClientError, ConnectionError)


class HealerError(Exception):
    """Base of the healer's own errors."""


class SettingsError(HealerError):
    """A setting in the environment is missing or wrong; says which, what was found and what is accepted.

    Args:
        setting: The variable's name.
        message: The whole sentence.
    """

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


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
        passing: Another try may have helped: the answer says nothing about what was asked for.
    """

    def __init__(self, action: str, code: str, message: str, *, passing: bool = False) -> None:
        super().__init__(f"{action} failed: {code}: {message}")
        self.action = action
        self.code = code
        self.message = message
        self.passing = passing


def is_denied(error: CallFailed) -> bool:
    """The healer is not allowed to do this: somebody must look, no retry helps."""
    return error.code in DENIED


def is_grace_refusal(error: CallFailed) -> bool:
    """SetInstanceHealth: the instance is inside the health check grace period (its words: aws/aws-cli issue 171)."""
    return error.code == "ValidationError" and "grace period" in error.message


def is_gone(error: CallFailed) -> bool:
    """SetInstanceHealth: not a member, or on its way out; the API gives no code of its own for it."""
    return error.code == "ValidationError" and not is_grace_refusal(error)


def is_contended(error: CallFailed) -> bool:
    """AWS was busy with the same resource and has done nothing."""
    return error.code in CONTENDED


def is_not_found(error: CallFailed) -> bool:
    """The resource is unknown to the service."""
    return error.code in NOT_FOUND


def is_already_there(error: CallFailed) -> bool:
    """Somebody else was first to create it."""
    return error.code in ALREADY_EXISTS


def _can_be_retried(error: Exception) -> bool:
    """Throttling, contention, and faults of AWS or of the network; never a refusal."""
    if isinstance(error, NETWORK_ERRORS):
        return True
    return _told(error).get("Code") in THROTTLED | TRANSIENT | CONTENDED or _http_status(error) >= SERVER_ERROR


def _is_throttled(error: Exception) -> bool:
    return _told(error).get("Code") in THROTTLED


def _failure(action: str, error: Exception) -> CallFailed:
    """AWS's or the network's error in our own words."""
    told = _told(error)
    if not told:
        return CallFailed(action, type(error).__name__, str(error), passing=_can_be_retried(error))
    code, message = str(told.get("Code", "Unknown")), str(told.get("Message", ""))
    return CallFailed(action, code, message, passing=_can_be_retried(error))


def _told(error: Exception) -> Reply:
    """What AWS says in an error; nothing where the error is not AWS's."""
    told = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
    return told if isinstance(told, dict) else {}


def _http_status(error: Exception) -> int:
    metadata = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
    status = metadata.get("HTTPStatusCode", 0) if isinstance(metadata, dict) else 0
    return status if isinstance(status, int) else 0


def trusted(action: str, read: Callable[[Any], Answer], answer: Any) -> Answer:
    """What `read` makes of an answer of AWS's.

    Raises:
        Untrusted: The answer lacks what the API promises, or holds something else than the API promises.
    """
    try:
        return read(answer)
    except KeyError as error:
        raise Untrusted(f"{action}: no {error} in the answer") from error
    except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as error:
        raise Untrusted(f"{action}: the answer cannot be read ({type(error).__name__}: {error})") from error


class Calls:
    """The way to AWS of one sweep: counts, retries, and notes the time in each answer.

    Args:
        sleep: Waits for so many seconds.
        random: A number from 0 up to 1, for the jitter.
        remaining: Seconds left of the invocation.

    Attributes:
        made: Calls so far, retries included.
        unanswered: Those of them that AWS may have carried out although it did not say so.
        now: AWS's time in the last answer that had one.
        denied: The last call that AWS did not allow.
    """

    def __init__(
        self, sleep: Callable[[float], None], random: Callable[[], float], remaining: Callable[[], float]
    ) -> None:
        self._sleep = sleep
        self._random = random
        self.remaining = remaining
        self._quiet = True
        self._remaining_at_now = 0.0
        self.made = 0
        self.retries = 0
        self.unanswered = 0
        self.now: datetime | None = None
        self.denied: CallFailed | None = None

    def leave_quiet(self) -> None:
        """Something is broken: from now on each call has all of its retries, whatever the sweep has used."""
        self._quiet = False

    def time(self) -> datetime | None:
        """AWS's time now: that of the last answer, and what has gone by of the invocation since; None before any."""
        if self.now is None:
            return None
        return self.now + timedelta(seconds=max(0.0, self._remaining_at_now - self.remaining()))

    def __call__(self, action: str, call: Callable[P, Any], *args: P.args, **params: P.kwargs) -> dict[str, Any]:
        """Make one call with all the retries that it may have; arguments and errors are as for `retried_if`."""
        return self.retried_if(lambda: True, action, call, *args, **params)

    def retried_if(
        self, may_retry: Callable[[], bool], action: str, call: Callable[P, Any], *args: P.args, **params: P.kwargs
    ) -> dict[str, Any]:
        """Make one call, with up to 3 retries: exponential backoff with full jitter.

        A call that is throttled is made in up to three such rounds, because a sweep makes so many calls that with
        every second one throttled it would hardly ever come to its end.

        Args:
            may_retry: Asked before each retry, whatever the error.
            action: The API operation.
            call: The client's method.
            args: The call has none.
            params: Its parameters.

        Raises:
            CallFailed: It failed and no retry is left or would help.
            Untrusted: The answer cannot be read.
        """
        if action not in REPORTING:
            self._must_have_room_for(action)
        attempt = 0
        while True:
            self.made += 1
            try:
                reply: dict[str, Any] = call(*args, **params)
            except Exception as error:
                self._note_time(getattr(error, "response", None))
                self.unanswered += not _told(error) or _http_status(error) >= SERVER_ERROR
                if not self._retried(error, action, attempt, may_retry):
                    raise self._failure(action, error) from error
                attempt += 1
            else:
                self._note_time(reply)
                return trusted(action, dict, reply)

    def once(
        self, action: str, least: float, call: Callable[P, Any], *args: P.args, **params: P.kwargs
    ) -> dict[str, Any]:
        """Make one call that the sweep can do without: no retry, and neither its time nor a denial counts.

        Args:
            action: The API operation.
            least: Seconds that must be left of the invocation.
            call: The client's method.
            args: The call has none.
            params: Its parameters.

        Raises:
            CallFailed: It failed, or there is no time left for it or, in a quiet sweep, no try.
            Untrusted: The answer cannot be read.
        """
        self._must_have_room_for(action, least)
        self.made += 1
        try:
            reply: dict[str, Any] = call(*args, **params)
        except Exception as error:
            raise _failure(action, error) from error
        return trusted(action, dict, reply)

    def _must_have_room_for(self, action: str, least: float = RESERVE_SECONDS) -> None:
        """Refuse a call that may leave no time, or a quiet sweep no call, for the report.

        Raises:
            CallFailed: Not tried.
        """
        if self._is_used_up(action, QUIET_CALLS + 1):
            raise CallFailed(action, "NotTried", f"a quiet sweep makes at most {QUIET_TRIES} calls with all retries")
        if self.remaining() < least:
            raise CallFailed(action, "NotTried", f"less than {least:g} s of the invocation left")

    def _is_used_up(self, action: str, retries: int) -> bool:
        """Whether a quiet sweep has no further try: it has made so many retries, and the calls that they may double.

        One try is kept for the metrics, so that a sweep that has given up can say so.
        """
        kept = 0 if action == METRICS_CALL else 1
        return self._quiet and self.retries >= retries and self.made >= QUIET_TRIES - kept

    def _retried(self, error: Exception, action: str, attempt: int, may_retry: Callable[[], bool]) -> bool:
        """Decide on a retry, and if there is one, wait for it and count it."""
        rounds = ROUNDS if _is_throttled(error) else 1
        longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (attempt % (MAX_RETRIES + 1)))
        spent = (
            attempt + 1 >= rounds * (MAX_RETRIES + 1)
            or self._is_used_up(action, QUIET_CALLS)
            or self.remaining() - longest < RESERVE_SECONDS
        )
        if spent or not _can_be_retried(error):
            return False
        self._sleep(self._random() * longest)
        if not may_retry() or self.remaining() < RESERVE_SECONDS:  # to ask may have taken calls
            return False
        self.retries += 1
        return True

    def _note_time(self, reply: Any) -> None:
        """AWS's clock stamps ImpairedSince, so its `Date` header is the only time that ages may be counted by.

        A header that is no time tells none: the last time that was told stands.
        """
        try:
            text = reply["ResponseMetadata"]["HTTPHeaders"]["date"]
            self.now = parsedate_to_datetime(text).astimezone(UTC)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            return
        self._remaining_at_now = self.remaining()

    def _failure(self, action: str, error: Exception) -> CallFailed:
        """The error in our own words; a denial is remembered, for it must be seen by somebody."""
        failure = _failure(action, error)
        if is_denied(failure):
            self.denied = failure
        return failure
