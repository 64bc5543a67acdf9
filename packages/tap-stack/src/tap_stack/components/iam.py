"""The roles: what instances are (managed through SSM, and no more), and whom the healer acts as."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from tap_stack.components import boot_hook, policies
from tap_stack.components.component import Component
from tap_stack.config import InfraConfig

INSTANCE_POLICIES = ("AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy")
"""AWS-managed: Session Manager without SSH, and memory and disk metrics."""


class IamArgs(TypedDict):
    """Where the roles live, and whether the healer has one."""

    config: InfraConfig
    place: policies.Place
    heals: bool


class Iam(Component):
    """The instances' role and profile, and the roles of the functions. What those may do is attached with them."""

    ec2_role_arn: pulumi.Output[str]
    ec2_role_name: pulumi.Output[str]
    ec2_instance_profile_name: pulumi.Output[str]
    ec2_instance_profile_arn: pulumi.Output[str]
    lambda_role_arn: pulumi.Output[str]
    lambda_role_name: pulumi.Output[str]
    rollout_role_arn: pulumi.Output[str]
    rollout_role_name: pulumi.Output[str]

    def __init__(self, name: str, args: IamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["config"], opts)
        place = args["place"]
        instance = self.role(
            self.names.instance_role,
            "Instances of the fleet: reached through SSM, reporting to CloudWatch",
            policies.trust(policies.service_principal("ec2", place.partition)),
        )
        for policy in INSTANCE_POLICIES:
            aws.iam.RolePolicyAttachment(
                self.names.of_global(f"instance-{policy}"),
                role=instance.name,
                policy_arn=f"arn:{place.partition}:iam::aws:policy/{policy}",
                opts=self.child(),
            )
        self._grant_workload(instance, place)
        profile = aws.iam.InstanceProfile(**self.named(self.names.instance_role), role=instance.name, path=self.path)
        healer = self.healer_role(place.account) if args["heals"] else None
        rollout = self.role(
            self.names.rollout_role,
            "The rollout: brings the fleet to the wanted launch template version, and says so",
            policies.trust("lambda.amazonaws.com", place.account),
        )
        self.publish(
            ec2_role_arn=instance.arn,
            ec2_role_name=instance.name,
            ec2_instance_profile_arn=profile.arn,
            ec2_instance_profile_name=profile.name,
            **({"lambda_role_arn": healer.arn, "lambda_role_name": healer.name} if healer else {}),
            rollout_role_arn=rollout.arn,
            rollout_role_name=rollout.name,
        )

    def _grant_workload(self, role: aws.iam.Role, place: policies.Place) -> None:
        """Give the instances' role what its user wants for what runs on them, and their first boot needs."""
        for arn in self.config.instance_policy_arns:
            owner, _, name = arn.partition(":iam::")[2].partition(":policy/")
            aws.iam.RolePolicyAttachment(
                self.names.of_global(f"workload-{owner}/{name}"), role=role.name, policy_arn=arn, opts=self.child()
            )
        if self.config.user_data_file:
            aws.iam.RolePolicy(
                self.names.of_global("boot"),
                name="boot",
                role=role.name,
                policy=policies.document(boot_hook.statement(place, self.names.group)),
                opts=self.child(),
            )
        if self.config.instance_policy:
            aws.iam.RolePolicy(
                self.names.of_global("workload"),
                name="workload",
                role=role.name,
                policy=self.config.instance_policy,
                opts=self.child(),
            )
