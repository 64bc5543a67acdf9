"""Event source mappings: who is asked for records in a function's name, and how; moto's own would run a container.

The records of a mapping are looked for each second of cloud time. `source_pollers` hands them to the function.

Source: Lambda API reference (CreateEventSourceMapping and its siblings, EventSourceMappingConfiguration); AWS Lambda
developer guide, "Creating and configuring an Amazon SQS event source mapping", "Using AWS Lambda with Amazon DynamoDB".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.awslambda.models import EventSourceMapping
from moto.awslambda.utils import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.services.lambda_ import store
from embedded_aws.services.lambda_.destinations import Arn, parse_arn
from embedded_aws.services.lambda_.event_records import REPORTS_FAILURES, filters
from embedded_aws.services.lambda_.role import RoleCalls
from embedded_aws.services.lambda_.source_pollers import (
    POLLS,
    Means,
    Poller,
    QueuePoller,
    Run,
    StreamPoller,
    find_queue,
    find_table,
)
from embedded_aws.services.lambda_.store import FunctionId

PERIOD = timedelta(seconds=1)
QUEUE, STREAM = "sqs", "dynamodb"
_OF_STREAMS = (
    *("BisectBatchOnFunctionError", "DestinationConfig", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts"),
    *("ParallelizationFactor", "StartingPosition", "StartingPositionTimestamp", "TumblingWindowInSeconds"),
)
_OF_QUEUES = ("ScalingConfig",)
_ELSEWHERE = (
    *("AmazonManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig", "KMSKeyArn", "LoggingConfig"),
    *("MetricsConfig", "ProvisionedPollerConfig", "Queues", "SelfManagedEventSource"),
    *("SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations", "Topics", "TumblingWindowInSeconds"),
)
"""What is not part of this AWS."""

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    QUEUE: {"FunctionResponseTypes": [], "MaximumBatchingWindowInSeconds": 0},
    STREAM: {
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "TumblingWindowInSeconds": 0,
    },
}
_MAX_WINDOW = 300  # seconds
_PLAIN_BATCH = 10  # messages; a larger batch takes a batching window


class EventSources:
    """The mappings of all accounts and regions.

    Args:
        lock: Held for as long as moto's state is read or written, never while a function runs.
        role_calls: What is done, and asked, in the name of a function's role.
        run: Runs a function on an event, and waits for it.
    """

    def __init__(self, clock: Clock, lock: AbstractContextManager[Any], role_calls: RoleCalls, run: Run) -> None:
        self._clock = clock
        self._role_calls = role_calls
        self._means = Means(clock, lock, role_calls, run)
        self._pollers: dict[str, Poller] = {}

    def routes(self) -> Routes:
        """Which API calls are answered here."""
        handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
            "CreateEventSourceMapping": self._create,
            "DeleteEventSourceMapping": self._delete,
            "GetEventSourceMapping": self._get,
            "ListEventSourceMappings": self._list,
            "UpdateEventSourceMapping": self._update,
        }
        return {("lambda", action): handler for action, handler in handlers.items()}

    def _create(self, call: Call) -> dict[str, Any]:
        source = _source(call.params.get("EventSourceArn"))
        function = store.called(call)
        arn = self._checked(call.params, source, function)
        backend = get_backend(call.caller.account, call.region)
        for each in backend._event_source_mappings.values():  # noqa: SLF001 - moto's list is by name
            if (each.event_source_arn, each.function_arn) == (source.text, arn):
                kind = "SQS" if source.service == QUEUE else "a stream"
                message = (
                    f'An event source mapping with {kind} arn (" {source.text} ") and function (" {function.name} ") '
                    "already exists. Please update or delete the existing "
                    f"mapping with UUID {each.uuid}"
                )
                raise AwsError("ResourceConflictException", message, 409)
        spec = {**call.params, "FunctionArn": arn, "RegionName": call.region, "AccountId": call.caller.account}
        mapping = EventSourceMapping(spec)  # type: ignore[abstract]  # as moto makes it
        backend._event_source_mappings[mapping.uuid] = mapping  # noqa: SLF001 - without moto's own poller
        self._begin(mapping, source)
        return {**_described(mapping), "State": "Creating"}

    def _checked(self, params: Mapping[str, Any], source: Arn, function: FunctionId) -> str:
        """The function's ARN, with its version or alias. Raises AwsError: Lambda would refuse the mapping."""
        _check_parameters(params, source)
        definition = store.definition(function)
        filters(params.get("FilterCriteria"))
        self._check_source(source, definition.timeout)
        missing = [action for action in POLLS[source.service] if not self._may(definition, source, action)]
        if missing and source.service == QUEUE:
            message = f"The provided execution role does not have permissions to call {missing[0]} on SQS"
            raise AwsError("InvalidParameterValueException", message)
        if missing:
            message = (
                f"Cannot access stream {source.text}. Please ensure the role can perform the GetRecords, "
                "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
            )
            raise AwsError("InvalidParameterValueException", message)
        return (
            f"{definition.unqualified_arn}:{function.qualifier}" if function.qualifier else definition.unqualified_arn
        )

    def _may(self, definition: store.Definition, source: Arn, action: str) -> bool:
        service = "sqs" if source.service == QUEUE else "dynamodbstreams"
        return self._role_calls.may(definition, service, action, {"QueueUrl": source.text, "StreamArn": source.text})

    def _check_source(self, source: Arn, timeout: int) -> None:
        if source.service == STREAM:
            if find_table(source) is None:
                raise AwsError("InvalidParameterValueException", f"Stream not found: {source.text}")
            return
        queue = find_queue(source)
        if queue is None:
            message = (
                f"Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                f"Error Message: The specified queue does not exist. ({source.text})"
            )
            raise AwsError("InvalidParameterValueException", message)
        visible = int(queue.visibility_timeout)
        if visible < timeout:
            message = f"Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds"
            raise AwsError("InvalidParameterValueException", message)

    def _get(self, call: Call) -> dict[str, Any]:
        return _described(_found(call))

    def _list(self, call: Call) -> dict[str, Any]:
        params = call.params
        name = store.called(call).name if params.get("FunctionName") else None
        kept = get_backend(call.caller.account, call.region)._event_source_mappings.values()  # noqa: SLF001
        listed = [
            _described(each)
            for each in kept
            if params.get("EventSourceArn") in (None, each.event_source_arn)
            and name in (None, each.function_arn.split(":")[6])
        ]
        return {"EventSourceMappings": listed}

    def _update(self, call: Call) -> dict[str, Any]:
        mapping, params = _found(call), call.params
        source = parse_arn(mapping.event_source_arn)
        named = params.get("FunctionName", mapping.function_arn)
        function = store.function_id(named, call.caller.account, call.region)
        kept = {name: value for name, value in _described(mapping).items() if name in _SETTINGS[source.service]}
        arn = self._checked({**kept, **params}, source, function)
        given = {name: value for name, value in params.items() if name not in ("UUID", "FunctionName")}
        if "FilterCriteria" in given and not given["FilterCriteria"].get("Filters"):
            given["FilterCriteria"] = None
        if "DestinationConfig" in given and not given["DestinationConfig"].get("OnFailure", {}).get("Destination"):
            given["DestinationConfig"] = None
        get_backend(call.caller.account, call.region).update_event_source_mapping(mapping.uuid, given)
        mapping.function_arn = arn
        self._begin(mapping, source)
        return {**_described(mapping), "State": "Updating"}

    def _delete(self, call: Call) -> dict[str, Any]:
        mapping = _found(call)
        get_backend(call.caller.account, call.region).delete_event_source_mapping(mapping.uuid)
        self._pollers.pop(mapping.uuid, None)
        return {**_described(mapping), "State": "Deleting"}

    def _begin(self, mapping: Any, source: Arn) -> None:
        """Look for records from now on, where it is not done already; a new mapping says where in a stream to begin."""
        if mapping.uuid not in self._pollers:
            kind = QueuePoller if source.service == QUEUE else StreamPoller
            self._pollers[mapping.uuid] = kind(self._means, mapping, source)
            self._clock.at(self._clock.now() + PERIOD, lambda: self._poll(mapping.uuid))

    def _poll(self, uuid: str) -> None:
        poller = self._pollers.get(uuid)
        if poller is None:
            return
        with self._clock.contained(f"the event source mapping {uuid}"):
            if poller.mapping.enabled:
                poller.poll()
        self._clock.at(self._clock.now() + PERIOD, lambda: self._poll(uuid))


_SETTINGS: Mapping[str, tuple[str, ...]] = {
    QUEUE: ("BatchSize", "MaximumBatchingWindowInSeconds", "ScalingConfig"),
    STREAM: ("BatchSize", "MaximumBatchingWindowInSeconds", "StartingPosition"),
}
"""What is checked again when another part of a mapping changes."""


def _source(text: str | None) -> Arn:
    """Where the records come from. Raises AwsError: not from there, here."""
    if not text:
        raise AwsError("InvalidParameterValueException", "Missing EventSourceArn")
    try:
        source = parse_arn(text)
    except ValueError as error:
        raise AwsError("InvalidParameterValueException", f"Invalid EventSourceArn: {text}") from error
    if source.service not in POLLS:
        message = f"{text} is no event source of the embedded AWS; these are queues of SQS and streams of DynamoDB."
        raise AwsError("InvalidParameterValueException", message)
    return source


def _check_parameters(params: Mapping[str, Any], source: Arn) -> None:
    for name in _ELSEWHERE:
        if params.get(name):
            raise AwsError("InvalidParameterValueException", f"{name} is not part of the embedded AWS.")
    others = _OF_STREAMS if source.service == QUEUE else _OF_QUEUES
    for name in others:
        if params.get(name):
            if name == "StartingPosition":
                raise AwsError("InvalidParameterValueException", "StartingPosition is not valid for SQS event sources.")
            message = f"Unsupported {name} parameter for given event source mapping type."
            raise AwsError("InvalidParameterValueException", message)
    for answer in params.get("FunctionResponseTypes", ()):
        if answer != REPORTS_FAILURES:
            raise AwsError("InvalidParameterValueException", f"Unsupported function response type {answer}")
    if source.service == STREAM:
        if params.get("StartingPosition") not in ("LATEST", "TRIM_HORIZON"):
            message = f"Unsupported starting position for arn type: {source.text}"
            raise AwsError("InvalidParameterValueException", message)
        return
    _check_batch(params, fifo=source.text.endswith(".fifo"))


def _check_batch(params: Mapping[str, Any], *, fifo: bool) -> None:
    size, window = params.get("BatchSize") or _PLAIN_BATCH, params.get("MaximumBatchingWindowInSeconds") or 0
    if window and fifo:
        raise AwsError("InvalidParameterValueException", "Batching window is not supported for FIFO queues")
    if size > _PLAIN_BATCH and (fifo or not window):
        message = (
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
            if not fifo
            else "Batch size must be less than or equal to 10 for FIFO queues"
        )
        raise AwsError("InvalidParameterValueException", message)
    if window > _MAX_WINDOW:
        message = f"Maximum batch window in seconds must be less than or equal to {_MAX_WINDOW}"
        raise AwsError("InvalidParameterValueException", message)


def _found(call: Call) -> Any:
    mapping = get_backend(call.caller.account, call.region).get_event_source_mapping(call.params["UUID"])
    if mapping is None:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return mapping


def _described(mapping: Any) -> dict[str, Any]:
    """A mapping in boto3's shape, with what AWS fills in for its kind of source."""
    service = parse_arn(mapping.event_source_arn).service
    told = {name: value for name, value in mapping.get_configuration().items() if name != "Tags"}
    told["LastModified"] = datetime.fromtimestamp(mapping.last_modified, tz=UTC)
    told["StateTransitionReason"] = "USER_INITIATED" if service == QUEUE else "User action"
    result = getattr(mapping, "last_result", None)
    return {**_DEFAULTS[service], **told, **({"LastProcessingResult": result} if result else {})}
