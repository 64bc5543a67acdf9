"""Event source mappings: messages of queues and changes of tables reach a function, and what it says of them counts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .world import LOGGING, REGION, World

ACCOUNT = "123456789012"
NAME = "orders"
READING = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"),
                *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
                *("dynamodb:ListStreams", "sns:Publish"),
            ],
            "Resource": "*",
        }
    ],
}
PICKY = """
def lambda_handler(event, context):
    if any("bad" in str(record) for record in event["Records"]):
        raise ValueError("bad")
"""
REPORTING = """
def lambda_handler(event, context):
    bad = [each for each in event["Records"] if "bad" in str(each.get("body") or each["dynamodb"])]
    named = [each.get("messageId") or each["dynamodb"]["SequenceNumber"] for each in bad]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in named]}
"""


def queue(world: World, name: str = NAME, **attributes: str) -> str:
    """A queue's ARN."""
    world.client("sqs").create_queue(QueueName=name, Attributes=attributes)
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def url(world: World, name: str = NAME) -> str:
    return str(world.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def send(world: World, *bodies: str, name: str = NAME, **more: Any) -> None:
    for body in bodies:
        world.client("sqs").send_message(QueueUrl=url(world, name), MessageBody=body, **more)


def left(world: World, name: str = NAME) -> int:
    """How many messages a queue has, visible or not."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    found = world.client("sqs").get_queue_attributes(QueueUrl=url(world, name), AttributeNames=list(names))
    return sum(int(found["Attributes"][each]) for each in names)


def table(world: World) -> str:
    """The ARN of a table's stream."""
    made = world.client("dynamodb").create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return str(made["TableDescription"]["LatestStreamArn"])


def put(world: World, *ids: str) -> None:
    for each in ids:
        world.client("dynamodb").put_item(TableName=NAME, Item={"id": {"S": each}})


def deploy(world: World, source: str, **params: Any) -> None:
    world.deploy(source, Role=world.create_role("reader", READING, LOGGING), **params)


def mapped(world: World, source: str, **params: Any) -> dict[str, Any]:
    made: dict[str, Any] = world.awslambda.create_event_source_mapping(
        EventSourceArn=source, FunctionName="probe", **params
    )
    return made


def refusal(world: World, source: str, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        mapped(world, source, **params)
    return str(caught.value.response["Error"]["Message"])


def batches(world: World) -> list[list[Any]]:
    """What each invocation was given: the bodies of messages, or the ids of rows."""
    events = [json.loads(each.event)["Records"] for each in world.seen]
    return [[each.get("body") or each["dynamodb"]["Keys"]["id"]["S"] for each in event] for event in events]


def test_a_message_in_the_queue_invokes_the_function_and_is_deleted(world: World) -> None:
    source = queue(world)
    deploy(world, PICKY)
    made = mapped(world, source)
    typed = {"kind": {"DataType": "String", "StringValue": "new"}}

    send(world, "one", MessageAttributes=typed)
    world.advance(seconds=2)

    (record,) = json.loads(world.seen[0].event)["Records"]
    assert {name: record[name] for name in ("body", "eventSource", "eventSourceARN", "awsRegion")} == {
        "body": "one",
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": REGION,
    }
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "new"
    assert left(world) == 0
    assert made["State"] == "Creating"
    assert world.awslambda.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"


def test_messages_come_in_batches_of_the_size_that_was_asked_for(world: World) -> None:
    source = queue(world)
    deploy(world, PICKY)
    mapped(world, source, BatchSize=2)

    send(world, *"abc")
    world.advance(seconds=2)

    assert batches(world) == [["a", "b"], ["c"]]


def test_a_batch_waits_for_its_window_unless_it_is_full(world: World) -> None:
    source = queue(world)
    deploy(world, PICKY)
    mapped(world, source, BatchSize=2, MaximumBatchingWindowInSeconds=60)

    send(world, "a")
    world.advance(seconds=30)
    waited = batches(world)
    send(world, "b")
    world.advance(seconds=2)
    full = batches(world)
    send(world, "c")
    world.advance(seconds=62)

    assert (waited, full, batches(world)) == ([], [["a", "b"]], [["a", "b"], ["c"]])


def test_a_batch_that_fails_comes_back_after_its_visibility_and_ends_in_the_dead_letter_queue(world: World) -> None:
    dead = queue(world, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    source = queue(world, VisibilityTimeout="30", RedrivePolicy=policy)
    deploy(world, PICKY)
    mapped(world, source)

    send(world, "bad")
    world.advance(seconds=20)
    first = len(world.seen)
    world.advance(seconds=100)

    assert (first, len(world.seen)) == (1, 2)
    assert (left(world), left(world, "dead")) == (0, 1)


def test_only_the_messages_that_a_function_names_come_back(world: World) -> None:
    source = queue(world)
    deploy(world, REPORTING)
    mapped(world, source, FunctionResponseTypes=["ReportBatchItemFailures"])

    send(world, "good", "bad", "fine")
    world.advance(seconds=2)
    rest = left(world)
    world.advance(seconds=31)

    assert rest == 1
    assert batches(world) == [["good", "bad", "fine"], ["bad"]]


def test_what_no_filter_fits_is_deleted_and_invokes_nothing(world: World) -> None:
    source = queue(world)
    deploy(world, PICKY)
    pattern = json.dumps({"body": {"kind": ["order"]}})
    mapped(world, source, FilterCriteria={"Filters": [{"Pattern": pattern}]})

    send(world, '{"kind": "order"}', '{"kind": "note"}', "no JSON")
    world.advance(seconds=2)

    assert batches(world) == [['{"kind": "order"}']]
    assert left(world) == 0


def test_a_mapping_that_is_off_or_gone_invokes_nothing(world: World) -> None:
    source = queue(world)
    deploy(world, PICKY)
    uuid = mapped(world, source, Enabled=False)["UUID"]

    send(world, "a")
    world.advance(seconds=5)
    off = batches(world)
    world.awslambda.update_event_source_mapping(UUID=uuid, Enabled=True)
    world.advance(seconds=5)
    on = batches(world)
    world.awslambda.delete_event_source_mapping(UUID=uuid)
    send(world, "b")
    world.advance(seconds=5)

    assert (off, on, batches(world)) == ([], [["a"]], [["a"]])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        world.awslambda.get_event_source_mapping(UUID=uuid)


def test_a_role_that_lost_its_permission_receives_nothing_any_more(world: World) -> None:
    source = queue(world)
    deploy(world, PICKY)
    mapped(world, source)

    world.client("iam").delete_role_policy(RoleName="reader", PolicyName="policy-0")
    send(world, "a")
    world.advance(seconds=5)

    assert (batches(world), left(world)) == ([], 1)


def test_the_changes_of_a_table_come_in_their_order_from_where_the_mapping_begins(world: World) -> None:
    stream = table(world)
    deploy(world, PICKY)
    put(world, "old")
    mapped(world, stream, StartingPosition="LATEST", BatchSize=2)

    put(world, "a", "b", "c")
    world.client("dynamodb").delete_item(TableName=NAME, Key={"id": {"S": "a"}})
    world.advance(seconds=5)

    assert batches(world) == [["a", "b"], ["c", "a"]]
    last = json.loads(world.seen[1].event)["Records"][1]
    assert (last["eventName"], last["eventSourceARN"], last["awsRegion"]) == ("REMOVE", stream, REGION)
    assert last["dynamodb"]["OldImage"] == {"id": {"S": "a"}}


def test_a_batch_of_changes_that_fails_is_repeated_before_the_next(world: World) -> None:
    stream = table(world)
    deploy(world, PICKY)
    made = mapped(world, stream, StartingPosition="TRIM_HORIZON", BatchSize=1)

    put(world, "bad", "next")
    world.advance(seconds=5)

    assert {tuple(each) for each in batches(world)} == {("bad",)}
    assert len(batches(world)) > 2
    found = world.awslambda.get_event_source_mapping(UUID=made["UUID"])
    assert found["LastProcessingResult"] == "PROBLEM: Function call failed"


def test_a_batch_that_is_given_up_is_told_to_the_destination_and_the_next_goes_on(world: World) -> None:
    stream = table(world)
    topic = world.client("sns").create_topic(Name="lost")["TopicArn"]
    deploy(world, PICKY)
    mapped(
        world,
        stream,
        StartingPosition="TRIM_HORIZON",
        BatchSize=1,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": topic}},
    )

    put(world, "bad", "next")
    world.advance(seconds=6)

    assert batches(world) == [["bad"], ["bad"], ["next"]]
    (told,) = [json.loads(each) for each in world.messages(topic)]
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1
    assert told["DDBStreamBatchInfo"]["streamArn"] == stream


def test_changes_that_are_too_old_are_given_up(world: World) -> None:
    stream = table(world)
    deploy(world, PICKY)
    mapped(world, stream, StartingPosition="TRIM_HORIZON", BatchSize=1, MaximumRecordAgeInSeconds=60)

    put(world, "bad", "next")
    world.advance(seconds=50)
    before = {each[0] for each in batches(world)}
    world.advance(seconds=20)

    assert (before, batches(world)[-1]) == ({"bad"}, ["next"])


def test_a_batch_is_split_where_that_is_asked_for(world: World) -> None:
    stream = table(world)
    deploy(world, PICKY)
    mapped(
        world,
        stream,
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
    )

    put(world, "a", "b", "bad", "c")
    world.advance(seconds=10)

    assert batches(world) == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["c"]]


def test_a_function_says_from_where_on_changes_are_repeated(world: World) -> None:
    stream = table(world)
    deploy(world, REPORTING)
    mapped(
        world,
        stream,
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )

    put(world, "a", "bad", "b")
    world.advance(seconds=10)

    assert batches(world) == [["a", "bad", "b"], ["bad", "b"]]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"BatchSize": 100}, "Maximum batch window in seconds must be greater than 0"),
        ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS event sources."),
        ({"BisectBatchOnFunctionError": True}, "Unsupported BisectBatchOnFunctionError parameter"),
        ({"MaximumBatchingWindowInSeconds": 301}, "less than or equal to 300"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "no JSON"}]}}, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{}"}] * 6}}, "The maximum number of filters"),
        ({"Topics": ["topic"]}, "Topics is not part of the embedded AWS."),
    ],
)
def test_what_lambda_takes_of_no_queue_is_refused(world: World, params: dict[str, Any], message: str) -> None:
    source = queue(world)
    deploy(world, PICKY)

    assert message in refusal(world, source, **params)


def test_a_source_that_lambda_cannot_use_is_refused(world: World) -> None:
    source, fifo, stream = queue(world), queue(world, "one.fifo", FifoQueue="true"), table(world)
    short = queue(world, "short", VisibilityTimeout="5")
    deploy(world, PICKY)
    mapped(world, source)

    assert "already exists" in refusal(world, source)
    assert "does not exist" in refusal(world, source.replace(NAME, "none"))
    assert "Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds" in refusal(world, short)
    assert "FIFO" in refusal(world, fifo, BatchSize=11, MaximumBatchingWindowInSeconds=0)
    assert "Unsupported starting position" in refusal(world, stream)
    assert "Unsupported ScalingConfig" in refusal(
        world, stream, StartingPosition="LATEST", ScalingConfig={"MaximumConcurrency": 2}
    )
    assert "is no event source" in refusal(world, "arn:aws:kinesis:eu-west-1:123456789012:stream/a")


def test_a_role_that_may_not_read_the_source_is_refused(world: World) -> None:
    source, stream = queue(world), table(world)
    world.deploy(PICKY)  # whose role may write logs alone

    assert "does not have permissions to call ReceiveMessage on SQS" in refusal(world, source)
    assert "Please ensure the role can perform the GetRecords" in refusal(world, stream, StartingPosition="LATEST")
