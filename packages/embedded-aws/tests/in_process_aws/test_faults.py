"""What may be put between a caller and AWS: answers altered, calls interfered with, filters that are not known yet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from support.chance import stream

from embedded_aws.fleet import Health, Process
from embedded_aws.in_process.account import SeenCall
from embedded_aws.in_process.alterations import (
    UnforeseenError,
    in_drawn_words,
    one_after_another,
    puzzling,
    reworded,
    sometimes,
    with_value,
    without,
)
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.faults import LOST, Fate, Trouble, always_the_first, lost_at_first, slow
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import GROUP_NAME, World

MakeWorld = Callable[..., World]
MakeSession = Callable[..., ClientSession]
NAMED = {"AutoScalingGroupName": GROUP_NAME}
FIRST = "i-00000000000000001"
APPLICATION = [{"Name": "application-status.status", "Values": ["impaired"]}]
SYSTEM = [{"Name": "system-status.status", "Values": ["impaired"]}]
ANSWERS = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


def group(session: ClientSession) -> dict[str, Any]:
    found: dict[str, Any] = session.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    return found


def activities(session: ClientSession) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.autoscaling.describe_scaling_activities(**NAMED)["Activities"]
    return found


def keys(value: Any) -> set[str]:
    """Every key anywhere in a value."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


# --- altered answers ---


@given(st.dictionaries(st.sampled_from("abc"), ANSWERS), st.sampled_from("abc"))
def test_a_missing_key_is_missing_everywhere_and_the_answer_it_was_taken_from_is_whole(
    answer: dict[str, Any], key: str
) -> None:
    before = repr(answer)
    altered = without(key)(answer)

    assert keys(altered) == keys(altered) - {key}
    assert repr(answer) == before


@pytest.mark.parametrize("key", ["Activities", "Cause", "StartTime"])
def test_named_keys_are_dropped_from_named_answers(a_world: MakeWorld, a_session: MakeSession, key: str) -> None:
    session = a_session(a_world(), altered={"DescribeScalingActivities": without(key)})

    assert key not in keys(session.autoscaling.describe_scaling_activities(**NAMED))
    assert "AutoScalingGroupName" in group(session)


def test_a_status_may_be_one_that_nobody_has_heard_of(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world(), altered={"DescribeAutoScalingGroups": with_value("LifecycleState", "Dreaming")})

    assert {entry["LifecycleState"] for entry in group(session)["Instances"]} == {"Dreaming"}


def test_activities_may_be_told_in_other_words(a_world: MakeWorld, a_session: MakeSession) -> None:
    words = reworded(lambda entry: {"Cause": f"because of {entry['StatusCode']}"})
    session = a_session(a_world(), altered={"DescribeScalingActivities": words})

    assert {entry["Cause"] for entry in activities(session)} == {"because of Successful"}


def test_drawn_words_mean_nothing_and_are_the_same_each_time(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world(), altered={"DescribeScalingActivities": in_drawn_words(3)})
    first = activities(session)

    assert first == activities(session)
    assert not any("in response to" in entry["Cause"] for entry in first)
    assert len({entry["Cause"] for entry in first}) > 1


def test_alterations_can_be_joined_and_happen_by_chance() -> None:
    both = one_after_another(with_value("a", 1), without("b"))
    now_and_then = sometimes(0.5, stream("api"), without("a"))
    seen = [now_and_then({"a": 1}) for _ in range(50)]

    assert both({"a": 0, "b": 0}) == {"a": 1}
    assert {str(each) for each in seen} == {"{}", "{'a': 1}"}


def test_nobody_can_look_at_a_puzzle_and_at_all_the_rest(a_world: MakeWorld, a_session: MakeSession) -> None:
    found = group(a_session(a_world(), altered={"DescribeAutoScalingGroups": puzzling("HealthCheckGracePeriod")}))

    assert found["AutoScalingGroupName"] == GROUP_NAME
    with pytest.raises(UnforeseenError):
        isinstance(found["HealthCheckGracePeriod"], int)


# --- some requests of an operation ---


def mark(session: ClientSession, instance_id: str) -> None:
    session.autoscaling.set_instance_health(InstanceId=instance_id, HealthStatus="Unhealthy")


@pytest.mark.parametrize(
    ("fate", "error"), [(Fate(refused="ValidationError"), ClientError), (LOST, ReadTimeoutError)], ids=str
)
def test_what_is_asked_for_first_fails_each_time_and_all_else_succeeds(
    a_world: MakeWorld, a_session: MakeSession, fate: Fate, error: type[Exception]
) -> None:
    world = a_world()
    session = a_session(world, troubled={"SetInstanceHealth": always_the_first(fate)})
    first, second, *_ = world.fleet.members

    for _ in range(2):
        with pytest.raises(error):
            mark(session, first.id)
    mark(session, second.id)
    assert [first.health, second.health] == [Health.HEALTHY, Health.UNHEALTHY]


def test_requests_with_some_words_are_lost_at_first(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world(), troubled={"CreateLogStream": lost_at_first(1, "known/")})

    session.logs.create_log_stream(logGroupName="healer", logStreamName="told/1")
    with pytest.raises(ReadTimeoutError):
        session.logs.create_log_stream(logGroupName="healer", logStreamName="known/1")
    session.logs.create_log_stream(logGroupName="healer", logStreamName="known/1")
    assert sorted(name for _, name in session.account.streams) == ["known/1", "told/1"]


@pytest.mark.parametrize(("trouble", "seconds"), [(slow(5), 5), (slow(60), 8)], ids=["late", "never"])
def test_a_request_is_on_its_way_for_no_longer_than_its_caller_waits(
    a_world: MakeWorld, a_session: MakeSession, trouble: Trouble, seconds: float
) -> None:
    world = a_world()
    session = a_session(world, troubled={"DescribeScalingActivities": trouble}, latency_seconds=0.0)
    begun = world.now

    with contextlib.suppress(ReadTimeoutError):
        activities(session)
    assert world.now - begun == timedelta(seconds=seconds)


# --- calls that go wrong ---


def test_a_filter_that_is_not_known_yet_is_refused_and_others_are_not(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    session = a_session(a_world(), unknown_filters=frozenset({"application-status.status"}))

    with pytest.raises(ClientError, match="application-status"):
        session.ec2.describe_instance_status(Filters=APPLICATION)
    assert session.ec2.describe_instance_status(Filters=SYSTEM)["InstanceStatuses"] == []


def test_a_call_may_be_stopped_before_it_has_any_effect(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    session = a_session(world)

    def refuse(call: SeenCall) -> None:
        if call.action == "SetInstanceHealth":
            raise ReadTimeoutError(endpoint_url="https://x")

    session.account.before = refuse
    with pytest.raises(ReadTimeoutError):
        session.autoscaling.set_instance_health(InstanceId=FIRST, HealthStatus="Unhealthy")

    assert world.fleet.member(FIRST).health is Health.HEALTHY


def test_an_answer_may_be_lost_or_changed_on_its_way_without_harm_to_the_group(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    world = a_world()
    session = a_session(world)

    def change(call: SeenCall) -> None:
        if call.action == "SetInstanceHealth":
            raise ReadTimeoutError(endpoint_url="https://x")
        if call.reply is not None and call.action == "DescribeAutoScalingGroups":
            call.reply["AutoScalingGroups"][0]["Instances"].clear()

    world.fleet.suspend([Process.TERMINATE], world.now)
    session.account.after = change
    with pytest.raises(ReadTimeoutError):
        session.autoscaling.set_instance_health(InstanceId=FIRST, HealthStatus="Unhealthy")

    assert world.fleet.member(FIRST).health is Health.UNHEALTHY
    assert group(session)["Instances"] == []
    session.account.after = None
    assert len(group(session)["Instances"]) == 6


def test_a_test_may_answer_itself_and_refuse_in_awss_way(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world())

    def refuse() -> dict[str, Any]:
        raise AwsError("ServiceUnavailable", "not today", 503)

    session.account.answers["DescribeTags"] = lambda: {"Tags": ["mine"]}
    session.account.answers["DescribeInstanceStatus"] = refuse

    assert session.ec2.describe_tags()["Tags"] == ["mine"]
    with pytest.raises(ClientError) as error:
        session.ec2.describe_instance_status(Filters=SYSTEM)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_whoever_watches_sees_how_each_call_ended(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world())
    seen: list[tuple[str, str]] = []

    class Witness:
        def sees(self, call: SeenCall) -> None:
            seen.append((call.action, call.error))

        def before_effect(self, call: SeenCall) -> None:
            assert call.reply is None

    session.account.witnesses.append(Witness())
    group(session)
    with pytest.raises(ClientError):
        session.autoscaling.set_instance_health(InstanceId="i-0", HealthStatus="Unhealthy")

    assert seen == [("DescribeAutoScalingGroups", ""), ("SetInstanceHealth", "ValidationError")]


# --- log streams ---


def test_streams_are_listed_by_prefix_in_pages_of_at_most_50(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    session = a_session(world)
    for number in range(120):
        session.logs.create_log_stream(logGroupName="g", logStreamName=f"marked/{number:03}")
    session.logs.create_log_stream(logGroupName="g", logStreamName="acting/1")
    session.logs.create_log_stream(logGroupName="another", logStreamName="marked/1")
    names, params, sizes = list[str](), dict[str, Any](), list[int]()
    while True:
        reply = session.logs.describe_log_streams(logGroupName="g", logStreamNamePrefix="marked/", **params)
        names += [stream["logStreamName"] for stream in reply["logStreams"]]
        sizes.append(len(reply["logStreams"]))
        if "nextToken" not in reply:
            break
        params = {"nextToken": reply["nextToken"]}

    assert (names, sizes) == ([f"marked/{number:03}" for number in range(120)], [50, 50, 20])
    assert reply["logStreams"][0]["creationTime"] == int(world.now.timestamp() * 1000)
    assert reply["logStreams"][0]["arn"].endswith(":log-group:g:log-stream:marked/100")


def test_a_stream_that_was_made_a_moment_ago_may_not_be_listed_yet(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    session = a_session(world, lag_seconds=5.0)
    session.logs.create_log_stream(logGroupName="g", logStreamName="s")

    def listed() -> set[int]:
        return {len(session.logs.describe_log_streams(logGroupName="g")["logStreams"]) for _ in range(40)}

    assert listed() == {0, 1}
    world.advance(world.now + timedelta(seconds=5))
    assert listed() == {1}
