"""The outputs and the settings of the stack with one thing changed."""

from __future__ import annotations

from pulumi_guardrails import types as aws
from support.programs import cut, output, outputs_without

from .mutation import (
    Mutation,
    remote_component,
    silent_component,
)

STACK = (
    Mutation("tagged", "an alarm without tags", cut(aws.METRIC_ALARM, "healer-silent", "tags")),
    Mutation("network-outputs", "no ids of NAT gateways", outputs_without("nat_gateway_ids")),
    Mutation(
        "network-outputs", "no ids of route tables", outputs_without("public_route_table_id", "private_route_table_ids")
    ),
    Mutation("stack-outputs", "no role", outputs_without("lambda_role_arn", "lambda_role_name")),
    Mutation("stack-outputs", "no alarm", outputs_without("cpu_high_alarm_arn")),
    Mutation("component-outputs", "a component without outputs", silent_component),
    Mutation("remote-components", "a component that a package makes", remote_component),
    Mutation("outputs-no-secrets", "a password", output("admin_password", "correct-horse")),
)
