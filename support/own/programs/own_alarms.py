"""Alarms of one's own on the fleet, told to TAP's topic; a rollout waits for one of them."""

import pulumi
import pulumi_aws as aws

from tap_stack import InfraConfig, TapStack

NAME = "tap-web-errors"  # TAP's topic takes what alarms with its prefix publish

config = InfraConfig.from_pulumi().with_changes(rollout_alarms=(NAME,))
stack = TapStack("web", config)
alarm = aws.cloudwatch.MetricAlarm(
    "errors",
    name=NAME,
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    metric_name="Errors",
    namespace="Web",
    dimensions={"AutoScalingGroupName": stack.auto_scaling_group_name},
    period=60,
    statistic="Sum",
    threshold=5,
    treat_missing_data="notBreaching",
    alarm_actions=[stack.notification_topic_arn],
    tags={"Owner": "web"},
)
pulumi.export("alarm", alarm.arn)
