"""An Auto Scaling group as a model with a clock: the one model behind the embedded AWS and the simulator.

`Fleet` is the way in; it gets its machines through the `Machines` protocol. Every behaviour names the AWS document it
comes from, or says that it is an assumption (`settings.Timings` has all that are figures).
"""

from tap_stack.fleet.activities import Activity, StatusCode
from tap_stack.fleet.capacity import Adjustment, SimplePolicy
from tap_stack.fleet.errors import Refused
from tap_stack.fleet.events import Event, Listener, What
from tap_stack.fleet.group import Fleet
from tap_stack.fleet.health import Checks, CheckStatus
from tap_stack.fleet.machines import LaunchFailed, Machines
from tap_stack.fleet.members import Check, Health, Lifecycle, Member, Verdict
from tap_stack.fleet.park import Park
from tap_stack.fleet.refreshes import Preferences, Refresh, RefreshStatus, Unmovable
from tap_stack.fleet.settings import MaintenancePolicy, Override, PoolState, Settings, Timings, WarmPool
from tap_stack.fleet.state import Process
from tap_stack.fleet.words import Words

__all__ = [
    "Activity",
    "Adjustment",
    "Check",
    "CheckStatus",
    "Checks",
    "Event",
    "Fleet",
    "Health",
    "LaunchFailed",
    "Lifecycle",
    "Listener",
    "Machines",
    "MaintenancePolicy",
    "Member",
    "Override",
    "Park",
    "PoolState",
    "Preferences",
    "Process",
    "Refresh",
    "RefreshStatus",
    "Refused",
    "Settings",
    "SimplePolicy",
    "StatusCode",
    "Timings",
    "Unmovable",
    "Verdict",
    "WarmPool",
    "What",
    "Words",
]
