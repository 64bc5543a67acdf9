"""Lambda: the sources whose records a function is invoked with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole, is_empty
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, KeptBlock, SetOf, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties, Value

_BATCHES = {"sqs": 10, "dynamodb": 100, "kinesis": 100}
"""A source's service to the batch that Lambda takes there by itself."""

_OWN = "useResourceTimeoutForPropagation"
"""The input that Lambda is not told of."""

_PATIENCE = 600.0  # seconds
_LEAST_AGE = 60  # seconds


_ARN = re.compile(r"arn:[^:]+:lambda:[^:]+:[^:]+:function:(?P<name>[^:]+)(:[^:]+)?")


def name_in(text: Value) -> Value:
    """The function's name, if the text is its ARN."""
    found = _ARN.fullmatch(text) if isinstance(text, str) else None
    return found["name"] if found else None


@dataclass(frozen=True, kw_only=True)
class FunctionText(Text):
    """A function by its name or its ARN; which of them makes no difference."""

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return super().same(old, new) or (bool(new) and name_in(old) == new) or (bool(old) and name_in(new) == old)


class _ToldByArn(FunctionText):
    """A function that is told by its ARN, however a program names it."""

    def foresee(self, value: Value) -> Value:
        """The value as far as it is known; see `Field.foresee`."""
        return value if name_in(value) else UNKNOWN


@dataclass(frozen=True, kw_only=True)
class _BatchSize(Whole):
    """A size of batches; without one Lambda takes its own."""

    def same(self, old: Value, new: Value) -> bool:
        """Whether two known values mean the same."""
        return super().same(old, new) or (is_empty(new) and old in _BATCHES.values())


class EventSourceMapping(ResourceType):
    """A queue or a stream whose records Lambda hands to a function. Its id is a UUID that Lambda makes.

    Source: terraform-provider-aws/internal/service/lambda/event_source_mapping.go (0603f3b6edfc, 2025) and
    suppressEquivalentFunctionNameOrARN in alias.go, read on 2026-12-01.
    """

    type_ = "aws:lambda/eventSourceMapping:EventSourceMapping"
    inputs = {
        "batchSize": _BatchSize(at_least=0),
        "bisectBatchOnFunctionError": Flag(),
        "destinationConfig": KeptBlock(
            fields={"onFailure": Block(fields={"destinationArn": ArnText(required=True, aws="Destination")})}
        ),
        "enabled": Flag(default=True),
        "eventSourceArn": Text(required=True, force_new=True),
        "filterCriteria": Block(
            fields={"filters": SetOf(max_items=10, item=Block(fields={"pattern": Text(max_length=4096)}))}
        ),
        "functionName": _ToldByArn(required=True),
        "functionResponseTypes": SetOf(item=Text(one_of=("ReportBatchItemFailures",))),
        "maximumBatchingWindowInSeconds": Whole(),
        "maximumRecordAgeInSeconds": Whole(computed=True, at_least=-1, at_most=604800),
        "maximumRetryAttempts": Whole(computed=True, at_least=-1, at_most=10000),
        "parallelizationFactor": Whole(computed=True, at_least=1, at_most=10),
        "scalingConfig": Block(fields={"maximumConcurrency": Whole(at_least=2)}),
        "startingPosition": Text(force_new=True, one_of=("AT_TIMESTAMP", "LATEST", "TRIM_HORIZON")),
        _OWN: Flag(),
    }
    outputs = (
        *("arn", "functionArn", "lastModified", "lastProcessingResult", "state", "stateTransitionReason"),
        "uuid",
    )
    renewed = {
        "functionArn": ("functionName",),
        "lastModified": (),
        "lastProcessingResult": (),
        "state": ("enabled",),
        "stateTransitionReason": (),
    }
    unsupported = (
        *("amazonManagedKafkaEventSourceConfig", "documentDbEventSourceConfig", "kmsKeyArn", "metricsConfig"),
        *("provisionedPollerConfig", "queues", "selfManagedEventSource", "selfManagedKafkaEventSourceConfig"),
        *("sourceAccessConfigurations", "startingPositionTimestamp", "topics", "tumblingWindowInSeconds"),
    )
    tagging = Tagging(service="lambda", target="Resource", by_arn=True, show="list_tags", pair=())
    _SENT = tuple(name for name in inputs if name != _OWN)
    _LATER = tuple(name for name, each in inputs.items() if not each.force_new and name != _OWN)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        age = inputs.get("maximumRecordAgeInSeconds")
        if age in (None, UNKNOWN) or age == -1 or age >= _LEAST_AGE:
            return []
        return [CheckFailure("maximumRecordAgeInSeconds", f"{age} is not accepted; accepted: -1, 60 to 604800")]

    def create(self, aws: Session, props: Properties) -> str:
        names = [name for name in self._SENT if props.get(name) or name == "enabled"]
        if props.get("maximumRetryAttempts") == 0:
            names.append("maximumRetryAttempts")
        tagged = {"Tags": props["tagsAll"]} if props["tagsAll"] else {}
        made = aws.lambda_.create_event_source_mapping(**request(self.inputs, props, names), **tagged)
        return str(made["UUID"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        name = name_in(props["functionName"]) or props["functionName"]
        pages = aws.lambda_.get_paginator("list_event_source_mappings")
        found = pages.paginate(EventSourceArn=props["eventSourceArn"], FunctionName=name).search(
            "EventSourceMappings[]"
        )
        return next((str(each["UUID"]) for each in found if each), None)

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        wait_for(f"the event source mapping {id_}", lambda: self._stable(aws, id_), timeout=_PATIENCE)

    def _stable(self, aws: Session, id_: str) -> Description | None:
        found = self.find(aws, id_, {})
        return found if found and found["State"] in ("Enabled", "Disabled") else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.lambda_.get_event_source_mapping, UUID=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, found, self._SENT)
        for name, part in (("destinationConfig", "onFailure"), ("scalingConfig", "maximumConcurrency")):
            told[name] = told[name] if (told[name] or {}).get(part) else None
        return {
            **told,
            "arn": found["EventSourceMappingArn"],
            "enabled": found["State"] in ("Enabled", "Enabling"),
            "functionArn": found["FunctionArn"],
            "functionName": found["FunctionArn"],
            "lastModified": found["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lastProcessingResult": found.get("LastProcessingResult", ""),
            "state": found["State"],
            "stateTransitionReason": found.get("StateTransitionReason", ""),
            "uuid": found["UUID"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        changed = [name for name in self._LATER if change.has(name)]
        if not changed:
            return
        asked: dict[str, Any] = request(self.inputs, change.new, changed)
        for name, nothing in self._nothing(change).items():
            if name in changed and is_empty(change.new.get(name)):
                asked |= nothing
        aws.lambda_.update_event_source_mapping(UUID=id_, **asked)
        self.settle(aws, id_, change.new)

    def _nothing(self, change: Change) -> dict[str, dict[str, Any]]:
        """What takes back an input that is no more; Lambda ignores one that is left out."""
        service = str(change.new["eventSourceArn"]).split(":")[2]
        return {
            "batchSize": {"BatchSize": _BATCHES[service]},
            "bisectBatchOnFunctionError": {"BisectBatchOnFunctionError": False},
            "filterCriteria": {"FilterCriteria": {}},
            "functionResponseTypes": {"FunctionResponseTypes": []},
            "maximumBatchingWindowInSeconds": {"MaximumBatchingWindowInSeconds": 0},
            "scalingConfig": {"ScalingConfig": {}},
        }

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.lambda_.delete_event_source_mapping(UUID=id_)
        wait_for(f"the event source mapping {id_} to be gone", lambda: None if self.find(aws, id_, {}) else True)


TYPES = (EventSourceMapping,)
