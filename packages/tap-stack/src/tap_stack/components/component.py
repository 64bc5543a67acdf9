"""What TAP's components share: a type token, children that belong to them, and tags."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pulumi
import pulumi_aws as aws

from tap_stack.components import policies
from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError, QuestionRefused

P = ParamSpec("P")
T = TypeVar("T")

LAST_INSTANCE_GONE = "2h"
"""How long an instance refresh may take to empty subnets and security groups that were replaced."""


class ConfigRefused(ConfigError, pulumi.RunError):
    """The same error within a program: Pulumi prints a RunError as its one line, without a traceback."""


class NotAnswered(QuestionRefused, pulumi.RunError):
    """Likewise."""


def told_in_one_line(call: Callable[P, T]) -> Callable[P, T]:
    """Have what the user got wrong told in one line, in whatever program `call` is made."""

    @wraps(call)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except ConfigError as error:
            raise ConfigRefused(error.key, error.value, error.alone, error.together) from None
        except QuestionRefused as error:
            raise NotAnswered(str(error)) from None

    return told


class Component(pulumi.ComponentResource):
    """A part of the stack. Its type token is `tap:index:<class>`.

    Tags are set on each resource and not as the provider's default tags: the component is whole under whatever
    provider it is given, and default tags would reach neither instances nor their volumes, which a group launches.
    """

    def __init__(self, name: str, config: InfraConfig, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"tap:index:{type(self).__name__}", name, {}, opts)
        self.config = config
        self.names = config.names

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """The options of a resource that belongs to this component."""
        return pulumi.ResourceOptions(parent=self, **options)

    def kept(self, **options: Any) -> pulumi.ResourceOptions:
        """The options of a child that must not be lost by accident."""
        return self.child(protect=self.config.protect, **options)

    def log_group_options(self) -> pulumi.ResourceOptions:
        """The options of a log group.

        With `tap:protect` it outlives the stack, and its name with it: the next stack's is called otherwise. What it is
        called is decided once, since whether the name is free depends on whether this log group exists.
        """
        return self.child(retain_on_delete=self.config.protect, ignore_changes=["name"])

    def held_by_instances(self) -> pulumi.ResourceOptions:
        """The options of a child that cannot go while an instance uses it.

        Another VPC replaces it. The new one is made first, for the group to move to, although a name that is given
        would have the old one go first: the name is unique in a VPC only. The old one waits for the last instance.
        """
        return self.child(delete_before_replace=False, custom_timeouts=pulumi.CustomTimeouts(delete=LAST_INSTANCE_GONE))

    def tags(self, name: str, **more: str) -> dict[str, str]:
        """The common tags and a name."""
        return {**self.config.common_tags, "Name": name, **more}

    def tagged(self, name: str, opts: pulumi.ResourceOptions | None = None, **more: str) -> dict[str, Any]:
        """What every resource is given: its name in Pulumi, the tags and `more` of them, and the options of a child."""
        return {"resource_name": name, "tags": self.tags(name, **more), "opts": opts or self.child()}

    def named(self, name: str, opts: pulumi.ResourceOptions | None = None) -> dict[str, Any]:
        """The same for a resource that has this name in AWS too."""
        return {**self.tagged(name, opts), "name": name}

    def role(self, name: str, description: str, trust: str) -> aws.iam.Role:
        """A role, with the path and the permissions boundary that the organisation wants for every role."""
        return aws.iam.Role(
            **self.named(name),
            description=description,
            assume_role_policy=trust,
            path=self.path,
            permissions_boundary=self.config.permissions_boundary or None,
        )

    def healer_role(self, account: str) -> aws.iam.Role:
        """Whom the healer acts as; what it may do is attached with the function."""
        return self.role(
            self.names.healer_role,
            "The healer: reads the fleet, marks an instance of it unhealthy, and says so",
            policies.trust("lambda.amazonaws.com", account),
        )

    @property
    def path(self) -> str | None:
        """The path of roles and profiles; None for AWS's default, which a stack that stands did not write down."""
        return None if self.config.iam_path == "/" else self.config.iam_path

    def publish(self, **outputs: Any) -> None:
        """Set the outputs as attributes, and register them with Pulumi."""
        vars(self).update(outputs)
        self.published = outputs
        self.register_outputs(outputs)


def events_of_group(kinds: Sequence[str], group_name: str) -> str:
    """The event pattern for what Auto Scaling tells of one group."""
    pattern = {"source": ["aws.autoscaling"], "detail-type": kinds, "detail": {"AutoScalingGroupName": [group_name]}}
    return json.dumps(pattern)
