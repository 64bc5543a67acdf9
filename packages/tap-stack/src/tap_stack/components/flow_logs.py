"""The VPC's flow log: who spoke with whom, accepted or refused."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.component import Component
from tap_stack.config import InfraConfig


class FlowLogsArgs(TypedDict):
    """What is recorded."""

    config: InfraConfig
    place: policies.Place
    vpc_id: pulumi.Input[str]
    log_group: str


class FlowLogs(Component):
    """A log group, a role that may write to it and to nothing else, and the flow log of all traffic."""

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        group = aws.cloudwatch.LogGroup(
            **self.tagged(self.names.of("flow-logs"), self.log_group_options()),
            name=args["log_group"],
            retention_in_days=self.config.flow_log_retention_days,
        )
        role = self._create_role(args["place"], group)
        # AWS refuses a second flow log of the same VPC to the same group, so the old one must go first.
        aws.ec2.FlowLog(
            **self.tagged(self.names.of("flow-log"), self.child(delete_before_replace=True)),
            vpc_id=args["vpc_id"],
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
        )
        self.publish(log_group_name=group.name)

    def _create_role(self, place: policies.Place, group: aws.cloudwatch.LogGroup) -> aws.iam.Role:
        role = self.role(
            self.names.flow_log_role,
            "Lets the VPC's flow log write to its log group",
            policies.trust("vpc-flow-logs.amazonaws.com", place.account),
        )
        aws.iam.RolePolicy(
            self.names.flow_log_role,
            name="write-flow-log",
            role=role.name,
            policy=group.arn.apply(lambda arn: policies.document(*policies.flow_log_statements(arn))),
            opts=self.child(),
        )
        return role
