"""What Auto Scaling groups tell topics, and where their traffic comes from."""

from __future__ import annotations

from embedded_pulumi.aws.ec2_calls import difference
from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, SetOf
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_PATIENCE = 30 * 60.0  # seconds; that of the real provider


class Notification(ResourceType):
    """What some groups tell a topic; the topic's ARN is its id. It cannot be imported.

    Source: terraform-provider-aws/internal/service/autoscaling/notification.go (05b15dd2e4b2, 2022), read on
    2026-11-30.
    """

    type_ = "aws:autoscaling/notification:Notification"
    inputs = {
        "groupNames": SetOf(required=True),
        "notifications": SetOf(required=True),
        "topicArn": Text(required=True, force_new=True),
    }

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props["groupNames"], props)
        return str(props["topicArn"])

    def locate(self, aws: Session, props: Properties) -> str:
        return str(props["topicArn"])

    def _put(self, aws: Session, groups: list[str], props: Properties) -> None:
        for group in groups:
            aws.autoscaling.put_notification_configuration(
                AutoScalingGroupName=group, NotificationTypes=props["notifications"], TopicARN=props["topicArn"]
            )

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        if not state.get("groupNames"):
            raise ProviderError("a Notification cannot be imported: its topic does not say which groups tell it")
        pages = aws.autoscaling.get_paginator("describe_notification_configurations").paginate(
            AutoScalingGroupNames=state["groupNames"]
        )
        told = [each for page in pages for each in page["NotificationConfigurations"] if each["TopicARN"] == id_]
        return {"told": told} if told else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "groupNames": sorted({each["AutoScalingGroupName"] for each in found["told"]}),
            "notifications": sorted({each["NotificationType"] for each in found["told"]}),
            "topicArn": id_,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        come, gone = difference(change.old["groupNames"], change.new["groupNames"])
        self._take_away(aws, gone, id_)
        self._put(aws, change.new["groupNames"] if change.has("notifications") else come, change.new)

    def _take_away(self, aws: Session, groups: list[str], topic: str) -> None:
        for group in groups:
            with gone_is_fine():
                aws.autoscaling.delete_notification_configuration(AutoScalingGroupName=group, TopicARN=topic)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        self._take_away(aws, state["groupNames"], id_)


_SOURCE = Block(
    required=True,
    force_new=True,
    fields={
        "identifier": Text(required=True, min_length=1, max_length=2048),
        "type": Text(required=True, min_length=1, max_length=2048),
    },
)


class TrafficSourceAttachment(ResourceType):
    """Where a group's traffic comes from. Its id is `<group>,<type>,<identifier>`.

    Source: terraform-provider-aws/internal/service/autoscaling/traffic_source_attachment.go (15aa5e5da6fc, 2024), read
    on 2026-11-30: without a traffic source it breaks, so one is required here. It does not say that it can be imported;
    the id has all that is needed.
    """

    type_ = "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment"
    inputs = {"autoscalingGroupName": Text(required=True, force_new=True), "trafficSource": _SOURCE}

    def create(self, aws: Session, props: Properties) -> str:
        aws.autoscaling.attach_traffic_sources(**self._asked(props))
        return self.locate(aws, props)

    def _asked(self, props: Properties) -> dict[str, object]:
        source = _SOURCE.to_aws(props["trafficSource"])
        return {"AutoScalingGroupName": props["autoscalingGroupName"], "TrafficSources": [source]}

    def locate(self, aws: Session, props: Properties) -> str:
        source = props["trafficSource"]
        return f"{props['autoscalingGroupName']},{source['type']},{source['identifier']}"

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        wait_for(f"the attachment {id_}", lambda: self._attached(aws, id_), timeout=_PATIENCE)

    def _attached(self, aws: Session, id_: str) -> Description | None:
        found = self.find(aws, id_, {})
        return found if found and found["State"] in ("Added", "InService") else None

    def _parts(self, id_: str) -> tuple[str, str, str]:
        group, _, rest = id_.partition(",")
        type_, _, identifier = rest.partition(",")
        if not identifier:
            raise ProviderError(f"{id_!r} is not an attachment's import id; accepted: <group>,<type>,<identifier>")
        return group, type_, identifier

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        group, type_, identifier = self._parts(id_)
        call = aws.autoscaling.describe_traffic_sources
        found = unless_gone(call, AutoScalingGroupName=group, TrafficSourceType=type_) or {}
        return next((each for each in found.get("TrafficSources", ()) if each["Identifier"] == identifier), None)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        group, type_, identifier = self._parts(id_)
        return {"autoscalingGroupName": group, "trafficSource": {"identifier": identifier, "type": type_}}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if self.find(aws, id_, state) is not None:
            aws.autoscaling.detach_traffic_sources(**self._asked(self.describe(aws, id_, {}, state)))
            wait_for(f"{id_} to be gone", lambda: None if self.find(aws, id_, {}) else True, timeout=_PATIENCE)


TYPES = (Notification, TrafficSourceAttachment)
