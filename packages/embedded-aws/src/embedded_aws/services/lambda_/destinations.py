"""Deliveries of Lambda's records to a destination: the API call for each kind of ARN, and its handler.

The calls are those that the function's role would make itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from embedded_aws.calls import AwsError, Call, Routes

Delivery: TypeAlias = tuple[str, str, dict[str, Any]]
"""Service, action and parameters of the call that delivers."""


@dataclass(frozen=True)
class Arn:
    """An Amazon Resource Name in its parts; `resource` is all that follows the account."""

    text: str
    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(text: str) -> Arn:
    """Take an ARN apart. Raises ValueError: it is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":  # noqa: PLR2004 - an ARN has six parts
        raise ValueError(f"{text!r} is not an ARN")
    return Arn(text, *parts[1:])


def delivery(destination: str, body: str) -> Delivery:
    """The API call that sends `body` to a destination.

    Raises:
        AwsError: nothing can be delivered to a destination of this kind.
    """
    try:
        arn = parse_arn(destination or "")  # a subscription may be without an endpoint
    except ValueError as error:
        raise AwsError("InvalidParameterValueException", f"The provided destination ARN is invalid: {error}") from error
    if arn.service not in DELIVERIES:
        known = ", ".join(DELIVERIES)
        raise AwsError("InvalidParameterValueException", f"{destination} is not a destination; known are {known}")
    action, params = DELIVERIES[arn.service](arn, body)
    return arn.service, action, params


DELIVERIES: dict[str, Callable[[Arn, str], tuple[str, dict[str, Any]]]] = {
    "sns": lambda arn, body: ("Publish", {"TopicArn": arn.text, "Message": body}),
    "sqs": lambda arn, body: (
        "SendMessage",
        {"QueueUrl": f"https://sqs.{arn.region}.amazonaws.com/{arn.account}/{arn.resource}", "MessageBody": body},
    ),
    "lambda": lambda arn, body: (
        "Invoke",
        {"FunctionName": arn.text, "InvocationType": "Event", "Payload": body.encode()},
    ),
}
"""Service to the action, and its parameters, that delivers there."""


def _publish(call: Call) -> dict[str, Any]:
    arn = parse_arn(call.params["TopicArn"])
    with _moto_errors():
        message_id = sns_backends[arn.account][arn.region].publish(message=call.params["Message"], arn=arn.text)
    return {"MessageId": message_id}


def _send_message(call: Call) -> dict[str, Any]:
    account, name = call.params["QueueUrl"].split("/")[-2:]
    with _moto_errors():
        message = sqs_backends[account][call.region].send_message(name, call.params["MessageBody"])
    return {"MessageId": message.id}


MOTO_ROUTES: Routes = {("sns", "Publish"): _publish, ("sqs", "SendMessage"): _send_message}
"""Deliveries as moto alone makes them."""


@contextmanager
def _moto_errors() -> Iterator[None]:
    try:
        yield
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
