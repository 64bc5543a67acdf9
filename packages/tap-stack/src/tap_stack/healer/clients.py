"""The clients that the healer talks through: only the operations that it uses, so that a model of AWS can stand in.

What is asked has boto3's types. What is answered has none: it is not trusted before it has been read (`calls.trusted`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Unpack

if TYPE_CHECKING:  # for development alone, and not in the zip
    from types_boto3_arc_zonal_shift import type_defs as zonal_shift
    from types_boto3_autoscaling import type_defs as autoscaling
    from types_boto3_cloudwatch import type_defs as cloudwatch
    from types_boto3_ec2 import type_defs as ec2
    from types_boto3_logs import type_defs as logs
    from types_boto3_sns import type_defs as sns


class AutoScaling(Protocol):
    """The part of boto3's `autoscaling` client that is used."""

    def describe_auto_scaling_groups(self, **params: Unpack[autoscaling.AutoScalingGroupNamesTypeTypeDef]) -> Any:
        """Read the group."""

    def describe_scaling_activities(self, **params: Unpack[autoscaling.DescribeScalingActivitiesTypeTypeDef]) -> Any:
        """Read what the group did lately."""

    def describe_instance_refreshes(self, **params: Unpack[autoscaling.DescribeInstanceRefreshesTypeTypeDef]) -> Any:
        """Read whether a refresh runs."""

    def set_instance_health(self, **params: Unpack[autoscaling.SetInstanceHealthQueryTypeDef]) -> Any:
        """Mark one member. Idempotent; refuses members on their way out, and within the grace period."""


class Ec2(Protocol):
    """The part of boto3's `ec2` client that is used."""

    def describe_instance_status(self, **params: Unpack[ec2.DescribeInstanceStatusRequestTypeDef]) -> Any:
        """Read failing checks of the account's instances; never without filters."""

    def describe_tags(self, **params: Unpack[ec2.DescribeTagsRequestTypeDef]) -> Any:
        """Read the instances that ask to be spared."""


class ElasticLoadBalancing(Protocol):
    """The part of boto3's `elbv2` client that is used."""

    def describe_target_health(self, *, TargetGroupArn: str) -> Any:  # noqa: N803 - boto3's name
        """Read the health of a target group's targets."""


class CloudWatch(Protocol):
    """The part of boto3's `cloudwatch` client that is used."""

    def put_metric_data(self, **params: Unpack[cloudwatch.PutMetricDataInputTypeDef]) -> Any:
        """Publish the sweep's metrics."""


class Sns(Protocol):
    """The part of boto3's `sns` client that is used."""

    def publish(self, **params: Unpack[sns.PublishInputTypeDef]) -> Any:
        """Send the notice."""


class Logs(Protocol):
    """The part of boto3's `logs` client that is used."""

    def create_log_stream(self, **params: Unpack[logs.CreateLogStreamRequestTypeDef]) -> Any:
        """Create a stream; of two callers with one name exactly one succeeds."""

    def describe_log_streams(self, **params: Unpack[logs.DescribeLogStreamsRequestTypeDef]) -> Any:
        """Read the names of streams, by their prefix."""


class ZonalShift(Protocol):
    """The part of boto3's `arc-zonal-shift` client that is used."""

    def get_managed_resource(self, **params: Unpack[zonal_shift.GetManagedResourceRequestTypeDef]) -> Any:
        """Read the shifts of one group."""


class Clients(Protocol):
    """The clients; each is asked for only when it is needed, so that it may be made at that moment."""

    @property
    def autoscaling(self) -> AutoScaling:
        """EC2 Auto Scaling."""

    @property
    def ec2(self) -> Ec2:
        """EC2."""

    @property
    def elbv2(self) -> ElasticLoadBalancing:
        """Elastic Load Balancing."""

    @property
    def cloudwatch(self) -> CloudWatch:
        """CloudWatch."""

    @property
    def sns(self) -> Sns:
        """Simple Notification Service."""

    @property
    def logs(self) -> Logs:
        """CloudWatch Logs."""

    @property
    def zonal_shift(self) -> ZonalShift:
        """Application Recovery Controller."""
