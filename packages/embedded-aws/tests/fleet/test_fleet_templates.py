"""What members are launched from: versions that are resolved at launch, and overrides with templates of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from embedded_aws.fleet import Check, Health, Override, Preferences, Refused, ScalingGroup

At = Callable[[float], datetime]
Make = Callable[..., ScalingGroup]
MIXED = (Override("m7i.large"), Override("m7g.large", "lt-arm:4"))
FIRST = "i-00000000000000001"


def versions(fleet: ScalingGroup) -> list[str]:
    return [member.template_version for member in fleet.members]


@pytest.mark.parametrize("key", ["3", "lt-1:3"])
def test_a_version_that_is_named_stays_as_it_is(make: Make, key: str) -> None:
    assert versions(make(desired=1, template_version=key)) == [key]


@pytest.mark.parametrize(
    ("key", "resolved"), [("$Latest", "1"), ("lt-1:$Latest", "lt-1:1"), ("lt-1:$Default", "lt-1:1")]
)
def test_a_version_that_is_followed_is_the_first_until_another_is_published(
    make: Make, key: str, resolved: str
) -> None:
    assert versions(make(desired=1, template_version=key)) == [resolved]


def test_the_latest_version_is_resolved_at_launch(make: Make, at: At) -> None:
    fleet = make(desired=1, template_version="lt-1:$Latest")
    fleet.publish_template("lt-1:2", at(3))
    fleet.publish_template("lt-2:9", at(3))

    fleet.set_desired_capacity(2, at(4))

    assert versions(fleet) == ["lt-1:1", "lt-1:2"]
    assert fleet.settings.template_version == "lt-1:$Latest"
    assert fleet.resolve_template("lt-1:$Latest") == "lt-1:2"


def test_the_default_version_moves_only_when_that_is_said(make: Make, at: At) -> None:
    fleet = make(desired=1, template_version="$Default")
    fleet.publish_template("2", at(3))
    fleet.set_desired_capacity(2, at(4))
    fleet.publish_template("3", at(5), default=True)
    fleet.set_desired_capacity(3, at(6))

    assert versions(fleet) == ["1", "1", "3"]


def test_a_member_knows_id_and_version_of_its_template(make: Make) -> None:
    (named,) = make(desired=1, template_version="lt-1:$Latest").members
    (bare,) = make(desired=1, template_version="7").members

    assert (named.template, bare.template) == (("lt-1", "1"), ("", "7"))


def test_each_launch_takes_one_of_the_overrides(make: Make) -> None:
    fleet = make(desired=40, template_version="lt-1:2", overrides=MIXED)

    assert {(member.instance_type, member.template_version) for member in fleet.members} == {
        ("m7i.large", "lt-1:2"),
        ("m7g.large", "lt-arm:4"),
    }


def test_the_same_seed_takes_the_same_overrides(make: Make) -> None:
    first, second = (make(desired=20, overrides=MIXED) for _ in range(2))

    assert [member.instance_type for member in first.members] == [member.instance_type for member in second.members]


def test_an_override_may_follow_the_latest_version_of_its_own_template(make: Make, at: At) -> None:
    fleet = make(desired=1, overrides=(Override("m7g.large", "lt-arm:$Latest"),))
    fleet.publish_template("lt-arm:5", at(3))

    fleet.set_instance_health(FIRST, Health.UNHEALTHY, at(4))
    fleet.advance(at(6))

    assert versions(fleet) == ["lt-arm:5"]


def test_a_bad_template_of_one_override_breaks_only_its_members(make: Make, at: At) -> None:
    fleet = make(desired=0, max_size=40, overrides=MIXED)
    fleet.spoil_template("lt-arm:4", Check.INSTANCE, at(3))
    fleet.set_desired_capacity(40, at(3))
    fleet.advance(at(4))

    assert {bool(member.faults) for member in fleet.members if member.template_version == "lt-arm:4"} == {True}
    assert {bool(member.faults) for member in fleet.members if member.template_version == "1"} == {False}


def test_a_refresh_that_skips_what_matches_knows_every_override(make: Make, at: At) -> None:
    fleet = make(desired=10, overrides=MIXED)

    refresh = fleet.start_refresh(Preferences(skip_matching=True), at(3))

    assert refresh.total == 0


def test_what_follows_the_latest_version_cannot_be_rolled_back(make: Make, at: At) -> None:
    fleet = make(desired=2, template_version="$Latest")
    with pytest.raises(Refused, match="desired configuration is required"):
        fleet.start_refresh(Preferences(auto_rollback=True), at(3), "2")

    fleet.start_refresh(Preferences(), at(3), "2")

    with pytest.raises(Refused, match="IrreversibleInstanceRefresh"):
        fleet.roll_back_refresh(at(4))
