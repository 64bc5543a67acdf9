"""The evaluation logic, one rule of the documentation at a time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws.account import ACCOUNT
from embedded_aws.iam.conditions import RequestContext
from embedded_aws.iam.documents import PolicyDocument, parse_document
from embedded_aws.iam.evaluate import AccessDecision, Policies, PolicyType, Principal, Request, evaluate

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/healer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/healer/run"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:tap"
CALLER = Principal(ACCOUNT, ROLE, SESSION)
EVENTS = Principal(ACCOUNT, service="events.amazonaws.com")
CONTEXT = {"aws:PrincipalTag/topic": "tap", "aws:PrincipalAccount": ACCOUNT}


def policy(*statements: dict[str, Any], name: str = "p") -> PolicyDocument:
    return parse_document(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), name)


def allow(**elements: Any) -> dict[str, Any]:
    subject = {} if "NotAction" in elements else {"Action": "sns:Publish"}
    target = {} if "NotResource" in elements else {"Resource": "*"}
    return {"Effect": "Allow", **subject, **target, **elements}


def deny(**elements: Any) -> dict[str, Any]:
    return {**allow(**elements), "Effect": "Deny"}


def ask(
    policies: Policies,
    *,
    principal: Principal = CALLER,
    action: str = "sns:Publish",
    resource: str = TOPIC,
    context: dict[str, Any] | None = None,
) -> AccessDecision:
    return evaluate(Request(principal, action, resource, RequestContext(context or {})), policies)


def identity(*statements: dict[str, Any]) -> Policies:
    return Policies(identity=(policy(*statements),))


def test_nothing_is_allowed_by_default() -> None:
    verdict = ask(Policies())

    assert not verdict.allowed
    assert verdict.lacking is PolicyType.IDENTITY


def test_an_identity_policy_allows() -> None:
    verdict = ask(identity(allow(Sid="One")))

    assert verdict.allowed
    assert verdict.decided_by is not None
    assert verdict.decided_by.statement.sid == "One"


@pytest.mark.parametrize("place", ["identity", "resource", "boundary", "session"])
def test_a_deny_anywhere_wins(place: str) -> None:
    everything = {"identity": policy(allow()), "resource": policy(allow(Principal="*"))}
    everything |= {"boundary": policy(allow()), "session": policy(allow())}
    everything[place] = (
        policy(allow(Principal="*"), deny(Principal="*")) if place == "resource" else policy(allow(), deny())
    )
    policies = Policies(
        (everything["identity"],), everything["resource"], everything["boundary"], everything["session"]
    )

    assert not ask(policies).allowed
    assert ask(policies).decided_by is not None


@pytest.mark.parametrize(
    ("statement", "action", "expected"),
    [
        (allow(Action="SNS:publish"), "sns:Publish", True),
        (allow(Action="sns:Pub*"), "sns:Publish", True),
        (allow(Action="sns:P?blish"), "sns:Publish", True),
        (allow(Action="*"), "sns:Publish", True),
        (allow(Action="sns:*"), "sqs:SendMessage", False),
        (allow(Action=["sqs:*", "sns:Publish"]), "sns:Publish", True),
        (allow(NotAction="iam:*"), "sns:Publish", True),
        (allow(NotAction=["iam:*", "sns:*"]), "sns:Publish", False),
    ],
)
def test_actions_match_with_wildcards_and_without_case(
    statement: dict[str, Any], action: str, *, expected: bool
) -> None:
    assert ask(identity(statement), action=action).allowed is expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(Resource=TOPIC), True),
        (allow(Resource=TOPIC.upper()), False),
        (allow(Resource=f"{TOPIC}-other"), False),
        (allow(Resource=TOPIC.replace("tap", "t*")), True),
        (allow(NotResource=TOPIC), False),
        (allow(NotResource=f"{TOPIC}-other"), True),
        (allow(Resource=TOPIC.replace("tap", "${aws:PrincipalTag/topic}")), True),
        (allow(Resource=TOPIC.replace("tap", "${aws:PrincipalTag/nothing}")), False),
        (allow(Resource=TOPIC.replace("tap", "${aws:PrincipalTag/nothing, 'tap'}")), True),
        # "The resource that includes a policy variable with no value will not match any resource."
        (allow(NotResource=TOPIC.replace("tap", "${aws:PrincipalTag/nothing}")), True),
        # AWS's own AmazonTimestreamInfluxDBServiceRolePolicy has a variable for the account.
        (allow(Resource=TOPIC.replace(ACCOUNT, "${aws:PrincipalAccount}")), True),
        # "AWS automatically completes the ARN": IAM User Guide, "IAM identifiers".
        (allow(Resource="arn:aws:sns"), True),
        (allow(Resource="arn:aws:sns:us-east-1"), True),
        (allow(Resource="arn:aws:sqs"), False),
        (allow(NotResource="arn:aws:sns"), False),
    ],
)
def test_resources_match_with_wildcards_and_variables(statement: dict[str, Any], *, expected: bool) -> None:
    assert ask(identity(statement), context=CONTEXT).allowed is expected


def test_only_identity_policies_may_leave_out_the_end_of_an_arn() -> None:
    incomplete = policy(allow(Principal={"AWS": ROLE}, Resource="arn:aws:sns:us-east-1"))

    assert not ask(Policies(resource=incomplete)).allowed
    assert ask(replace(identity(allow()), boundary=policy(allow(Resource="arn:aws:sns:us-east-1")))).allowed


def test_an_action_without_resources_needs_a_star() -> None:
    assert ask(identity(allow()), resource="*").allowed
    assert not ask(identity(allow(Resource=TOPIC)), resource="*").allowed


def test_all_conditions_of_a_statement_must_hold() -> None:
    statement = allow(Condition={"StringEquals": {"a:One": "1", "a:Two": "2"}, "Bool": {"a:Three": "true"}})

    assert ask(identity(statement), context={"a:One": "1", "a:Two": "2", "a:Three": True}).allowed
    assert not ask(identity(statement), context={"a:One": "1", "a:Two": "x", "a:Three": True}).allowed
    assert not ask(identity(statement), context={"a:One": "1", "a:Two": "2", "a:Three": False}).allowed


@pytest.mark.parametrize(
    "principal",
    [ROLE, SESSION],
)
def test_a_resource_policy_that_names_the_caller_allows_by_itself(principal: str) -> None:
    assert ask(Policies(resource=policy(allow(Principal={"AWS": principal})))).allowed


@pytest.mark.parametrize("principal", [ROOT, ACCOUNT])
def test_a_resource_policy_that_names_the_account_leaves_it_to_identity_policies(principal: str) -> None:
    resource = policy(allow(Principal={"AWS": principal}))

    assert not ask(Policies(resource=resource)).allowed
    assert ask(Policies(identity=(policy(allow()),), resource=resource)).allowed


def test_a_resource_policy_for_others_does_not_reach_the_caller() -> None:
    assert not ask(Policies(resource=policy(allow(Principal={"AWS": f"{ROLE}-other"})))).allowed


def test_a_star_inside_a_principal_is_no_wildcard() -> None:
    assert not ask(Policies(resource=policy(allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/*"})))).allowed


def test_a_root_of_trust_must_hand_over_before_identity_policies_count() -> None:
    silent = Policies(
        identity=(policy(allow()),), resource=policy(deny(Action="kms:X", Principal="*")), resource_decides=True
    )
    handed = Policies(
        identity=(policy(allow()),), resource=policy(allow(Principal={"AWS": ROOT})), resource_decides=True
    )

    assert ask(silent).lacking is PolicyType.RESOURCE
    assert ask(handed).allowed


def test_a_boundary_limits_identity_policies() -> None:
    allowed = identity(allow())

    assert ask(replace(allowed, boundary=policy(allow()))).allowed
    assert ask(replace(allowed, boundary=policy(allow(Action="sqs:*")))).lacking is PolicyType.BOUNDARY


def test_a_session_policy_limits_identity_policies() -> None:
    allowed = identity(allow())

    assert ask(replace(allowed, session=policy(allow()))).allowed
    assert ask(replace(allowed, session=policy(allow(Action="sqs:*")))).lacking is PolicyType.SESSION


def test_a_boundary_allows_nothing_by_itself() -> None:
    assert not ask(Policies(boundary=policy(allow()))).allowed


def test_a_boundary_limits_a_resource_policy_for_the_role_but_not_one_for_the_session() -> None:
    bound = policy(allow(Action="sqs:*"))

    assert not ask(Policies(resource=policy(allow(Principal={"AWS": ROLE})), boundary=bound)).allowed
    assert ask(Policies(resource=policy(allow(Principal={"AWS": SESSION})), boundary=bound)).allowed


def test_a_service_is_allowed_by_a_resource_policy_only() -> None:
    named = policy(allow(Principal={"Service": "events.amazonaws.com"}))

    assert ask(Policies(resource=named), principal=EVENTS).allowed
    assert not ask(Policies(identity=(policy(allow()),)), principal=EVENTS).allowed
    assert not ask(Policies(resource=policy(allow(Principal={"AWS": ROOT}))), principal=EVENTS).allowed


def test_everyone_includes_services() -> None:
    assert ask(Policies(resource=policy(allow(Principal={"AWS": "*"}))), principal=EVENTS).allowed


def test_not_principal_spares_those_who_are_listed_with_session_role_and_account() -> None:
    everyone = allow(Principal="*")
    whole = deny(NotPrincipal={"AWS": [SESSION, ROLE, ROOT]})
    partial = deny(NotPrincipal={"AWS": [ROLE]})

    assert ask(Policies(resource=policy(everyone, whole))).allowed
    assert not ask(Policies(resource=policy(everyone, partial))).allowed
    assert not ask(Policies(resource=policy(everyone, whole)), principal=EVENTS).allowed


def test_a_trust_policy_needs_no_resource() -> None:
    trust = policy({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"})

    assert ask(Policies(resource=trust), principal=EVENTS, action="sts:AssumeRole", resource=ROLE).allowed


@pytest.mark.parametrize(
    ("policies", "ending"),
    [
        (Policies(), "because no identity-based policy allows the sns:Publish action"),
        (identity(deny()), "with an explicit deny in an identity-based policy"),
        (Policies(resource=policy(deny(Principal="*"))), "with an explicit deny in a resource-based policy"),
        (
            Policies(identity=(policy(allow()),), boundary=policy(allow(Action="s3:*"))),
            "because no permissions boundary allows the sns:Publish action",
        ),
        (
            Policies(identity=(policy(allow()),), resource_decides=True),
            "because no resource-based policy allows the sns:Publish action",
        ),
    ],
)
def test_the_message_says_who_what_and_why_as_aws_does(policies: Policies, ending: str) -> None:
    message = ask(policies).message(f"User: {SESSION}")

    assert message == f"User: {SESSION} is not authorized to perform: sns:Publish on resource: {TOPIC} {ending}"


def test_the_message_names_no_resource_where_an_action_takes_none() -> None:
    message = ask(Policies(), action="ec2:DescribeInstances", resource="*").message("User: x")

    assert message == (
        "User: x is not authorized to perform: ec2:DescribeInstances "
        "because no identity-based policy allows the ec2:DescribeInstances action"
    )


STATEMENTS = st.builds(
    lambda effect, action, resource, principal: {
        "Effect": effect,
        "Action": action,
        "Resource": resource,
        "Principal": principal,
    },
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["*", "sns:*", "sns:Publish", "sqs:*"]),
    st.sampled_from(["*", TOPIC, f"{TOPIC}-other"]),
    st.sampled_from(["*", {"AWS": ROLE}, {"AWS": SESSION}, {"AWS": ROOT}, {"Service": "events.amazonaws.com"}]),
)


@given(statements=st.lists(STATEMENTS, max_size=6), order=st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(statements: list[dict[str, Any]], order: Any) -> None:
    shuffled = list(statements)
    order.shuffle(shuffled)

    for principal in (CALLER, EVENTS):
        first, second = (
            ask(Policies(resource=policy(*each)), principal=principal).allowed for each in (statements, shuffled)
        )
        assert first is second


@given(statements=st.lists(STATEMENTS, max_size=6), extra=STATEMENTS)
def test_another_deny_never_allows_and_another_allow_never_denies(
    statements: list[dict[str, Any]], extra: dict[str, Any]
) -> None:
    for principal in (CALLER, EVENTS):
        before = ask(Policies(resource=policy(*statements)), principal=principal).allowed
        after = ask(Policies(resource=policy(*statements, extra)), principal=principal).allowed
        assert after <= before if extra["Effect"] == "Deny" else after >= before
