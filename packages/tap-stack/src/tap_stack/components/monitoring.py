"""Who is told, and of what: the notification topic with its key, every alarm, and what Auto Scaling could not do."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.alarms import RUNBOOKS, cpu_alarms, healer_alarms
from tap_stack.components.notifying import EventNotice, Notifying, arns_of
from tap_stack.components.rollout_alarms import rollout_alarms, silent_alarm
from tap_stack.config import InfraConfig

REFRESH_FAILURES = tuple(
    f"EC2 Auto Scaling Instance Refresh {how}"
    for how in ("Failed", "Cancelled", "Rollback Started", "Rollback Succeeded", "Rollback Failed")
)
"""Events of instance refreshes, whoever began them (EventBridge events reference, "Amazon EC2 Auto Scaling events").
The rollout's function tells of them too, and more; these come without it."""

REFRESH_SENTENCE = f'"<what> in <group>: refresh <id>. Runbook: {RUNBOOKS}#rollout-failed"'


class MonitoringArgs(TypedDict):
    """What the CPU alarms set off, and where this is."""

    config: InfraConfig
    place: policies.Place
    scaling_policy_arns: tuple[pulumi.Input[str], pulumi.Input[str]]


class Monitoring(Notifying):
    """An encrypted topic, and the alarms and events that are published to it."""

    cpu_high_alarm_arn: pulumi.Output[str]
    cpu_low_alarm_arn: pulumi.Output[str]
    healer_alarm_arns: pulumi.Output[dict[str, str]]
    rollout_alarm_arns: pulumi.Output[dict[str, str]]
    of_rollouts: dict[str, aws.cloudwatch.MetricAlarm]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        refreshes = EventNotice(
            self.names.refresh_failures,
            "An instance refresh of the fleet failed, was cancelled or was rolled back",
            REFRESH_FAILURES,
            {"id": "$.detail.InstanceRefreshId"},
            REFRESH_SENTENCE,
        )
        self.create_topic(args["place"], [self.scaling_failures(), refreshes])
        high, low = cpu_alarms(self.config)
        grow, shrink = args["scaling_policy_arns"]
        self.cpu_high_alarm_arn = self.create_alarm(high, [grow, self.topic_arn], self.child()).arn
        # An idle fleet is no news, and whoever gets news each night reads none of it.
        self.cpu_low_alarm_arn = self.create_alarm(low, [shrink], self.child()).arn
        self.of_rollouts = self.create_alarms(rollout_alarms(self.config), [])

    def watch(self, first_sweep: pulumi.Resource | None, first_run: pulumi.Resource) -> None:
        """Create the alarms that miss heartbeats, and the healer's others: each is on for as long as there was none.

        Args:
            first_sweep: Of the healer; None where the fleet has none here.
            first_run: Of the rollout's function.
        """
        healers = self.create_alarms(healer_alarms(self.config), [first_sweep]) if first_sweep else {}
        rollouts = self.of_rollouts | self.create_alarms((silent_alarm(self.config),), [first_run])
        self.publish(
            topic_arn=self.topic_arn,
            key_arn=self.key_arn,
            cpu_high_alarm_arn=self.cpu_high_alarm_arn,
            cpu_low_alarm_arn=self.cpu_low_alarm_arn,
            healer_alarm_arns=arns_of(healers),
            rollout_alarm_arns=arns_of(rollouts),
        )
