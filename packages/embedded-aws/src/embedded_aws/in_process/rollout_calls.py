"""What Auto Scaling and CloudWatch answer to whoever rolls a launch template version out, and what its alarm then does.

Sources: the API references of StartInstanceRefresh and DescribeAlarms. An alarm here watches one metric and is in ALARM
for as long as a value of 1 or more is at most two periods old; CloudWatch takes up to a period to see one.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

from embedded_aws.fleet import Preferences, Unmovable
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.pages import Entry, Pages
from embedded_aws.in_process.world import TEMPLATE

Params: TypeAlias = dict[str, Any]

PERIOD = timedelta(seconds=60)
UNMOVABLE = {"Wait": Unmovable.WAIT, "Ignore": Unmovable.IGNORE, "Refresh": Unmovable.REPLACE}
UNMOVABLE |= {"Terminate": Unmovable.REPLACE}


def start_refresh(account: Account, _: Pages, params: Params) -> Entry:
    """Begin an instance refresh, to the version of its desired configuration if it has one."""
    world, given = account.world, params.get("Preferences", {})
    alarms = given.get("AlarmSpecification", {}).get("Alarms", ())
    if unknown := [name for name in alarms if name not in account.alarms]:
        raise AwsError("ValidationError", f"The alarm {unknown[0]} does not exist.")
    preferences = Preferences(
        min_healthy=given.get("MinHealthyPercentage"),
        max_healthy=given.get("MaxHealthyPercentage"),
        skip_matching=given.get("SkipMatching", False),
        auto_rollback=given.get("AutoRollback", False),
        checkpoints=tuple(given.get("CheckpointPercentages", ())),
        checkpoint_delay=timedelta(seconds=given.get("CheckpointDelay", 3600)),
        bake=timedelta(seconds=given.get("BakeTime", 0)),
        alarms=tuple(alarms),
        protected=UNMOVABLE[given.get("ScaleInProtectedInstances", "Wait")],
        standby=UNMOVABLE[given.get("StandbyInstances", "Wait")],
    )
    wanted = params.get("DesiredConfiguration", {}).get("LaunchTemplate")
    refresh = world.fleet.start_refresh(preferences, world.now, None if wanted is None else key_of(wanted))
    for name in alarms:
        look_at(account, name)
    return {"InstanceRefreshId": refresh.id}


def key_of(named: Entry) -> str:
    """The fleet's key of the template that a LaunchTemplateSpecification names."""
    identity, version = named["LaunchTemplateId"], str(named["Version"])
    return version if identity == TEMPLATE["LaunchTemplateId"] else f"{identity}:{version}"


def describe_alarms(account: Account, _: Pages, params: Params) -> Entry:
    """The alarms of these names, with their states."""
    names = [name for name in params.get("AlarmNames", account.alarms) if name in account.alarms]
    states = {True: "ALARM", False: "OK"}
    return {"MetricAlarms": [{"AlarmName": name, "StateValue": states[is_on(account, name)]} for name in names]}


def is_on(account: Account, name: str) -> bool:
    """Whether an alarm is in ALARM now."""
    metric, since = account.alarms[name], account.world.now - 2 * PERIOD
    return any(at > since and values.get(metric, 0) >= 1 for at, values in reversed(account.metrics[-10:]))


def look_at(account: Account, name: str) -> None:
    """Fail the refresh that runs with this alarm if the alarm is on."""
    running = next((each for each in account.world.fleet.refreshes[:1] if each.active), None)
    if running is not None and name in running.preferences.alarms and is_on(account, name):
        account.world.fleet.refresh_alarmed(name, account.world.now)


def metrics_arrived(account: Account) -> None:
    """Let the alarms see the newest metrics, a period from now."""
    for name in account.alarms:
        account.world.at(account.world.now + PERIOD, partial(look_at, account, name))
