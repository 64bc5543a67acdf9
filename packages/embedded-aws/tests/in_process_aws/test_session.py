"""The stand-in for AWS: boto3's shapes and rules, with each fault where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError, ReadTimeoutError

from embedded_aws.fleet import Check, Health, Process
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import Ailment, CheckReport, World

MakeWorld = Callable[..., World]
MakeSession = Callable[..., ClientSession]
FIRST = "i-00000000000000001"
SYSTEM = [{"Name": "system-status.status", "Values": ["impaired"]}]


def group(session: ClientSession) -> dict[str, Any]:
    reply = session.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["web"])
    found: dict[str, Any] = reply["AutoScalingGroups"][0]
    return found


def impaired(session: ClientSession, **params: Any) -> list[str]:
    reply = session.ec2.describe_instance_status(Filters=SYSTEM, **params)
    return [entry["InstanceId"] for entry in reply["InstanceStatuses"]]


def mark(session: ClientSession, instance_id: str = FIRST, **params: Any) -> None:
    session.autoscaling.set_instance_health(InstanceId=instance_id, HealthStatus="Unhealthy", **params)


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_request_that_aws_does_not_know_is_refused_as_boto3_refuses_it(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    session = a_session(a_world())

    with pytest.raises(ParamValidationError, match="Unknown parameter"):
        session.ec2.describe_instance_status(Filter=SYSTEM)
    with pytest.raises(ParamValidationError, match="Missing required parameter"):
        session.autoscaling.set_instance_health(InstanceId=FIRST)


def test_an_answer_carries_the_time_of_the_simulation(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    reply = a_session(world).ec2.describe_instance_status(Filters=SYSTEM)

    assert parsedate_to_datetime(reply["ResponseMetadata"]["HTTPHeaders"]["date"]) == world.now


def test_without_ids_and_filters_it_shows_every_instance_of_the_account(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    world = a_world(desired=4)
    world.strangers = ("i-0000000000000ffff",)
    reply = a_session(world).ec2.describe_instance_status()

    assert len(reply["InstanceStatuses"]) == 5


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (CheckReport.USUAL, {"Name": "reachability", "Status": "failed", "ImpairedSince": timedelta(0)}),
        (CheckReport.FUTURE, {"Name": "reachability", "Status": "failed", "ImpairedSince": timedelta(hours=1)}),
        (CheckReport.UNDATED, {"Name": "reachability", "Status": "failed"}),
    ],
)
def test_a_failing_check_is_told_as_the_ailment_says(
    a_world: MakeWorld, a_session: MakeSession, told: CheckReport, shown: dict[str, Any]
) -> None:
    world = a_world()
    world.hurt(FIRST, Check.SYSTEM, Ailment(told=told))
    entry = a_session(world).ec2.describe_instance_status(InstanceIds=[FIRST])["InstanceStatuses"][0]
    since = {key: world.now + value for key, value in shown.items() if key == "ImpairedSince"}

    assert entry["SystemStatus"] == {"Status": "impaired", "Details": [shown | since]}
    assert entry["InstanceStatus"]["Status"] == "ok"


def test_a_new_instance_is_initializing_although_it_is_in_service(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world(desired=2)
    world.fleet.set_desired_capacity(3, world.now)
    world.advance(world.now + timedelta(seconds=60))
    session = a_session(world)
    new = group(session)["Instances"][-1]
    status = session.ec2.describe_instance_status(InstanceIds=[new["InstanceId"]])["InstanceStatuses"][0]

    assert new["LifecycleState"] == "InService"
    assert status["SystemStatus"]["Status"] == "initializing"


def test_a_mark_in_the_grace_period_is_refused_in_awss_words(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world(grace=timedelta(hours=2)))

    with pytest.raises(ClientError, match="less than the configured grace period of 7200 seconds") as error:
        mark(session)
    assert code(error) == "ValidationError"

    mark(session, ShouldRespectGracePeriod=False)


def test_a_call_that_is_lost_on_its_way_there_has_no_effect_and_one_on_its_way_back_has(
    a_world: MakeWorld, a_session: MakeSession
) -> None:
    world = a_world()
    world.fleet.suspend([Process.TERMINATE], world.now)
    begin = world.now
    with pytest.raises(ReadTimeoutError):
        mark(a_session(world, lost_request=1.0))
    assert world.fleet.member(FIRST).health is Health.HEALTHY

    with pytest.raises(ReadTimeoutError):
        mark(a_session(world, lost_reply=1.0))

    assert world.fleet.member(FIRST).health is Health.UNHEALTHY
    assert world.now == begin + timedelta(seconds=16)


def test_throttling_has_each_services_own_code(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world(), throttled=1.0)

    with pytest.raises(ClientError) as of_ec2:
        impaired(session)
    with pytest.raises(ClientError) as of_autoscaling:
        group(session)
    assert (code(of_ec2), code(of_autoscaling)) == ("RequestLimitExceeded", "Throttling")


def test_answers_that_lag_show_what_was_true_before(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world()
    session = a_session(world, lag_seconds=10.0)
    world.hurt(FIRST, Check.SYSTEM, Ailment())
    world.fleet.suspend([Process.LAUNCH], world.now)
    world.advance(world.now + timedelta(seconds=5))
    seen = [(impaired(session), group(session)["SuspendedProcesses"] != []) for _ in range(40)]
    world.advance(world.now + timedelta(seconds=6))
    later = [(impaired(session), group(session)["SuspendedProcesses"] != []) for _ in range(40)]

    assert {tuple(ids) for ids, _ in seen} == {(), (FIRST,)}
    assert {suspended for _, suspended in seen} == {True, False}
    assert later == [([FIRST], True)] * 40


def test_pages_lead_to_one_another_until_the_end(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world(desired=7)
    for member in world.fleet.members:
        world.hurt(member.id, Check.SYSTEM, Ailment())
    session, found, params = a_session(world, page_size=3, empty_page=1.0), list[str](), dict[str, Any]()
    while True:
        reply = session.ec2.describe_instance_status(Filters=SYSTEM, **params)
        found += [entry["InstanceId"] for entry in reply["InstanceStatuses"]]
        if "NextToken" not in reply:
            break
        params = {"NextToken": reply["NextToken"]}

    assert found == [member.id for member in world.fleet.members]
    assert session.account.calls == {"DescribeInstanceStatus": 4}


def test_a_page_may_repeat_itself_or_be_lost(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world(desired=7)
    for member in world.fleet.members:
        world.hurt(member.id, Check.SYSTEM, Ailment())
    again = a_session(world, page_size=3, repeated_page=1.0)
    token = again.ec2.describe_instance_status(Filters=SYSTEM)["NextToken"]
    lost = a_session(world, page_size=3, lost_page=1.0)
    next_token = lost.ec2.describe_instance_status(Filters=SYSTEM)["NextToken"]

    assert again.ec2.describe_instance_status(Filters=SYSTEM, NextToken=token)["NextToken"] == token
    with pytest.raises(ClientError, match="InvalidPaginationToken"):
        lost.ec2.describe_instance_status(Filters=SYSTEM, NextToken=next_token)


def test_activities_come_under_way_first_and_then_newest_first(a_world: MakeWorld, a_session: MakeSession) -> None:
    world = a_world(desired=3)
    session = a_session(world)
    mark(session)
    reply = session.autoscaling.describe_scaling_activities(AutoScalingGroupName="web", MaxRecords=2)

    assert [entry["StatusCode"] for entry in reply["Activities"]] == ["PreInService", "InProgress"]
    assert "an unhealthy instance needing to be replaced" in reply["Activities"][0]["Cause"]
    assert "user health-check" in reply["Activities"][1]["Cause"]
    assert "NextToken" in reply


def test_of_two_that_create_a_log_stream_one_succeeds(a_world: MakeWorld, a_session: MakeSession) -> None:
    session = a_session(a_world())
    session.logs.create_log_stream(logGroupName="g", logStreamName="s")

    with pytest.raises(ClientError) as error:
        session.logs.create_log_stream(logGroupName="g", logStreamName="s")
    assert code(error) == "ResourceAlreadyExistsException"
