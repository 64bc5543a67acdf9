"""The properties that hold at every mark, each as a question to what AWS had told the sweep that made it.

They are written from the words of the properties, with numbers of their own, not from the healer's code. A sweep is not
blamed for what it was not told. Other bounds hold in any case; they are counted from the marks that took effect. A rule
returns what is wrong, or "".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tap_cli.sim.bursts import no_stampede, slow_start
from tap_cli.sim.checks import WINDOWS
from tap_cli.sim.images import bad_image
from tap_cli.sim.memory import NEEDED, PROBE, shifted_zones
from tap_cli.sim.scene import CLOCK, Scene
from tap_cli.sim.tags import is_ahead, is_off

HOUR = timedelta(minutes=60)
EVENT_AGE = timedelta(seconds=60)
VAIN = timedelta(minutes=11)
CALL = timedelta(seconds=10)  # what a call may take: 2 s to connect and 8 s to read
REPORT = timedelta(seconds=3)  # what the line, the metrics and the notice may take after it
AHEAD = timedelta(seconds=10)  # two clocks may differ by so much
SMALL = 20


def flight_cap(desired: int) -> int:
    """max(1, floor(10 %))."""
    return max(1, desired // 10)


def sweep_cap(desired: int) -> int:
    """1 below 20, from there floor(5 %)."""
    return 1 if desired < SMALL else desired // SMALL


def hour_cap(desired: int) -> int:
    """max(2, floor(20 %))."""
    return max(2, desired // 5)


def floor_of(desired: int) -> int:
    """max(1, ceil(50 %))."""
    return max(1, -(-desired // 2))


# --- one question for each property ---


def no_candidate_no_mark(scene: Scene) -> str:
    """Property 1: only those are marked of which EC2 has said in this sweep that they are impaired."""
    return "" if scene.mark.id in scene.impaired else "EC2 has not called it impaired in this sweep"


def only_members_in_service(scene: Scene) -> str:
    """Property 2: it was InService in the group that the sweep last saw."""
    shown = scene.members.get(scene.mark.id)
    return "" if shown is not None and shown.get("LifecycleState") == "InService" else f"was shown as {shown}"


def in_flight(scene: Scene) -> str:
    """Property 3: with it no more are in flight than the cap, of those that the sweep was shown."""
    shown: set[str] = set()
    for key, entry in scene.members.items():
        state = entry.get("LifecycleState", "")
        marked = state == "InService" and entry.get("HealthStatus") != "Healthy"
        if marked or state.startswith(("Pending", "Terminating")):
            shown.add(key)
    ours = {mark.id for mark in scene.done if mark.session == scene.mark.session}
    flying = len((shown | ours) - {scene.mark.id}) + 1
    cap = flight_cap(scene.sweep.desired)
    return "" if flying <= cap else f"{flying} in flight, cap {cap}"


def own_flights(scene: Scene) -> str:
    """Property 3, in truth: of those that the healer itself has marked, no more than the cap are members still."""
    flying = len(scene.fleeing - {scene.mark.id}) + 1
    cap = flight_cap(scene.sweep.desired)
    return "" if flying <= cap else f"{flying} that the healer marked are members still, cap {cap}"


def rate_of_sweep(scene: Scene) -> str:
    """Property 4, within a sweep."""
    made = len({mark.id for mark in scene.done if mark.session == scene.mark.session} | {scene.mark.id})
    cap = sweep_cap(scene.sweep.desired)
    return "" if made <= cap else f"mark {made} of one sweep, cap {cap}"


def rate_of_hour(scene: Scene) -> str:
    """Property 4, in any 60 minutes, whatever became of those that were marked."""
    lately = {mark.id for mark in scene.done if mark.time > scene.now - HOUR + CLOCK} | {scene.mark.id}
    cap = hour_cap(scene.sweep.desired)
    return "" if len(lately) <= cap else f"{len(lately)} marks within 60 minutes, cap {cap}"


def floor(scene: Scene) -> str:
    """Property 5: those left in service and unmarked."""
    if scene.sweep.desired <= 1:
        return ""
    sound = {key for key, entry in scene.serving.items() if entry.get("HealthStatus") == "Healthy"}
    left = len(sound - {mark.id for mark in scene.done} - {scene.mark.id})
    least = floor_of(scene.sweep.desired)
    return "" if left >= least else f"{left} left in service and unmarked, floor {least}"


def confirmation(scene: Scene) -> str:
    """Property 6: a check has failed for its whole window, by the time that EC2 gave."""
    told = scene.impaired.get(scene.mark.id, {})
    old = [key for key, since in told.items() if since is not None and scene.now - since >= WINDOWS[key]]
    return "" if old else f"not confirmed: {told}"


def fail_closed(scene: Scene) -> str:
    """Property 7: every read of the sweep succeeded in the end, and could be trusted."""
    sweep = scene.sweep
    failed = [f"{key.partition(' ')[0]} failed: {error}" for key, error in sweep.failed.items() if _matters(key, error)]
    undated = [] if sweep.dated else ["no answer told the time"]
    wrong = [*failed, *sweep.untrusted.values(), *undated]
    return f"marked although {'; '.join(wrong)}" if wrong else ""


def _matters(asked: str, error: str) -> bool:
    """Whether a failed read forbids a mark: not what is only reported, nor the healer's own log."""
    if "application-status" in asked or asked.startswith("DescribeLogStreams"):
        return False
    return asked.startswith(("Describe", "Get")) and error != "ResourceNotFoundException"


def grace(scene: Scene) -> str:
    """Property 8: the grace period is always respected; that is AWS's default."""
    respected = scene.mark.params.get("ShouldRespectGracePeriod", True)
    return "" if respected is True else "the grace period is not respected"


def zone_brake(scene: Scene) -> str:
    """Property 9: one probe in 10 minutes where a zone is at fault, none where it is shifted away from."""
    zone = scene.mark.zone
    if zone in shifted_zones(scene.sweep):
        return f"zone {zone} is under a zonal shift"
    lately = [
        mark
        for mark in scene.done
        if mark.zone == zone and mark.id != scene.mark.id and mark.time > scene.now - PROBE + CLOCK
    ]
    probed = [mark.id for mark in lately if scene.mark.braked or mark.braked]
    return f"zone {zone} is at fault and was probed with {probed}" if probed else ""


def operator(scene: Scene) -> str:
    """Property 13: suspended processes, refreshes, and the operator's tags are obeyed."""
    sweep = scene.sweep
    if suspended := sweep.suspended & NEEDED:
        return f"{sorted(suspended)} suspended"
    if sweep.refreshing:
        return f"an instance refresh runs: {sweep.refreshes}"
    if is_off(sweep.switch, scene.now) or sweep.switch.strip().lower() == "observe":
        return f"the group's tag says {sweep.switch}"
    until = sweep.skips.get(scene.mark.id, "")
    return f"its tag spares it until {until}" if is_ahead(until, scene.now) else ""


def once(scene: Scene) -> str:
    """Property 14: not what was shown to be marked, not twice, not for an event that is too old or from the future."""
    if scene.members.get(scene.mark.id, {}).get("HealthStatus") != "Healthy":
        return "it was marked already, and shown to be"
    if any(mark.id == scene.mark.id and mark.session != scene.mark.session for mark in scene.done):
        return "another sweep has marked it"
    if not scene.sweep.scheduled:
        return "the event was not the schedule's"
    if scene.sweep.due is None:
        return ""
    age = scene.mark.sent - scene.sweep.due
    return "" if -AHEAD <= age <= EVENT_AGE + CLOCK else f"the event was {age.total_seconds():.0f} s old"


def order(scene: Scene) -> str:
    """Property 17: the oldest first, then by id; judged between those that fail one check each.

    An instance may go after the others if the mark of another sweep had no effect on it.
    """
    before = scene.sweep.marks[:-1]
    if not before or scene.mark.braked:
        return ""
    asked = {who for at, by, who in scene.memory.asked if by != scene.sweep.number and scene.now - at <= VAIN}
    if scene.mark.id in asked:
        return ""
    last, this = _age_key(scene, before[-1]), _age_key(scene, scene.mark.id)
    return f"marked after {before[-1]}, which is younger" if last and this and this < last else ""


def _age_key(scene: Scene, instance_id: str) -> tuple[datetime, str] | None:
    times = list(scene.impaired.get(instance_id, {}).values())
    if (
        len(times) != 1
        or times[0] is None
        or scene.members.get(instance_id, {}).get("AvailabilityZone") in scene.braked
    ):
        return None
    return times[0], instance_id


def in_time(scene: Scene) -> str:
    """Property 19: no mark is begun with less time left than a call may take plus its report."""
    left = scene.sweep.deadline - scene.mark.sent
    return "" if left >= CALL + REPORT else f"{left.total_seconds():.1f} s left"


AT_A_MARK: tuple[tuple[int, Callable[[Scene], str]], ...] = (
    (1, no_candidate_no_mark),
    (2, only_members_in_service),
    (3, in_flight),
    (3, own_flights),
    (4, rate_of_sweep),
    (4, rate_of_hour),
    (5, floor),
    (6, confirmation),
    (7, fail_closed),
    (8, grace),
    (9, zone_brake),
    (10, slow_start),
    (11, no_stampede),
    (12, bad_image),
    (13, operator),
    (14, once),
    (17, order),
    (19, in_time),
)
