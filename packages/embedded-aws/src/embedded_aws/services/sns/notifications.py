"""SNS: topics and subscriptions are moto's. Deliveries, and permission for them, are decided and kept here.

A message goes to every confirmed subscription whose filter policy fits. Each delivery is kept with its cloud time, and
so is a message that went nowhere.
E-mail and HTTP subscriptions stay pending until they are confirmed with the token that was sent to them, as in AWS;
what is sent to them is only kept: nothing leaves this machine.

Source: SNS API Reference (Subscribe, ConfirmSubscription, Publish); SNS Developer Guide, "Securing Amazon SNS data with
server-side encryption".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeAlias
from uuid import uuid4

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.iam.conditions import ContextValue
from embedded_aws.services.sns.mails import BY_MAIL, Mail, mail
from embedded_aws.services.sns.messages import Delivery, Message, accepted, fits, lambda_event

_CONFIRMED_BY_TOKEN = frozenset({"email", "email-json", "http", "https"})
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")

_NO_SOURCE_FOR_KMS = frozenset({"events.amazonaws.com"})
"""Services for which KMS is not told the source: "Adding the aws:SourceAccount, aws:SourceArn, and aws:SourceOrgID to a
AWS KMS policy is not supported for EventBridge-to-encrypted topics" (SNS Developer Guide, "Key management")."""

Invoke: TypeAlias = Callable[[str, dict[str, Any]], None]
"""Invokes a function (ARN, event) asynchronously."""


class Notifications:
    """The SNS of the embedded cloud.

    Args:
        authorizer: Decides for services that publish (roles are decided by it as a guard).
        invoke: Delivers to functions; without it such a subscription is refused.
    """

    def __init__(
        self,
        clock: Clock,
        lock: AbstractContextManager[Any],
        authorizer: Authorizer,
        *,
        invoke: Invoke | None = None,
    ) -> None:
        self._clock = clock
        self._lock = lock
        self._authorizer = authorizer
        self._invoke = invoke
        self._history: list[Delivery] = []
        self._tokens: dict[str, str] = {}

    def routes(self) -> Routes:
        """The calls that are answered here instead of by moto."""
        return {
            ("sns", "Publish"): self._publish,
            ("sns", "PublishBatch"): self._publish_batch,
            ("sns", "Subscribe"): self._subscribe,
            ("sns", "Unsubscribe"): self._unsubscribe,
            ("sns", "ConfirmSubscription"): self._confirm_subscription,
            ("sns", "ListSubscriptions"): self._list_subscriptions,
            ("sns", "ListSubscriptionsByTopic"): self._list_subscriptions,
            ("sns", "GetSubscriptionAttributes"): self._get_subscription_attributes,
            ("sns", "GetTopicAttributes"): self._get_topic_attributes,
        }

    def deliveries(self, topic_arn: str | None = None) -> tuple[Delivery, ...]:
        """What was delivered so far, oldest first; of one topic if given."""
        return tuple(each for each in self.history() if each.subscription_arn and topic_arn in {None, each.topic_arn})

    def history(self) -> tuple[Delivery, ...]:
        """Every delivery so far and every message that no subscription took, oldest first."""
        with self._lock:
            return tuple(self._history)

    def inbox(self, endpoint_url: str) -> list[Mail]:
        """The mails that SNS would have sent so far, oldest first.

        Args:
            endpoint_url: Where links in them lead.
        """
        with self._lock:
            pending = {token for token, arn in self._tokens.items() if _is_pending(self._find(arn))}
            return [
                mail(each, endpoint_url, pending=each.message in pending)
                for each in self._history
                if each.protocol in BY_MAIL
            ]

    def publish_as(
        self,
        service: str,
        topic_arn: str,
        message: str,
        *,
        subject: str | None = None,
        source_arn: str | None = None,
        source_owner: bool = False,
        called: str | None = None,
    ) -> str:
        """Publish in an AWS service's own name, if the topic's policy and its key's policy let it.

        Args:
            service: Such as `cloudwatch.amazonaws.com`.
            topic_arn: The topic.
            message: Its text.
            subject: At most 100 characters.
            source_arn: The alarm or rule that has it published.
            source_owner: Whether the service fills `aws:SourceOwner`, on which the default topic policy rests;
                CloudWatch does, EventBridge does not.
            called: What messages call the service, its principal unless given.

        Returns:
            The message id.

        Raises:
            AwsError: `AuthorizationError`, `KMSAccessDenied`, or `NotFound`.
        """
        account = self._authorizer.account
        context: dict[str, ContextValue | None] = {"aws:SourceArn": source_arn, "aws:SourceAccount": account}
        context["aws:SourceOwner"] = account if source_owner else None
        who = called or f"Service: {service}"
        with self._lock:
            self._topic(topic_arn)
            self._require(service, "SNS:Publish", topic_arn, context, AwsError("AuthorizationError", who, 403))
            key = self._authorizer.topic_key(topic_arn)
            for action in _KEY_ACTIONS if key else ():
                through = _as_kms_sees(service, topic_arn, context)
                self._require(service, action, key or "", through, AwsError("KMSAccessDenied", who))
            return self._deliver(topic_arn, Message(message, subject, {}, structured=False, publisher=service))

    def _require(
        self, service: str, action: str, arn: str, context: Mapping[str, ContextValue | None], refusal: AwsError
    ) -> None:
        verdict = self._authorizer.service_may(service, action, arn, context)
        if not verdict.allowed:
            raise AwsError(refusal.code, verdict.message(refusal.message), refusal.status)

    def _publish(self, call: Call) -> dict[str, Any]:
        params = call.params
        topic_arn = params.get("TopicArn") or params.get("TargetArn", "")
        if "PhoneNumber" in params or ":endpoint/" in topic_arn or topic_arn.endswith(".fifo"):
            return call.forward()
        with self._lock:
            return {"MessageId": self._deliver(topic_arn, accepted(params, _publisher(call)))}

    def _publish_batch(self, call: Call) -> dict[str, Any]:
        entries = call.params["PublishBatchRequestEntries"]
        if call.params["TopicArn"].endswith(".fifo"):
            return call.forward()
        if len({entry["Id"] for entry in entries}) != len(entries):
            raise AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
        successful: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        with self._lock:
            self._topic(call.params["TopicArn"])
            for entry in entries:
                try:
                    message_id = self._deliver(call.params["TopicArn"], accepted(entry, _publisher(call)))
                    successful.append({"Id": entry["Id"], "MessageId": message_id})
                except AwsError as error:
                    about = {"Code": error.code, "Message": error.message, "SenderFault": True}
                    failed.append({"Id": entry["Id"], **about})
        return {"Successful": successful, "Failed": failed}

    def _deliver(self, topic_arn: str, message: Message) -> str:
        topic = self._topic(topic_arn)
        message_id = str(uuid4())
        topic.sent_notifications.append((message_id, message.text, message.subject, dict(message.attributes), None))
        every = self._subscriptions(topic_arn)
        takers = [each for each in every if not _is_pending(each) and fits(each, message)]
        for subscription in takers:
            self._hand_over(subscription, message_id, message)
        if not takers:
            self._keep(topic_arn, ("", "", ""), message_id, message)
        return message_id

    def _keep(self, topic_arn: str, taker: tuple[str, str, str], message_id: str, message: Message) -> Delivery:
        """Write down where a message went: the ARN, protocol and endpoint of a subscription, or three times nothing."""
        _, protocol, _ = taker
        text = message.for_protocol(protocol)
        now, kind = self._clock.now(), "Notification"
        delivery = Delivery(now, kind, topic_arn, *taker, message_id, message.subject, text, message.publisher)
        self._history.append(delivery)
        return delivery

    def _hand_over(self, subscription: Any, message_id: str, message: Message) -> None:
        taker = (subscription.arn, subscription.protocol, subscription.endpoint)
        delivery = self._keep(subscription.topic.arn, taker, message_id, message)
        text = delivery.message
        if subscription.protocol == "sqs":
            subscription.publish(text, message_id, message.subject, dict(message.attributes) or None)
        elif subscription.protocol == "lambda" and self._invoke is not None:
            self._invoke(subscription.endpoint, lambda_event(delivery))

    def _subscribe(self, call: Call) -> dict[str, Any]:
        protocol = call.params["Protocol"]
        if protocol == "lambda" and self._invoke is None:
            raise AwsError("InvalidParameter", "Invalid parameter: Protocol Reason: lambda is not wired in this cloud")
        with self._lock:
            known = {subscription.arn for subscription in self._subscriptions(call.params["TopicArn"])}
            arn = call.forward()["SubscriptionArn"]
            subscription = self._subscription(arn)
            if protocol in _CONFIRMED_BY_TOKEN and arn not in known:
                self._ask_for_confirmation(subscription)
            pending = _is_pending(subscription) and not call.params.get("ReturnSubscriptionArn")
        return {"SubscriptionArn": "pending confirmation" if pending else arn}

    def _ask_for_confirmation(self, subscription: Any) -> None:
        token = uuid4().hex
        self._tokens[token] = subscription.arn
        subscription.attributes["PendingConfirmation"] = True
        subscription.attributes["ConfirmationWasAuthenticated"] = False
        self._history.append(
            Delivery(
                self._clock.now(),
                "SubscriptionConfirmation",
                subscription.topic.arn,
                subscription.arn,
                subscription.protocol,
                subscription.endpoint,
                str(uuid4()),
                "AWS Notification - Subscription Confirmation",
                token,
                "sns.amazonaws.com",
            )
        )

    def _confirm_subscription(self, call: Call) -> dict[str, Any]:
        with self._lock:
            self._topic(call.params["TopicArn"])
            arn = self._tokens.get(call.params["Token"])
            if arn is None or not arn.startswith(f"{call.params['TopicArn']}:"):
                raise AwsError("InvalidParameter", "Invalid parameter: Invalid token")
            self._subscription(arn).attributes["PendingConfirmation"] = False
        return {"SubscriptionArn": arn}

    def _unsubscribe(self, call: Call) -> dict[str, Any]:
        arn = call.params["SubscriptionArn"]
        with self._lock:
            if arn.count(":") < 6 or _is_pending(self._find(arn)):  # noqa: PLR2004 - a subscription's ARN has seven parts
                reason = "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"
                pending = "Invalid parameter: This subscription is pending confirmation and cannot be deleted"
                raise AwsError("InvalidParameter", pending if arn.startswith("arn:") else reason)
        return call.forward()

    def _list_subscriptions(self, call: Call) -> dict[str, Any]:
        with self._lock:
            answer = call.forward()
            for row in answer.get("Subscriptions", []):
                if _is_pending(self._find(row["SubscriptionArn"])):
                    row["SubscriptionArn"] = "PendingConfirmation"
        return answer

    def _get_subscription_attributes(self, call: Call) -> dict[str, Any]:
        with self._lock:
            answer = call.forward()
            pending = _is_pending(self._find(call.params["SubscriptionArn"]))
        answer["Attributes"]["PendingConfirmation"] = str(pending).lower()
        return answer

    def _get_topic_attributes(self, call: Call) -> dict[str, Any]:
        with self._lock:
            answer = call.forward()
            pending = [_is_pending(each) for each in self._subscriptions(call.params["TopicArn"])]
        answer["Attributes"]["SubscriptionsPending"] = str(sum(pending))
        answer["Attributes"]["SubscriptionsConfirmed"] = str(len(pending) - sum(pending))
        return answer

    def _topic(self, topic_arn: str) -> Any:
        topic = self._backend(topic_arn).topics.get(topic_arn) if topic_arn.startswith("arn:") else None
        if topic is None:
            raise AwsError("NotFound", "Topic does not exist", 404)
        return topic

    def _subscriptions(self, topic_arn: str) -> list[Any]:
        topic = self._topic(topic_arn)
        return [each for each in self._backend(topic_arn).subscriptions.values() if each.topic is topic]

    def _find(self, subscription_arn: str) -> Any:
        """A subscription, None if there is none."""
        return self._backend(subscription_arn).subscriptions.get(subscription_arn)

    def _subscription(self, subscription_arn: str) -> Any:
        subscription = self._find(subscription_arn)
        if subscription is None:
            raise AwsError("NotFound", "Subscription does not exist", 404)
        return subscription

    def _backend(self, arn: str) -> Any:
        parts = arn.split(":")
        if parts[0] != "arn" or len(parts) < 6 or not parts[3]:  # noqa: PLR2004 - an ARN has six parts
            raise AwsError("InvalidParameter", "Invalid parameter: An ARN must have at least 6 elements")
        return get_backend("sns")[self._authorizer.account][parts[3]]


def _as_kms_sees(
    service: str, topic_arn: str, context: Mapping[str, ContextValue | None]
) -> dict[str, ContextValue | None]:
    """The condition keys of the use of a topic's key; the encryption context is the topic."""
    source = dict.fromkeys(("aws:SourceArn", "aws:SourceAccount")) if service in _NO_SOURCE_FOR_KMS else {}
    region = topic_arn.split(":")[3]
    own = {"kms:ViaService": f"sns.{region}.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn": topic_arn}
    return {**context, **source, **own}


def _publisher(call: Call) -> str:
    return call.caller.role_arn or call.caller.account


def _is_pending(subscription: Any) -> bool:
    return subscription is not None and bool(subscription.attributes.get("PendingConfirmation"))
