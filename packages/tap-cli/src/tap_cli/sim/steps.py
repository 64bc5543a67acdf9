"""What can happen to a group: faults, false alarms, and what operators do. Scenarios and histories consist of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, TypeAlias

from embedded_aws.fleet import Check, Event, Health, Lifecycle, Member, Preferences, Process, What
from embedded_aws.fleet.settings import Override
from embedded_aws.in_process import target_groups
from embedded_aws.in_process.world import Ailment, CheckReport, World
from tap_stack.healer.vetoes import INSTANCE_TAG

Params: TypeAlias = Mapping[str, Any]
Doing: TypeAlias = Callable[[World, Random, Params], None]

ILL = {"system": Check.SYSTEM, "instance": Check.INSTANCE, "ebs": Check.EBS}
NEVER = "never-boots"
VETERAN = timedelta(minutes=65)


def choose(world: World, rng: Random, params: Params, *, lifecycle: Lifecycle = Lifecycle.IN_SERVICE) -> list[Member]:
    """Some members in a lifecycle state that fail no check: `count` of them or `percent` (rounded up).

    They may be only those in `zone`, or only `veterans`, which have been there for an hour.
    """
    there = [
        member
        for member in world.fleet.members.by_state.of(lifecycle)
        if not member.faults
        and params.get("zone") in {None, member.zone}
        and (not params.get("veterans") or member.launched_at <= world.now - VETERAN)
    ]
    share = -(-len(there) * params["percent"] // 100) if params.get("percent") is not None else params.get("count", 1)
    return rng.sample(there, min(int(share), len(there)))


def fail(world: World, rng: Random, params: Params) -> None:
    """Let a check of some members fail, one after the other over a time, and perhaps pass again."""
    ailment = Ailment(genuine=params.get("genuine", True), told=CheckReport[params.get("told", "usual").upper()])
    lifecycle = Lifecycle(params.get("lifecycle", "InService"))
    for member in choose(world, rng, params, lifecycle=lifecycle):
        begin = world.now + timedelta(seconds=rng.random() * params.get("over_seconds", 0))
        world.at(begin, lambda each=member.id: world.hurt(each, ILL[params["check"]], ailment))  # type: ignore[misc]
        after = params.get("repair_after_seconds")
        if after is not None:
            world.at(begin + timedelta(seconds=after), lambda each=member.id: world.recover(each))  # type: ignore[misc]


def flap(world: World, rng: Random, params: Params) -> None:
    """Let a check of some members fail for `down_seconds`, pass for `up_seconds`, and so on, a number of times."""
    for member in choose(world, rng, params):
        for round_ in range(params["times"]):
            begin = world.now + timedelta(seconds=round_ * (params["down_seconds"] + params["up_seconds"]))
            ailment = Ailment(genuine=params.get("genuine", True))
            world.at(begin, lambda each=member.id, what=ailment: world.hurt(each, ILL[params["check"]], what))  # type: ignore[misc]
            end = begin + timedelta(seconds=params["down_seconds"])
            world.at(end, lambda each=member.id: world.recover(each))  # type: ignore[misc]


def stop(world: World, rng: Random, params: Params) -> None:
    """Some machines are stopped behind the group's back."""
    for member in choose(world, rng, params):
        world.fleet.instance_stopped(member.id, world.now)


def suspend(world: World, _: Random, params: Params) -> None:
    """An operator suspends processes."""
    world.fleet.suspend([Process(name) for name in params["processes"]], world.now)


def resume(world: World, _: Random, params: Params) -> None:
    """An operator resumes processes; none named means all."""
    world.fleet.resume([Process(name) for name in params.get("processes", [])], world.now)


def refresh(world: World, _: Random, params: Params) -> None:
    """An operator starts an instance refresh, perhaps to another template version; it may bake for some minutes."""
    bake = timedelta(minutes=params.get("bake_minutes", 0))
    wishes = Preferences(skip_matching=params.get("skip_matching", False), bake=bake)
    _try(world, lambda: world.fleet.start_refresh(wishes, world.now, params.get("version")))


def cancel_refresh(world: World, _: Random, __: Params) -> None:
    """An operator cancels the instance refresh."""
    _try(world, lambda: world.fleet.cancel_refresh(world.now))


def template(world: World, _: Random, params: Params) -> None:
    """The group follows another template version; what is launched from it may come broken, or never come up."""
    bad = params.get("bad")
    if bad is not None:
        world.fleet.spoil_template(params["version"], None if bad == NEVER else ILL[bad], world.now)
    world.fleet.update(world.now, template_version=params["version"])


def shift(world: World, _: Random, params: Params) -> None:
    """A zonal shift away from a zone begins."""
    world.fleet.shift_zone(params["zone"], world.now, away=True)


def unshift(world: World, _: Random, params: Params) -> None:
    """A zonal shift ends."""
    world.fleet.shift_zone(params["zone"], world.now, away=False)


def desired(world: World, _: Random, params: Params) -> None:
    """An operator sets the desired capacity."""
    world.attempt(lambda: world.fleet.set_desired_capacity(params["to"], world.now))


def standby(world: World, rng: Random, params: Params) -> None:
    """An operator sets some members aside."""
    for member in choose(world, rng, params):
        _try(world, lambda each=member: world.fleet.enter_standby([each.id], world.now, decrement=True))  # type: ignore[misc]


def back(world: World, rng: Random, params: Params) -> None:
    """An operator takes members back from standby."""
    for member in choose(world, rng, params, lifecycle=Lifecycle.STANDBY):
        _try(world, lambda each=member: world.fleet.exit_standby([each.id], world.now))  # type: ignore[misc]


def detach(world: World, rng: Random, params: Params) -> None:
    """An operator lets some members go."""
    for member in choose(world, rng, params):
        _try(world, lambda each=member: world.fleet.detach([each.id], world.now, decrement=False))  # type: ignore[misc]


def terminate(world: World, rng: Random, params: Params) -> None:
    """An operator terminates some members."""
    for member in choose(world, rng, params):
        _try(world, lambda each=member: world.fleet.terminate_instance(each.id, world.now, decrement=False))  # type: ignore[misc]


def mark(world: World, rng: Random, params: Params) -> None:
    """Somebody else marks some members."""
    for member in choose(world, rng, params):
        _try(world, lambda each=member: world.fleet.set_instance_health(each.id, Health.UNHEALTHY, world.now))  # type: ignore[misc]


def switch(world: World, _: Random, params: Params) -> None:
    """An operator sets the group's tag `tap:healer`."""
    world.group_tags["tap:healer"] = params["to"]


def spare(world: World, rng: Random, params: Params) -> None:
    """An operator tags some members to be spared for so many minutes."""
    for member in choose(world, rng, params):
        until = world.now + timedelta(minutes=params["minutes"])
        world.instance_tags[member.id, INSTANCE_TAG] = f"{until:%Y-%m-%dT%H:%M:%SZ}"


def wear(world: World, rng: Random, params: Params) -> None:
    """Members fail genuinely one after the other, on average every so many seconds, for some minutes.

    With `veterans` only those that are older than an hour or were there when it began: their image is sound.
    """
    begin, end = world.now, world.now + timedelta(minutes=params["minutes"])

    def next_one() -> None:
        latest = max(begin, world.now - VETERAN) if params.get("veterans") else world.now
        there = choose(world, rng, {"percent": 100})
        old = [member for member in there if member.launched_at <= latest][:1]
        check = ILL[rng.choice(("system", "ebs", "instance"))]
        for member in old:
            world.hurt(member.id, check, Ailment())
        after = world.now + timedelta(seconds=params["every_seconds"] * 2 * rng.random())
        if after < end:
            world.at(after, next_one)

    next_one()


def frail(world: World, rng: Random, params: Params) -> None:
    """What is launched from a template version from now on fails a check 1 to `within_minutes` after its launch."""
    version, within = params["version"], params.get("within_minutes", 25)

    def hear(event: Event) -> None:
        member = world.fleet.members.get(event.instance_id)
        if event.what is What.IN_SERVICE and member is not None and member.template_version == version:
            begin = member.launched_at + timedelta(minutes=1 + (within - 1) * rng.random())
            world.at(begin, lambda each=member.id: world.hurt(each, ILL[params.get("check", "system")], Ailment()))  # type: ignore[misc]

    world.listeners.append(hear)


def take_marked(world: World, _: Random, params: Params) -> None:
    """From now on whoever is marked is taken out of the group by somebody else, `after_seconds` later.

    `by` says who: a `person` terminates it and restores the capacity later, `ec2` stops its machine, `spot` interrupts
    it, `detach` lets it go.
    """
    by, after = params.get("by", "person"), timedelta(seconds=params.get("after_seconds", 3))

    def hear(event: Event) -> None:
        if event.what is What.UNHEALTHY and event.detail == "marked":
            world.at(event.time + after, lambda: take(event.instance_id))

    def take(instance_id: str) -> None:
        if by == "ec2":
            _try(world, lambda: world.fleet.instance_stopped(instance_id, world.now))
        elif by == "spot":
            _try(world, lambda: world.fleet.interrupt_spot(instance_id, world.now))
        elif by == "detach":
            _try(world, lambda: world.fleet.detach([instance_id], world.now, decrement=False))
        else:
            before = world.fleet.settings.desired
            _try(world, lambda: world.fleet.terminate_instance(instance_id, world.now, decrement=before > 1))
            world.at(world.now + timedelta(minutes=2), lambda: desired(world, Random(0), {"to": before}))  # noqa: S311 - unused

    world.listeners.append(hear)


def tag(world: World, rng: Random, params: Params) -> None:
    """Somebody writes `value` into the tag that spares some members, whatever it is; `ill` ones may be met, too."""
    there = world.fleet.members.by_state.of(Lifecycle.IN_SERVICE)
    chosen = [member for member in there if member.faults] if params.get("ill") else choose(world, rng, params)
    for member in chosen:
        world.instance_tags[member.id, INSTANCE_TAG] = params["value"]


def publish(world: World, _: Random, params: Params) -> None:
    """A new version of a launch template: what `$Latest` means from now on; it may be bad as in `template`."""
    if params.get("bad") is not None:
        world.fleet.spoil_template(params["version"], ILL[params["bad"]], world.now)
    world.fleet.publish_template(params["version"], world.now, default=params.get("default", False))


def overrides(world: World, _: Random, params: Params) -> None:
    """The overrides of the group's mixed instances policy have these launch templates from now on."""
    world.fleet.update(world.now, overrides=tuple(Override(template=key) for key in params["templates"]))


def application(world: World, rng: Random, params: Params) -> None:
    """The application status check of some members fails."""
    for member in choose(world, rng, params):
        _try(world, lambda each=member: world.fleet.fail_application(each.id, world.now))  # type: ignore[misc]


def target(world: World, rng: Random, params: Params) -> None:
    """A load balancer calls some members unhealthy, for a `reason`, and perhaps healthy again."""
    for member in choose(world, rng, params):
        target_groups.fail(world, member.id, params.get("reason", target_groups.TIMEOUT))
        after = params.get("recover_after_seconds")
        if after is not None:
            end = world.now + timedelta(seconds=after)
            world.at(end, lambda each=member.id: _try(world, lambda: target_groups.recover(world, each)))  # type: ignore[misc]


def fail_newest(world: World, _: Random, params: Params) -> None:
    """A check of the member that came last into service fails, and perhaps passes again."""
    newest = _newest(world).id
    world.hurt(newest, ILL[params["check"]], Ailment())
    if "repair_after_seconds" in params:
        world.at(world.now + timedelta(seconds=params["repair_after_seconds"]), lambda: world.recover(newest))


def take_newest(world: World, _: Random, params: Params) -> None:
    """A person or Spot takes the member that came last into service; the group launches another."""
    newest = _newest(world).id
    if params.get("by") == "spot":
        _try(world, lambda: world.fleet.interrupt_spot(newest, world.now))
    else:
        _try(world, lambda: world.fleet.terminate_instance(newest, world.now, decrement=False))


def spot(world: World, rng: Random, params: Params) -> None:
    """Some members are Spot Instances that EC2 takes back; with `rebalance` it recommends that they be replaced."""
    for member in choose(world, rng, params):
        if params.get("rebalance"):
            _try(world, lambda each=member: world.fleet.recommend_rebalance(each.id, world.now))  # type: ignore[misc]
        else:
            _try(world, lambda each=member: world.fleet.interrupt_spot(each.id, world.now))  # type: ignore[misc]


def _newest(world: World) -> Member:
    return max(
        world.fleet.members.by_state.of(Lifecycle.IN_SERVICE), key=lambda member: (member.launched_at, member.id)
    )


def no_machines(world: World, _: Random, params: Params) -> None:
    """A zone has no machines to give."""
    world.park.dry_up(params["zone"], "We currently do not have sufficient capacity in the zone you requested")


def machines(world: World, _: Random, params: Params) -> None:
    """A zone has machines again."""
    world.park.refill(params["zone"])


def _try(world: World, action: Callable[[], object]) -> None:
    def act() -> None:
        action()

    world.attempt(act)


STEPS: dict[str, Doing] = {
    "fail": fail,
    "flap": flap,
    "stop": stop,
    "suspend": suspend,
    "resume": resume,
    "refresh": refresh,
    "cancel-refresh": cancel_refresh,
    "template": template,
    "shift": shift,
    "unshift": unshift,
    "desired": desired,
    "standby": standby,
    "back": back,
    "detach": detach,
    "terminate": terminate,
    "mark": mark,
    "switch": switch,
    "spare": spare,
    "wear": wear,
    "frail": frail,
    "take-marked": take_marked,
    "tag": tag,
    "publish": publish,
    "overrides": overrides,
    "application": application,
    "target": target,
    "fail-newest": fail_newest,
    "take-newest": take_newest,
    "spot": spot,
    "no-machines": no_machines,
    "machines": machines,
}
"""What can happen to a group, by the name that scenario files use."""


def plan(world: World, rng: Random, steps: Sequence[tuple[float, str, Params]]) -> None:
    """Put steps on the agenda: (seconds from now, name, parameters). Raises KeyError: there is no step of that name."""
    for seconds, name, params in steps:
        do = STEPS[name]
        world.at(world.now + timedelta(seconds=seconds), lambda do=do, params=params: do(world, rng, params))  # type: ignore[misc]
