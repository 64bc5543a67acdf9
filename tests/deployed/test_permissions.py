"""R4 as deployed: each permission is used and needed, and one more than is used is found out.

What is used is recorded by IAM of the embedded AWS while every situation is played (`situations.py`). Each permission
is then taken away in turn, its situation played again, and the refusal must name it. What only AWS's own software uses
(`by AWS` in permissions/reasons.yaml) is asked of IAM as AWS documents that software to ask.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase

import pytest
from botocore.exceptions import ClientError
from support.deployed.situations import BY_NAME, holders, record
from support.deployed.stack import ROOT, THREE_ZONES, Deployed, OneAtATime
from support.deployed.without import policies, without

from embedded_aws.calls import AwsError
from pulumi_guardrails.explain import explain
from pulumi_guardrails.grants import Holder, grants_of
from pulumi_guardrails.usage import BY_AWS, RECORDED, read_usage

USAGE = read_usage(ROOT)
HOLDERS = tuple(dict.fromkeys(reason.holder for reason in USAGE.reasons))
UNUSED = "s3:ListAllMyBuckets"


@pytest.fixture(scope="module")
def deployed(stacks: OneAtATime) -> Iterator[Deployed]:
    """A stack that no other test has used: what is refused, and what the healer may still mark, is counted."""
    yield stacks.deployed_anew(THREE_ZONES)
    stacks.close()


def reasons(use: str) -> Iterator[tuple[str, str, str]]:
    """Holder, statement (empty where the action stands only once) and action of what has this use."""
    for reason in USAGE.reasons:
        if reason.use == use:
            yield from ((reason.holder, reason.statement, action) for action in reason.actions)


def uses_of(holder: str, statement: str, action: str) -> list[tuple[str, str]]:
    """The actions that were recorded for a grant, each with every situation in which it was."""
    return [
        (use.action, when)
        for use in USAGE.uses
        for when in use.when
        if use.holder == holder and statement in ("", use.statement) and fnmatchcase(use.action.lower(), action.lower())
    ]


def needed() -> Iterator[tuple[str, str, str, str]]:
    """Each recorded grant with one situation that needs it; a rollout, the longest, only where there is no other."""
    for grant in reasons(RECORDED):
        situations = dict.fromkeys(when for _, when in uses_of(*grant))
        if situations:
            yield (*grant, min(situations, key=lambda when: when.startswith("a rollout begins")))


def as_deployed(stack: Deployed, label: str) -> Holder:
    """A holder with all that its policies say, as AWS gives them back."""
    kind, name = label.split(maxsplit=1)[0], holders(stack)[label]
    short = name.rpartition("/")[2].rpartition(":")[2]
    short = "tap-notifications-dev" if kind == "key" else short  # a key has no name but its alias
    granted = [grant for policy in policies(stack, label) for grant in grants_of(policy.name, policy.document)]
    return Holder(kind, short, short, tuple(granted))


def refusals(stack: Deployed, since: int) -> list[str]:
    """What IAM said of each call that it refused."""
    return [record.refusal for record in list(stack.sandbox.cloud.calls)[since:] if not record.allowed]


def names(action: str, refusal: str) -> bool:
    """Whether a refusal is of this action; SNS writes its own name in capitals."""
    return f"perform: {action} ".lower() in f"{refusal} ".lower()


def log_of(stack: Deployed) -> str:
    """The last words of the healer's log."""
    events = stack.client("logs").filter_log_events(logGroupName=stack.outputs["lambda_log_group_name"])["events"]
    return "\n".join(event["message"] for event in events[-200:])


def test_the_recording_is_what_is_used_now(deployed: Deployed) -> None:
    """If not: `python bench/permissions.py --write`."""
    recorded = json.loads((ROOT / "permissions/recorded.json").read_text())["uses"]

    assert record(deployed) == recorded
    assert refusals(deployed, 0) == []


@pytest.mark.parametrize("label", HOLDERS)
def test_what_is_granted_as_deployed_is_what_is_used(deployed: Deployed, label: str) -> None:
    found = explain(as_deployed(deployed, label), USAGE)

    assert found.has_recording
    assert found.disagreements == ()


def test_everything_that_policies_hang_on_is_looked_at(deployed: Deployed) -> None:
    found = deployed.client("iam").list_roles()["Roles"]
    roles = {each["Arn"] for each in found if not each["Path"].startswith("/aws-service-role/")}

    assert set(HOLDERS) == set(holders(deployed))
    assert roles == {arn for label, arn in holders(deployed).items() if label.startswith("role")}


@pytest.mark.parametrize("label", HOLDERS)
def test_one_action_more_than_is_used_is_found_out(deployed: Deployed, label: str) -> None:
    *_, last = policies(deployed, label)
    more = {**last.statements[0], "Sid": "More", "Action": UNUSED}
    holder = as_deployed(deployed, label)
    added = grants_of(last.name, {**last.document, "Statement": [more]})

    found = explain(Holder(holder.kind, holder.name, holder.logical, (*holder.grants, *added)), USAGE)

    assert found.disagreements == (f"{UNUSED} in {last.name} is granted and nothing uses it",)


@pytest.mark.parametrize(("label", "statement", "action", "when"), list(needed()))
def test_without_a_permission_something_fails_that_names_it(
    deployed: Deployed, label: str, statement: str, action: str, when: str
) -> None:
    used = {use for use, situation in uses_of(label, statement, action) if situation == when}
    before = len(deployed.sandbox.cloud.calls)

    # Lambda refuses a change at once if it could not assume the role then.
    with without(deployed, label, statement, action), suppress(ClientError):
        BY_NAME[when].play(deployed)

    assert any(names(use, text) for text in refusals(deployed, before) for use in used), refusals(deployed, before)
    if label == "role tap-healer-*" and "Lambda" not in by(label, action):
        assert any(use in log_of(deployed) for use in used)


def by(label: str, action: str) -> str:
    """Who uses a permission, in words."""
    return next(each.by for each in USAGE.reasons if each.holder == label and action in each.actions)


@pytest.mark.parametrize(("label", "statement", "action"), list(reasons(BY_AWS)))
def test_without_a_permission_awss_own_software_is_refused_by_name(
    deployed: Deployed, label: str, statement: str, action: str
) -> None:
    assert ask(deployed, label, action) == ""

    with without(deployed, label, statement, action):
        assert f"not authorized to perform: {action}" in ask(deployed, label, action)


SERVICES = {"role tap-instance-*": "ec2.amazonaws.com", "role tap-flow-log-*": "vpc-flow-logs.amazonaws.com"}


def ask(stack: Deployed, label: str, action: str) -> str:
    """What IAM answers AWS's own software; empty if it may."""
    iam, arn = stack.sandbox.cloud.iam, holders(stack)[label]
    try:
        credentials = iam.credentials_for(arn, "played", SERVICES[label])
    except AwsError as error:
        return str(error)
    if label == "role tap-flow-log-*" and not action.startswith("sts:"):
        return deliver(stack, credentials, action)
    verdict = iam.role_may(arn, action, RESOURCES.get(action, "*"))
    return "" if verdict.allowed or action.startswith("sts:") else verdict.message(arn)


RESOURCES = {"ssm:GetParameter": "arn:aws:ssm:eu-west-1:123456789012:parameter/AmazonCloudWatch-tap-dev"}


def deliver(stack: Deployed, credentials: dict[str, str], action: str) -> str:
    """Do what the delivery of flow logs does with its role's credentials."""
    logs = stack.sandbox.cloud.client(
        "logs",
        stack.sandbox.region,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    group = stack.client("ec2").describe_flow_logs()["FlowLogs"][0]["LogDestination"].split(":")[6]
    stream = {"logGroupName": group, "logStreamName": "eni-1-all"}
    calls = {
        "logs:DescribeLogGroups": logs.describe_log_groups,
        "logs:DescribeLogStreams": lambda: logs.describe_log_streams(logGroupName=group),
        "logs:CreateLogStream": lambda: logs.create_log_stream(**stream),
        "logs:PutLogEvents": lambda: logs.put_log_events(**stream, logEvents=[{"timestamp": 0, "message": "-"}]),
    }
    try:
        calls[action]()
    except logs.exceptions.ResourceAlreadyExistsException:
        return ""
    except ClientError as error:
        return str(error)
    return ""
