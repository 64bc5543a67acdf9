"""What load balancers say of the group's members, as values.

It is told and decides nothing: the group itself replaces unhealthy targets where its health check type is ELB. So
nothing of it makes a sweep blind; what cannot be read is a target group that was not looked at.

Sources: API TargetHealth (states and reason codes); EC2 Auto Scaling user guide, "Health checks for instances in an
Auto Scaling group".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

UNHEALTHY = "unhealthy"  # and `unhealthy.draining`: deregistered, and failing while it drains
STATES = frozenset({"initial", "healthy", UNHEALTHY, "unhealthy.draining", "unused", "draining", "unavailable"})
OTHER = "other"  # what is told of a state that is new
LONGEST_CODE = 100  # characters of a state or a reason code that are told


class SeenTarget(NamedTuple):
    """A member as one target group sees it, on one port.

    Attributes:
        state: One of STATES, any that begins with `unhealthy`, or OTHER.
        reason: The load balancer's reason code, such as `Target.Timeout`; "" for a healthy one.
        target_group: The target group's name.
    """

    id: str
    state: str
    reason: str
    target_group: str

    @property
    def unhealthy(self) -> bool:
        """The load balancer calls it unhealthy; one that is new, drains or is not checked is neither."""
        return self.state.startswith(UNHEALTHY)


@dataclass(frozen=True)
class TargetReport:
    """One look at the group's target groups.

    Attributes:
        groups: How many the group has; 0 where even that cannot be read.
        looked_at: How many of them were read.
        states: State to how many times members have it, over all the target groups that were read.
        unhealthy: Members that a load balancer calls unhealthy, by their ids, with what was first seen.
        missing: Why target groups were not looked at; "" if all were.
    """

    groups: int
    looked_at: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    unhealthy: Mapping[str, SeenTarget] = field(default_factory=dict)
    missing: str = ""
