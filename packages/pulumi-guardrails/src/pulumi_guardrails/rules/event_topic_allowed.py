"""Rules may publish to the topics that they target."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import statements
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import MANDATORY, Rule, Violation
from pulumi_guardrails.types import EVENT_TARGET, KEY, TOPIC, TOPIC_POLICY

EVENTS = "events.amazonaws.com"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")


def _judge(program: Program) -> Iterator[Violation]:
    for target in program.of(EVENT_TARGET):
        for topic in program.targets(target, "arn", TOPIC):
            policies = [topic, *program.users(topic, TOPIC_POLICY, by="arn")]
            if not _lets(policies, ("sns:Publish",)):
                yield Violation(target.urn, f"the policy of {topic.name} does not let {EVENTS} publish")
            for key in program.targets(topic, "kmsMasterKeyId", KEY):
                if not _lets([key], KEY_ACTIONS):
                    yield Violation(
                        target.urn, f"the policy of {topic.name}'s key {key.name} does not let {EVENTS} use it"
                    )


def _lets(policies: list[Resource], actions: tuple[str, ...]) -> bool:
    """Whether EventBridge is allowed all of some actions; also where a policy is not known yet."""
    if any(not policy.knows("policy") for policy in policies):
        return True
    allowed = [
        each
        for policy in policies
        for each in statements(policy.value("policy"))
        if each.allows and EVENTS in each.principals.get("Service", ())
    ]
    return all(any(each.names(action) for each in allowed) for action in actions)


RULE = Rule(
    id="event-topic-allowed",
    title="Rules may publish to the topics that they target",
    severity=MANDATORY,
    controls=("FSBP SNS.1", "seed:6"),
    why="EventBridge drops what the topic's policy, or its key, does not let it publish; nothing says so.",
    mend="Let events.amazonaws.com sns:Publish in the topic's policy, and use the key in the key's policy.",
    judge=_judge,
)
