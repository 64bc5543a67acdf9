"""Samples of a metric, and the statistics over them.

Source: CloudWatch User Guide, "CloudWatch statistics definitions" and "Percentiles".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

from embedded_aws.calls import AwsError

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_FEW = 10  # samples beyond a percentile that make it significant: "10/(1-percentile)" in all


@dataclass(frozen=True)
class Sample:
    """One stored datum: a single value (count 1), or a statistic set of `count` values."""

    time: datetime
    minimum: float
    maximum: float
    total: float
    count: float
    unit: str | None = None


_STATISTICS: dict[str, Callable[[Sequence[Sample]], float | None]] = {
    "Average": lambda samples: (
        sum(each.total for each in samples) / count if (count := sum(each.count for each in samples)) else None
    ),
    "Sum": lambda samples: sum(each.total for each in samples),
    "Minimum": lambda samples: min(each.minimum for each in samples),
    "Maximum": lambda samples: max(each.maximum for each in samples),
    "SampleCount": lambda samples: sum(each.count for each in samples),
}


def compute(statistic: str, samples: Sequence[Sample]) -> float | None:
    """A statistic over the samples of one period.

    Args:
        statistic: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99` or `p99.9`.
        samples: Those of the period.

    Returns:
        None if there are no samples, or if statistic sets hide what a percentile needs.

    Raises:
        AwsError: another statistic (trimmed means and their like are not part of the embedded CloudWatch).
    """
    check(statistic)
    if not samples:
        return None
    if statistic in _STATISTICS:
        return _STATISTICS[statistic](samples)
    return _percentile(percentile(statistic), samples)


def check(statistic: str) -> None:
    """Refuse a statistic that is not computed here, by name."""
    if statistic not in _STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise AwsError("InvalidParameterValue", f"The value {statistic} for parameter Stat is not supported.")


def percentile(statistic: str) -> float:
    """The rank in percent that a statistic such as `p99.9` names; 50 for those that are no percentile."""
    match = _PERCENTILE.fullmatch(statistic)
    return float(match[1]) if match else 50.0


def is_significant(statistic: str, count: float) -> bool:
    """Whether there are samples enough for a percentile to mean something."""
    rank = percentile(statistic)
    tail = min(rank, 100 - rank)
    return not _PERCENTILE.fullmatch(statistic) or count * tail >= _FEW * 100


def _percentile(rank: float, samples: Sequence[Sample]) -> float | None:
    """Interpolated between the two nearest values. A statistic set counts only if all its values are equal."""
    if any(each.minimum != each.maximum for each in samples):
        return None
    values = sorted(value for each in samples for value in [each.minimum] * int(each.count))
    position = rank / 100 * (len(values) - 1)
    below = floor(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)
