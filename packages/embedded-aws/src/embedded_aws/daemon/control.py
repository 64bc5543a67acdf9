"""The control channel: what AWS's API has no call for, as named operations of JSON in and JSON out.

    POST /<operation>, Authorization: Bearer <token>, {arguments}  ->  200 {result} | 400 {"error": message}

It answers on loopback, and only to who shows the token of the project's private folder.
"""

from __future__ import annotations

import hmac
import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

from embedded_aws.calllog import CallRecord
from embedded_aws.embedded import Cloud
from embedded_aws.services.sns.messages import Delivery

Operation: TypeAlias = Callable[..., dict[str, Any]]

_FAILURES_TOLD = 5


def status(cloud: Cloud) -> dict[str, Any]:
    """How it is: its clock, its groups, and how many calls it has answered."""
    calls = list(cloud.calls)
    return {
        "time": _stamp(cloud.clock.now()),
        "speed": cloud.clock.speed,
        "account": cloud.kind.name,
        "groups": [name for _, name in cloud.autoscaling.names()],
        "calls": len(calls),
        "denied": sum(not record.allowed for record in calls),
        "failures": cloud.failures[-_FAILURES_TOLD:],
    }


def move_clock(cloud: Cloud, advance: float = 0.0, speed: float | None = None) -> dict[str, Any]:
    """Set the clock's speed, move it forward by so many cloud seconds, or only look at it.

    Raises:
        LookupError: time does not go back, or not in numbers.
    """
    if not all(_is_amount(number) for number in (advance, speed or 0)):
        raise LookupError("seconds and speed must be zero or more")
    if speed is not None:
        cloud.clock.set_speed(speed)
    if advance:
        cloud.clock.advance(advance)
    return {"time": _stamp(cloud.clock.now()), "speed": cloud.clock.speed}


def break_instance(cloud: Cloud, instance: str, kind: str) -> dict[str, Any]:
    """Break a member of a group. Raises LookupError: there is no such member or kind."""
    cloud.break_instance(instance, kind)
    return {"instance": instance, "kind": kind, "time": _stamp(cloud.clock.now())}


def repair_instance(cloud: Cloud, instance: str, kind: str | None = None) -> dict[str, Any]:
    """Let a status check of a member pass again, or all of them; raises as `break_instance`."""
    cloud.autoscaling.repair_instance(instance, kind)
    return {"instance": instance, "kind": kind, "time": _stamp(cloud.clock.now())}


def set_load(cloud: Cloud, group: str, percent: float, seconds: float | None = None) -> dict[str, Any]:
    """Give a group a CPU load, for so many cloud seconds or from now on.

    Raises:
        LookupError: there is no such group, or it is no percentage or no time.
    """
    regions = {name: region for region, name in cloud.autoscaling.names()}
    if group not in regions:
        raise LookupError(
            f"there is no Auto Scaling group {group!r}; there are: {', '.join(sorted(regions)) or 'none'}"
        )
    if not 0 <= percent <= 100:  # noqa: PLR2004 - percent
        raise LookupError(f"{percent} is no percentage; accepted: 0 to 100")
    if seconds is not None and not _is_amount(seconds):
        raise LookupError("seconds must be zero or more")
    lasting = None if seconds is None else timedelta(seconds=seconds)
    cloud.set_load(group, percent, regions[group], lasting=lasting)
    told = {"group": group, "region": regions[group], "percent": percent, "seconds": seconds}
    return {**told, "time": _stamp(cloud.clock.now())}


def calls(cloud: Cloud, last: int, *, denied: bool = False, role: str = "") -> dict[str, Any]:
    """The last API calls, oldest first.

    Args:
        cloud: The AWS.
        last: At most so many; 0 for all that are kept.
        denied: Only those that IAM refused.
        role: Only those of roles whose ARN contains this.
    """
    told = [record for record in cloud.calls if not (denied and record.allowed)]
    chosen = [record for record in told if role in ((record.caller and record.caller.role_arn) or "")]
    return {"calls": [_call(record) for record in chosen[-last:]]}


def notifications(cloud: Cloud, last: int) -> dict[str, Any]:
    """What was published to topics, oldest first, once for each subscriber; at most the `last`, 0 for all."""
    return {"notifications": [_delivery(each) for each in cloud.notifications.history()[-last:]]}


def inbox(cloud: Cloud, last: int) -> dict[str, Any]:
    """The mails that SNS would have sent, oldest first; at most the `last`, 0 for all."""
    mails = cloud.notifications.inbox(cloud.endpoint_url)[-last:]
    return {"inbox": [{**asdict(each), "time": _stamp(each.time)} for each in mails]}


OPERATIONS: Mapping[str, Operation] = {
    "status": status,
    "clock": move_clock,
    "break": break_instance,
    "repair": repair_instance,
    "load": set_load,
    "calls": calls,
    "notifications": notifications,
    "inbox": inbox,
}


class Control:
    """The control channel as a WSGI application."""

    def __init__(self, cloud: Cloud, token: str) -> None:
        self._cloud = cloud
        self._expected = f"Bearer {token}".encode()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        code, answer = self._answer(environ)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
        start_response(f"{code.value} {code.phrase}", headers)
        return [answer]

    def _answer(self, environ: Mapping[str, Any]) -> tuple[HTTPStatus, bytes]:
        shown = str(environ.get("HTTP_AUTHORIZATION", "")).encode()
        if not hmac.compare_digest(shown, self._expected):
            return HTTPStatus.UNAUTHORIZED, _json({"error": "the token is missing or wrong"})
        try:
            arguments = dict(json.loads(environ["wsgi.input"].read() or b"{}"))
            return HTTPStatus.OK, _json(self._operate(environ["PATH_INFO"].removeprefix("/"), arguments))
        except (LookupError, ValueError) as error:
            # KeyError's str() is a repr of its argument: the message is the argument.
            return HTTPStatus.BAD_REQUEST, _json({"error": str(error.args[0]) if error.args else str(error)})

    def _operate(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if name not in OPERATIONS:
            raise LookupError(f"there is no operation {name!r}; there are: {', '.join(OPERATIONS)}")
        operation = OPERATIONS[name]
        try:
            bound = inspect.signature(operation).bind(self._cloud, **arguments)
        except TypeError as error:
            raise LookupError(f"{name}: {error}") from error
        return operation(*bound.args, **bound.kwargs)


def _is_amount(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number) and number >= 0


def _call(record: CallRecord) -> dict[str, Any]:
    """A call as JSON; not its parameters, which may hold secrets."""
    caller = record.caller
    return {
        "time": _stamp(record.time),
        "caller": str(caller) if caller else None,
        "service": record.service,
        "action": record.action,
        "region": record.region,
        "allowed": record.allowed,
        "error": record.error,
        "refusal": record.refusal,
        "milliseconds": round(record.seconds * 1000, 1),
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    """A delivery as JSON; protocol and endpoint are null where no subscription took the message."""
    return {
        "time": _stamp(delivery.time),
        "kind": delivery.kind,
        "topic": delivery.topic_arn,
        "protocol": delivery.protocol or None,
        "endpoint": delivery.endpoint or None,
        "subject": delivery.subject,
        "message": delivery.message,
        "publisher": delivery.publisher,
    }


def _stamp(moment: Any) -> str:
    return str(moment.isoformat(timespec="seconds")).replace("+00:00", "Z")


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
