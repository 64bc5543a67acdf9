"""The warm pool, checked. Each check raises ValueError to complete "accepted: ...".

Source: EC2 Auto Scaling User Guide, "Decrease latency for applications with long boot times using warm pools".
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationInfo

from tap_stack.config.capacity import most_at_once, room_of
from tap_stack.config.weights import at_most

STOPPED, RUNNING, HIBERNATED = "stopped", "running", "hibernated"


def state(value: str, info: ValidationInfo) -> str:
    """How instances wait. The hook of a fleet with files of its user's is completed at each boot, and so needs one."""
    if value in {RUNNING, HIBERNATED} and info.data.get("user_data_file"):
        raise ValueError(
            f"empty or {STOPPED} with userDataFile: a {value} instance does not boot when it leaves the pool, "
            "and nothing on it would tell the group that it is ready"
        )
    return value


def size(value: int, info: ValidationInfo) -> int:
    """The fewest instances that wait, for which there must be addresses and a use."""
    most = info.data.get("max_size", 0)
    needs_pool(value, info)
    if most and value > most:
        raise ValueError(f"at most maxSize, which is {most}: no more than that could ever serve")
    room = room_of(info.data)
    weights = info.data.get("instance_weights") or {}
    if value and room is not None and most_at_once(most, weights) + at_most(value, weights) > room:
        raise ValueError(f"what fits in vpcCidr: its private subnets have {room} addresses, replacements included")
    return value


def prepared(value: int, info: ValidationInfo) -> int:
    """How many instances group and pool have together."""
    most = info.data.get("max_size", 0)
    needs_pool(value, info)
    if most and value > most:
        raise ValueError(f"at most maxSize, which is {most}: no more than that could ever serve")
    return value


def needs_pool(value: Any, info: ValidationInfo) -> Any:
    """A value that only a warm pool has a use for."""
    if value and info.data.get("warm_pool") == "":
        raise ValueError(f"unset, unless warmPool is {STOPPED}, {RUNNING} or {HIBERNATED}")
    return value
