"""The drills: what each property forbids and demands, one situation after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from embedded_aws.fleet import MaintenancePolicy
from embedded_aws.fleet.words import Words
from embedded_aws.in_process.faults import ApiFaults
from tap_cli.sim.aimed_at_calls import crashes, delays, refusals, relapses
from tap_cli.sim.aimed_at_images import excused, images, pools, templates
from tap_cli.sim.aimed_at_targets import targets
from tap_cli.sim.draws import OTHER_WORDS
from tap_cli.sim.drills import (
    PATIENT,
    Demand,
    Drill,
    Step,
    a_group,
    all_of,
    every_sweep_tells,
    ill,
    marked_between,
    marks,
    metric,
    noticed,
    reason,
    sweeps_fail,
)

LAUNCH_FIRST = MaintenancePolicy(100, 200)
HOUR = timedelta(hours=1)
SLOW_BOOT = replace(PATIENT, boot=timedelta(minutes=5))
READS = (
    "DescribeAutoScalingGroups",
    "DescribeInstanceStatus",
    "DescribeScalingActivities",
    "DescribeInstanceRefreshes",
    "DescribeTags",
)
LATE = "9999-12-31T23:59:59-05:00"


def members() -> Iterator[Drill]:
    """1 and 2: only members in service are marked."""
    yield Drill(1, "strangers are broken and nobody else", a_group(12), all_of(marks(0), every_sweep_tells))
    aside = ((10.0, "standby", {"count": 4}), (30.0, "fail", {"check": "system", "count": 4, "lifecycle": "Standby"}))
    yield Drill(2, "those on standby fail", a_group(12, *aside), all_of(marks(0), reason("not_in_service")))


def limits() -> Iterator[Drill]:
    """3, 4 and 5: flights, rates, floor."""
    busy = a_group(60, ill(10), (120.0, "terminate", {"count": 6}), minutes=5, timings=SLOW_BOOT)
    yield Drill(
        3, "others have the cap in flight", replace(busy, minutes=6), all_of(marks(0), reason("capped_inflight"))
    )
    yield Drill(3, "two fail in a group of ten", a_group(10, ill(10, 2), timings=SLOW_BOOT, minutes=7), marks(1))
    yield Drill(4, "eight fail in a group of sixty", a_group(60, ill(10, 8), minutes=4), marks(3, 6))
    steady = a_group(5, *[ill(420.0 * number) for number in range(8)], minutes=58)
    yield Drill(4, "one fails each seven minutes", steady, marks(2))
    by = {"by": "person", "after_seconds": 3}
    taken = a_group(
        5, (0.0, "take-marked", by), *[ill(200.0 * number) for number in range(8)], maintenance=LAUNCH_FIRST, minutes=40
    )
    yield Drill(
        4,
        "marked ones are taken by a person",
        replace(taken, timings=replace(PATIENT, mark_reaction=timedelta(seconds=30))),
        marks(1, 2),
    )
    other = replace(steady, words=OTHER_WORDS)
    yield Drill(4, "AWS words its causes otherwise", other, marks(1, 2))
    short: list[Step] = [(10.0, "no-machines", {"zone": "a"}), (20.0, "terminate", {"count": 3}), ill(1300)]
    yield Drill(
        5,
        "half of the group is missing",
        a_group(6, *short, zones=("a",), minutes=30),
        all_of(marks(0), reason("floor")),
    )
    yield Drill(5, "a group of one", a_group(1, ill(10)), marked_between(2.1, 3.4))


def windows() -> Iterator[Drill]:
    """6 and 16: not before the window, and soon after it."""
    for check, window in (("system", 2), ("ebs", 2), ("instance", 5)):
        fails = a_group(12, (30.0, "fail", {"check": check}))
        yield Drill(6, f"the {check} check", fails, all_of(marks(1), marked_between(0.5 + window, 1.6 + window)))
    for told in ("undated", "future", "insufficient"):
        fails = a_group(12, ill(10, told=told), minutes=25)
        loud = metric("Undated", 1) if told != "insufficient" else marks(0)
        yield Drill(6, f"a beginning that is {told}", fails, all_of(marks(0), loud))
    flaps = {"check": "system", "count": 1, "down_seconds": 110, "up_seconds": 30, "times": 5}
    yield Drill(6, "a check that passes again", a_group(12, (10.0, "flap", flaps)), marks(0))
    stuck = replace(PATIENT, mark_reaction=timedelta(minutes=40))
    yield Drill(
        6,
        "a mark that nothing comes of",
        a_group(12, ill(10), minutes=30, timings=stuck),
        all_of(marks(1), metric("Stuck", 1)),
    )
    yield Drill(16, "a fault while sweeps wobble", a_group(12, ill(30), wobble_seconds=60.0), marked_between(2.5, 4.6))


def throttled() -> Iterator[Drill]:
    """16: each call is throttled with a probability of one half."""
    half = ApiFaults(latency_seconds=0.1, throttled=0.5)
    for seed in range(3):
        fails = replace(a_group(12, ill(10), faults=half, minutes=14), seed=seed)
        yield Drill(16, f"every other call is throttled by chance, {seed}", fails, marked_between(2, 12.2))


def blindness() -> Iterator[Drill]:
    """7: whatever cannot be read, or cannot be believed, means no mark, and the sweep says so."""
    for action in READS:
        denied = a_group(12, ill(10), faults=ApiFaults(latency_seconds=0.1, denied=frozenset({action})))
        yield Drill(7, f"{action} is denied", denied, all_of(marks(0), metric("BlindSweeps", 1)))
    lost_key: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("DescribeScalingActivities", "Activities", ()),
        ("DescribeInstanceRefreshes", "InstanceRefreshes", ()),
        ("DescribeTags", "Tags", ()),
        ("DescribeInstanceStatus", "InstanceStatuses", ()),
        ("DescribeAutoScalingGroups", "SuspendedProcesses", ()),
        ("DescribeAutoScalingGroups", "LifecycleState", ()),
    )
    for action, key, _ in lost_key:
        lacking = a_group(12, ill(10), altered=((action, "without", (key,)),))
        yield Drill(7, f"answers without {key}", lacking, all_of(marks(0), every_sweep_tells))
    torn = a_group(12, ill(10), ill(20), faults=ApiFaults(latency_seconds=0.1, lost_page=1.0, page_size=1))
    yield Drill(7, "the next page cannot be had", torn, all_of(marks(0), metric("BlindSweeps", 1)))
    undated = a_group(12, ill(10), faults=ApiFaults(latency_seconds=0.1, undated=1.0))
    yield Drill(7, "nobody tells the time", undated, marks(0))
    for text in ("An instance was dealt with", "Terminating EC2 instance"):
        odd = a_group(12, ill(10), altered=(("DescribeScalingActivities", "with", ("Description", text)),))
        yield Drill(7, f"activities say {text!r}", odd, all_of(marks(0), every_sweep_tells))
    left = Words(terminate="{id} has left the group")
    known = a_group(10, (0.0, "terminate", {"count": 2}), ill(300), minutes=15)
    yield Drill(7, "two left for a reason that is known", known, marks(1))
    yield Drill(7, "two left, nobody knows how", replace(known, words=left), marks(0))


def operators() -> Iterator[Drill]:
    """8 and 13: the operator is respected, and resumes what was stopped."""
    yield Drill(
        8, "all are in their grace period", a_group(12, ill(10), grace=HOUR), all_of(marks(0), reason("skipped_grace"))
    )
    for process in ("Launch", "Terminate", "ReplaceUnhealthy", "HealthCheck", "AddToLoadBalancer"):
        held = a_group(12, (5.0, "suspend", {"processes": [process]}), ill(10))
        yield Drill(13, f"{process} is suspended", held, all_of(marks(0), reason("process_suspended")))
    baking = (5.0, "refresh", {"skip_matching": True, "bake_minutes": 60})
    yield Drill(13, "an instance refresh runs", a_group(12, baking, ill(10)), all_of(marks(0), reason("refresh")))
    unheard = a_group(12, baking, ill(10), altered=(("DescribeInstanceRefreshes", "with", ("Status", "Pausing")),))
    yield Drill(13, "a refresh in a status never heard of", unheard, marks(0))
    for value, wanted in SWITCHES:
        yield Drill(
            13,
            f"the switch says {value!r}",
            a_group(12, (5.0, "switch", {"to": value}), ill(10)),
            all_of(wanted, every_sweep_tells),
        )
    for value, wanted in TAGS:
        tagged = a_group(12, ill(10), (20.0, "tag", {"value": value, "ill": True}))
        yield Drill(13, f"a tag says {value[:40]!r}", tagged, all_of(wanted, every_sweep_tells))
    beside = a_group(40, (5.0, "tag", {"value": LATE, "count": 1}), ill(10, 3), minutes=9)
    yield Drill(13, "a tag beyond all calendars beside other faults", beside, all_of(marks(2, 3), every_sweep_tells))


SWITCHES: tuple[tuple[str, Demand], ...] = (
    ("off", all_of(marks(0), reason("vetoed"))),
    ("OFF", marks(0)),
    ("observe", marks(0)),
    ("off until 2026-01-01T06:00Z", marks(0)),
    ("off until 2026-01-01T00:24Z", marked_between(4, 6)),
    ("off until 2026-01-01T00:24:00+00:00", marked_between(4, 6)),
    (f"off until {LATE}", marks(0)),
    ("on", marks(1)),
)
TAGS: tuple[tuple[str, Demand], ...] = (
    (LATE, marks(0)),
    ("2026-01-01t08:00:00z", marks(0)),
    ("2026-01-01T09:30:00+05:30", marks(0)),
    ("2026-01-03T00:00:00.5-11:00", marks(0)),
    ("2027-01-01T00:00:00Z", all_of(marks(0), noticed("skip"))),
    ("2026-01-01T00:10:00Z", marks(1)),
    ("tomorrow", marks(1)),
    ("", marks(1)),
    ("\N{PERSONAL COMPUTER}" * 128, marks(1)),
)


def zones() -> Iterator[Drill]:
    """9: a zone at fault is probed; the others go on."""
    whole = {"check": "system", "percent": 100, "zone": "a"}
    yield Drill(
        9,
        "a whole zone fails",
        a_group(60, (10.0, "fail", whole), minutes=25),
        all_of(marks(2, 3), reason("zone_brake")),
    )
    just = a_group(12, (10.0, "fail", {"check": "system", "count": 3, "zone": "a"}), minutes=25)
    yield Drill(9, "a probe takes a zone below the share", just, marks(2, 3))
    away = a_group(60, (5.0, "shift", {"zone": "a"}), ill(10, 2, zone="a"), ill(20, 1, zone="b"))
    yield Drill(9, "a zone is shifted away from", away, all_of(marks(1), reason("zone_brake")))
    late = (10.0, "fail", {"check": "system", "count": 3, "zone": "b"})
    yield Drill(
        17, "a fault beside a zone that fails", a_group(60, (5.0, "fail", whole), late), marked_between(2, 6, least=4)
    )


def bursts() -> Iterator[Drill]:
    """10, 11 and 17: slow start, no stampede, the oldest first."""
    yield Drill(
        10, "a quarter fails at once", a_group(100, ill(10, 24), minutes=8), all_of(marks(1), reason("burst_cooldown"))
    )
    yield Drill(10, "proofs widen it", a_group(100, ill(10, 24), minutes=40), marks(6, 30))
    spared = a_group(60, ill(10, 12), (20.0, "tag", {"value": LATE, "ill": True}), ill(30, 6), minutes=7)
    yield Drill(10, "spared ones count to the threshold", spared, marks(1))
    yield Drill(10, "one old failure that may not be marked", OLD_FAILURE, all_of(marks(6), marked_between(52, 58)))
    stopped: Step = (20.0, "stop", {"count": 6})
    yield Drill(10, "some fail and AWS replaces others", a_group(60, ill(10, 7), stopped, minutes=9), marks(1))
    slowly = {"check": "system", "percent": 40, "over_seconds": 1500}
    for process in ("Launch", "ReplaceUnhealthy"):
        held = (
            (5.0, "suspend", {"processes": [process]}),
            (10.0, "fail", slowly),
            (1900.0, "resume", {"processes": [process]}),
        )
        yield Drill(11, f"{process} is resumed after half an hour", a_group(60, *held, minutes=45), marks(1, 12))
    aged = a_group(40, *[ill(10.0 + 20 * number) for number in range(4)], minutes=9)
    yield Drill(17, "four fail one after the other", aged, marks(4))
    for count, latency, seconds in ((9, 1.5, 26), (10, 2.0, 30)):
        slow = a_group(200, ill(10, count), faults=ApiFaults(latency_seconds=latency), minutes=8)
        yield Drill(17, f"{count} fail, time for some in {seconds} s", replace(slow, seconds=seconds), marks(count))


def brakes() -> Iterator[Drill]:
    """9, 10 and 17: a zone that comes under the brake neither widens the slow start of the others nor stops them."""
    ordinary = (ill(10, 4, zone="a"), ill(30, 5, zone="b"), ill(30, 4, zone="c"), ill(200, 6, zone="a"))
    yield Drill(10, "the zone of the first mark comes under the brake", a_group(39, *ordinary, minutes=8), marks(1))
    passing = {"check": "ebs", "percent": 75, "over_seconds": 400, "repair_after_seconds": 180}
    yield Drill(10, "members recover and others fail", a_group(100, (10.0, "fail", passing), zones=("a",), minutes=15))
    fewer = passing | {"percent": 60, "over_seconds": 600, "repair_after_seconds": 240}
    yield Drill(10, "members recover until few fail", a_group(100, (10.0, "fail", fewer), zones=("a",), minutes=15))
    later = marked_between(8, 30, least=3)
    yield Drill(17, "that zone does not stop the others", a_group(39, *ordinary, minutes=30), later)
    taken: Step = (54.0, "fail", {"check": "instance", "told": "insufficient", "zone": "b", "genuine": False})
    lost = a_group(8, taken, ill(205, 2, zone="a", check="ebs"), ill(205, 2, zone="b", check="ebs"), zones=("a", "b"))
    by_itself = replace(lost, timings=replace(PATIENT, native_delay=timedelta(minutes=5)))
    yield Drill(10, "the group has replaced one by itself beside a burst", by_itself, marks(1))
    slow = [ill(132, zone=zone, check="instance") for zone in ("b", "c")]
    probed = a_group(15, ill(130, 3, zone="a"), *slow, minutes=10)
    yield Drill(9, "a probe takes a zone below the share beside others", probed, marked_between(7, 9, least=2))


YOUNG = ((0.0, "terminate", {"count": 1}), (150.0, "fail-newest", {"check": "system"}))
PROVEN = [ill(300 + 360.0 * number, veterans=True) for number in range(5)]
OLD_FAILURE = a_group(100, *YOUNG, *PROVEN, ill(3000, 24), minutes=56, grace=2 * HOUR, age_minutes=150)


def events() -> Iterator[Drill]:
    """14, 18 and 19: each event once, in time, and never without a word."""
    quick = ApiFaults(latency_seconds=1.2)
    both = a_group(12, ill(10), minutes=5, reserved=False, twofold=1.0, repeated=0.5, faults=quick)
    for seed in range(8):
        yield Drill(14, f"events by twos and twice, {seed}", replace(both, seed=seed), marks(1))
    many = replace(a_group(100, ill(10, 12), minutes=6), reserved=False, twofold=1.0, faults=quick)
    yield Drill(14, "events by twos in a large group", many, marks(5, 14))
    silent = replace(a_group(12, ill(10)), every=3600)
    for name, when in (
        ("old", "2026-01-01T00:00:00Z"),
        ("of 1970", "1970-01-01T00:00:00Z"),
        ("from the future", "2027-01-01T00:00:00Z"),
        ("beyond the calendar", LATE),
    ):
        yield Drill(
            14, f"an event is {name}", replace(silent, events=((300.0, when),)), all_of(marks(0), every_sweep_tells)
        )
    said: object
    for said in ([], {}, 7, "noon"):
        yield Drill(7, f"an event says {said!r}", replace(silent, events=((300.0, said),)), every_sweep_tells)
    change = replace(silent, changes=(300.0,))
    yield Drill(14, "a launch in the group", change, all_of(marks(0), every_sweep_tells))
    healed = replace(a_group(12, ill(10), minutes=9), changes=(400.0,))
    yield Drill(20, "all is well again", healed, all_of(marks(1), noticed("well again")))
    lost = a_group(12, ill(10), altered=(("CreateLogStream", "lost first", None),))
    yield Drill(14, "the answer to a claim is lost", lost, marked_between(2, 3.4))
    unheard = a_group(12, ill(10), altered=(("SetInstanceHealth", "lost", 1.0),))
    yield Drill(14, "marks whose answers are lost", unheard, marks(1))
    for action in ("SetInstanceHealth", "DescribeInstanceStatus"):
        denied = a_group(12, ill(10), faults=ApiFaults(latency_seconds=0.1, denied=frozenset({action})), minutes=6)
        yield Drill(18, f"{action} is denied, which is to be seen", denied, all_of(marks(0), sweeps_fail))
    yield Drill(15, "in observe mode", a_group(40, ill(10, 3), observing=True), all_of(marks(0), reason("observed")))
    switched: Step = (5.0, "switch", {"to": "off"})
    spared: Step = (20.0, "tag", {"value": LATE, "ill": True})
    both = a_group(40, switched, ill(10, 3), spared, observing=True)
    yield Drill(15, "in observe mode and switched off", both, all_of(marks(0), reason("vetoed")))
    slow = a_group(60, ill(10, 3), faults=ApiFaults(latency_seconds=1.2))
    for seconds in (12, 16, 20, 24):
        yield Drill(19, f"{seconds} s in all", replace(slow, seconds=seconds))
    hanging = a_group(
        60, ill(10, 3), faults=ApiFaults(latency_seconds=0.8), altered=(("SetInstanceHealth", "lost", 1.0),)
    )
    for seconds in (14, 18, 22):
        yield Drill(19, f"marks hang, {seconds} s in all", replace(hanging, seconds=seconds))
    yield Drill(19, "nothing is wrong", a_group(100, bygone=500), all_of(marks(0), every_sweep_tells))
    half = a_group(100, faults=ApiFaults(latency_seconds=0.1, throttled=0.6), minutes=25)
    yield Drill(19, "nothing is wrong but the API", half)
    yield Drill(
        20,
        "some of everything",
        a_group(60, ill(10, 3), (20.0, "mark", {"count": 1}), (25.0, "standby", {"count": 2})),
        every_sweep_tells,
    )


def settings() -> Iterator[Drill]:
    """7 and 20: no setting ends a sweep without its line."""
    wrong = (("HEALER_MODE", "Live"), ("HEALER_POLICY", "[" * 100_000), ("HEALER_POLICY", '{"burst_percent": "x"}'))
    for name, value in (*wrong, ("GROUP_NAME", "")):
        group = a_group(12, ill(10), environ=((name, value),), minutes=6)
        yield Drill(20, f"{name} is {value[:30]!r}", group, all_of(marks(0), every_sweep_tells))
    sick = a_group(12, ill(10), (20.0, "application", {"count": 1}), minutes=4)
    yield Drill(20, "an application fails beside an instance", sick, metric("UnhealthyInstances", 2))


def all_drills() -> list[Drill]:
    """All of them."""
    parts = (
        members,
        limits,
        windows,
        throttled,
        blindness,
        operators,
        zones,
        bursts,
        brakes,
        images,
        excused,
        templates,
        pools,
        events,
        settings,
        refusals,
        delays,
        crashes,
        relapses,
        targets,
    )
    return [drill for part in parts for drill in part()]
