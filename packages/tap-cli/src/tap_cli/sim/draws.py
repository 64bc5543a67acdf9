"""Random histories: short ones in which much goes wrong, days after a month of activities, large groups wearing out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from embedded_aws.fleet import GroupSettings, MaintenancePolicy, Timings
from embedded_aws.fleet.settings import Override, PoolState, WarmPool
from embedded_aws.fleet.words import Words
from embedded_aws.in_process import target_groups
from embedded_aws.in_process.faults import ApiFaults
from tap_cli.sim import steps
from tap_cli.sim.chance import stream
from tap_cli.sim.checks import CHECKS
from tap_cli.sim.history import History

VERSIONS = ("1", "2", "lt-b:1")
MIXED = (Override("m5.large"), Override("c5.large", "lt-c:1"))
MAINTENANCE = (None, None, None, MaintenancePolicy(100, 200), MaintenancePolicy(90, 110))
ZONES = ("a", "b", "c")
SIZES = ((1, 3), (2, 12), (4, 19), (15, 30), (20, 60), (60, 200))
OTHER_WORDS = Words(
    taken_out="an instance went {why}",
    launched="an instance came {why}",
    marked="owing to a report",
    stopped="owing to its end",
    status_checks="owing to its checks",
    unhealthy="in place of another",
)
"""Words that AWS might use as well."""


def draw(rng: Random, *, minutes: int = 0, size: int = 0) -> History:
    """A random history of a random group, with a few things going wrong in each respect."""
    settings = _settings(rng, size or rng.randint(*rng.choice(SIZES)))
    length = minutes or rng.randint(6, 16)
    timings = Timings(
        boot_jitter=timedelta(seconds=30),
        native_delay=timedelta(minutes=rng.choice((5, 5, 10, 60))),
        mark_reaction=timedelta(seconds=rng.choice((0, 0, 5))),
        shutdown=timedelta(seconds=rng.choice((10, 30, 120))),
    )
    number = 1 + min(rng.randrange(6), rng.randrange(6))
    happenings = tuple(_step(rng, settings, length) for _ in range(number))
    history = History(rng.getrandbits(32), length, settings, timings, happenings)
    return _with_targets(_with_bad_luck(rng, history))


def draw_day(rng: Random, *, hours: int = 24) -> History:
    """A random day after a random month: faults all along, and now and then something else."""
    size = rng.choice((5, 19, 40, 100, 100, 200))
    group = replace(_settings(rng, size), grace=timedelta(seconds=rng.choice((0, 60, 300, 7200))))
    timings = Timings(
        boot_jitter=timedelta(seconds=30),
        native_delay=timedelta(minutes=rng.choice((4, 10, 60, 600))),
        mark_reaction=timedelta(seconds=rng.choice((0, 0, 5, 30))),
        shutdown=timedelta(seconds=rng.choice((10, 30, 120))),
    )
    happenings = [(3600.0 * hour, "wear", _wear(rng, size)) for hour in range(rng.randint(0, 5), hours, 6)]
    happenings += [_in_a_day(rng, group, hours) for _ in range(rng.randint(0, hours // 2))]
    history = History(rng.getrandbits(32), hours * 60, group, timings, tuple(happenings))
    history = replace(_with_bad_luck(rng, history), bygone=rng.choice((0, 500, 3000)), observing=False)
    return _with_targets(replace(history, wobble_seconds=rng.choice((0.0, 0.0, 60.0))))


def draw_crowd(rng: Random) -> History:
    """A large group for some hours, in which as many fail as the healer may replace: this is where the marks are."""
    size = rng.randint(300, 1500)
    group = replace(_settings(rng, size), grace=timedelta(0), zones=ZONES)
    timings = Timings(boot_jitter=timedelta(seconds=30), native_delay=timedelta(hours=9))
    minutes = rng.choice((90, 120, 180))
    wear = _wear(rng, size) | {"minutes": minutes}
    history = History(rng.getrandbits(32), minutes, group, timings, ((0.0, "wear", wear),), bygone=500)
    history = replace(history, every=rng.choice((60, 240, 240, 240)))
    return replace(history, faults=ApiFaults(throttled=rng.choice((0.0, 0.1))), reserved=rng.random() < 0.5)  # noqa: PLR2004 - a chance


def _wear(rng: Random, size: int) -> dict[str, Any]:
    """Faults for about two hours: somewhat fewer than may be replaced in them, as many, or far too many."""
    every = 3600 / max(2, size // 5) * rng.choice((0.6, 0.8, 1.0, 2.0))
    return {"every_seconds": every, "minutes": rng.choice((60, 150)), "veterans": rng.random() < 0.9}  # noqa: PLR2004 - a chance


def _in_a_day(rng: Random, group: GroupSettings, hours: int) -> tuple[float, str, dict[str, Any]]:
    """Something that happens to the group at some time, unless it would stop the healer for the rest of the day."""
    name = rng.choice([each for each in NAMES if each not in {"suspend", "switch", "no-machines", "observe"}])
    return rng.random() * 3600 * hours, name, DRAWS[name](rng, group)


def _settings(rng: Random, size: int) -> GroupSettings:
    return GroupSettings(
        min_size=0,
        max_size=2 * size + 2,
        desired=size,
        zones=ZONES[: rng.randint(1, 3)],
        template_version=rng.choice(("1", "1", "$Latest", "lt-a:1")),
        capacity_rebalance=rng.random() < 0.5,  # noqa: PLR2004 - a chance
        overrides=rng.choice(((), (), (), MIXED)),
        warm_pool=rng.choice(
            (None, None, None, WarmPool(min_size=max(1, size // 5), state=rng.choice(list(PoolState))))
        ),
        grace=timedelta(seconds=rng.choice((0, 0, 60, 300))),
        warmup=rng.choice((None, None, timedelta(seconds=60))),
        maintenance=rng.choice(MAINTENANCE),
        health_checks=frozenset({"EC2"} | ({"EBS"} if rng.random() < 0.3 else set())),  # noqa: PLR2004 - a chance
    )


def _with_bad_luck(rng: Random, history: History) -> History:
    """AWS and the schedule misbehave in some histories, each in a few ways."""
    faults = ApiFaults(latency_seconds=rng.choice((0.0, 0.2, 0.2, 2.0)))
    if rng.random() < 0.5:  # noqa: PLR2004 - every other history
        for name in rng.sample(sorted(MISFORTUNES), 2):
            faults = replace(faults, **{name: rng.choice(MISFORTUNES[name])})
    return replace(
        history,
        faults=faults,
        altered=rng.choice(ALTERED) if rng.random() < 0.2 else (),  # noqa: PLR2004 - every fifth
        repeated=rng.choice((0.0, 0.0, 0.0, 0.3)),
        late=rng.choice((0.0, 0.0, 0.2)),
        twofold=rng.choice((0.0, 0.0, 0.0, 0.4)),
        bygone=rng.choice((0, 0, 0, 300)),
        words=rng.choice((Words(), Words(), Words(retried=Words().grown), OTHER_WORDS)),
        reserved=rng.random() < 0.6,  # noqa: PLR2004 - a chance
        observing=rng.random() < 0.05,  # noqa: PLR2004 - a chance
    )


def _with_targets(history: History) -> History:
    """Some groups are behind load balancers, which have a mind of their own.

    It is drawn from a stream of its own, so that the other histories are what they were before there were any.
    """
    rng = stream(history.seed, "targets")
    if rng.random() >= 0.3:  # noqa: PLR2004 - a chance
        return history
    settings = history.settings
    if rng.random() < 0.3:  # noqa: PLR2004 - a chance
        settings = replace(settings, health_checks=settings.health_checks | {"ELB"})
    steps = [(rng.random() * 50 * history.minutes, "target", _target(rng, settings)) for _ in range(rng.randint(1, 4))]
    return replace(
        history,
        settings=settings,
        target_groups=rng.choice((1, 1, 1, 2, 12)),
        steps=(*history.steps, *steps),
        altered=(*history.altered, *rng.choice(ALTERED_TARGETS)),
        troubled=(*history.troubled, *rng.choice(TROUBLED_TARGETS)),
    )


def _target(rng: Random, settings: GroupSettings) -> dict[str, Any]:
    drawn = _some(rng, settings) | {"reason": rng.choice(sorted(target_groups.DESCRIPTIONS))}
    return drawn | ({"recover_after_seconds": rng.choice((40, 200))} if rng.random() < 0.5 else {})  # noqa: PLR2004 - a chance


ALTERED_TARGETS: tuple[tuple[tuple[str, str, Any], ...], ...] = (
    *(((),) * 6),
    (("DescribeTargetHealth", "without", ("TargetHealthDescriptions",)),),
    (("DescribeTargetHealth", "sometimes without", ("TargetHealth",)),),
    (("DescribeTargetHealth", "sometimes without", ("Target",)),),
    (("DescribeTargetHealth", "with", ("State", "unhealthy.draining")),),
    (("DescribeTargetHealth", "sometimes with", ("State", "pondering")),),
    (("DescribeTargetHealth", "puzzling", "TargetHealthDescriptions"),),
    (("DescribeTargetHealth", "lost", 0.3),),
)
TROUBLED_TARGETS: tuple[tuple[tuple[str, str, Any], ...], ...] = (
    *(((),) * 6),
    (("DescribeTargetHealth", "slow", 3),),
    (("DescribeTargetHealth", "slow", 60),),
    (("DescribeTargetHealth", "the first is refused", "TargetGroupNotFound"),),
    (("DescribeTargetHealth", "the first is refused", "AccessDenied"),),
)
"""How load balancers' answers may be altered, and their requests fare."""

ALTERED: tuple[tuple[tuple[str, str, Any], ...], ...] = (
    *(
        ((action, how, argument),)
        for how in ("with", "sometimes with", "without", "sometimes without")
        for action, argument in (
            ("DescribeInstanceRefreshes", ("Status", "Pausing")),
            ("DescribeScalingActivities", ("Description", "\N{PERSONAL COMPUTER}" * 300)),
            ("DescribeScalingActivities", ("StatusCode", "Pondering")),
            ("DescribeAutoScalingGroups", ("HealthStatus", "Fine")),
            ("DescribeAutoScalingGroups", ("LifecycleState", "InTransit")),
        )
        if how.endswith("with")
    ),
    *(
        ((action, how, (key,)),)
        for how in ("without", "sometimes without")
        for action, key in (
            ("DescribeScalingActivities", "Activities"),
            ("DescribeScalingActivities", "Description"),
            ("DescribeScalingActivities", "Details"),
            ("DescribeInstanceRefreshes", "InstanceRefreshes"),
            ("DescribeTags", "Tags"),
            ("DescribeAutoScalingGroups", "Tags"),
            ("DescribeAutoScalingGroups", "SuspendedProcesses"),
            ("DescribeAutoScalingGroups", "LaunchTemplate"),
            ("DescribeAutoScalingGroups", "AvailabilityZone"),
            ("DescribeAutoScalingGroups", "DesiredCapacity"),
            ("DescribeInstanceStatus", "InstanceStatuses"),
            ("DescribeInstanceStatus", "Details"),
            ("DescribeLogStreams", "logStreams"),
        )
    ),
    (("DescribeScalingActivities", "words", 1),),
    (("DescribeScalingActivities", "words", 1),),
    (("CreateLogStream", "lost", 0.5),),
    (("SetInstanceHealth", "lost", 0.5),),
)
"""Answers such as AWS may come to give: each history has one of these, if any."""

MISFORTUNES: dict[str, tuple[Any, ...]] = {
    "throttled": (0.1, 0.5),
    "broken": (0.1,),
    "lost_request": (0.05,),
    "lost_reply": (0.05, 0.3),
    "undated": (0.1, 1.0),
    "lost_page": (0.3,),
    "empty_page": (0.5,),
    "repeated_page": (0.2,),
    "overlapping_page": (1.0,),
    "lag_seconds": (3.0, 10.0),
    "page_size": (2, 7),
}


def _step(rng: Random, settings: GroupSettings, minutes: int) -> tuple[float, str, dict[str, Any]]:
    name = rng.choice(NAMES)
    return rng.random() * 50 * minutes, name, DRAWS[name](rng, settings)


def _zone(rng: Random, settings: GroupSettings) -> dict[str, Any]:
    return {"zone": rng.choice(settings.zones)}


def _some(rng: Random, settings: GroupSettings) -> dict[str, Any]:
    """One or a few members, or a share of them; anywhere, or in one zone."""
    number: dict[str, Any] = rng.choice(({"count": 1}, {"count": rng.randint(1, 4)}, {"percent": rng.randint(5, 100)}))
    return number | (_zone(rng, settings) if rng.random() < 0.4 else {})  # noqa: PLR2004 - a chance


def _few(rng: Random, settings: GroupSettings) -> dict[str, Any]:
    return {"count": rng.randint(1, max(1, settings.desired // 10))}


def _failure(rng: Random, settings: GroupSettings) -> dict[str, Any]:
    drawn: dict[str, Any] = {"check": rng.choice(tuple(CHECKS)), "genuine": rng.random() < 0.7, "over_seconds": 0}  # noqa: PLR2004 - a chance
    drawn |= {"over_seconds": rng.choice((0, 0, 60, 400)), "told": rng.choice(TOLD)}
    if rng.random() < 0.3:  # noqa: PLR2004 - a chance
        drawn["repair_after_seconds"] = rng.choice((30, 119, 150, 400))
    return drawn | _some(rng, settings) | ({"lifecycle": "Standby"} if rng.random() < 0.05 else {})  # noqa: PLR2004 - a chance


TOLD = ("usual",) * 12 + ("undated", "future", "insufficient")
PROCESSES = ("Launch", "Terminate", "ReplaceUnhealthy", "HealthCheck", "AddToLoadBalancer", "AZRebalance")
TAKERS = ("person", "ec2", "detach", "spot")
TAGS = (
    "9999-12-31T23:59:59-05:00",
    "0001-01-01T00:00:00+05:00",
    "2026-01-01t08:00:00z",
    "2026-01-01T09:30:00+05:30",
    "2026-01-20T00:00:00Z",
    "2026-01-01T00:30:00.123456789Z",
    "2026-02-30T00:00:00Z",
    "tomorrow",
    "",
    "\N{PERSONAL COMPUTER}",
    "9" * 256,
)
SWITCHES = (
    "on",
    "off",
    "observe",
    "OFF",
    "off until 2026-01-01T00:30Z",
    "off until 2026-01-01T00:25:00+00:00",
    "off until 9999-12-31T23:59:59-05:00",
    "off until tea time",
    "\N{PERSONAL COMPUTER}",
    "o" * 256,
)


DRAWS: dict[str, Any] = {
    "fail": _failure,
    "flap": lambda rng, settings: (
        _some(rng, settings) | {"check": "system", "down_seconds": rng.choice((60, 130)), "up_seconds": 60, "times": 3}
    ),
    "stop": _few,
    "suspend": lambda rng, _: {"processes": rng.sample(PROCESSES, rng.randint(1, 2))},
    "resume": lambda _rng, _settings: {},
    "refresh": lambda rng, _: {"version": rng.choice((None, *VERSIONS))},
    "cancel-refresh": lambda _rng, _settings: {},
    "template": lambda rng, _: {
        "version": rng.choice(VERSIONS),
        "bad": rng.choice((None, "system", "instance", steps.NEVER)),
    },
    "shift": _zone,
    "unshift": _zone,
    "desired": lambda rng, settings: {"to": rng.randint(1, settings.max_size)},
    "standby": _few,
    "back": _few,
    "detach": _few,
    "terminate": _few,
    "mark": _few,
    "switch": lambda rng, _: {"to": rng.choice(SWITCHES)},
    "tag": lambda rng, settings: {"value": rng.choice(TAGS)} | rng.choice(({"ill": True}, _some(rng, settings))),
    "take-marked": lambda rng, _: {
        "by": rng.choice(TAKERS),
        "after_seconds": rng.randint(1, 40),
    },
    "spot": lambda rng, settings: _few(rng, settings) | {"rebalance": rng.random() < 0.5},  # noqa: PLR2004 - a chance
    "publish": lambda rng, _: {"version": rng.choice(VERSIONS), "bad": rng.choice((None, "system"))},
    "frail": lambda rng, _: {"version": rng.choice(VERSIONS)},
    "spare": lambda rng, settings: _some(rng, settings) | {"minutes": rng.choice((5, 60))},
    "no-machines": _zone,
    "machines": _zone,
}
"""How the parameters of each step are drawn."""

NAMES = ("fail",) * 16 + tuple(DRAWS)
"""Faults are what this is about: more than a third of all steps."""
