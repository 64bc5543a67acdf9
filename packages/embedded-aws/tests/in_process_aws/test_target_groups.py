"""Target groups of the group in process: who is a target, and what its load balancers and the group make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from embedded_aws.fleet import Check, Lifecycle
from embedded_aws.in_process import target_groups
from embedded_aws.in_process.alterations import without
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import Ailment, World

MakeWorld = Callable[..., World]
MakeSession = Callable[..., ClientSession]


def balanced(world: World, number: int = 1) -> list[str]:
    """Give the group target groups; the ids of its members."""
    target_groups.attach(world, number)
    return [member.id for member in world.fleet.members]


def health(session: ClientSession, number: int = 0, **params: Any) -> dict[str, tuple[str, str]]:
    """State and reason of each target of a target group."""
    arn = session.account.world.target_groups[number]
    told = session.elbv2.describe_target_health(TargetGroupArn=arn, **params)["TargetHealthDescriptions"]
    return {
        each["Target"]["Id"]: (each["TargetHealth"]["State"], each["TargetHealth"].get("Reason", "")) for each in told
    }


def test_a_group_names_its_target_groups_and_each_member_in_service_is_a_target_of_each(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    world = a_world()
    ids, session = balanced(world, 2), a_session(world)
    (group,) = session.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]

    assert group["TargetGroupARNs"] == [each["Identifier"] for each in group["TrafficSources"]]
    assert group["TargetGroupARNs"] == list(world.target_groups)
    assert health(session, 0) == health(session, 1) == dict.fromkeys(ids, ("healthy", ""))


def test_a_member_whose_application_fails_is_unhealthy_until_it_recovers(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    world = a_world()
    (sick, *_), session = balanced(world), a_session(world)
    target_groups.fail(world, sick, "Target.FailedHealthChecks")
    before = health(session)[sick]
    target_groups.recover(world, sick)

    assert (before, health(session)[sick]) == (("unhealthy", "Target.FailedHealthChecks"), ("healthy", ""))


@pytest.mark.parametrize(
    ("check", "state"), [(Check.SYSTEM, "unhealthy"), (Check.INSTANCE, "unhealthy"), (Check.EBS, "healthy")]
)
def test_a_machine_that_fails_its_system_or_instance_check_stops_to_answer_within_a_minute(
    a_world: MakeWorld, a_session: MakeSession, check: Check, state: str
) -> None:
    world = a_world()
    (sick, *_), session = balanced(world), a_session(world)
    world.hurt(sick, check, Ailment())
    at_once = health(session)[sick]
    world.advance(world.now + timedelta(seconds=60))
    a_minute_later = health(session)[sick]
    world.recover(sick)
    world.advance(world.now + timedelta(seconds=60))

    assert (at_once[0], a_minute_later[0], health(session)[sick][0]) == ("healthy", state, "healthy")


def test_a_group_with_elbs_health_check_replaces_an_unhealthy_target_and_another_does_not(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    for checks, replaced in ((frozenset({"EC2"}), False), (frozenset({"EC2", "ELB"}), True)):
        world = a_world(health_checks=checks)
        (sick, *_), session = balanced(world), a_session(world)
        target_groups.fail(world, sick, "Target.Timeout")
        world.advance(world.now + timedelta(minutes=10))

        assert (sick not in health(session)) is replaced


def test_a_new_member_is_checked_first_and_one_on_standby_is_no_target(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    world = a_world()
    (aside, *_), session = balanced(world), a_session(world)
    known = set(health(session))
    world.fleet.enter_standby([aside], world.now, decrement=False)
    seen = set()
    for _ in range(100):
        world.advance(world.now + timedelta(seconds=5))
        seen |= {told for id_, told in health(session).items() if id_ not in known}

    assert world.fleet.member(aside).lifecycle is Lifecycle.STANDBY
    assert aside not in health(session)
    assert seen == {("initial", "Elb.InitialHealthChecking"), ("healthy", "")}


def test_targets_may_be_asked_for_by_their_ids(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    (one, *_), session = balanced(world), a_session(world)

    told = health(session, Targets=[{"Id": one}, {"Id": "i-stranger"}])

    assert told == {one: ("healthy", ""), "i-stranger": ("unused", "Target.NotRegistered")}


def test_it_may_be_throttled_denied_and_altered_like_every_call(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    balanced(world)
    asked = {"TargetGroupArn": world.target_groups[0]}
    for faults, code in (
        ({"throttled": 1.0}, "Throttling"),
        ({"denied": frozenset({"DescribeTargetHealth"})}, "AccessDenied"),
    ):
        with pytest.raises(ClientError) as error:
            a_session(world, **faults).elbv2.describe_target_health(**asked)
        assert error.value.response["Error"]["Code"] == code
    altered = a_session(world, altered={"DescribeTargetHealth": without("TargetHealth")})
    assert "TargetHealth" not in altered.elbv2.describe_target_health(**asked)["TargetHealthDescriptions"][0]
    with pytest.raises(ParamValidationError):
        a_session(world).elbv2.describe_target_health()
