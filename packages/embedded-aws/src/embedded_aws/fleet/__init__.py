"""An Auto Scaling group as a model with a clock: the one model behind the embedded AWS and the simulator.

`ScalingGroup` is the way in; it gets its machines through the `Machines` protocol. Every behaviour names the AWS
document it comes from, or says that it is an assumption (`settings.Timings` has all that are figures).
"""

from embedded_aws.fleet.activities import Activity, StatusCode
from embedded_aws.fleet.capacity import Adjustment, SimplePolicy
from embedded_aws.fleet.errors import Refused
from embedded_aws.fleet.events import Event, Listener, What
from embedded_aws.fleet.group import ScalingGroup
from embedded_aws.fleet.health import Checks, CheckStatus
from embedded_aws.fleet.hooks import ActionResult, Hook, LifecycleAction, LifecycleTransition, Side
from embedded_aws.fleet.machines import LaunchFailed, Machines, Park
from embedded_aws.fleet.members import Check, Health, Lifecycle, Member, Phase, UnhealthyReason
from embedded_aws.fleet.refreshes import Preferences, Refresh, RefreshStatus, Unmovable
from embedded_aws.fleet.schedules import ScheduledAction
from embedded_aws.fleet.settings import GroupSettings, MaintenancePolicy, Override, PoolState, Timings, WarmPool
from embedded_aws.fleet.state import Process
from embedded_aws.fleet.words import Words

__all__ = [
    "ActionResult",
    "Activity",
    "Adjustment",
    "Check",
    "CheckStatus",
    "Checks",
    "Event",
    "GroupSettings",
    "Health",
    "Hook",
    "LaunchFailed",
    "Lifecycle",
    "LifecycleAction",
    "LifecycleTransition",
    "Listener",
    "Machines",
    "MaintenancePolicy",
    "Member",
    "Override",
    "Park",
    "Phase",
    "PoolState",
    "Preferences",
    "Process",
    "Refresh",
    "RefreshStatus",
    "Refused",
    "ScalingGroup",
    "ScheduledAction",
    "Side",
    "SimplePolicy",
    "StatusCode",
    "Timings",
    "UnhealthyReason",
    "Unmovable",
    "WarmPool",
    "What",
    "Words",
]
