"""SNS messages: what Publish accepts, whom a message fits, and how it looks when it is delivered.

Source: SNS API Reference, Publish; SNS Developer Guide, "Message filtering" and "Raw message delivery".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from embedded_aws.calls import AwsError

MAXIMUM_MESSAGE_BYTES = 262_144
MAXIMUM_SUBJECT_CHARACTERS = 100


@dataclass(frozen=True)
class Delivery:
    """One message handed to one endpoint, or a message that no subscription took.

    Attributes:
        kind: `Notification`, or `SubscriptionConfirmation` with the token in `message`.
        subscription_arn, protocol, endpoint: All "" where no subscription took it.
        publisher: Who published: a role's ARN, a service principal, or the account.
    """

    time: datetime
    kind: str
    topic_arn: str
    subscription_arn: str
    protocol: str
    endpoint: str
    message_id: str
    subject: str | None
    message: str
    publisher: str


@dataclass(frozen=True)
class Message:
    """What was published, before it is turned into deliveries."""

    text: str
    subject: str | None
    attributes: Mapping[str, Any]
    structured: bool
    publisher: str

    def for_protocol(self, protocol: str) -> str:
        """The text that a protocol's endpoints get."""
        if not self.structured:
            return self.text
        by_protocol = json.loads(self.text)
        return str(by_protocol.get(protocol, by_protocol["default"]))


def fits(subscription: Any, message: Message) -> bool:
    """Whether the subscription's filter policy, if it has one, lets the message through; the matching is moto's."""
    matcher = subscription._filter_policy_matcher  # noqa: SLF001 - moto has no other reader
    attributes = {  # as moto's matching expects them
        name: {"Type": each["DataType"], "Value": each.get("StringValue", each.get("BinaryValue"))}
        for name, each in message.attributes.items()
    }
    return matcher is None or bool(matcher.matches(attributes, message.text))


def accepted(params: Mapping[str, Any], publisher: str) -> Message:
    """A message that Publish accepts. Raises AwsError: empty, too long, or a structured message without a default."""
    text, subject = params.get("Message", ""), params.get("Subject")
    if not text:
        raise AwsError("InvalidParameter", "Invalid parameter: Empty message")
    if len(text.encode()) > MAXIMUM_MESSAGE_BYTES:
        raise AwsError("InvalidParameter", "Invalid parameter: Message too long")
    if subject is not None and not 0 < len(subject) <= MAXIMUM_SUBJECT_CHARACTERS:
        raise AwsError("InvalidParameter", "Invalid parameter: Subject")
    structured = params.get("MessageStructure") == "json"
    if structured:
        _check_structure(text)
    return Message(text, subject, params.get("MessageAttributes", {}), structured=structured, publisher=publisher)


def _check_structure(text: str) -> None:
    try:
        by_protocol = json.loads(text)
    except json.JSONDecodeError as error:
        reason = "Invalid parameter: Message Structure - JSON message body failed to parse"
        raise AwsError("InvalidParameter", reason) from error
    if not isinstance(by_protocol, dict) or "default" not in by_protocol:
        reason = "Invalid parameter: Message Structure - No default entry in JSON message body"
        raise AwsError("InvalidParameter", reason)


def lambda_event(delivery: Delivery) -> dict[str, Any]:
    """The event that a subscribed function gets. Source: Lambda Developer Guide, "Invoking with Amazon SNS"."""
    notification: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": delivery.message_id,
        "TopicArn": delivery.topic_arn,
        "Subject": delivery.subject,
        "Message": delivery.message,
        "Timestamp": delivery.time.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "MessageAttributes": {},
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": delivery.subscription_arn,
        "Sns": notification,
    }
    return {"Records": [record]}
