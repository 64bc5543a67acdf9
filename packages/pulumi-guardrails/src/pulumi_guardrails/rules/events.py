"""EventBridge: what its rules may reach, and who may invoke a function."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_guardrails.documents import statements
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.rule import MANDATORY, Violation, rule
from pulumi_guardrails.types import EVENT_RULE, EVENT_TARGET, FUNCTION, KEY, PERMISSION, TOPIC, TOPIC_POLICY


@rule(
    MANDATORY,
    controls=("seed:6",),
    mend="Add aws.lambda_.Permission(principal='events.amazonaws.com', source_arn=rule.arn).",
)
def event_target_permission(program: Program) -> Iterator[Violation]:
    """A rule may invoke the function that it targets.

    Without the permission the schedule runs, and nothing happens.
    """
    for target in program.of(EVENT_TARGET):
        rules = {each.urn for each in program.targets(target, "rule", EVENT_RULE)}
        for function in program.targets(target, "arn", FUNCTION):
            granted = program.users(function, PERMISSION, by="function")
            sources = [set(each.references.get("sourceArn", ())) for each in granted]
            if not any(not admitted or admitted & rules for admitted in sources):
                yield Violation(target.urn, f"its rule may not invoke {function.name}")


@rule(MANDATORY, controls=("seed:4",), mend="Remove it, or add the target that needs it.")
def permission_used(program: Program) -> Iterator[Violation]:
    """Each permission to invoke a function is used.

    A permission without a user is a way in that nobody watches.
    """
    for permission in program.of(PERMISSION):
        functions = {function.urn for function in program.targets(permission, "function", FUNCTION)}
        for source in program.targets(permission, "sourceArn", EVENT_RULE):
            targets = program.users(source, EVENT_TARGET, by="rule")
            reached = {urn for target in targets for urn in target.references.get("arn", ())}
            if functions and not functions & reached:
                yield Violation(permission.urn, f"{source.name} does not target the function that it may invoke")


@rule(
    MANDATORY,
    of=PERMISSION,
    controls=("FSBP Lambda.1", "CKV_AWS_301", "CKV_AWS_364"),
    mend="Set source_arn (or source_account) on the permission, and a service as its principal.",
)
def lambda_permission_source(permission: Resource) -> Iterator[str]:
    """Who may invoke a function is named.

    Without a source, anybody's rule, topic or bucket can invoke the function.
    """
    principal = permission.value("principal")
    named = any(permission.raw(name) for name in ("sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken"))
    if principal == "*" and not named:
        yield "anybody may invoke the function"
    elif isinstance(principal, str) and principal.endswith(".amazonaws.com") and not named:
        yield f"{principal} may invoke the function on anybody's behalf (no sourceArn)"


EVENTS = "events.amazonaws.com"


@rule(
    MANDATORY,
    controls=("FSBP SNS.1", "seed:6"),
    mend="Let events.amazonaws.com sns:Publish in the topic's policy, and use the key in the key's policy.",
)
def event_topic_allowed(program: Program) -> Iterator[Violation]:
    """Rules may publish to the topics that they target.

    EventBridge drops what the topic's policy, or its key, does not let it publish; nothing says so.
    """
    for target in program.of(EVENT_TARGET):
        for topic in program.targets(target, "arn", TOPIC):
            policies = [topic, *program.users(topic, TOPIC_POLICY, by="arn")]
            if not _lets(policies, "sns:Publish"):
                yield Violation(target.urn, f"the policy of {topic.name} does not let {EVENTS} publish")
            for key in program.targets(topic, "kmsMasterKeyId", KEY):
                if not _lets([key], "kms:Decrypt", "kms:GenerateDataKey"):
                    message = f"the policy of {topic.name}'s key {key.name} does not let {EVENTS} use it"
                    yield Violation(target.urn, message)


def _lets(policies: list[Resource], *actions: str) -> bool:
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
