"""The real stack with one thing changed, for every rule: the rule must find it, and no other mandatory rule may."""

from __future__ import annotations

from .balancing import BALANCING
from .capacity import CAPACITY
from .fleet import GROUPS, INSTANCES
from .healing import ALARMS, FUNCTIONS
from .mutation import INGRESS, Mutation
from .network import NETWORK
from .permissions import PERMISSIONS
from .whole import STACK

__all__ = ["INGRESS", "MUTATIONS", "Mutation"]

MUTATIONS = (*NETWORK, *BALANCING, *GROUPS, *INSTANCES, *CAPACITY, *PERMISSIONS, *FUNCTIONS, *ALARMS, *STACK)
