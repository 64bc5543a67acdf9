"""What Lambda does in the name of a function's role, put to IAM before it is done: writing logs, reaching destinations.

Each question is the API call that the role would make itself, so that the same guard decides, remembers what was used,
and knows about keys of encrypted topics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from tap_stack.local.cloud.calls import AwsError, Call, Caller, Guard
from tap_stack.local.cloud.clock import Clock
from tap_stack.local.cloud.destinations import parse_arn
from tap_stack.local.cloud.lambda_store import Definition

Credentials: TypeAlias = Callable[[str, str], Mapping[str, str]]
"""(role ARN, function ARN) to `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`."""

SESSION = timedelta(hours=1)  # how long a session is used before a new one is asked for, in cloud time

DELIVERIES: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "sns": lambda arn: ("Publish", {"TopicArn": arn}),
    "sqs": lambda arn: ("SendMessage", {"QueueUrl": arn}),
    "lambda": lambda arn: ("Invoke", {"FunctionName": arn}),
}
"""Service of a destination to the call that delivers there."""


class RolePermissions:
    """Asks whether a function's role may make a call."""

    def __init__(self, clock: Clock, guard: Guard, credentials: Credentials) -> None:
        self._clock = clock
        self._guard = guard
        self._credentials = credentials
        self._sessions: dict[tuple[str, str], tuple[datetime, str]] = {}

    def may(self, definition: Definition, service: str, action: str, params: dict[str, Any]) -> bool:
        """Whether the role may make this call.

        Args:
            definition: The function.
            service: Such as `logs`.
            action: Such as `PutLogEvents`.
            params: As for boto3, as far as permissions depend on them.
        """
        try:
            caller = Caller(definition.id.account, self._access_key(definition), definition.role)
            now = self._clock.now()
            self._guard(Call(service, action, params, definition.id.region, caller, now, forward=_not_made))
        except AwsError:  # not allowed; or the role is gone, or no longer trusts Lambda
            return False
        return True

    def may_deliver(self, definition: Definition, destination: str) -> bool:
        """Whether the role may send a record to a destination."""
        service = parse_arn(destination).service
        if service not in DELIVERIES:
            return False
        action, params = DELIVERIES[service](destination)
        return self.may(definition, service, action, params)

    def _access_key(self, definition: Definition) -> str:
        key = (definition.role, definition.unqualified_arn)
        since, access_key = self._sessions.get(key, (None, ""))
        now = self._clock.now()
        if since is None or now - since >= SESSION:
            access_key = self._credentials(*key)["AWS_ACCESS_KEY_ID"]
            self._sessions[key] = (now, access_key)
        return access_key


def let_pass(_: Call) -> None:
    """The guard of a cloud without IAM."""


def _not_made() -> dict[str, Any]:
    raise RuntimeError("this call is only asked about, never made")
