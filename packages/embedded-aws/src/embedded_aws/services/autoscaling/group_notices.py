"""What a group tells topics of SNS: each launch and termination of an instance, and those that fail.

Auto Scaling publishes as the group's service-linked role, whose policy lets it publish to every topic of its account.

Source: EC2 Auto Scaling user guide, "Amazon SNS notification options for Amazon EC2 Auto Scaling" (kinds, keys of a
message, the test message); API PutNotificationConfiguration, DescribeNotificationConfigurations (pages of 50); quotas
(10 topics for a group). Terminations do not fail in this cloud, so that nobody hears of one that did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.fleet import Event, What
from embedded_aws.services.autoscaling.announcements import detail_of
from embedded_aws.services.autoscaling.group import Group
from embedded_aws.services.autoscaling.registry import Registry

Publish: TypeAlias = Callable[[Group, str, str, dict[str, Any], datetime], None]
"""(group, topic, subject, body, time) publishes. Raises AwsError: the topic is not there."""

TEST = "autoscaling:TEST_NOTIFICATION"
KINDS = {
    What.IN_SERVICE: ("autoscaling:EC2_INSTANCE_LAUNCH", "launch"),
    What.LAUNCH_FAILED: ("autoscaling:EC2_INSTANCE_LAUNCH_ERROR", "failed launch"),
    What.TERMINATED: ("autoscaling:EC2_INSTANCE_TERMINATE", "termination"),
}
TYPES = (*(kind for kind, _ in KINDS.values()), "autoscaling:EC2_INSTANCE_TERMINATE_ERROR", TEST)
MOST_TOPICS = 10
_PAGE = 50


class GroupNotices:
    """Which topics hear of what, and the calls about it."""

    def __init__(self, groups: Registry, publish: Publish) -> None:
        self._groups = groups
        self._publish = publish
        self._wanted: dict[str, dict[str, list[str]]] = {}

    def routes(self) -> Routes:
        """The calls that are answered here."""
        handlers = {
            "PutNotificationConfiguration": self._put,
            "DeleteNotificationConfiguration": self._delete,
            "DescribeNotificationConfigurations": self._describe,
            "DescribeAutoScalingNotificationTypes": lambda _: {"AutoScalingNotificationTypes": sorted(TYPES)},
        }
        return {("autoscaling", action): handler for action, handler in handlers.items()}

    def due(self, group: Group, event: Event) -> Iterator[Callable[[], None]]:
        """What is to be published because of an event."""
        if event.what not in KINDS or event.activity is None or not (wanted := self._wanted.get(group.arn)):
            return
        kind, words = KINDS[event.what]
        body = {"Event": kind, "Progress": 50, "AutoScalingGroupARN": group.arn}
        body |= detail_of(group, event, event.activity)
        subject = f'Auto Scaling: {words} for group "{group.name}"'
        for topic, kinds in wanted.items():
            if kind in kinds:
                yield partial(self._tell, group, topic, subject, body, event.time)

    def _tell(self, group: Group, topic: str, subject: str, body: dict[str, Any], when: datetime) -> None:
        """Publish; what nobody can hear any more is lost."""
        try:
            self._publish(group, topic, subject, body, when)
        except AwsError:
            return

    def _put(self, call: Call) -> dict[str, Any]:
        group, topic, kinds = self._groups.named(call), call.params["TopicARN"], call.params["NotificationTypes"]
        unknown = sorted(set(kinds) - set(TYPES))
        if unknown or not kinds:
            raise AwsError("ValidationError", f"Invalid notification types {unknown}; valid: {', '.join(TYPES)}")
        wanted = self._wanted.setdefault(group.arn, {})
        if topic not in wanted and len(wanted) >= MOST_TOPICS:
            raise AwsError("LimitExceeded", f"A group has at most {MOST_TOPICS} topics.")
        subject = f'Auto Scaling: test notification for group "{group.name}"'
        try:
            self._publish(group, topic, subject, {"Event": TEST, "AutoScalingGroupARN": group.arn}, call.time)
        except AwsError as refusal:
            raise AwsError("ValidationError", f"Unable to publish test notification to the topic {topic}.") from refusal
        wanted[topic] = list(dict.fromkeys(kinds))
        return {}

    def _delete(self, call: Call) -> dict[str, Any]:
        self._wanted.get(self._groups.named(call).arn, {}).pop(call.params["TopicARN"], None)
        return {}

    def _describe(self, call: Call) -> dict[str, Any]:
        names = call.params.get("AutoScalingGroupNames")
        found = [
            {"AutoScalingGroupName": group.name, "TopicARN": topic, "NotificationType": kind}
            for group in self._groups.of_region(call.region)
            if not names or group.name in names
            for topic, kinds in self._wanted.get(group.arn, {}).items()
            for kind in kinds
        ]
        token = call.params.get("NextToken") or "0"
        if not token.isdecimal():
            raise AwsError("InvalidNextToken", "The NextToken value is not valid.")
        begin, size = int(token), call.params.get("MaxRecords", _PAGE)
        answer: dict[str, Any] = {"NotificationConfigurations": found[begin : begin + size]}
        return {**answer, "NextToken": str(begin + size)} if begin + size < len(found) else answer
