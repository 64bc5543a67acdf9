"""The retries of the healer's calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tap_stack.healer.calls import RESERVE_SECONDS, CallFailed, Calls

THROTTLED = ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "SetInstanceHealth")


class Clock:
    """The time left of an invocation."""

    def __init__(self, left: float) -> None:
        self.left = left

    def takes(self, seconds: float) -> Callable[[], bool]:
        """A question that takes so long."""

        def ask() -> bool:
            self.left -= seconds
            return True

        return ask


@pytest.mark.parametrize(("asking", "tries"), [(0.0, 2), (3.0, 1)])
def test_no_retry_is_begun_with_less_time_left_than_a_call_may_take_although_there_was_enough_before_the_question(
    asking: float, tries: int
) -> None:
    """Whether a mark may be retried takes a call: the healer extends its claim."""
    clock, made = Clock(RESERVE_SECONDS + 2), list[float]()
    calls = Calls(lambda _: None, lambda: 0.0, lambda: clock.left)
    calls.leave_quiet()

    def mark() -> None:
        made.append(clock.left)
        if len(made) == 2:
            clock.left = 0
        raise THROTTLED

    with pytest.raises(CallFailed, match="Throttling"):
        calls.retried_if(clock.takes(asking), "SetInstanceHealth", mark)
    assert len(made) == tries
    assert min(made) >= RESERVE_SECONDS
