"""SNS topics, their policies, and subscriptions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import found, is_unconfirmed
from embedded_pulumi.aws.fields import Document, Field, Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields, pascal
from embedded_pulumi.values import Properties, Value

_ATTRIBUTES: Fields = {
    "displayName": Text(max_length=100),
    "policy": Document(computed=True),
    "deliveryPolicy": Document(),
    "kmsMasterKeyId": Text(),
    "contentBasedDeduplication": Flag(default=False),
    "signatureVersion": Whole(computed=True, at_least=1, at_most=2),
    "tracingConfig": Text(computed=True, one_of=("Active", "PassThrough")),
}
_FEEDBACK = tuple(
    f"{kind}{part}"
    for kind in ("application", "firehose", "http", "lambda", "sqs")
    for part in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
)
_TOPIC: Fields = {
    "name": Text(computed=True, force_new=True, max_length=256),
    "namePrefix": Text(force_new=True, max_length=230),
    "fifoTopic": Flag(default=False, force_new=True),
    **_ATTRIBUTES,
}


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
    return {fields[name].aws or pascal(name): _text(value) for name, value in desired.items() if value}


def _told(fields: Fields, answer: dict[str, str], names: Iterable[str] | None = None) -> Properties:
    return {name: _value(fields[name], answer.get(fields[name].aws or pascal(name))) for name in names or fields}


def _create_topic(aws: Session, props: Properties) -> str:
    fixed = {"FifoTopic": "true"} if props["fifoTopic"] else {}
    answer = aws.sns.create_topic(
        Name=given_or_unique(props),
        Attributes={**fixed, **_attributes(_ATTRIBUTES, props)},
        Tags=tags.to_list(props["tagsAll"]),
    )
    return str(answer["TopicArn"])


def _topic_attributes(aws: Session, arn: str) -> dict[str, Any] | None:
    answer = found(lambda: aws.sns.get_topic_attributes(TopicArn=arn))
    return answer["Attributes"] if answer else None


def _read_topic(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    answer = _topic_attributes(aws, id_)
    if answer is None:
        return None
    return {
        "arn": id_,
        "name": id_.rpartition(":")[2],
        "owner": answer["Owner"],
        "beginningArchiveTime": answer.get("BeginningArchiveTime", ""),
        "fifoTopic": answer.get("FifoTopic") == "true",
        **_told(_ATTRIBUTES, answer),
        "tagsAll": tags.from_list(aws.sns.list_tags_for_resource(ResourceArn=id_)["Tags"]),
    }


def _update_topic(aws: Session, id_: str, change: Change) -> None:
    for name, field in _ATTRIBUTES.items():
        if change.has(name):
            aws.sns.set_topic_attributes(
                TopicArn=id_,
                AttributeName=field.aws or pascal(name),
                AttributeValue=_text(change.new.get(name)),
            )


def _delete_topic(aws: Session, id_: str, state: Properties) -> None:
    del state
    aws.sns.delete_topic(TopicArn=id_)


def _retag_topic(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del state
    if removed:
        aws.sns.untag_resource(ResourceArn=id_, TagKeys=removed)
    if written:
        aws.sns.tag_resource(ResourceArn=id_, Tags=tags.to_list(written))


TOPIC = Resource(
    type_="aws:sns/topic:Topic",
    inputs=_TOPIC,
    outputs=("arn", "beginningArchiveTime", "owner"),
    unsupported=("archivePolicy", "fifoThroughputScope", "maximumMessageSize", *_FEEDBACK),
    name=AutoName(max_length=256, suffix=("fifoTopic", ".fifo")),
    at_most_one=(("name", "namePrefix"),),
    create=_create_topic,
    locate=lambda aws, props: aws.arn("sns", given_or_unique(props)),
    read=_read_topic,
    update=_update_topic,
    delete=_delete_topic,
    retag=_retag_topic,
)

_DEFAULT_ACTIONS = (  # what a topic's owner may do before anyone says otherwise (SNS's own default policy)
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
)
_POLICY: Fields = {"arn": Text(required=True, force_new=True), "policy": Document(required=True)}


def _set_policy(aws: Session, arn: str, policy: str) -> None:
    aws.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


def _create_policy(aws: Session, props: Properties) -> str:
    _set_policy(aws, props["arn"], props["policy"])
    return str(props["arn"])


def _read_policy(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    answer = _topic_attributes(aws, id_)
    if answer is None or not answer.get("Policy"):
        return None
    return {"arn": id_, "policy": answer["Policy"], "owner": answer["Owner"]}


def _update_policy(aws: Session, id_: str, change: Change) -> None:
    _set_policy(aws, id_, change.new["policy"])


def _reset_policy(aws: Session, id_: str, state: Properties) -> None:
    """Set the default policy again: a topic always has a policy."""
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
    _set_policy(aws, id_, json.dumps(document))


TOPIC_POLICY = Resource(
    type_="aws:sns/topicPolicy:TopicPolicy",
    inputs=_POLICY,
    outputs=("owner",),
    create=_create_policy,
    locate=lambda _, props: str(props["arn"]),
    read=_read_policy,
    update=_update_policy,
    delete=_reset_policy,
)

_SUBSCRIPTION_ATTRIBUTES: Fields = {
    "deliveryPolicy": Document(),
    "filterPolicy": Document(),
    "filterPolicyScope": Text(computed=True, one_of=("MessageAttributes", "MessageBody")),
    "rawMessageDelivery": Flag(default=False),
    "redrivePolicy": Document(),
    "subscriptionRoleArn": Text(),
}
_SUBSCRIPTION: Fields = {
    "topic": Text(required=True, force_new=True),
    "protocol": Text(
        required=True,
        force_new=True,
        one_of=("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"),
    ),
    "endpoint": Text(required=True, force_new=True),
    **_SUBSCRIPTION_ATTRIBUTES,
}


def _subscribe(aws: Session, props: Properties) -> str:
    answer = aws.sns.subscribe(
        TopicArn=props["topic"],
        Protocol=props["protocol"],
        Endpoint=props["endpoint"],
        Attributes=_attributes(_SUBSCRIPTION_ATTRIBUTES, props),
        ReturnSubscriptionArn=True,
    )
    return str(answer["SubscriptionArn"])


def _locate_subscription(aws: Session, props: Properties) -> str | None:
    """Find it by topic, protocol and endpoint. A pending one has no ARN; subscribing again makes no second one."""
    pages = aws.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=props["topic"])
    ends = (props["protocol"], props["endpoint"])
    every = [each for page in pages for each in page["Subscriptions"] if each["SubscriptionArn"].startswith("arn:")]
    return next((each["SubscriptionArn"] for each in every if (each["Protocol"], each["Endpoint"]) == ends), None)


def _read_subscription(aws: Session, id_: str, state: Properties) -> Properties | None:
    del state
    response = found(lambda: aws.sns.get_subscription_attributes(SubscriptionArn=id_))
    if response is None:
        return None
    answer = response["Attributes"]
    return {
        "arn": id_,
        "topic": answer["TopicArn"],
        "protocol": answer["Protocol"],
        "endpoint": answer["Endpoint"],
        "ownerId": answer["Owner"],
        "confirmationWasAuthenticated": answer.get("ConfirmationWasAuthenticated") == "true",
        "pendingConfirmation": answer.get("PendingConfirmation") == "true",
        **_told(_SUBSCRIPTION_ATTRIBUTES, answer),
    }


def _update_subscription(aws: Session, id_: str, change: Change) -> None:
    for name in _SUBSCRIPTION_ATTRIBUTES:
        if change.has(name):
            aws.sns.set_subscription_attributes(
                SubscriptionArn=id_, AttributeName=pascal(name), AttributeValue=_text(change.new.get(name))
            )


def _unsubscribe(aws: Session, id_: str, state: Properties) -> None:
    """Delete it, unless it was never confirmed: SNS refuses that, and forgets it later."""
    del state
    try:
        aws.sns.unsubscribe(SubscriptionArn=id_)
    except ClientError as error:
        if not is_unconfirmed(error):
            raise


TOPIC_SUBSCRIPTION = Resource(
    type_="aws:sns/topicSubscription:TopicSubscription",
    inputs=_SUBSCRIPTION,
    outputs=("arn", "confirmationWasAuthenticated", "ownerId", "pendingConfirmation"),
    unsupported=("confirmationTimeoutInMinutes", "endpointAutoConfirms", "replayPolicy"),
    create=_subscribe,
    locate=_locate_subscription,
    read=_read_subscription,
    update=_update_subscription,
    delete=_unsubscribe,
)

RESOURCES = (TOPIC, TOPIC_POLICY, TOPIC_SUBSCRIPTION)
