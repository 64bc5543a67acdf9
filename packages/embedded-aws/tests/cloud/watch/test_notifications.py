"""SNS: who is told what, what stays pending, and who may publish."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError

from embedded_aws.account import ACCOUNT
from embedded_aws.calls import AwsError

REGION = "us-east-1"


@pytest.fixture
def topic(world: Any) -> str:
    return str(world.client("sns").create_topic(Name="alerts")["TopicArn"])


def subscribe(world: Any, topic: str, protocol: str, endpoint: str, **attributes: str) -> str:
    answer = world.client("sns").subscribe(
        TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
    )
    return str(answer["SubscriptionArn"])


def attributes(world: Any, subscription: str) -> dict[str, str]:
    answer: dict[str, str] = world.client("sns").get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    return answer


def publish(world: Any, topic: str, message: str = "m", **options: Any) -> str:
    return str(world.client("sns").publish(TopicArn=topic, Message=message, **options)["MessageId"])


def received(world: Any, topic: str) -> list[str]:
    return [each.message for each in world.notifications.deliveries(topic) if each.kind == "Notification"]


def token(world: Any, topic: str) -> str:
    (request,) = [each for each in world.notifications.deliveries(topic) if each.kind == "SubscriptionConfirmation"]
    return str(request.message)


def test_a_message_is_delivered_to_each_confirmed_subscription_with_its_time(world: Any, topic: str) -> None:
    subscribe(world, topic, "sms", "+15550100")
    subscribe(world, topic, "sms", "+15550101")

    message_id = publish(world, topic, "hello", Subject="s")

    deliveries = world.notifications.deliveries(topic)
    assert [each.endpoint for each in deliveries] == ["+15550100", "+15550101"]
    first = deliveries[0]
    assert (first.message_id, first.subject, first.message) == (message_id, "s", "hello")
    assert (first.time, first.publisher) == (world.clock.now(), ACCOUNT)


def test_a_topic_without_subscriptions_swallows_messages(world: Any, topic: str) -> None:
    assert publish(world, topic)
    assert world.notifications.deliveries(topic) == ()


def test_what_no_subscription_took_is_kept_all_the_same(world: Any, topic: str) -> None:
    publish(world, topic, "to nobody", Subject="s")
    subscribe(world, topic, "email", "a@example.com")
    publish(world, topic, "not confirmed yet")
    subscribe(world, topic, "sms", "+15550100")
    publish(world, topic, '{"default": "d", "sms": "short"}', MessageStructure="json")

    kept = [each for each in world.notifications.history() if each.kind == "Notification"]
    assert [(each.message, each.endpoint) for each in kept] == [
        ("to nobody", ""),
        ("not confirmed yet", ""),
        ("short", "+15550100"),
    ]
    assert (kept[0].topic_arn, kept[0].subject, kept[0].time) == (topic, "s", world.clock.now())


def test_an_e_mail_subscription_waits_for_its_confirmation(world: Any, topic: str) -> None:
    answer = world.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    publish(world, topic, "unheard")
    listed = world.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]

    assert answer["SubscriptionArn"] == "pending confirmation"
    assert [each["SubscriptionArn"] for each in listed] == ["PendingConfirmation"]
    assert received(world, topic) == []


def test_the_token_that_was_sent_confirms_the_subscription(world: Any, topic: str) -> None:
    subscription = subscribe(world, topic, "email", "ops@example.com")
    pending = attributes(world, subscription)["PendingConfirmation"]

    confirmed = world.client("sns").confirm_subscription(TopicArn=topic, Token=token(world, topic))
    publish(world, topic, "heard")

    assert (pending, attributes(world, subscription)["PendingConfirmation"]) == ("true", "false")
    assert confirmed["SubscriptionArn"] == subscription
    assert received(world, topic) == ["heard"]


def test_a_wrong_token_confirms_nothing(world: Any, topic: str) -> None:
    subscription = subscribe(world, topic, "email", "ops@example.com")

    with pytest.raises(ClientError, match="Invalid token"):
        world.client("sns").confirm_subscription(TopicArn=topic, Token="f" * 32)

    assert attributes(world, subscription)["PendingConfirmation"] == "true"


def test_subscribing_again_asks_for_no_second_confirmation(world: Any, topic: str) -> None:
    first = subscribe(world, topic, "email", "ops@example.com")
    world.client("sns").confirm_subscription(TopicArn=topic, Token=token(world, topic))

    again = subscribe(world, topic, "email", "ops@example.com")

    assert again == first
    assert attributes(world, again)["PendingConfirmation"] == "false"


def test_the_topic_counts_its_subscriptions(world: Any, topic: str) -> None:
    subscribe(world, topic, "email", "ops@example.com")
    subscribe(world, topic, "sms", "+15550100")

    counted = world.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]

    assert (counted["SubscriptionsPending"], counted["SubscriptionsConfirmed"]) == ("1", "1")


def test_an_unconfirmed_subscription_cannot_be_unsubscribed(world: Any, topic: str) -> None:
    pending = subscribe(world, topic, "email", "ops@example.com")
    confirmed = subscribe(world, topic, "sms", "+15550100")
    sns = world.client("sns")

    with pytest.raises(ClientError, match="pending confirmation"):
        sns.unsubscribe(SubscriptionArn=pending)
    sns.unsubscribe(SubscriptionArn=confirmed)

    listed = sns.list_subscriptions()["Subscriptions"]
    assert [each["Protocol"] for each in listed] == ["email"]


def test_a_queue_gets_the_message(world: Any, topic: str) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    subscribe(world, topic, "sqs", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", RawMessageDelivery="true")

    publish(world, topic, "queued")

    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "queued"


def test_a_function_is_invoked_with_an_sns_event(world: Any, topic: str) -> None:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:react"
    subscribe(world, topic, "lambda", function)

    publish(world, topic, "go", Subject="s")

    ((invoked, event),) = world.around.invoked
    record = event["Records"][0]["Sns"]
    assert (invoked, record["Message"], record["Subject"], record["TopicArn"]) == (function, "go", "s", topic)


def test_a_filter_policy_keeps_messages_away(world: Any, topic: str) -> None:
    subscription = subscribe(world, topic, "sms", "+15550100")
    world.client("sns").set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=json.dumps({"level": ["high"]})
    )

    for level in ("low", "high"):
        publish(world, topic, level, MessageAttributes={"level": {"DataType": "String", "StringValue": level}})

    assert received(world, topic) == ["high"]


def test_a_structured_message_has_a_text_for_each_protocol(world: Any, topic: str) -> None:
    subscribe(world, topic, "sms", "+15550100")
    subscribe(world, topic, "lambda", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:react")

    publish(world, topic, json.dumps({"default": "all", "sms": "short"}), MessageStructure="json")

    assert sorted(received(world, topic)) == ["all", "short"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": "x" * 262_145}, "too long"),
        ({"Subject": "x" * 101}, "Subject"),
        ({"Message": "{", "MessageStructure": "json"}, "failed to parse"),
        ({"Message": "{}", "MessageStructure": "json"}, "No default entry"),
        ({"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:none"}, "Topic does not exist"),
    ],
)
def test_what_sns_does_not_accept_is_an_error(world: Any, topic: str, options: dict[str, str], named: str) -> None:
    with pytest.raises(ClientError, match=named):
        world.client("sns").publish(**{"TopicArn": topic, "Message": "m"} | options)


def test_a_batch_is_delivered_entry_by_entry(world: Any, topic: str) -> None:
    subscribe(world, topic, "sms", "+15550100")
    entries = [{"Id": "1", "Message": "good"}, {"Id": "2", "Message": "m", "Subject": "x" * 101}]

    answer = world.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)

    assert [each["Id"] for each in answer["Successful"]] == ["1"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [("2", "InvalidParameter")]
    assert received(world, topic) == ["good"]


def test_a_batch_with_an_id_twice_is_refused_whole(world: Any, topic: str) -> None:
    entries = [{"Id": "1", "Message": "a"}, {"Id": "1", "Message": "b"}]

    with pytest.raises(ClientError, match="BatchEntryIdsNotDistinct"):
        world.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)


def test_a_service_needs_a_place_in_the_topics_policy(world: Any, topic: str) -> None:
    with pytest.raises(AwsError, match="AuthorizationError") as refusal:
        world.notifications.publish_as("events.amazonaws.com", topic, "m", source_arn="arn:aws:events:r:1:rule/x")

    assert refusal.value.message == (
        f"Service: events.amazonaws.com is not authorized to perform: SNS:Publish on resource: {topic} "
        "because no resource-based policy allows the SNS:Publish action"
    )


def test_the_default_policy_lets_services_in_that_say_for_whom_they_act(world: Any, topic: str) -> None:
    subscribe(world, topic, "sms", "+15550100")

    world.notifications.publish_as("cloudwatch.amazonaws.com", topic, "m", source_owner=True)

    assert received(world, topic) == ["m"]


def test_deliveries_of_other_topics_can_be_left_out(world: Any, topic: str) -> None:
    other = world.client("sns").create_topic(Name="other")["TopicArn"]
    for each in (topic, other):
        subscribe(world, each, "sms", "+15550100")
        publish(world, each, each)

    assert received(world, other) == [other]
    assert {each.topic_arn for each in world.notifications.deliveries()} >= {topic, other}


def test_a_role_publishes_with_its_permission_and_is_the_publisher(world: Any, topic: str) -> None:
    iam = world.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="publisher", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    made = world.iam.credentials_for(role, "function", "lambda.amazonaws.com")
    sns = world.client(
        "sns",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    subscribe(world, topic, "sms", "+15550100")

    with pytest.raises(ClientError, match="AuthorizationError"):
        sns.publish(TopicArn=topic, Message="m")
    allow = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="publisher", PolicyName="p", PolicyDocument=policy)
    sns.publish(TopicArn=topic, Message="m")

    assert [each.publisher for each in world.notifications.deliveries(topic)] == [role]


def test_a_mail_has_a_link_that_confirms_without_a_signature_and_no_other_call_has(world: Any, topic: str) -> None:
    subscription = subscribe(world, topic, "email", "oncall@example.com")
    subscribe(world, topic, "sms", "+15550100")
    (asked,) = world.notifications.inbox(world.server.url)

    def visit(link: str) -> int:
        try:
            with urlopen(link, timeout=10) as answer:  # noqa: S310 - the test's own cloud
                return int(answer.status)
        except HTTPError as refused:
            return refused.code

    assert (asked.to, asked.pending, asked.link in asked.text) == ("oncall@example.com", True, True)
    assert visit(asked.link.replace("Token=", "Token=not")) == 400
    assert visit(asked.link.replace("ConfirmSubscription", "DeleteTopic")) == 403
    assert visit(f"{asked.link}&AuthenticateOnUnsubscribe=true") == 403
    assert attributes(world, subscription)["PendingConfirmation"] == "true"
    assert visit(asked.link) == 200
    assert attributes(world, subscription)["PendingConfirmation"] == "false"
    publish(world, topic, "hello")
    _, sent = world.notifications.inbox(world.server.url)
    assert (sent.subject, sent.text, sent.link) == ("AWS Notification Message", "hello", None)
