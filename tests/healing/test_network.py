"""The network between the healer and AWS: botocore's errors carry no answer, and are no reason to fall over."""

from __future__ import annotations

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from support.healing.world import a_broken_world

URL = "https://ec2.amazonaws.com/"
ERRORS = [ReadTimeoutError, ConnectTimeoutError, EndpointConnectionError]


@pytest.mark.parametrize("error", ERRORS)
def test_a_call_without_an_answer_is_tried_again(error: type[ReadTimeoutError]) -> None:
    world = a_broken_world()
    lost = iter([True])

    def before(action: str) -> None:
        if action == "DescribeInstanceStatus" and next(lost, False):
            raise error(endpoint_url=URL)

    world.aws.before = before
    line = world.sweep()

    assert line["retries"] == 1
    assert world.aws.marked() == ["i-00001"]


def test_calls_that_never_get_an_answer_make_the_sweep_blind() -> None:
    world = a_broken_world()

    def before(action: str) -> None:
        if action == "DescribeInstanceStatus":
            raise ReadTimeoutError(endpoint_url=URL)

    world.aws.before = before
    line = world.sweep()

    assert line["result"] == "blind"
    assert world.aws.marked() == []
