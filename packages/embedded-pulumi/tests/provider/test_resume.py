"""A create whose answer was lost is found again: what it made, whole, and never what another made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from embedded_aws.httpd import LoopbackServer
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.naming import unique
from embedded_pulumi.aws.registry import RESOURCES
from embedded_pulumi.provider import (
    CheckRequest,
    OutcomeUnknown,
    ProviderError,
)

SEED = bytes(range(32, 48))
OURS, ANOTHER = "our call", "another call"
ADOPTED = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
"""Nobody makes it, so there is nothing to find; adopting it once more is the same again."""

PLACED = {type_ for type_, resource in RESOURCES.items() if not resource.tagging} - {"aws:autoscaling/group:Group"}
"""What takes no tags, and so is known by where it stands and what it is."""


def test_what_a_create_made_is_found_by_its_token(type_: str, cases: Any, world: Any, aws: Any) -> None:
    inputs = aws.check(CheckRequest(type_, "lost", {}, cases[type_].inputs(world), SEED)).inputs
    ours = f"our {type_}"

    made = aws.create(type_, inputs, ours, preview=False)

    expected = None if type_ == ADOPTED else made
    assert aws.resume(type_, inputs, ours, preview=True) == expected
    assert aws.resume(type_, inputs, ours, preview=False) == expected  # whatever was done may be done again
    assert (aws.resume(type_, inputs, ANOTHER, preview=True) is not None) == (type_ in PLACED)
    assert MARK not in str(made.outputs)
    aws.delete(type_, made.id, inputs, made.outputs)
    if type_ != "aws:sns/topicPolicy:TopicPolicy":  # a topic always has one
        assert aws.resume(type_, inputs, ours, preview=True) is None


def test_what_stands_in_its_place_and_is_otherwise_is_not_taken_for_it(world: Any, aws: Any) -> None:
    type_ = "aws:iam/rolePolicy:RolePolicy"

    def allowing(action: str) -> dict[str, str]:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return {"role": world.other_role["name"], "name": "place", "policy": json.dumps(document)}

    made = aws.create(type_, allowing("s3:Get*"), OURS, preview=False)

    assert aws.resume(type_, allowing("s3:Get*"), OURS, preview=True) == made
    assert aws.resume(type_, allowing("s3:Put*"), OURS, preview=True) is None
    aws.delete(type_, made.id, allowing("s3:Get*"), made.outputs)


def test_a_name_made_up_from_a_prefix_is_told_again() -> None:
    assert unique("lost-", {MARK: OURS}) == unique("lost-", {MARK: OURS})
    assert unique("lost-", {MARK: OURS}) != unique("lost-", {MARK: ANOTHER})
    assert unique("lost-", {}) != unique("lost-", {})


def test_what_was_left_halfway_is_brought_to_its_end(world: Any, aws: Any) -> None:
    type_ = "aws:ec2/internetGateway:InternetGateway"
    vpc = world.make("aws:ec2/vpc:Vpc", "halfway", cidrBlock="10.9.0.0/16")["id"]
    inputs = aws.check(CheckRequest(type_, "halfway", {}, {"vpcId": vpc}, SEED)).inputs
    made = aws.create(type_, inputs, OURS, preview=False)
    world.session.ec2.detach_internet_gateway(InternetGatewayId=made.id, VpcId=vpc)

    assert aws.resume(type_, inputs, OURS, preview=False) == made
    aws.delete(type_, made.id, inputs, made.outputs)


class Line:
    """A connection to AWS that breaks in the midst of calls."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.calls = 0
        self.server = LoopbackServer(self.answer)

    def answer(self, environ: Any, start_response: Any) -> Any:
        self.calls += 1
        return self.application(environ, start_response)


def broken(*_: Any) -> Any:
    raise ConnectionAbortedError


@pytest.fixture
def line() -> Any:
    line = Line(broken)
    yield line
    line.server.close()


@pytest.mark.parametrize("token", ["", OURS])
def test_a_change_that_is_not_answered_is_not_made_again(line: Any, token: str) -> None:
    aws = AwsProvider(endpoint_url=line.server.url).configure({"region": "eu-west-1"})

    with pytest.raises(OutcomeUnknown if not token else ProviderError):
        aws.create("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "default"}, token, preview=False)
    looks = 0 if not token else 4  # which may be repeated
    assert line.calls == 1 + looks


def failing(status: str, code: str) -> Any:
    text = f"<Response><Errors><Error><Code>{code}</Code><Message>Sorry.</Message></Error></Errors></Response>"

    def application(_: Any, start_response: Any) -> Any:
        start_response(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(text)))])
        return [text.encode()]

    return application


@pytest.mark.parametrize(
    ("status", "code", "calls"),
    [("500 -", "InternalError", 1), ("503 -", "InternalFailure", 1), ("503 -", "RequestLimitExceeded", 4)],
)
def test_what_failed_within_aws_may_have_been_done_and_is_not_done_again(
    line: Any, status: str, code: str, calls: int
) -> None:
    line.application = failing(status, code)
    aws = AwsProvider(endpoint_url=line.server.url).configure({"region": "eu-west-1"})

    with pytest.raises(ProviderError, match=f"{code}: Sorry") as refused:
        aws.create("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "default"}, preview=False)
    assert isinstance(refused.value, OutcomeUnknown) == (calls == 1)
    assert line.calls == calls


def test_nobody_is_left_in_doubt_where_no_connection_was_made(line: Any) -> None:
    url = line.server.url
    line.server.close()
    aws = AwsProvider(endpoint_url=url).configure({"region": "eu-west-1"})

    with pytest.raises(ProviderError) as refused:
        aws.create("aws:sns/topic:Topic", {"name": "t", "fifoTopic": False}, preview=False)
    assert not isinstance(refused.value, OutcomeUnknown)
