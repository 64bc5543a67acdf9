"""Asynchronous invocations: when an event is tried again, when it is given up, and who is told. All in cloud time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .world import World

FAILING = "def lambda_handler(event, context):\n    raise RuntimeError('no')\n"
MINUTE = timedelta(minutes=1)


def test_an_event_runs_when_the_clock_moves_and_not_before(world: World) -> None:
    world.deploy()
    answer = world.invoke({"n": 1}, InvocationType="Event")
    before = list(world.seen)

    world.advance(seconds=0)

    assert answer["StatusCode"] == 202
    assert answer["Payload"] is None
    assert before == []
    assert [(each.event, each.asynchronous) for each in world.seen] == [(b'{"n": 1}', True)]


def test_cloud_time_stands_still_while_an_event_is_handled(world: World) -> None:
    world.deploy("import time\ndef lambda_handler(event, context):\n    time.sleep(0.2)\n")
    world.invoke({}, InvocationType="Event")
    before = world.clock.now()

    world.advance(seconds=0)

    assert world.clock.now() == before
    assert world.seen[0].duration_ms >= 200


def test_a_failed_event_is_tried_again_after_one_minute_and_after_two_more(world: World) -> None:
    world.deploy(FAILING)
    began = world.clock.now()
    world.invoke({}, InvocationType="Event")

    world.advance(hours=1)

    assert [each.started - began for each in world.seen] == [0 * MINUTE, 1 * MINUTE, 3 * MINUTE]
    assert len({each.request_id for each in world.seen}) == 1
    assert _sums(world, "AsyncEventsReceived") == [1]
    assert _sums(world, "AsyncEventsDropped") == [1]


def test_with_no_retries_a_failed_event_is_tried_once(world: World) -> None:
    world.deploy(FAILING)
    world.awslambda.put_function_event_invoke_config(FunctionName="probe", MaximumRetryAttempts=0)
    world.invoke({}, InvocationType="Event")

    world.advance(hours=1)

    assert len(world.seen) == 1


def test_a_retry_that_would_come_too_late_is_not_made(world: World) -> None:
    world.deploy(FAILING)
    world.awslambda.put_function_event_invoke_config(FunctionName="probe", MaximumEventAgeInSeconds=100)
    world.invoke({}, InvocationType="Event")

    world.advance(hours=1)

    assert len(world.seen) == 2
    assert _sums(world, "AsyncEventsDropped") == [1]


def test_the_failure_destination_gets_the_invocation_record(world: World) -> None:
    topic = world.client("sns").create_topic(Name="failures")["TopicArn"]
    role = world.create_role("publisher", _allow("sns:Publish", topic))
    arn = world.deploy(FAILING, Role=role)
    world.awslambda.put_function_event_invoke_config(
        FunctionName="probe", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": topic}}
    )
    world.invoke({"tick": 7}, InvocationType="Event")

    world.advance(minutes=1)

    [record] = _published(world, topic)
    assert record["version"] == "1.0"
    assert record["timestamp"] == "2026-03-01T12:00:00.000Z"
    assert record["requestContext"] == {
        "requestId": world.seen[0].request_id,
        "functionArn": f"{arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert record["requestPayload"] == {"tick": 7}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no"


def test_a_destination_that_the_role_may_not_reach_is_refused(world: World) -> None:
    topic = world.client("sns").create_topic(Name="failures")["TopicArn"]
    world.deploy()

    with pytest.raises(ClientError) as refused:
        world.awslambda.put_function_event_invoke_config(
            FunctionName="probe", DestinationConfig={"OnFailure": {"Destination": topic}}
        )

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_permission_taken_away_later_is_a_delivery_failure(world: World) -> None:
    topic = world.client("sns").create_topic(Name="failures")["TopicArn"]
    role = world.create_role("publisher", _allow("sns:Publish", topic))
    world.deploy(FAILING, Role=role)
    world.awslambda.put_function_event_invoke_config(
        FunctionName="probe", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": topic}}
    )
    world.client("iam").delete_role_policy(RoleName="publisher", PolicyName="policy-0")
    world.invoke({}, InvocationType="Event")

    world.advance(minutes=1)

    assert _published(world, topic) == []
    assert _sums(world, "DestinationDeliveryFailures") == [1]


def test_another_function_can_be_the_destination_of_a_success(world: World) -> None:
    other = world.deploy(name="other")
    role = world.create_role("caller", _allow("lambda:InvokeFunction", other))
    world.deploy(Role=role)
    world.awslambda.put_function_event_invoke_config(
        FunctionName="probe", DestinationConfig={"OnSuccess": {"Destination": other}}
    )
    world.invoke({"n": 1}, InvocationType="Event")

    world.advance(seconds=0)

    assert [each.function_name for each in world.seen] == ["probe", "other"]
    record = json.loads(world.seen[1].event)
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"n": 1}


def test_the_dead_letter_target_gets_the_event_itself(world: World) -> None:
    topic = world.client("sns").create_topic(Name="dead")["TopicArn"]
    role = world.create_role("publisher", _allow("sns:Publish", topic))
    world.deploy(FAILING, Role=role, DeadLetterConfig={"TargetArn": topic})
    world.invoke({"lost": True}, InvocationType="Event")

    world.advance(minutes=5)

    assert _published(world, topic) == [{"lost": True}]


def test_a_function_that_is_switched_off_drops_its_events_at_once(world: World) -> None:
    world.deploy()
    world.awslambda.put_function_concurrency(FunctionName="probe", ReservedConcurrentExecutions=0)
    world.invoke({}, InvocationType="Event")

    world.advance(seconds=0)

    assert world.seen == []
    assert _sums(world, "AsyncEventsDropped") == [1]


def test_throttled_events_back_off_until_there_is_room_and_spend_no_retry(world: World) -> None:
    arn = world.deploy()
    world.awslambda.put_function_concurrency(FunctionName="probe", ReservedConcurrentExecutions=1)
    world.awslambda.put_function_event_invoke_config(FunctionName="probe", MaximumRetryAttempts=0)
    began = world.clock.now()
    world.functions._running[arn] = 1  # somebody else's invocation, for as long as this test wants
    world.invoke({}, InvocationType="Event")
    world.advance(seconds=20)
    world.functions._running[arn] = 0

    world.advance(minutes=5)

    throttled = sum(value for _, value in world.metric("AWS/Lambda", "Throttles", FunctionName="probe"))
    assert throttled == 5  # after 0, 1, 3, 7 and 15 seconds
    assert [each.started - began for each in world.seen] == [timedelta(seconds=31)]


def test_throttled_events_are_dropped_when_they_are_too_old(world: World) -> None:
    topic = world.client("sns").create_topic(Name="failures")["TopicArn"]
    arn = world.deploy(Role=world.create_role("publisher", _allow("sns:Publish", topic)))
    world.awslambda.put_function_concurrency(FunctionName="probe", ReservedConcurrentExecutions=1)
    world.awslambda.put_function_event_invoke_config(
        FunctionName="probe", MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": topic}}
    )
    world.functions._running[arn] = 1
    world.invoke({}, InvocationType="Event")

    world.advance(seconds=60)

    [record] = _published(world, topic)
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responsePayload" not in record
    assert world.seen == []


def test_the_events_of_a_deleted_function_go_with_it(world: World) -> None:
    world.deploy(FAILING)
    world.invoke({}, InvocationType="Event")
    world.advance(seconds=0)

    world.awslambda.delete_function(FunctionName="probe")
    world.advance(hours=1)

    assert len(world.seen) == 1


def _sums(world: World, metric: str) -> list[float]:
    return [value for _, value in world.metric("AWS/Lambda", metric, FunctionName="probe")]


def _allow(action: str, resource: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def _published(world: World, topic_arn: str) -> list[Any]:
    """The messages of a topic, decoded."""
    return [json.loads(message) for message in world.messages(topic_arn)]
