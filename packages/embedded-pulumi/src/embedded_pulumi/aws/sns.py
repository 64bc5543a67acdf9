"""SNS topics, their policies, and subscriptions."""

from __future__ import annotations

import json
import re

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.documents import JsonText, PolicyText
from embedded_pulumi.aws.errors import is_unconfirmed, unless_gone
from embedded_pulumi.aws.fields import Changes, Field, Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, pascal
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import PATIENCE, wait_for
from embedded_pulumi.provider import CheckFailure, DiffKind, ProviderError
from embedded_pulumi.values import Properties, Value

_ATTRIBUTES: Fields = {
    "displayName": Text(),
    "policy": PolicyText(computed=True),
    "deliveryPolicy": JsonText(),
    "kmsMasterKeyId": Text(),
    "contentBasedDeduplication": Flag(default=False),
    "signatureVersion": Whole(computed=True, at_least=1, at_most=2),
    "tracingConfig": Text(computed=True, one_of=("Active", "PassThrough")),
}
_FIFO = ".fifo"
_LONGEST_NAME = 256  # of a topic, with its suffix
_FEEDBACK = tuple(
    f"{kind}{part}"
    for kind in ("application", "firehose", "http", "lambda", "sqs")
    for part in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
)


def _text(value: Value) -> str:
    """An attribute's value: SNS takes all of them as strings."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(field: Field, text: str | None) -> Value:
    if isinstance(field, Flag):
        return text is not None and text.lower() == "true"
    if text is None or text == "":
        return None
    return int(text) if isinstance(field, Whole) else text


def _attributes(fields: Fields, props: Properties) -> dict[str, str]:
    """The attributes that are set and not false; SNS has defaults for the others."""
    desired = {name: props.get(name) for name in fields}
    return {pascal(name): _text(value) for name, value in desired.items() if value}


def _told(fields: Fields, answer: Description) -> Properties:
    return {name: _value(field, answer.get(pascal(name))) for name, field in fields.items()}


class Topic(ResourceType):
    """A topic. Its policy may also be told by a `TopicPolicy`.

    Its attributes are set once it exists: one that SNS refuses leaves a topic in the state that the next update mends.

    Source: terraform-provider-aws/internal/service/sns/topic.go (00a35305dc1b, 2026), and patch 0017 of pulumi-aws: it
    refuses to create a topic that is there, where SNS itself would answer with that topic.
    """

    type_ = "aws:sns/topic:Topic"
    inputs = {
        "name": Text(computed=True, force_new=True),
        "namePrefix": Text(computed=True, force_new=True),
        "fifoTopic": Flag(default=False, force_new=True),
        **_ATTRIBUTES,
    }
    outputs = ("arn", "beginningArchiveTime", "owner")
    unsupported = ("archivePolicy", "fifoThroughputScope", "maximumMessageSize", *_FEEDBACK)
    name = AutoName(max_length=80, suffix=("fifoTopic", _FIFO))
    tagging = Tagging(service="sns", target="ResourceArn", show="list_tags_for_resource")

    def create(self, aws: Session, props: Properties) -> str:
        name, arn = self._name(props), self.locate(aws, props)
        there = self.find(aws, arn, props) and self.tagging.read(aws, arn, props, {})
        if there is not None and there.get(MARK, "") != props.get(MARK):
            raise ProviderError(f"SNS topic ({name}) already exists")
        fixed = {"FifoTopic": "true"} if props["fifoTopic"] else {}
        answer = aws.sns.create_topic(
            Name=name,
            Attributes=fixed,
            Tags=tags.to_list(props["tagsAll"]),
        )
        return str(answer["TopicArn"])

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        for name, text in _attributes(_ATTRIBUTES, props).items():
            aws.sns.set_topic_attributes(TopicArn=id_, AttributeName=name, AttributeValue=text)

    def _name(self, props: Properties) -> str:
        made_up = not props.get("name") and props["fifoTopic"]
        return given_or_unique(props) + (_FIFO if made_up else "")

    def locate(self, aws: Session, props: Properties) -> str:
        return aws.arn("sns", self._name(props))

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.sns.get_topic_attributes, "Attributes", TopicArn=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": id_,
            "name": id_.rpartition(":")[2],
            "owner": found["Owner"],
            "beginningArchiveTime": found.get("BeginningArchiveTime", ""),
            "fifoTopic": found.get("FifoTopic") == "true",
            **_told(_ATTRIBUTES, found),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        for name in _ATTRIBUTES:
            text = _text(change.new.get(name))
            if change.has(name) and (text or name != "policy"):
                aws.sns.set_topic_attributes(TopicArn=id_, AttributeName=pascal(name), AttributeValue=text)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.sns.delete_topic(TopicArn=id_)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        name, fifo = inputs.get("name"), inputs["fifoTopic"]
        form = (
            rf"[0-9A-Za-z_-]{{1,{_LONGEST_NAME - len(_FIFO)}}}\.fifo"
            if fifo
            else rf"[0-9A-Za-z_-]{{1,{_LONGEST_NAME}}}"
        )
        if isinstance(name, str) and isinstance(fifo, bool) and not re.fullmatch(form, name):
            return [CheckFailure("name", f"invalid topic name: {name}; accepted: {form}")]
        if inputs["contentBasedDeduplication"] is True and fifo is False:
            return [CheckFailure("contentBasedDeduplication", "can only be set for FIFO topics")]
        return []


_DEFAULT_ACTIONS = (  # what a topic's owner may do before anyone says otherwise (SNS's own default policy)
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
    "SNS:Receive",
)


class TopicPolicy(ResourceType):
    """The policy of a topic. A topic always has one: without it, it has the default policy again.

    Source: terraform-provider-aws/internal/service/sns/topic_policy.go (00a35305dc1b, 2026).
    """

    type_ = "aws:sns/topicPolicy:TopicPolicy"
    inputs = {"arn": ArnText(required=True, force_new=True), "policy": PolicyText(required=True, as_object=True)}
    outputs = ("owner",)

    def _set(self, aws: Session, arn: str, policy: str) -> None:
        aws.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)

    def create(self, aws: Session, props: Properties) -> str:
        self._set(aws, props["arn"], props["policy"])
        return str(props["arn"])

    def locate(self, aws: Session, props: Properties) -> str:
        return str(props["arn"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.sns.get_topic_attributes, "Attributes", TopicArn=id_)
        return found if found and found.get("Policy") else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"arn": id_, "policy": found["Policy"], "owner": found["Owner"]}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._set(aws, id_, change.new["policy"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Set the default policy again."""
        owner = state.get("owner") or aws.account_id
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": list(_DEFAULT_ACTIONS),
            "Resource": id_,
            "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
        }
        document = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        self._set(aws, id_, json.dumps(document))


_SCOPES = ("MessageAttributes", "MessageBody")
_NO_FILTER = "{}"
_SUBSCRIPTION_ATTRIBUTES: Fields = {
    "deliveryPolicy": JsonText(),
    "filterPolicy": JsonText(),
    "filterPolicyScope": Text(computed=True, one_of=_SCOPES),
    "rawMessageDelivery": Flag(default=False),
    "redrivePolicy": JsonText(),
    "subscriptionRoleArn": ArnText(),
}


class TopicSubscription(ResourceType):
    """A subscription, known by its topic, protocol and endpoint.

    Source: terraform-provider-aws/internal/service/sns/topic_subscription.go (04a2e6e5bc62), read on 2026-11-29.
    """

    type_ = "aws:sns/topicSubscription:TopicSubscription"
    inputs = {
        "topic": ArnText(required=True, force_new=True),
        "protocol": Text(
            required=True,
            force_new=True,
            one_of=("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
        ),
        "endpoint": Text(required=True, force_new=True),
        **_SUBSCRIPTION_ATTRIBUTES,
        "confirmationTimeoutInMinutes": Whole(default=1),
        "endpointAutoConfirms": Flag(default=False),
    }
    outputs = ("arn", "confirmationWasAuthenticated", "ownerId", "pendingConfirmation")
    unsupported = ("replayPolicy",)

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.sns.subscribe(
            TopicArn=props["topic"],
            Protocol=props["protocol"],
            Endpoint=props["endpoint"],
            Attributes=_attributes(_SUBSCRIPTION_ATTRIBUTES, props),
            ReturnSubscriptionArn=True,
        )
        return str(answer["SubscriptionArn"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by its ends. A pending one has no ARN; subscribing again makes no second one."""
        pages = aws.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=props["topic"])
        ends = (props["protocol"], props["endpoint"])
        every = [each for page in pages for each in page["Subscriptions"] if each["SubscriptionArn"].startswith("arn:")]
        return next((each["SubscriptionArn"] for each in every if (each["Protocol"], each["Endpoint"]) == ends), None)

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        """Wait for the confirmation, unless a person gives it."""
        by_http = props["protocol"] in ("http", "https")
        if props["protocol"] in ("email", "email-json") or (by_http and not props.get("endpointAutoConfirms")):
            return
        timeout = 60.0 * (props.get("confirmationTimeoutInMinutes") or 1) if by_http else PATIENCE

        def confirmed() -> bool | None:
            found = self.find(aws, id_, props) or {}
            return True if found.get("PendingConfirmation") == "false" else None

        wait_for(f"SNS topic subscription {id_} to be confirmed", confirmed, timeout=timeout)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.sns.get_subscription_attributes, "Attributes", SubscriptionArn=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": id_,
            "topic": found["TopicArn"],
            "protocol": found["Protocol"],
            "endpoint": found["Endpoint"],
            "ownerId": found["Owner"],
            "confirmationWasAuthenticated": found.get("ConfirmationWasAuthenticated") == "true",
            "pendingConfirmation": found.get("PendingConfirmation") == "true",
            **_told(_SUBSCRIPTION_ATTRIBUTES, {name: text for name, text in found.items() if text != _NO_FILTER}),
        }

    def compare(self, state: Properties, news: Properties) -> Changes:
        """A filter whose scope the program does not say any more looks at the attributes of messages again."""
        scoped = state.get("filterPolicyScope") not in (None, "", _SCOPES[0])
        if news.get("filterPolicy") and news.get("filterPolicyScope") is None and scoped:
            return {"filterPolicyScope": DiffKind.UPDATE}
        return {}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        new = {**change.new}
        if self.compare(change.old, new):
            new["filterPolicyScope"] = _SCOPES[0]
        # A nested policy is only accepted with the wide scope, a flat one with both: widen first, narrow last.
        first = "filterPolicyScope" if new.get("filterPolicyScope") == _SCOPES[1] else None
        for name in sorted(_SUBSCRIPTION_ATTRIBUTES, key=lambda name: (name != first, name == "filterPolicyScope")):
            if change.has(name) or new.get(name) != change.new.get(name):
                self._set(aws, id_, name, _text(new.get(name)))

    def _set(self, aws: Session, id_: str, name: str, text: str) -> None:
        """Set an attribute. Each has its own way to be removed."""
        value = {"AttributeValue": text or (_NO_FILTER if name == "filterPolicy" else "")}
        if name == "redrivePolicy" and not text:
            value = {}
        aws.sns.set_subscription_attributes(SubscriptionArn=id_, AttributeName=pascal(name), **value)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Delete it, unless it was never confirmed: SNS refuses that, and forgets it later."""
        try:
            aws.sns.unsubscribe(SubscriptionArn=id_)
        except ClientError as error:
            if not is_unconfirmed(error):
                raise

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs.get("filterPolicyScope") and not inputs.get("filterPolicy"):
            return [CheckFailure("filterPolicyScope", "needs filterPolicy")]
        return []


TYPES = (Topic, TopicPolicy, TopicSubscription)
