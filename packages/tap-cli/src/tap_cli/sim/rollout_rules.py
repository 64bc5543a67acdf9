"""The referee of rollouts beside the healer, with definitions of its own.

It knows nothing of the rollout's code. It goes by what AWS did: marks and refreshes as they took effect, the members
that were then there, the group's template at every moment. Only whether a rollout should have waited is judged by what
its run was told.

    1  never both      no mark takes effect while a refresh runs, and no refresh begins while an instance that the
                       healer has marked is still there
    2  on success      the group's template changes when a refresh to that version succeeds, and at no other moment
    3  once            a version whose refresh ended badly is not begun again while it stays the wanted one
    4  waits           no refresh begins when the run was shown a braked zone or a process suspended that a refresh
                       needs; a braked zone may be overlooked where the healer suspects the version that the group has
    5  the healer's    every property of the healer's own referee
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from embedded_aws.fleet import Lifecycle, RefreshStatus
from embedded_aws.in_process.account import SeenCall
from embedded_aws.in_process.session import ClientSession
from tap_cli.sim.function import Arrival
from tap_cli.sim.memory import braked_zones
from tap_cli.sim.referee import Referee
from tap_cli.sim.sightings import SeenSweep, note_reply

ROLLOUT = "Rollout"
START = "StartInstanceRefresh"
MARK = "SetInstanceHealth"
NEEDED = frozenset({"Launch", "Terminate", "InstanceRefresh", "HealthCheck", "AddToLoadBalancer"})
BAD_ENDS = frozenset(
    {RefreshStatus.FAILED, RefreshStatus.CANCELLED, RefreshStatus.ROLLED_BACK, RefreshStatus.ROLLBACK_FAILED}
)
HOUR, SWEEPS = timedelta(hours=1), 20
THERE = frozenset({Lifecycle.IN_SERVICE, Lifecycle.TERMINATING})
NEVER_BOTH, ON_SUCCESS, ONCE, WAITS = 101, 102, 103, 104
"""Numbers of the rules; those of the healer's properties are below 100."""


@dataclass
class RolloutReferee(Referee):
    """Follows the healer and the rollout in one account.

    Attributes:
        runs: What each run of the rollout that goes on was told, by session.
        begun: Each refresh that the rollout has begun: when, and to which version.
        marked: Whom the healer has marked, and when that took effect.
        wished: When another version was wanted; whoever plays the history says so.
    """

    runs: dict[int, SeenSweep] = field(default_factory=dict)
    begun: list[tuple[datetime, str]] = field(default_factory=list)
    marked: dict[str, datetime] = field(default_factory=dict)
    wished: list[datetime] = field(default_factory=list)
    _template: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._template = self.account.world.fleet.settings.template_version
        self.account.world.passing.append(self._passes)

    # --- who runs ---

    def _start(self, session: ClientSession, delivery: Arrival) -> None:
        if delivery.kind != ROLLOUT:
            super()._start(session, delivery)
            return
        now = session.strand.time
        ends = now + timedelta(seconds=self.function.seconds)
        self.runs[session.number] = SeenSweep(session.number, None, now, ends, scheduled=False)

    def _end(self, session: ClientSession, error: BaseException | None) -> None:
        if self.runs.pop(session.number, None) is None:
            super()._end(session, error)

    # --- what AWS does ---

    def before_effect(self, call: SeenCall) -> None:
        """Judge a mark and a refresh as they reach AWS."""
        if call.action == MARK:
            self._never_both_at_a_mark(call)
        if call.action == START and call.session in self.runs:
            self._judge_start(call, self.runs[call.session])
        super().before_effect(call)

    def sees(self, call: SeenCall) -> None:
        """Take in what a call told its run, and what took effect."""
        run = self.runs.get(call.session)
        if run is not None:
            note_reply(run, call)
        if call.action == MARK and call.took_effect is not None:
            self.marked[call.params["InstanceId"]] = call.took_effect
        if call.action == START and call.took_effect is not None and run is not None:
            self.begun.append((call.took_effect, _wanted(call.params)))
        super().sees(call)

    def _passes(self, _: datetime, __: datetime) -> None:
        """Before time moves on: has the group's template changed, and by right?"""
        now = self.account.world.fleet.settings.template_version
        if now == self._template:
            return
        good = [each.target for each in self.account.world.fleet.refreshes if each.status is RefreshStatus.SUCCESSFUL]
        if now not in good[:1]:
            self._blame(ON_SUCCESS, f"the group's template went from {self._template} to {now}; successful: {good[:1]}")
        self._template = now

    # --- the rules ---

    def _never_both_at_a_mark(self, call: SeenCall) -> None:
        running = [each for each in self.account.world.fleet.refreshes[:1] if each.active]
        taken = self.account.world.fleet.members.get(call.params["InstanceId"])
        if running and taken is not None and taken.lifecycle is Lifecycle.IN_SERVICE:
            self._blame(
                NEVER_BOTH, f"{call.params['InstanceId']} is marked while a refresh is {running[0].status.value}"
            )

    def _judge_start(self, call: SeenCall, run: SeenSweep) -> None:
        fleet, wanted = self.account.world.fleet, _wanted(call.params)
        if any(each.active for each in fleet.refreshes[:1]):
            return  # AWS refuses it
        still = [key for key in self.marked if (one := fleet.members.get(key)) and _is_going(one)]
        if still:
            self._blame(NEVER_BOTH, f"a refresh begins while {still} are still being replaced")
        ended = next((each for each in fleet.refreshes if each.target == wanted), None)
        others = [version for at, version in self.begun if ended is not None and at > ended.start]
        if ended is not None and ended.status in BAD_ENDS and not others and not self._another_was_wanted(ended.start):
            self._blame(ONCE, f"{wanted} is begun again after {ended.status.value}: {ended.reason}")
        if (braked := braked_zones(run.members, run.impaired)) and not self._is_way_out():
            self._blame(WAITS, f"a refresh begins although {sorted(braked)} are braked")
        if missing := run.suspended & NEEDED:
            self._blame(WAITS, f"a refresh begins although {sorted(missing)} are suspended")

    def _is_way_out(self) -> bool:
        """Whether the healer has said lately that it suspects the image, and no refresh of the last hour can be why."""
        now = self.account.world.now
        ended = [each.end for each in self.account.world.fleet.refreshes if each.end is not None]
        lately = [json.loads(text) for _, text in self.function.lines[-SWEEPS:]]
        return any(each.get("suspended") for each in lately) and all(now - end > HOUR for end in ended)

    def _another_was_wanted(self, since: datetime) -> bool:
        """Whether another version was wanted in between."""
        return any(at > since for at in self.wished)


def _is_going(member: Any) -> bool:
    leaving = member.lifecycle is Lifecycle.TERMINATING
    return leaving or (member.lifecycle in THERE and member.health.value == "Unhealthy")


def _wanted(params: dict[str, Any]) -> str:
    return str(params["DesiredConfiguration"]["LaunchTemplate"]["Version"])
