"""The ten faults of the seed's first attempt, each made again in the real program: programs that Pulumi runs.

Each is the real stack with one thing changed, by overriding one step of it, or by a Pulumi transformation that sets one
property where the stack sets it right.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from tap_stack.components.discovery import Discovered, Machine
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.stack import Outputs, TapStack, export_outputs

Props = dict[str, Any]
Program = Callable[[], None]


def deploy(stack: type[TapStack] = TapStack, opts: pulumi.ResourceOptions | None = None) -> TapStack:
    """What `__main__` does, with another stack."""
    return stack("tap", InfraConfig.load({}, {}), opts)


def changing(type_: str, change: Callable[[Props], Props], name: str = "") -> pulumi.ResourceOptions:
    """Options with which a type's properties (Python's names) are changed as the stack is built."""

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != type_ or name not in args.name:
            return None
        return pulumi.ResourceTransformationResult({**args.props, **change(dict(args.props))}, args.opts)

    return pulumi.ResourceOptions(transformations=[transform])


class WrittenDownZones(TapStack):
    """Fault 1: `availability_zones = ["us-east-1a", "us-east-1b"]`."""

    def discover(self) -> Discovered:
        place = Place("aws", self.config.region, "1")
        asked = Machine("ami-0123456789abcdef0", "x86_64", "/dev/xvda", ebs_optimized=True, auto_recovery=True, vcpus=2)
        return Discovered(
            place,
            zones=("us-east-1a", "us-east-1b"),
            machine=asked,
            user_data=b"#!/bin/sh\nsystemctl enable --now amazon-ssm-agent\n",
            healer_log="/aws/lambda/tap-healer-dev",
            flow_log="tap-flow-logs-dev",
            rollout_log="/aws/lambda/tap-rollout-dev",
            moves=False,
            group=None,
            given=None,
            endpoint_zones={},
            reserves_concurrency=True,
            volume_key=None,
        )


def hard_coded_zones() -> None:
    """Fault 1."""
    export_outputs(deploy(WrittenDownZones).outputs)


def no_agent_in_user_data() -> None:
    """Fault 2: `# No user data to ensure SSM agent is running`."""
    script = base64.b64encode(b"#!/bin/bash\ndnf install --assumeyes amazon-cloudwatch-agent\n").decode()
    deploy_and_export(changing("aws:ec2/launchTemplate:LaunchTemplate", lambda _: {"user_data": script}))


def group_in_public_subnets() -> None:
    """Fault 3: `vpc_zone_identifiers=[ps.id for ps in public_subnets]`, and nobody who asks what kind they are."""
    public: list[Any] = []

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ == "aws:ec2/subnet:Subnet" and "public" in args.name:
            public.append(args.resource)
        if args.type_ != "aws:autoscaling/group:Group":
            return None
        props = {**args.props, "vpc_zone_identifiers": [subnet.id for subnet in public]}
        return pulumi.ResourceTransformationResult(props, args.opts)

    deploy_and_export(pulumi.ResourceOptions(transformations=[transform]))


def wildcard_resource() -> None:
    """Fault 4: `"Action": ["ec2:DescribeInstances", "autoscaling:SetInstanceHealth"], "Resource": "*"`."""

    def widen(statement: dict[str, Any]) -> dict[str, Any]:
        if statement["Sid"] != "MarkUnhealthy":
            return statement
        return {"Sid": "Heal", "Effect": "Allow", "Action": statement["Action"], "Resource": "*"}

    deploy_and_export(_healer_policy(lambda statements: [widen(each) for each in statements]))


def outdated_runtime() -> None:
    """Fault 5: `runtime="python3.8"`."""
    deploy_and_export(changing("aws:lambda/function:Function", lambda _: {"runtime": "python3.8"}))


def code_under_a_dot() -> None:
    """Fault 5: `code=AssetArchive({".": StringAsset(lambda_code)})`."""
    code = pulumi.AssetArchive({".": pulumi.StringAsset("def lambda_handler(event, context): ...")})
    deploy_and_export(changing("aws:lambda/function:Function", lambda _: {"code": code}))


def silent_replacement() -> None:
    """Fault 6: `# No retry, no metrics, no SNS notification`."""
    told = ("Count", "Notify", "EncryptNotification")
    deploy_and_export(_healer_policy(lambda statements: [each for each in statements if each["Sid"] not in told]))


def unnamed_network() -> None:
    """Fault 7: `# Missing: NAT gateway IDs, route table IDs`."""
    missing = ("nat_gateway_ids", "public_route_table_id", "private_route_table_ids")
    _export_without(missing)


def https_from_anywhere() -> None:
    """Fault 8: `cidr_blocks=["0.0.0.0/0"],  # WRONG: Allows all IPs`."""
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    deploy_and_export(changing(rule, lambda _: {"cidr_ipv4": "0.0.0.0/0"}))


def missing_outputs() -> None:
    """Fault 9: `# Missing: ... IAM role ARNs, alarm ARNs, etc.`."""
    _export_without(("ec2_role_arn", "lambda_role_arn", "lambda_role_name", "cpu_high_alarm_arn", "cpu_low_alarm_arn"))


class Unfinished(TapStack):
    """Fault 10: outputs that are exported one by one, and never registered."""

    def register_outputs(self, outputs: Any) -> None:
        """Forget to."""


def unregistered_outputs() -> None:
    """Fault 10."""
    export_outputs(deploy(Unfinished).outputs)


def deploy_and_export(opts: pulumi.ResourceOptions | None = None) -> None:
    """The stack and all of its outputs."""
    export_outputs(deploy(TapStack, opts).outputs)


def _export_without(missing: tuple[str, ...]) -> None:
    outputs: Outputs = deploy().outputs
    for key, value in outputs:
        if key not in missing:
            pulumi.export(key, value)


def _healer_policy(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> pulumi.ResourceOptions:
    def changed(text: str) -> str:
        document = json.loads(text)
        return json.dumps({**document, "Statement": change(document["Statement"])})

    return changing(
        "aws:iam/rolePolicy:RolePolicy", lambda props: {"policy": props["policy"].apply(changed)}, "tap-healer"
    )


FAULTS: Mapping[Program, tuple[int, str]] = {
    hard_coded_zones: (1, "zones-from-region"),
    no_agent_in_user_data: (2, "user-data-ssm-agent"),
    group_in_public_subnets: (3, "instances-in-private-subnets"),
    wildcard_resource: (4, "iam-no-wildcard-resource"),
    outdated_runtime: (5, "lambda-runtime"),
    code_under_a_dot: (5, "lambda-handler-in-code"),
    silent_replacement: (6, "replacement-is-told"),
    unnamed_network: (7, "network-outputs"),
    https_from_anywhere: (8, "security-group-no-world-ingress"),
    missing_outputs: (9, "stack-outputs"),
    unregistered_outputs: (10, "component-outputs"),
}
"""A program to the number of its fault and the rule that finds it."""
