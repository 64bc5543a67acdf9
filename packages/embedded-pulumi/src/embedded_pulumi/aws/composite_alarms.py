"""CloudWatch alarms on other alarms."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.fields import Flag, Text
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.values import Properties

_MOST_ACTIONS = 5
_ACTIONS = SetOf(item=ArnText(), max_items=_MOST_ACTIONS)


class CompositeAlarm(ResourceType):
    """An alarm whose rule asks other alarms; its name is its id. Each put has all of it.

    Source: terraform-provider-aws/internal/service/cloudwatch/composite_alarm.go (050ac11163ca, 2023), read on
    2026-11-30.
    """

    type_ = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    inputs = {
        "actionsEnabled": Flag(default=True, force_new=True),
        "alarmActions": _ACTIONS,
        "alarmDescription": Text(max_length=1024),
        "alarmName": Text(required=True, force_new=True, max_length=255),
        "alarmRule": Text(required=True, min_length=1, max_length=10240),
        "insufficientDataActions": _ACTIONS,
        "okActions": SetOf(item=ArnText(), max_items=_MOST_ACTIONS, aws="OKActions"),
    }
    outputs = ("arn",)
    unsupported = ("actionsSuppressor",)
    tagging = Tagging(service="cloudwatch", target="ResourceARN", by_arn=True, show="list_tags_for_resource")

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props, Tags=tags.to_list(props["tagsAll"]))
        return str(props["alarmName"])

    def locate(self, aws: Session, props: Properties) -> str:
        return str(props["alarmName"])

    def _put(self, aws: Session, props: Properties, **more: Any) -> None:
        aws.cloudwatch.put_composite_alarm(**request(self.inputs, props), **more)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = aws.cloudwatch.describe_alarms(AlarmNames=[id_], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        return dict(found[0]) if found else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"arn": found["AlarmArn"], **response(self.inputs, found)}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has(*self.inputs):
            self._put(aws, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.cloudwatch.delete_alarms(AlarmNames=[id_])


TYPES = (CompositeAlarm,)
