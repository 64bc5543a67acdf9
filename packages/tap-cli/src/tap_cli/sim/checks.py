"""EC2's status checks, and how long each must have failed before the healer may mark an instance for it.

Written down here once more, and not taken from the healer, whom the referee judges by it.
"""

from __future__ import annotations

from datetime import timedelta

CHECKS = {"system": "SystemStatus", "instance": "InstanceStatus", "ebs": "AttachedEbsStatus"}
"""What a scenario calls a check, to its key in the answer of DescribeInstanceStatus."""

WINDOWS = {
    "SystemStatus": timedelta(seconds=120),
    "AttachedEbsStatus": timedelta(seconds=120),
    "InstanceStatus": timedelta(seconds=300),
}
