"""Targets that the fleet's capacity follows, checked. Each check raises ValueError to complete "accepted: ...".

Source: EC2 Auto Scaling User Guide, "Target tracking scaling policies": requests are counted for each target of one
target group of an Application Load Balancer.
"""

from __future__ import annotations

from pydantic import ValidationInfo


def requests(value: int, info: ValidationInfo) -> int:
    """Requests a minute for each target, of the one target group by which they are counted."""
    balancer, groups = info.data.get("load_balancer", "-"), info.data.get("target_group_arns", "-")
    if value and not balancer and len(groups) != 1:
        beside = f"targetGroupArns has {len(groups)}"
        raise ValueError(f"0, unless loadBalancer is there or targetGroupArns has exactly one to count by; {beside}")
    return value


def predictive(value: str, info: ValidationInfo) -> str:
    """Whether the load is forecast. What capacity it takes follows from the CPU that the fleet is to have."""
    if value and info.data.get("cpu_target") == 0:
        raise ValueError("empty, unless cpuTarget says which average CPU the forecast capacity is for")
    return value
