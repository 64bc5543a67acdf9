"""Deliveries from one AWS service to another: a message to an SNS topic or an SQS queue, by ARN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from tap_stack.local.cloud.calls import AwsError


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
    """Take an ARN apart.

    Raises:
        ValueError: it is not one.
    """
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":  # noqa: PLR2004 - an ARN has six parts
        raise ValueError(f"{text!r} is not an ARN")
    return Arn(text, *parts[1:])


def _publish(arn: Arn, body: str) -> None:
    sns_backends[arn.account][arn.region].publish(message=body, arn=arn.text)


def _enqueue(arn: Arn, body: str) -> None:
    sqs_backends[arn.account][arn.region].send_message(queue_name=arn.resource, message_body=body)


Sender: TypeAlias = Callable[[Arn, str], None]

SENDERS: dict[str, Sender] = {"sns": _publish, "sqs": _enqueue}
"""Service to what delivers there. Lambda is not among them: its functions are invoked, see `functions`."""


def send(destination: str, body: str, senders: Mapping[str, Sender] = SENDERS) -> None:
    """Deliver `body` with the sender of the destination's service.

    Raises:
        AwsError: the destination does not exist, or is of a service that nothing is delivered to here.
    """
    arn = parse_arn(destination)
    sender = senders.get(arn.service)
    if sender is None:
        raise AwsError("InvalidParameterValueException", f"deliveries to {arn.service} are not supported: {arn.text}")
    try:
        sender(arn, body)
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
