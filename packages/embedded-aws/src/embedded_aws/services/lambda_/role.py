"""What Lambda does as a function's role: it writes logs and delivers to destinations.

Each of these is the API call that the role would make itself. So the same guard decides on it, remembers which
statement was used, and knows about the keys of encrypted topics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError, Call, Caller, Guard, Routes
from embedded_aws.clock import Clock
from embedded_aws.services.lambda_.destinations import delivery
from embedded_aws.services.lambda_.store import Definition

Credentials: TypeAlias = Callable[[str, str], Mapping[str, str]]
"""(role ARN, function ARN) to `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`."""

SESSION = timedelta(hours=1)  # how long a session is used before a new one is asked for, in cloud time


class RoleCalls:
    """Makes calls, or asks about them, as a function's role.

    Args:
        routes: Who answers a delivery.
    """

    def __init__(self, clock: Clock, guard: Guard, credentials: Credentials, routes: Routes) -> None:
        self._clock = clock
        self._guard = guard
        self._credentials = credentials
        self._routes = routes
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
            self._guard(self._call(definition, service, action, params))
        except AwsError:  # not allowed; or the role is gone, or no longer trusts Lambda
            return False
        return True

    def may_deliver(self, definition: Definition, destination: str) -> bool:
        """Whether something can be delivered there, and the role may do it."""
        try:
            service, action, params = delivery(destination, "{}")
        except AwsError:
            return False
        return (service, action) in self._routes and self.may(definition, service, action, params)

    def deliver(self, definition: Definition, destination: str, body: str) -> None:
        """Send `body` to a destination. Raises AwsError: the role may not, or the destination is gone."""
        call = self._call(definition, *delivery(destination, body))
        handler = self._routes.get((call.service, call.action))
        if handler is None:
            raise AwsError("InvalidParameterValueException", f"nothing here delivers to {destination}")
        self._guard(call)
        handler(call)

    def _call(self, definition: Definition, service: str, action: str, params: dict[str, Any]) -> Call:
        def forward() -> dict[str, Any]:
            raise RuntimeError("this call did not come in by the gateway: there is nothing to forward to moto")

        caller = Caller(definition.id.account, self._access_key(definition), definition.role)
        return Call(service, action, params, definition.id.region, caller, self._clock.now(), forward)

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
