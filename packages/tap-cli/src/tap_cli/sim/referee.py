"""The referee: follows a history, and says which property of the healer was broken, when, and how.

It goes by the answers that each sweep got from AWS and by the marks that took effect, never by what the healer says of
itself. The one exception is property 20, which is about what the healer says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from embedded_aws.fleet import Lifecycle
from embedded_aws.in_process.account import Account, SeenCall
from embedded_aws.in_process.session import ClientSession
from tap_cli.sim.bursts import standing_burst
from tap_cli.sim.function import SCHEDULED, Arrival, Function, TimedOut
from tap_cli.sim.memory import Memory, SeenMark, serving
from tap_cli.sim.rules import AT_A_MARK
from tap_cli.sim.scene import Scene
from tap_cli.sim.sightings import TARGETS_CALL, SeenSweep, members_of, note_reply, question
from tap_stack.healer.model import Reason

QUIET_CALLS = 5
MOST_TARGET_GROUPS = 10
NEEDS_FILTER = frozenset({"DescribeInstanceStatus", "DescribeTags"})
WRITES = frozenset({"SetInstanceHealth", "CreateLogStream"})
REASONS = frozenset(Reason)
TOLD_NOTHING = frozenset({"blind", "settings", "stale", "crashed", "changed"})
"""Results of sweeps whose reasons, if any, are not by member."""
FLYING = frozenset({Lifecycle.IN_SERVICE, Lifecycle.TERMINATING})


@dataclass(frozen=True)
class BrokenProperty:
    """One property broken."""

    property: int
    time: datetime
    what: str


@dataclass
class Referee:
    """Follows one function in one account.

    Attributes:
        observing: The healer is in observe mode: it may write nothing.
        violations: What was broken, in order of time.
        sweeps: What each sweep that runs was told, by session.
    """

    account: Account
    function: Function
    observing: bool = False
    violations: list[BrokenProperty] = field(default_factory=list)
    sweeps: dict[int, SeenSweep] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    _printed: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    _read: int = 0

    def __post_init__(self) -> None:
        self.account.witnesses.append(self)
        self.function.on_start = self._start
        self.function.on_end = self._end

    @property
    def marks(self) -> list[SeenMark]:
        """Marks that took effect, in order of time."""
        return self.memory.marks

    def _blame(self, number: int, what: str) -> None:
        if what:
            self.violations.append(BrokenProperty(number, self.account.world.now, what))

    # --- calls ---

    def _start(self, session: ClientSession, delivery: Arrival) -> None:
        now = session.strand.time
        ends = now + timedelta(seconds=self.function.seconds)
        scheduled = delivery.kind == SCHEDULED
        self.sweeps[session.number] = SeenSweep(session.number, _time_of(delivery), now, ends, scheduled)

    def before_effect(self, call: SeenCall) -> None:
        """Judge a mark as it reaches AWS."""
        if call.action in NEEDS_FILTER and not (call.params.get("Filters") or call.params.get("InstanceIds")):
            self._blame(1, f"{call.action} without ids and filters")
        if call.action == "DescribeAutoScalingGroups" and not call.params.get("AutoScalingGroupNames"):
            self._blame(1, f"{call.action} without a name")
        if self.observing and call.action in WRITES:
            self._blame(15, f"{call.action} in observe mode: {call.params}")
        if call.action == "SetInstanceHealth":
            self._judge(call)

    def _judge(self, call: SeenCall) -> None:
        sweep, instance_id = self.sweeps[call.session], call.params["InstanceId"]
        retried = instance_id in sweep.marks[-1:]
        if retried and sweep.failed.get(question(call)) == "ValidationError":
            self._blame(8, f"the refusal to mark {instance_id} was tried again")
        if retried:
            return  # the same mark once more, because no answer came
        sweep.marks.append(instance_id)
        self.memory.asked.append((self.account.world.now, sweep.number, instance_id))
        scene = self._scene(call, sweep)
        for number, rule in AT_A_MARK:
            wrong = rule(scene)
            self._blame(number, f"{instance_id}: {wrong}" if wrong else "")

    def _scene(self, call: SeenCall, sweep: SeenSweep) -> Scene:
        """The mark with what can be seen of it at once: its zone, and whether brake or burst stand."""
        now, instance_id = self.account.world.now, call.params["InstanceId"]
        zone = sweep.members.get(instance_id, {}).get("AvailabilityZone", "")
        bare = SeenMark(instance_id, now, call.sent, call.session, call.params, zone)
        members = ((mark.id, self.account.world.fleet.members.get(mark.id)) for mark in self.marks)
        fleeing = {key for key, member in members if member is not None and member.lifecycle in FLYING}
        scene = Scene(self.memory, sweep, bare, fleeing)
        braked = zone in scene.braked
        scene.mark = replace(bare, braked=braked, paced=not braked and standing_burst(scene) is not None)
        return scene

    def sees(self, call: SeenCall) -> None:
        """Take in what a call told its sweep, and a mark that took effect."""
        sweep = self.sweeps.get(call.session)
        if sweep is None:
            return
        note_reply(sweep, call)
        if call.action == "DescribeAutoScalingGroups" and not call.error:
            self.memory.note_group(sweep)
        if call.action == "SetInstanceHealth" and call.took_effect is not None:
            marked = {mark.id for mark in self.marks if mark.session == call.session}
            if call.params["InstanceId"] not in marked:
                self.memory.marks.append(replace(self._scene(call, sweep).mark, time=call.took_effect))

    # --- the end of a sweep ---

    def _end(self, session: ClientSession, error: BaseException | None) -> None:
        sweep = self.sweeps.pop(session.number)
        killed = isinstance(error, TimedOut)
        if sweep.impaired:
            nobody = SeenMark("", self.account.world.now, session.strand.time, session.number, {})
            standing_burst(Scene(self.memory, sweep, nobody, set()))  # a burst is remembered from its first sight
        lines = self._lines(session.number)
        self.memory.note_end(sweep, self.account.world.now)
        self._thrifty(sweep)
        self._asks_each_target_group_once(sweep)
        if killed and not lines and any(mark.session == session.number for mark in self.marks):
            self._blame(19, "a mark was begun so late that Lambda ended the sweep before its line")
        if lines or not killed:
            self._explained(sweep, lines, error)

    def _lines(self, number: int) -> list[dict[str, Any]]:
        """What a sweep printed."""
        for session, text in self.function.lines[self._read :]:
            self._printed.setdefault(session, []).append(json.loads(text))
        self._read = len(self.function.lines)
        return self._printed.pop(number, [])

    def _thrifty(self, sweep: SeenSweep) -> None:
        """Property 19: five calls in a quiet sweep, where AWS does not answer in more pages than it must."""
        faults, made = self.account.faults, sum(sweep.calls.values()) - sweep.calls[TARGETS_CALL]
        in_bits = faults.page_size or faults.empty_page or faults.repeated_page or faults.overlapping_page
        if made <= QUIET_CALLS or not sweep.scheduled or in_bits or sweep.first is None or _sees_work(sweep):
            return
        if made - sweep.retries > QUIET_CALLS:
            self._blame(19, f"{made - sweep.retries} calls in a quiet sweep: {dict(sweep.calls)}")
        if made > 2 * QUIET_CALLS:
            self._blame(19, f"{made} calls in a quiet sweep with its retries: {dict(sweep.calls)}")

    def _asks_each_target_group_once(self, sweep: SeenSweep) -> None:
        """Property 19: one call more for each target group that was shown, up to ten."""
        shown = len(sweep.group.get("TargetGroupARNs", [])) if sweep.group else 0
        if sweep.calls[TARGETS_CALL] > min(shown, MOST_TARGET_GROUPS):
            self._blame(19, f"{sweep.calls[TARGETS_CALL]} looks at {shown} target groups")

    def _explained(self, sweep: SeenSweep, lines: list[dict[str, Any]], error: BaseException | None) -> None:
        """Property 20: one line, and in it each impaired member with one reason of the list."""
        if len(lines) != 1:
            self._blame(20, f"{len(lines)} lines in a sweep that ended with {error!r}")
            return
        line = lines[0]
        if line.get("result") != "stale" and not sweep.calls["PutMetricData"]:
            self._blame(7, "a sweep ended without its metrics")
        self._tells_targets(sweep, line)
        reasons = line.get("reasons")
        if not reasons and line.get("result") in TOLD_NOTHING:
            return
        if line.get("result") not in TOLD_NOTHING and sweep.group is not None:
            self._reasoned(sweep, reasons or {})

    def _tells_targets(self, sweep: SeenSweep, line: Mapping[str, Any]) -> None:
        """Property 20: who is in service and was shown as an unhealthy target is told, and not counted as healthy."""
        in_service = serving(sweep.members).keys()
        unhealthy = sweep.unhealthy & in_service
        told = (line.get("targets") or {}).get("unhealthy", 0)
        if line.get("result") != "crashed" and told != len(unhealthy):
            self._blame(20, f"tells {told} unhealthy targets, was shown {sorted(unhealthy)}")
        healthy = sweep.metrics.get("HealthyInstances", 0)
        if healthy > len(in_service) - len(unhealthy):
            self._blame(20, f"counts {healthy:g} healthy of {len(in_service)}, {len(unhealthy)} are unhealthy targets")

    def _reasoned(self, sweep: SeenSweep, reasons: Mapping[str, list[str]]) -> None:
        told = Counter(each for ids in reasons.values() for each in ids)
        expected = sweep.members.keys() & sweep.impaired.keys()
        if set(told) != expected or any(number > 1 for number in told.values()):
            self._blame(20, f"reasons for {sorted(told)}, impaired are {sorted(expected)}")
        if not set(reasons) <= REASONS:
            self._blame(20, f"unknown reasons in {sorted(reasons)}")
        done = {mark.id for mark in self.marks if mark.session == sweep.number}
        said = set(reasons.get("marked", []))
        if not said <= done:
            self._blame(20, f"says that it marked {sorted(said - done)}")


def _time_of(delivery: Arrival) -> datetime | None:
    """The time that an event says; None if it says none that is beyond doubt."""
    try:
        return datetime.fromisoformat(str(delivery.event["time"])).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _sees_work(sweep: SeenSweep) -> bool:
    """Whether the sweep was shown, in its first or last look, a member in service that fails a check or is marked."""
    return any(
        any(entry.get("HealthStatus") != "Healthy" for entry in members.values())
        or serving(members).keys() & sweep.impaired.keys()
        for members in (members_of(sweep.first), sweep.members)
    )
