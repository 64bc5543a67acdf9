"""A call whose answer is lost, or that fails within AWS, is not made again: nobody knows what it did."""

from __future__ import annotations

from typing import Any

import pytest

from embedded_aws.httpd import LoopbackServer
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.provider import OutcomeUnknown, ProviderError

OURS = "our call"


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


def test_a_call_that_is_not_implemented_has_done_nothing(line: Any) -> None:
    line.application = failing("501 -", "NotImplemented")
    aws = AwsProvider(endpoint_url=line.server.url).configure({"region": "eu-west-1"})

    with pytest.raises(ProviderError, match="NotImplemented: Sorry") as refused:
        aws.create("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "default"}, OURS, preview=False)
    assert not isinstance(refused.value, OutcomeUnknown)
    assert line.calls == 1


def test_nobody_is_left_in_doubt_where_no_connection_was_made(line: Any) -> None:
    url = line.server.url
    line.server.close()
    aws = AwsProvider(endpoint_url=url).configure({"region": "eu-west-1"})

    with pytest.raises(ProviderError) as refused:
        aws.create("aws:sns/topic:Topic", {"name": "t", "fifoTopic": False}, preview=False)
    assert not isinstance(refused.value, OutcomeUnknown)
