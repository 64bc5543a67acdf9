"""Metrics that AWS's own services publish, put into moto's CloudWatch where every client finds them.

They do not go through `PutMetricData`: that API refuses namespaces that begin with `AWS/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from moto.cloudwatch.models import cloudwatch_backends


def put_metrics(
    account: str,
    region: str,
    values: Mapping[str, tuple[float, str]],
    *,
    namespace: str,
    dimensions: Mapping[str, str],
    when: datetime,
) -> None:
    """Record one sample of each metric.

    Args:
        account: The account that owns the metrics.
        region: The region they are in.
        values: Metric name to its value and CloudWatch's name of the unit, such as `Count` or `Milliseconds`.
        namespace: Such as `AWS/Lambda`.
        dimensions: Such as `FunctionName` to its value.
        when: Cloud time of what was measured.
    """
    stamp = when.astimezone(UTC).replace(tzinfo=None)  # naive UTC, as moto keeps every sample
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    samples = [
        {"MetricName": name, "Value": value, "Unit": unit, "Timestamp": stamp, "Dimensions": named}
        for name, (value, unit) in values.items()
    ]
    cloudwatch_backends[account][region].put_metric_data(namespace, samples)
