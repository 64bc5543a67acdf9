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


class FlowLogs(Component):
    """A log group, a role that may write to it and to nothing else, and the flow log of all traffic."""

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        group = self._create_log_group()
        role = self._create_role(args["place"], group)
        flow_log = self.names.of("flow-log")
        aws.ec2.FlowLog(
            flow_log,
            vpc_id=args["vpc_id"],
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags=self.tags(flow_log),
            # AWS refuses a second flow log of the same VPC to the same group, so the old one must go first.
            opts=self.child(delete_before_replace=True),
        )
        self.log_group_name = group.name
        self.register_outputs({"log_group_name": self.log_group_name})

    def _create_log_group(self) -> aws.cloudwatch.LogGroup:
        name = self.names.of("flow-logs")
        return aws.cloudwatch.LogGroup(
            name,
            name=name,
            retention_in_days=self.config.flow_log_retention_days,
            tags=self.tags(name),
            opts=self.child(retain_on_delete=self.config.protect),
        )

    def _create_role(self, place: policies.Place, group: aws.cloudwatch.LogGroup) -> aws.iam.Role:
        name = self.names.flow_log_role
        role = aws.iam.Role(
            name,
            name=name,
            description="Lets the VPC's flow log write to its log group",
            assume_role_policy=policies.trust("vpc-flow-logs.amazonaws.com", place.account),
            tags=self.tags(name),
            opts=self.child(),
        )
        aws.iam.RolePolicy(
            name,
            name="write-flow-log",
            role=role.name,
            policy=group.arn.apply(lambda arn: policies.document(*policies.flow_log_statements(arn))),
            opts=self.child(),
        )
        return role
