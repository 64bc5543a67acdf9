"""The mails that SNS sends to subscriptions by e-mail, as they would have been sent: nothing leaves this machine.

Source: SNS Developer Guide, "Email notifications" (who subscribes gets "AWS Notification - Subscription Confirmation"
with a link); API ConfirmSubscription, whose request by GET is that link's. The subject of a message that has none is
"AWS Notification Message".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from embedded_aws.services.sns.messages import Delivery

BY_MAIL = frozenset({"email", "email-json"})
SENDER = "no-reply@sns.amazonaws.com"
NO_SUBJECT = "AWS Notification Message"
TO_CONFIRM = "SubscriptionConfirmation"


@dataclass(frozen=True)
class Mail:
    """One mail.

    Attributes:
        topic: The ARN of the topic that it comes from.
        link: Confirms the subscription when it is opened; None in a mail that asks for nothing.
        pending: It asks for a confirmation that nobody has given so far.
    """

    time: datetime
    to: str
    sender: str
    topic: str
    subject: str
    text: str
    link: str | None
    pending: bool


def mail(delivery: Delivery, endpoint_url: str, *, pending: bool) -> Mail:
    """What was delivered to a subscription by e-mail, as a mail."""
    topic = delivery.topic_arn
    if delivery.kind != TO_CONFIRM:
        subject = delivery.subject or NO_SUBJECT
        return Mail(delivery.time, delivery.endpoint, SENDER, topic, subject, delivery.message, None, pending=False)
    asked = {"Action": "ConfirmSubscription", "TopicArn": topic, "Token": delivery.message}
    link = f"{endpoint_url}/?{urlencode(asked, safe=':')}"
    text = f"You have chosen to subscribe to the topic:\n{topic}\nTo confirm this subscription, open this link:\n{link}"
    return Mail(delivery.time, delivery.endpoint, SENDER, topic, delivery.subject or "", text, link, pending)
