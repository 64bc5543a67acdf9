"""SQS: queues, and their policies as resources of their own."""

from __future__ import annotations

import re

from embedded_pulumi.aws.documents import JsonText, PolicyText
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName, unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Fields
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.provider import CheckFailure
from embedded_pulumi.values import UNKNOWN, Properties, Value

_FIFO = ".fifo"
_KEY_REUSE = 300  # seconds; SQS tells it only of queues with a key
_ATTRIBUTES: Fields = {
    "contentBasedDeduplication": Flag(default=False),
    "deduplicationScope": Text(computed=True, one_of=("messageGroup", "queue")),
    "delaySeconds": Whole(default=0, at_least=0, at_most=900),
    "fifoQueue": Flag(default=False, force_new=True),
    "fifoThroughputLimit": Text(computed=True, one_of=("perQueue", "perMessageGroupId")),
    "kmsDataKeyReusePeriodSeconds": Whole(computed=True, at_least=60, at_most=86400),
    "kmsMasterKeyId": Text(),
    "maxMessageSize": Whole(default=262144, at_least=1024, at_most=1048576, aws="MaximumMessageSize"),
    "messageRetentionSeconds": Whole(default=345600, at_least=60, at_most=1209600, aws="MessageRetentionPeriod"),
    "policy": PolicyText(computed=True),
    "receiveWaitTimeSeconds": Whole(default=0, aws="ReceiveMessageWaitTimeSeconds"),
    "redriveAllowPolicy": JsonText(computed=True),
    "redrivePolicy": JsonText(computed=True),
    "sqsManagedSseEnabled": Flag(computed=True),
    "visibilityTimeoutSeconds": Whole(default=30, at_least=0, at_most=43200, aws="VisibilityTimeout"),
}
_OF_FIFO = ("contentBasedDeduplication", "deduplicationScope", "fifoQueue", "fifoThroughputLimit")


def _attribute(name: str) -> str:
    return _ATTRIBUTES[name].aws or name[0].upper() + name[1:]


def _written(value: Value) -> str:
    """A value as SQS takes all of them: as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _read(name: str, text: str | None) -> Value:
    field = _ATTRIBUTES[name]
    if isinstance(field, Flag):
        return text == "true"
    if isinstance(field, Whole):
        return None if text is None else int(text)
    return text or ""


class Queue(ResourceType):
    """A queue; its id is its URL.

    Source: terraform-provider-aws/internal/service/sqs/queue.go (00a35305dc1b, 2026), read on 2026-11-30.
    """

    type_ = "aws:sqs/queue:Queue"
    inputs = {
        "name": Text(computed=True, force_new=True),
        "namePrefix": Text(computed=True, force_new=True),
        **_ATTRIBUTES,
    }
    outputs = ("arn", "url")
    name = AutoName(max_length=80, suffix=("fifoQueue", _FIFO))
    at_most_one = (("kmsMasterKeyId", "sqsManagedSseEnabled"),)
    tagging = Tagging(
        service="sqs",
        target="QueueUrl",
        write="tag_queue",
        remove="untag_queue",
        show="list_queue_tags",
        pair=(),
    )

    def check(self, inputs: Properties) -> list[CheckFailure]:
        failures = []
        fifo, name = inputs["fifoQueue"], inputs.get("name")
        pattern = r"[0-9A-Za-z_-]{1,75}\.fifo" if fifo is True else r"[0-9A-Za-z_-]{1,80}"
        if fifo is not UNKNOWN and name not in (None, UNKNOWN) and not re.fullmatch(pattern, name):
            failures.append(CheckFailure("name", f"{name!r} is not accepted; accepted: {pattern}"))
        if fifo is False and inputs["contentBasedDeduplication"] is True:
            failures.append(CheckFailure("contentBasedDeduplication", "can only be set for a FIFO queue"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        asked = {
            _attribute(name): _written(props[name])
            for name in _ATTRIBUTES
            if props.get(name) not in (None, "") and (props["fifoQueue"] or name not in _OF_FIFO)
        }
        answer = aws.sqs.create_queue(QueueName=self._name(props), Attributes=asked, tags=props["tagsAll"])
        return str(answer["QueueUrl"])

    def _name(self, props: Properties) -> str:
        suffix = _FIFO if props["fifoQueue"] else ""
        return str(props.get("name") or unique(str(props.get("namePrefix") or "terraform-"), props) + suffix)

    def locate(self, aws: Session, props: Properties) -> str | None:
        found = unless_gone(aws.sqs.get_queue_url, QueueName=self._name(props))
        return str(found["QueueUrl"]) if found else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.sqs.get_queue_attributes, "Attributes", QueueUrl=id_, AttributeNames=["All"])

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = {name: _read(name, found.get(_attribute(name))) for name in _ATTRIBUTES}
        told["kmsDataKeyReusePeriodSeconds"] = told["kmsDataKeyReusePeriodSeconds"] or _KEY_REUSE
        return {"arn": found["QueueArn"], "url": id_, "name": id_.rpartition("/")[2], **told}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        changed = {name: change.new.get(name) for name in _ATTRIBUTES if change.has(name)}
        if changed:
            asked = {_attribute(name): "" if value is None else _written(value) for name, value in changed.items()}
            aws.sqs.set_queue_attributes(QueueUrl=id_, Attributes=asked)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.sqs.delete_queue(QueueUrl=id_)


class QueuePolicy(ResourceType):
    """The policy of a queue; its id is the queue's URL.

    Source: terraform-provider-aws/internal/service/sqs/queue_policy.go and queue_attribute.go, by queue.go
    (00a35305dc1b, 2026), read on 2026-11-30.
    """

    type_ = "aws:sqs/queuePolicy:QueuePolicy"
    inputs = {"policy": PolicyText(required=True, as_object=True), "queueUrl": Text(required=True, force_new=True)}

    def _put(self, aws: Session, url: str, policy: str) -> None:
        aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props["queueUrl"], props["policy"])
        return str(props["queueUrl"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        return str(props["queueUrl"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.sqs.get_queue_attributes, QueueUrl=id_, AttributeNames=["Policy"])
        return found.get("Attributes") if found and found.get("Attributes", {}).get("Policy") else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"policy": found["Policy"], "queueUrl": id_}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._put(aws, id_, change.new["policy"])

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._put(aws, id_, "")


TYPES = (Queue, QueuePolicy)
