"""AWS's words are a value of the model: what a group does stays the same whatever its activities are called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from embedded_aws.fleet import Activity, Health, Park, ScalingGroup, Words

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
FIRST = "i-00000000000000001"
RETRY = "an instance was started in response to a difference between desired and actual capacity"


def newest(fleet: ScalingGroup) -> Activity:
    return max(fleet.activities, key=lambda each: each.start)


def causes(fleet: ScalingGroup, after: datetime) -> Sequence[str]:
    return [each.cause for each in sorted(fleet.activities, key=lambda each: each.start) if each.start >= after]


def test_every_activity_can_be_worded_otherwise(make: Make, at: At) -> None:
    words = Words(
        terminate="Gone: {id}", marked="because somebody said so", sentence="{what} ({at})", launch="New {id}"
    )
    fleet = make(words=words, desired=1)

    fleet.set_instance_health(FIRST, Health.UNHEALTHY, at(3))

    ended = [each for each in fleet.activities if each.description == f"Gone: {FIRST}"]
    assert [each.cause for each in ended] == [
        "an instance was taken out of service because somebody said so (2026-01-01T00:03:00Z)"
    ]
    assert newest(fleet).description in {f"Gone: {FIRST}", "New i-00000000000000002"}


def test_the_words_change_nothing_else(make: Make, at: At) -> None:
    usual, other = make(desired=3), make(desired=3, words=Words(launch="{id}", terminate="{id}", unhealthy="?"))
    for fleet in (usual, other):
        fleet.set_instance_health(next(iter(fleet.members)).id, Health.UNHEALTHY, at(3))
        fleet.advance(at(10))

    assert [(each.start, each.end, each.status) for each in usual.activities] == [
        (each.start, each.end, each.status) for each in other.activities
    ]


def test_a_replacement_that_is_launched_again_after_a_failure_says_what_the_first_one_said(
    make: Make, park: Park, at: At
) -> None:
    fleet = make(desired=1, zones=("a",), first_backoff=timedelta(minutes=1))
    park.dry_up("a", "no")
    fleet.set_instance_health(FIRST, Health.UNHEALTHY, at(3))
    park.refill("a")
    fleet.advance(at(5))

    launches = [cause for cause in causes(fleet, at(3)) if "launched" in cause]
    assert [cause.partition(" an instance ")[2] for cause in launches] == [
        "was launched in response to an unhealthy instance needing to be replaced."
    ] * 2


def test_it_may_speak_of_a_difference_in_capacity_instead(make: Make, park: Park, at: At) -> None:
    fleet = make(desired=1, zones=("a",), words=replace(Words(), retried=Words.grown))
    park.dry_up("a", "no")
    fleet.set_instance_health(FIRST, Health.UNHEALTHY, at(3))
    park.refill("a")
    fleet.advance(at(5))

    assert causes(fleet, at(4)) == [f"At 2026-01-01T00:04:00Z {RETRY}, increasing the capacity from 0 to 1."]
