"""Who is told, and of what: the notification topic with its key, every alarm, and what Auto Scaling could not do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.alarms import RUNBOOKS, Alarm, cpu_alarms, healer_alarms
from tap_stack.components.component import Component, events_of_group
from tap_stack.components.rollout_alarms import rollout_alarms, silent_alarm
from tap_stack.config import InfraConfig

KEY_DELETION_DAYS = 30
"""The longest that KMS waits before a deleted key is gone for good."""

SCALING_FAILURES = ("EC2 Instance Launch Unsuccessful", "EC2 Instance Terminate Unsuccessful")
"""Events that Auto Scaling sends to EventBridge by itself (EC2 Auto Scaling User Guide, "event reference")."""

SENTENCE = '"<what> in <group>: <reason> It was tried because of this: <cause>"'
"""What the topic is sent of such an event. It is in quotes because an input transformer makes JSON."""


REFRESH_FAILURES = tuple(
    f"EC2 Auto Scaling Instance Refresh {how}"
    for how in ("Failed", "Cancelled", "Rollback Started", "Rollback Succeeded", "Rollback Failed")
)
"""The same for instance refreshes, whoever began them (EventBridge events reference, "Amazon EC2 Auto Scaling events").
The rollout's function tells of them too, and more; these come without it."""

REFRESH_SENTENCE = f'"<what> in <group>: refresh <id>. Runbook: {RUNBOOKS}#rollout-failed"'


class MonitoringArgs(TypedDict):
    """What the CPU alarms set off, and where this is."""

    config: InfraConfig
    place: policies.Place
    scaling_policy_arns: tuple[pulumi.Input[str], pulumi.Input[str]]


class Monitoring(Component):
    """An encrypted topic, and the alarms and events that are published to it."""

    topic_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    cpu_high_alarm_arn: pulumi.Output[str]
    cpu_low_alarm_arn: pulumi.Output[str]
    healer_alarm_arns: pulumi.Output[dict[str, str]]
    rollout_alarm_arns: pulumi.Output[dict[str, str]]
    of_rollouts: dict[str, aws.cloudwatch.MetricAlarm]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._place = args["place"]
        self.key_arn = self._create_key().arn
        topic = self.named(self.names.of("notifications"), self.kept())
        self.topic_arn = aws.sns.Topic(**topic, kms_master_key_id=self.key_arn).arn
        self._send_to_topic(self._create_scaling_failures(), self._create_refresh_failures())
        if self.config.alarm_email:
            aws.sns.TopicSubscription(
                self.names.of("notifications-email"),
                topic=self.topic_arn,
                protocol="email",
                endpoint=self.config.alarm_email,
                opts=self.child(),
            )
        high, low = cpu_alarms(self.config)
        grow, shrink = args["scaling_policy_arns"]
        self.cpu_high_alarm_arn = self._create_alarm(high, [grow, self.topic_arn], self.child()).arn
        # An idle fleet is no news, and whoever gets news each night reads none of it.
        self.cpu_low_alarm_arn = self._create_alarm(low, [shrink], self.child()).arn
        self.of_rollouts = self._create_alarms(rollout_alarms(self.config), [])

    def watch(self, first_sweep: pulumi.Resource, first_run: pulumi.Resource) -> None:
        """Create the alarms that miss heartbeats, and the healer's others: each is on for as long as there was none.

        Args:
            first_sweep: Of the healer.
            first_run: Of the rollout's function.
        """
        healers = self._create_alarms(healer_alarms(self.config), [first_sweep])
        rollouts = self.of_rollouts | self._create_alarms((silent_alarm(self.config),), [first_run])
        self.publish(
            topic_arn=self.topic_arn,
            key_arn=self.key_arn,
            cpu_high_alarm_arn=self.cpu_high_alarm_arn,
            cpu_low_alarm_arn=self.cpu_low_alarm_arn,
            healer_alarm_arns=_arns(healers),
            rollout_alarm_arns=_arns(rollouts),
        )

    def _create_key(self) -> aws.kms.Key:
        # A key of our own: CloudWatch cannot publish to a topic under the AWS-managed key, whose policy is fixed.
        name = self.names.of("notifications")
        key = aws.kms.Key(
            **self.tagged(name, self.kept()),
            description="Encrypts TAP's notifications",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            policy=policies.document(*policies.key_statements(self._place, self._place.arn("sns", name))),
        )
        aws.kms.Alias(name, name=f"alias/{name}", target_key_id=key.key_id, opts=self.child())
        return key

    def _create_scaling_failures(self) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            **self.named(self.names.scaling_failures),
            description="The fleet could not launch or terminate an instance",
            event_pattern=events_of_group(SCALING_FAILURES, self.names.group),
        )

    def _create_refresh_failures(self) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            **self.named(self.names.refresh_failures),
            description="An instance refresh of the fleet failed, was cancelled or was rolled back",
            event_pattern=events_of_group(REFRESH_FAILURES, self.names.group),
        )

    def _send_to_topic(self, failures: aws.cloudwatch.EventRule, refreshes: aws.cloudwatch.EventRule) -> None:
        arns = pulumi.Output.all(self.topic_arn, failures.arn, refreshes.arn)
        topic = partial(policies.topic_statements, self._place, self.names.every)
        allowed = aws.sns.TopicPolicy(
            self.names.of("notifications"),
            arn=self.topic_arn,
            policy=arns.apply(lambda known: policies.document(*topic(*known))),
            opts=self.child(),
        )
        who = {"what": "$.detail-type", "group": "$.detail.AutoScalingGroupName"}
        why = {"reason": "$.detail.StatusMessage", "cause": "$.detail.Cause"}
        sentences = (
            (self.names.scaling_failures, failures, who | why, SENTENCE),
            (self.names.refresh_failures, refreshes, {**who, "id": "$.detail.InstanceRefreshId"}, REFRESH_SENTENCE),
        )
        for name, rule, paths, sentence in sentences:
            aws.cloudwatch.EventTarget(
                name,
                rule=rule.name,
                target_id="notifications",
                arn=self.topic_arn,
                input_transformer={"input_paths": paths, "input_template": sentence},
                opts=self.child(depends_on=[allowed]),
            )

    def _create_alarms(
        self, alarms: Iterable[Alarm], after: list[pulumi.Resource]
    ) -> dict[str, aws.cloudwatch.MetricAlarm]:
        """Alarms that tell the topic, each by its thing."""
        opts = self.child(depends_on=after)
        return {alarm.thing: self._create_alarm(alarm, [self.topic_arn], opts) for alarm in alarms}

    def _create_alarm(
        self, alarm: Alarm, actions: list[pulumi.Input[str]], opts: pulumi.ResourceOptions
    ) -> aws.cloudwatch.MetricAlarm:
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


def _arns(alarms: Mapping[str, aws.cloudwatch.MetricAlarm]) -> pulumi.Output[dict[str, str]]:
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
