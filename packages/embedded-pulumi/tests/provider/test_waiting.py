"""Waiting for AWS ends in time: the provider's own, or what `customTimeouts` says."""

from __future__ import annotations

import pytest

from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError, allowing


def test_what_comes_is_handed_over() -> None:
    answers = iter([None, None, "here"])

    assert wait_for("it", lambda: next(answers)) == "here"


@pytest.mark.parametrize(("said", "waited"), [(0, "0.1 s"), (0.05, "0.05 s")])
def test_it_waits_as_long_as_is_allowed(said: float, waited: str) -> None:
    with allowing(said), pytest.raises(ProviderError, match=f"timed out waiting for it after {waited}"):
        wait_for("it", lambda: None, timeout=0.1)
