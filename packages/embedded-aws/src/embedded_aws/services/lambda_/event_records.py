"""What an event source hands to a function: records in Lambda's form, those that filters let through; what comes back.

Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS" and "Using AWS Lambda with Amazon DynamoDB" (example
events), "Control which events Lambda sends to your function", "Handling errors for an SQS event source" (the partial
batch response), "Retain discarded records for a DynamoDB event source".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern, EventPatternParser

from embedded_aws.calls import AwsError
from embedded_aws.services.lambda_.destinations import Arn
from embedded_aws.services.lambda_.invocations import Invocation

Fits: TypeAlias = Callable[[Mapping[str, Any]], bool]
"""Whether a record passes the filters."""

REPORTS_FAILURES = "ReportBatchItemFailures"
MAX_FILTERS = 5  # quota "Filters per event source mapping"


def filters(criteria: Mapping[str, Any] | None) -> Fits:
    """What the filters of a mapping let through: a record that one of them fits, or all if there is none.

    Raises:
        AwsError: InvalidParameterValueException, there are too many, or one cannot be read.
    """
    texts = [each.get("Pattern", "{}") for each in (criteria or {}).get("Filters", ())]
    if len(texts) > MAX_FILTERS:
        message = f"The maximum number of filters per event source mapping is {MAX_FILTERS}."
        raise AwsError("InvalidParameterValueException", message)
    try:
        patterns = [EventPattern(text, EventPatternParser(text).parse()) for text in texts]
    except (AttributeError, InvalidEventPatternException) as error:  # moto looks for the keys of what may be no object
        raise AwsError("InvalidParameterValueException", "Invalid filter pattern definition.") from error

    def fits(record: Mapping[str, Any]) -> bool:
        body = record.get("body")
        seen = record if body is None else {**record, "body": _as_json(body)}
        return not patterns or any(pattern.matches_event(seen) for pattern in patterns)  # type: ignore[arg-type]

    return fits


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def of_message(message: Any, queue: Arn) -> dict[str, Any]:
    """The record of a message as moto has received it."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(int(message.sent_timestamp)),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(int(message.approximate_first_receive_timestamp)),
        "SequenceNumber": message.sequence_number,
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
    }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {name: value for name, value in attributes.items() if value is not None},
        "messageAttributes": {name: _attribute(each) for name, each in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.text,
        "awsRegion": queue.region,
    }


def _attribute(told: Mapping[str, Any]) -> dict[str, Any]:
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue"}
    values = {ours: told[theirs] for theirs, ours in names.items() if told.get(theirs)}
    values = {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}
    return {**values, "stringListValues": [], "binaryListValues": [], "dataType": told["DataType"]}


def of_change(record: Mapping[str, Any], stream: Arn) -> dict[str, Any]:
    """The record of a change of a table, as moto keeps it in the stream."""
    change = {**record["dynamodb"], "ApproximateCreationDateTime": arrival(record).timestamp()}
    return {**record, "awsRegion": stream.region, "dynamodb": change, "eventSourceARN": stream.text}


def arrival(record: Mapping[str, Any]) -> datetime:
    """When a change came into the stream; moto's times are UTC without saying so."""
    when: datetime = record["dynamodb"]["ApproximateCreationDateTime"]
    return when.replace(tzinfo=UTC)


def sequence_number(record: Mapping[str, Any]) -> str:
    """The number of a change in its stream."""
    return str(record["dynamodb"]["SequenceNumber"])


def failed_items(invocation: Invocation, ids: Sequence[str], *, reported: bool) -> set[str]:
    """The records, by their ids, that a function did not deal with: all if it failed, else those that it names.

    Args:
        invocation: How the function ran on them.
        ids: Of all records that it was given.
        reported: Whether the mapping lets the function name them.

    Returns:
        All of them too if the answer is not as it must be, or names one that the function was not given.
    """
    if invocation.error is not None:
        return set(ids)
    if not reported:
        return set()
    answer = _as_json(invocation.payload.decode())
    listed = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if listed is None:  # nothing at all is a complete success
        return set() if answer is None or isinstance(answer, dict) else set(ids)
    try:
        named = {each["itemIdentifier"] for each in listed}
    except (KeyError, TypeError):
        return set(ids)
    return min(named, set(ids))


def discarded(
    invocation: Invocation, records: Sequence[Mapping[str, Any]], stream: Arn, *, tries: int, reason: str, now: datetime
) -> str:
    """What a destination is told of changes that a function failed on."""
    first, last = records[0], records[-1]
    return json.dumps(
        {
            "requestContext": {
                "requestId": invocation.request_id,
                "functionArn": invocation.function_arn,
                "condition": reason,
                "approximateInvokeCount": tries,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": invocation.version,
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": _written(now),
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000001541626099285-f35f62ef",
                "startSequenceNumber": sequence_number(first),
                "endSequenceNumber": sequence_number(last),
                "approximateArrivalOfFirstRecord": _written(arrival(first)),
                "approximateArrivalOfLastRecord": _written(arrival(last)),
                "batchSize": len(records),
                "streamArn": stream.text,
            },
        }
    )


def _written(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
