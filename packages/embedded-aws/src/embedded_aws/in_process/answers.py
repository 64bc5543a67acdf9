"""The operations that are answered here, and by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from botocore import xform_name

from embedded_aws.in_process import autoscaling_calls, ec2_calls, logs_calls, other_calls
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.pages import Entry, Pages

Answer: TypeAlias = Callable[[Account, Pages, dict[str, Any]], Entry]

ANSWERS: dict[str, Answer] = {
    "DescribeAutoScalingGroups": autoscaling_calls.describe_groups,
    "DescribeScalingActivities": autoscaling_calls.describe_activities,
    "DescribeInstanceRefreshes": autoscaling_calls.describe_refreshes,
    "SetInstanceHealth": autoscaling_calls.set_instance_health,
    "DescribeInstanceStatus": ec2_calls.describe_status,
    "DescribeTags": ec2_calls.describe_tags,
    "GetManagedResource": other_calls.get_managed_resource,
    "CreateLogStream": logs_calls.create_log_stream,
    "DescribeLogStreams": logs_calls.describe_log_streams,
    "PutMetricData": other_calls.put_metric_data,
    "Publish": other_calls.publish,
}

METHODS = {xform_name(action): action for action in ANSWERS}
"""boto3's name of each operation's method."""
