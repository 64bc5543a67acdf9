"""Who is told, and of what: the notification topic with its key, and every alarm."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.alarms import Alarm, cpu_alarms, healer_alarms
from tap_stack.components.component import Component
from tap_stack.config import InfraConfig

KEY_DELETION_DAYS = 30
"""The longest that KMS waits before a deleted key is gone for good."""


class MonitoringArgs(TypedDict):
    """What the CPU alarms set off, and where this is."""

    config: InfraConfig
    place: policies.Place
    scale_up_policy_arn: pulumi.Input[str]
    scale_down_policy_arn: pulumi.Input[str]


class Monitoring(Component):
    """An encrypted topic, and the alarms that publish to it."""

    topic_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    cpu_high_alarm_arn: pulumi.Output[str]
    cpu_low_alarm_arn: pulumi.Output[str]
    healer_alarm_arns: pulumi.Output[dict[str, str]]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._place = args["place"]
        self.key_arn = self._create_key().arn
        self.topic_arn = self._create_topic().arn
        self._create_topic_policy()
        self._create_subscription()
        high, low = cpu_alarms(self.config)
        self.cpu_high_alarm_arn = self._create_alarm(high, args["scale_up_policy_arn"]).arn
        self.cpu_low_alarm_arn = self._create_alarm(low, args["scale_down_policy_arn"]).arn
        watched = {alarm.thing: self._create_alarm(alarm).arn for alarm in healer_alarms(self.config)}
        self.healer_alarm_arns = pulumi.Output.all(**watched).apply(dict)
        self.register_outputs(
            {
                "topic_arn": self.topic_arn,
                "key_arn": self.key_arn,
                "cpu_high_alarm_arn": self.cpu_high_alarm_arn,
                "cpu_low_alarm_arn": self.cpu_low_alarm_arn,
                "healer_alarm_arns": self.healer_alarm_arns,
            }
        )

    def _create_key(self) -> aws.kms.Key:
        # A key of our own: CloudWatch cannot publish to a topic under the AWS-managed key, whose policy is fixed.
        name = self.names.of("notifications")
        key = aws.kms.Key(
            name,
            description="Encrypts TAP's notifications",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            policy=policies.document(*policies.key_statements(self._place)),
            tags=self.tags(name),
            opts=self.kept(),
        )
        aws.kms.Alias(name, name=f"alias/{name}", target_key_id=key.key_id, opts=self.child())
        return key

    def _create_topic(self) -> aws.sns.Topic:
        name = self.names.of("notifications")
        return aws.sns.Topic(name, name=name, kms_master_key_id=self.key_arn, tags=self.tags(name), opts=self.kept())

    def _create_topic_policy(self) -> None:
        aws.sns.TopicPolicy(
            self.names.of("notifications"),
            arn=self.topic_arn,
            policy=self.topic_arn.apply(lambda arn: policies.document(*policies.topic_statements(self._place, arn))),
            opts=self.child(),
        )

    def _create_subscription(self) -> None:
        if self.config.alarm_email:
            aws.sns.TopicSubscription(
                self.names.of("notifications-email"),
                topic=self.topic_arn,
                protocol="email",
                endpoint=self.config.alarm_email,
                opts=self.child(),
            )

    def _create_alarm(self, alarm: Alarm, *actions: pulumi.Input[str]) -> aws.cloudwatch.MetricAlarm:
        name = self.names.of(alarm.thing)
        return aws.cloudwatch.MetricAlarm(
            name,
            name=name,
            alarm_description=alarm.description,
            namespace=alarm.metric.namespace,
            metric_name=alarm.metric.name,
            dimensions=alarm.metric.dimensions,
            statistic=alarm.metric.statistic,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            period=alarm.period,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.datapoints,
            treat_missing_data=alarm.missing,
            alarm_actions=[*actions, self.topic_arn],
            ok_actions=[self.topic_arn],
            tags=self.tags(name),
            opts=self.child(),
        )
