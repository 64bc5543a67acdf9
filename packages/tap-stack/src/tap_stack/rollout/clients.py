"""The clients that the rollout talks through: the healer's, and the operations that only the rollout uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Unpack

from tap_stack.healer import clients as healers

if TYPE_CHECKING:  # for development alone, and not in the zip
    from types_boto3_autoscaling import type_defs as autoscaling
    from types_boto3_cloudwatch import type_defs as cloudwatch


class RolloutAutoScaling(healers.AutoScaling, Protocol):
    """The part of boto3's `autoscaling` client that is used."""

    def start_instance_refresh(self, **params: Unpack[autoscaling.StartInstanceRefreshTypeTypeDef]) -> Any:
        """Begin to roll a version out. Refused while a refresh runs."""


class RolloutCloudWatch(healers.CloudWatch, Protocol):
    """The part of boto3's `cloudwatch` client that is used."""

    def describe_alarms(self, **params: Unpack[cloudwatch.DescribeAlarmsInputTypeDef]) -> Any:
        """Read the states of the alarms that a rollout is given."""


class RolloutClients(healers.Clients, Protocol):
    """The clients; each is asked for only when it is needed, so that it may be made at that moment."""

    @property
    def autoscaling(self) -> RolloutAutoScaling:
        """EC2 Auto Scaling."""

    @property
    def cloudwatch(self) -> RolloutCloudWatch:
        """CloudWatch."""
