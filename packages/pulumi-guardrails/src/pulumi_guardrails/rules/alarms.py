"""Alarms, and the topics by which people hear of them."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import ANYBODY, statements
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import COMPOSITE_ALARM, KEY, METRIC_ALARM, TOPIC, TOPIC_POLICY, TOPIC_SUBSCRIPTION

ALARMS = (COMPOSITE_ALARM, METRIC_ALARM)


@rule(MANDATORY, of=ALARMS, controls=("FSBP CloudWatch.15", "seed:6"), mend="Put a topic into alarm_actions.")
def alarm_action(alarm: Resource) -> Iterator[str]:
    """Every alarm has an action.

    An alarm that tells nobody is a red light in an empty room.
    """
    if alarm.knows("alarmActions") and not alarm.value("alarmActions"):
        yield "nobody gets a message when it goes off"


@rule(
    MANDATORY,
    of=ALARMS,
    controls=("FSBP CloudWatch.17", "CKV_AWS_319"),
    mend="Leave actions_enabled out, or set it to True.",
)
def alarm_enabled(alarm: Resource) -> Iterator[str]:
    """The actions of alarms are switched on.

    A switched-off alarm looks exactly like a quiet one.
    """
    if alarm.value("actionsEnabled") in (False, "false"):
        yield "its actions are switched off"


@rule(
    ADVISORY,
    of=METRIC_ALARM,
    controls=("seed:6",),
    mend="Set treat_missing_data: breaching for a heartbeat, notBreaching for errors.",
)
def alarm_missing_data(alarm: Resource) -> Iterator[str]:
    """An alarm says what silence means.

    By default missing data keeps the state: a dead sender is a quiet alarm.
    """
    if alarm.raw("treatMissingData") is None:
        yield "it does not say what missing data means"


@rule(
    MANDATORY,
    controls=("FSBP CloudWatch.15", "FSBP SNS.1"),
    mend="Encrypt it with a key whose policy allows cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*.",
)
def alarm_topic_reachable(program: Program) -> Iterator[Violation]:
    """Alarms may publish to the topic that they use.

    CloudWatch cannot use SNS's AWS-managed key, nor a key that does not let it: the alarm goes off unheard.
    """
    used = [topic for topic in program.of(TOPIC) if program.users(topic, *ALARMS, by="alarmActions")]
    for topic in used:
        if topic.value("kmsMasterKeyId") == "alias/aws/sns":
            yield Violation(topic.urn, "alarms publish to it, and its AWS-managed key does not let them")
        for key in program.targets(topic, "kmsMasterKeyId", KEY):
            allowed = [
                each
                for each in statements(key.value("policy"))
                if each.allows and "cloudwatch.amazonaws.com" in each.principals.get("Service", ())
            ]
            needed = ("kms:Decrypt", "kms:GenerateDataKey")
            lacking = ", ".join(action for action in needed if not any(each.names(action) for each in allowed))
            if key.knows("policy") and lacking:
                message = f"alarms publish to it, and the policy of its key {key.name} does not give them {lacking}"
                yield Violation(topic.urn, message)


@rule(
    MANDATORY,
    of=TOPIC,
    controls=("FSBP SNS.1", "CKV_AWS_26", "AVD-AWS-0095", "AVD-AWS-0136"),
    mend="Set kms_master_key_id to a key of your own.",
)
def topic_encrypted(topic: Resource) -> Iterator[str]:
    """Topics are encrypted.

    Messages name instances, accounts and what is wrong with them.
    """
    if not topic.raw("kmsMasterKeyId"):
        yield "its messages are not encrypted"


@rule(
    MANDATORY,
    of=(TOPIC, TOPIC_POLICY),
    controls=("FSBP SNS.4", "CKV_AWS_169", "CKV_AWS_385"),
    mend="Name the service in the topic's policy, with the condition aws:SourceAccount.",
)
def topic_not_public(resource: Resource) -> Iterator[str]:
    """No topic is open to anybody.

    Anybody could publish false alarms, or listen.
    """
    for statement in statements(resource.value("policy")):
        anybody = ANYBODY in statement.principals.get("AWS", ())
        if statement.allows and anybody and not statement.condition:
            yield f"{statement} is for anybody"


@rule(ADVISORY, controls=("cdk-nag SNS3",), mend="Deny sns:Publish where aws:SecureTransport is false.")
def topic_tls(program: Program) -> Iterator[Violation]:
    """Topics take messages over TLS alone.

    Whoever listens on the way reads along.
    """
    for topic in program.of(TOPIC):
        policies = [topic, *program.users(topic, TOPIC_POLICY, by="arn")]
        denied = [each for policy in policies for each in statements(policy.value("policy")) if not each.allows]
        unknown = any(not policy.knows("policy") for policy in policies)
        if not unknown and not any("aws:securetransport" in each.condition_keys for each in denied):
            yield Violation(topic.urn, "it takes messages without TLS")


@rule(
    MANDATORY,
    of=TOPIC_SUBSCRIPTION,
    controls=("prowler sns_subscription_not_using_http_endpoints",),
    mend="Use https.",
)
def subscription_https(subscription: Resource) -> Iterator[str]:
    """No subscription sends messages in clear.

    Messages, and the link that confirms the subscription, can be read on the way.
    """
    if subscription.value("protocol") == "http":
        yield "it sends messages over plain HTTP"
