"""Waiting for AWS ends in time: the provider's own, or what `customTimeouts` says; who asked is told what for."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from embedded_pulumi.aws.ec2_calls import once_free
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError, Requester, allowing, requested_by


def test_what_comes_is_handed_over() -> None:
    answers = iter([None, None, "here"])

    assert wait_for("it", lambda: next(answers)) == "here"


@pytest.mark.parametrize(("said", "waited"), [(0, "0.1 s"), (0.05, "0.05 s")])
def test_it_waits_as_long_as_is_allowed(said: float, waited: str) -> None:
    with allowing(said), pytest.raises(ProviderError, match=f"timed out waiting for it after {waited}"):
        wait_for("it", lambda: None, timeout=0.1)


def test_who_asked_is_told_what_is_waited_for() -> None:
    told: list[str] = []
    answers = iter([None, "here"])

    with requested_by(Requester(told=told.append)):
        wait_for("it", lambda: next(answers))

    assert told == ["waiting for it"]


class Subnet:
    """One that is used until so many deletions were tried."""

    def __init__(self, tries: int) -> None:
        self.tries = tries

    def delete(self, **_: str) -> None:
        self.tries -= 1
        if self.tries >= 0:
            refusal = {"Error": {"Code": "DependencyViolation", "Message": "The subnet has dependencies."}}
            raise ClientError(refusal, "DeleteSubnet")


def test_who_may_not_look_is_told_that_it_is_used() -> None:
    told: list[str] = []

    def denied() -> list[str]:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": ""}}, "DescribeNetworkInterfaces")

    with requested_by(Requester(told=told.append)):
        once_free("subnet s", Subnet(19).delete, denied, timeout=60)

    assert told == ["still used (DependencyViolation)"]


def test_a_wait_for_others_ends_at_an_interruption() -> None:
    said = "interrupted, while subnet s was still in use: DependencyViolation"

    with requested_by(Requester(in_a_hurry=lambda: True)), pytest.raises(ProviderError, match=said):
        once_free("subnet s", Subnet(1).delete, list, timeout=60)


def test_what_is_used_for_too_long_is_an_error_with_awss_last_words() -> None:
    said = r"subnet s was still in use after 0.1 s: DependencyViolation: The subnet has dependencies. \(DeleteSubnet\)"

    with allowing(0.1), pytest.raises(ProviderError, match=said):
        once_free("subnet s", Subnet(1000).delete, list, timeout=60)
