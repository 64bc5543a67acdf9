"""An encrypted topic, and the alarms and events that are published to it: for a whole stack, or for a healer alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.alarms import Alarm
from tap_stack.components.component import Component, events_of_group

KEY_DELETION_DAYS = 30
"""The longest that KMS waits before a deleted key is gone for good."""

SCALING_FAILURES = ("EC2 Instance Launch Unsuccessful", "EC2 Instance Terminate Unsuccessful")
"""Events that Auto Scaling sends to EventBridge by itself (EC2 Auto Scaling User Guide, "event reference")."""

SENTENCE = '"<what> in <group>: <reason> It was tried because of this: <cause>"'
"""What the topic is sent of such an event. It is in quotes because an input transformer makes JSON."""


class EventNotice(NamedTuple):
    """Events that the topic is told of.

    Attributes:
        name: The rule's.
        paths: What the sentence is made of: name to where it is in the event, beside `what` and `group`.
    """

    name: str
    description: str
    kinds: tuple[str, ...]
    paths: Mapping[str, str]
    sentence: str


class Notifying(Component):
    """A component that has a topic, which it tells of alarms and events."""

    topic_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def scaling_failures(self) -> EventNotice:
        """What the group could not do."""
        why = {"reason": "$.detail.StatusMessage", "cause": "$.detail.Cause"}
        what = "The fleet could not launch or terminate an instance"
        return EventNotice(self.names.scaling_failures, what, SCALING_FAILURES, why, SENTENCE)

    def create_topic(self, place: policies.Place, events: Iterable[EventNotice]) -> None:
        """Make the topic with its key, and have it told of these events of the group."""
        self.key_arn = self._create_key(place).arn
        topic = self.named(self.names.of("notifications"), self.kept())
        self.topic_arn = aws.sns.Topic(**topic, kms_master_key_id=self.key_arn).arn
        self._send_to_topic(place, [(told, self._create_rule(told)) for told in events])
        if self.config.alarm_email:
            aws.sns.TopicSubscription(
                self.names.of("notifications-email"),
                topic=self.topic_arn,
                protocol="email",
                endpoint=self.config.alarm_email,
                opts=self.child(),
            )

    def _create_key(self, place: policies.Place) -> aws.kms.Key:
        # A key of our own: CloudWatch cannot publish to a topic under the AWS-managed key, whose policy is fixed.
        name = self.names.of("notifications")
        key = aws.kms.Key(
            **self.tagged(name, self.kept()),
            description="Encrypts TAP's notifications",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            policy=policies.document(*policies.key_statements(place, place.arn("sns", name))),
        )
        aws.kms.Alias(name, name=f"alias/{name}", target_key_id=key.key_id, opts=self.child())
        return key

    def _create_rule(self, told: EventNotice) -> aws.cloudwatch.EventRule:
        group = pulumi.Output.from_input(self.names.group)
        return aws.cloudwatch.EventRule(
            **self.named(told.name),
            description=told.description,
            event_pattern=group.apply(partial(events_of_group, told.kinds)),
        )

    def _send_to_topic(
        self, place: policies.Place, rules: Sequence[tuple[EventNotice, aws.cloudwatch.EventRule]]
    ) -> None:
        arns = pulumi.Output.all(self.topic_arn, *(rule.arn for _, rule in rules))
        topic = partial(policies.topic_statements, place, self.names.every)
        allowed = aws.sns.TopicPolicy(
            self.names.of("notifications"),
            arn=self.topic_arn,
            policy=arns.apply(lambda known: policies.document(*topic(*known))),
            opts=self.child(),
        )
        for told, rule in rules:
            who = {"what": "$.detail-type", "group": "$.detail.AutoScalingGroupName"}
            aws.cloudwatch.EventTarget(
                told.name,
                rule=rule.name,
                target_id="notifications",
                arn=self.topic_arn,
                input_transformer={"input_paths": who | dict(told.paths), "input_template": told.sentence},
                opts=self.child(depends_on=[allowed]),
            )

    def create_alarms(
        self, alarms: Iterable[Alarm], after: list[pulumi.Resource]
    ) -> dict[str, aws.cloudwatch.MetricAlarm]:
        """Alarms that tell the topic, each by its thing.

        Args:
            alarms: What they are.
            after: What must be there before them.
        """
        opts = self.child(depends_on=after)
        return {alarm.thing: self.create_alarm(alarm, [self.topic_arn], opts) for alarm in alarms}

    def create_alarm(
        self, alarm: Alarm, actions: list[pulumi.Input[str]], opts: pulumi.ResourceOptions
    ) -> aws.cloudwatch.MetricAlarm:
        """An alarm with these actions; the topic among them is told that all is well again, too."""
        return aws.cloudwatch.MetricAlarm(
            **self.named(self.names.of(alarm.thing), opts),
            **_measured(alarm),
            alarm_description=alarm.description,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.datapoints,
            treat_missing_data=alarm.missing,
            alarm_actions=actions,
            ok_actions=[each for each in actions if each is self.topic_arn],
        )


def arns_of(alarms: Mapping[str, aws.cloudwatch.MetricAlarm]) -> pulumi.Output[dict[str, str]]:
    """The alarms' ARNs, each by its thing."""
    return pulumi.Output.all(**{thing: alarm.arn for thing, alarm in alarms.items()}).apply(dict)


def _measured(alarm: Alarm) -> dict[str, Any]:
    """The alarm's metric, or its expression and the metrics that are in it."""
    if not alarm.expression:
        metric = alarm.metric
        return {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": metric.dimensions,
            "statistic": metric.statistic,
            "period": alarm.period,
        }
    queries = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=name,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=metric.dimensions,
                stat=metric.statistic,
                period=alarm.period,
            ),
        )
        for name, metric in {"value": alarm.metric, **alarm.others}.items()
    ]
    expression = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="judged", expression=alarm.expression, label=alarm.thing, return_data=True
    )
    return {"metric_queries": [expression, *queries]}
