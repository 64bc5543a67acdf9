"""The roles: what instances are (managed through SSM, and no more), and whom the healer acts as."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.components.component import Component
from tap_stack.config import InfraConfig

INSTANCE_POLICIES = ("AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy")
"""AWS-managed: Session Manager without SSH, and memory and disk metrics."""


class IamArgs(TypedDict):
    """Where the roles live."""

    config: InfraConfig
    place: policies.Place


class Iam(Component):
    """The instances' role and profile, and the healer's role. What the healer may do is attached where it is built."""

    ec2_role_arn: pulumi.Output[str]
    ec2_role_name: pulumi.Output[str]
    ec2_instance_profile_name: pulumi.Output[str]
    ec2_instance_profile_arn: pulumi.Output[str]
    lambda_role_arn: pulumi.Output[str]
    lambda_role_name: pulumi.Output[str]

    def __init__(self, name: str, args: IamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        self._place = args["place"]
        instance = self._create_instance_role()
        profile = self._create_instance_profile(instance)
        healer = self._create_healer_role()
        self.ec2_role_arn, self.ec2_role_name = instance.arn, instance.name
        self.ec2_instance_profile_arn, self.ec2_instance_profile_name = profile.arn, profile.name
        self.lambda_role_arn, self.lambda_role_name = healer.arn, healer.name
        self.register_outputs(
            {
                "ec2_role_arn": self.ec2_role_arn,
                "ec2_role_name": self.ec2_role_name,
                "ec2_instance_profile_arn": self.ec2_instance_profile_arn,
                "ec2_instance_profile_name": self.ec2_instance_profile_name,
                "lambda_role_arn": self.lambda_role_arn,
                "lambda_role_name": self.lambda_role_name,
            }
        )

    def _create_instance_role(self) -> aws.iam.Role:
        name = self.names.instance_role
        role = aws.iam.Role(
            name,
            name=name,
            description="Instances of the fleet: reached through SSM, reporting to CloudWatch",
            assume_role_policy=policies.trust(policies.service_principal("ec2", self._place.partition)),
            tags=self.tags(name),
            opts=self.child(),
        )
        for policy in INSTANCE_POLICIES:
            aws.iam.RolePolicyAttachment(
                self.names.of_global(f"instance-{policy}"),
                role=role.name,
                policy_arn=f"arn:{self._place.partition}:iam::aws:policy/{policy}",
                opts=self.child(),
            )
        return role

    def _create_instance_profile(self, role: aws.iam.Role) -> aws.iam.InstanceProfile:
        name = self.names.instance_role
        return aws.iam.InstanceProfile(name, name=name, role=role.name, tags=self.tags(name), opts=self.child())

    def _create_healer_role(self) -> aws.iam.Role:
        name = self.names.healer_role
        return aws.iam.Role(
            name,
            name=name,
            description="The healer: reads the fleet, marks an instance of it unhealthy, and says so",
            assume_role_policy=policies.trust("lambda.amazonaws.com", self._place.account),
            tags=self.tags(name),
            opts=self.child(),
        )
