"""The demo from beginning to end.

    deploy   the Pulumi program, through the embedded engine and provider, into the embedded AWS
    settle   wait until every instance is in service and past its grace period
    break    make one status check of one instance fail
    heal     watch the deployed Lambda, fired by the deployed schedule, until the group is whole again

It looks at everything from outside: at the fleet through boto3, at the sweeps through the Lambda's answers and the
calls that the cloud counted. Nothing here decides anything about healing.
"""

from __future__ import annotations

import queue
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from embedded_aws.calllog import CallRecord
from embedded_aws.services.lambda_.invocations import Invocation
from embedded_pulumi.errors import DeploymentError
from tap_cli.demo.report import BrokenInstance, DemoReport, Member, ReplacedInstance, Seconds, Sweep, TargetChange
from tap_cli.demo.screen import DemoScreen
from tap_cli.deployed import tap_stacks
from tap_cli.display.sweeps import reasons_of, sweep_of, trouble_of
from tap_cli.sandbox import Sandbox
from tap_cli.terminal.waits import WAITS
from tap_stack.outputs import OUTPUT_KEYS

SETTLE_LIMIT = timedelta(minutes=20)  # cloud time; a grace period may be long
HEAL_LIMIT = timedelta(minutes=20)  # cloud time; window + sweep + boot is about 5 minutes
LOOK_SECONDS = 0.05  # real time between two looks at the group
STEP_SECONDS = 10  # cloud time between two looks where the clock jumps


@dataclass(frozen=True)
class DemoOptions:
    """What the user chose.

    Attributes:
        fault: Which status check fails.
        seed: Of every random choice.
        jump: Whether the clock jumps over what is waited for; else it goes at the sandbox's speed.
    """

    fault: str = "system"
    seed: int = 0
    jump: bool = True


def tell(
    sandbox: Sandbox,
    options: DemoOptions,
    screen: DemoScreen,
    watching: type[Watch],
    config: Mapping[str, str] | None = None,
) -> DemoReport:
    """Run the demo in `sandbox` and return what happened.

    Args:
        sandbox: The AWS and the stack.
        options: What the user chose.
        screen: Where the story is told.
        watching: What looks at the cloud.
        config: The configuration, if it is not the sandbox's.

    Raises:
        embedded_pulumi.errors.EngineError: the program was refused or the deployment failed.
    """
    started = time.monotonic()
    engine = sandbox.engine_for(config) if config is not None else sandbox.engine
    watch = watching(sandbox, screen, jump=options.jump)
    with WAITS.on("the program runs"):
        summary = engine.up()
    deploy_seconds = time.monotonic() - started
    stack = _first_stack(sandbox)
    watch.deployed(stack)
    outputs = {key: stack[key] for key in OUTPUT_KEYS}
    resources = Counter(step.type for step in summary.steps if step.type.startswith("aws:"))
    screen.deployed(outputs, resources.total(), deploy_seconds)

    if options.jump:
        sandbox.cloud.clock.stop()
    group = str(outputs["auto_scaling_group_name"])
    with WAITS.on("the group settles"):
        watch.until_settled(group)
    screen.fleet(watch.members(group))
    fault = watch.break_one(group, options)
    with WAITS.on("the healer sweeps each minute of the cloud's"):
        replaced = watch.until_whole(group, fault)
    fleet = watch.members(group)
    screen.fleet(fleet)

    total = time.monotonic() - started
    report = DemoReport(
        outputs=outputs,
        resources=dict(sorted(resources.items())),
        seconds=Seconds(round(deploy_seconds, 3), round(total, 3)),
        fault=fault,
        sweeps=tuple(watch.sweeps),
        replaced=replaced,
        fleet=tuple(fleet),
        targets=tuple(watch.targets),
    )
    screen.closing(report)
    return report


def _first_stack(sandbox: Sandbox) -> Mapping[str, Any]:
    """The outputs of the program's TapStack, the first by name where it has several.

    Raises:
        DeploymentError: it has none.
    """
    found = tap_stacks(sandbox.resources())
    if not found:
        raise DeploymentError("the program has no TapStack, which the demo needs")
    return found[0].outputs


class Watch:
    """Looks at the cloud from outside, and passes on what it sees on the caller's own thread."""

    def __init__(self, sandbox: Sandbox, screen: DemoScreen, *, jump: bool) -> None:
        self._cloud = sandbox.cloud
        self._region = sandbox.region
        self._jump = jump
        self._screen = screen
        self._autoscaling = self._cloud.client("autoscaling", sandbox.region)
        self._inbox: queue.SimpleQueue[tuple[str, Sweep]] = queue.SimpleQueue()
        self._calls: Counter[str] = Counter()
        self._told: set[str] = set()
        self.sweeps: list[Sweep] = []
        self.targets: list[TargetChange] = []
        self.healer = ""
        self._cloud.calls.subscribe(self._count)
        self._cloud.functions.subscribe(self._receive)

    def deployed(self, outputs: Mapping[str, Any]) -> None:
        """Take in what was deployed."""
        self.healer = str(outputs["lambda_function_name"])

    def group(self, name: str) -> dict[str, Any]:
        """The group as AWS reports it."""
        found: dict[str, Any] = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        group: dict[str, Any] = found["AutoScalingGroups"][0]
        return group

    def members(self, name: str) -> list[Member]:
        """The group's instances as AWS reports them."""
        return [
            Member(each["InstanceId"], each["AvailabilityZone"], each["LifecycleState"], each["HealthStatus"])
            for each in self.group(name)["Instances"]
        ]

    def is_whole(self, name: str) -> bool:
        """Whether every instance is in service and healthy."""
        return all(member.is_whole for member in self.members(name))

    def until_settled(self, name: str) -> None:
        """Wait until all members are whole and past their grace period, and a sweep has run.

        Raises:
            DeploymentError: They are not within the limit.
        """
        ready = self._cloud.clock.now() + timedelta(seconds=self.group(name)["HealthCheckGracePeriod"])
        for now in self._cloud_time(SETTLE_LIMIT):
            self._pass_on(name, silent=True)
            if now >= ready and self.sweeps and self.is_whole(name):
                return
        raise DeploymentError(f"{name} did not settle within {SETTLE_LIMIT} of cloud time")

    def break_one(self, name: str, options: DemoOptions) -> BrokenInstance:
        """Make one check of one member fail, chosen by the seed."""
        members = sorted(self.members(name), key=lambda each: (each.zone, each.id))
        member = random.Random(options.seed).choice(members)  # noqa: S311 - a repeatable choice, no secret
        self._cloud.break_instance(member.id, options.fault)
        fault = BrokenInstance(member.id, member.zone, options.fault, self._cloud.clock.now())
        failing = f"The {fault.kind} status check of {fault.instance_id} in {fault.zone}"
        self._screen.broken(fault, f"{failing} fails from now on.")
        return fault

    def until_whole(self, name: str, fault: BrokenInstance) -> ReplacedInstance | None:
        """Wait until the broken one is gone and as many are whole as are wished; None if that takes too long."""
        before = {member.id for member in self.members(name)}
        for now in self._cloud_time(HEAL_LIMIT):
            self._pass_on(name)
            members = {member.id for member in self.members(name)}
            new = sorted(members - before)
            as_many = len(members) == len(before) and fault.instance_id not in members
            if new and as_many and self.is_whole(name):
                return ReplacedInstance(fault.instance_id, new[0], round((now - fault.at).total_seconds(), 1))
        return None

    def _cloud_time(self, limit: timedelta) -> Iterator[datetime]:
        """Cloud time, again and again, until `limit` of it has passed."""
        end = self._cloud.clock.now() + limit
        while (now := self._cloud.clock.now()) < end:
            yield now
            if self._jump:
                self._cloud.clock.advance(STEP_SECONDS)
            else:
                time.sleep(LOOK_SECONDS)

    # --- what arrives on the cloud's threads ---

    def _count(self, record: CallRecord) -> None:
        if record.caller and record.caller.role_arn:
            self._calls[record.caller.role_arn] += 1

    def _receive(self, invocation: Invocation) -> None:
        """Runs before the next invocation can begin: what was counted since the last one belongs to this one.

        Other functions run, too, and are no part of the story: which one is the healer is known once it is deployed.
        """
        sweep = _sweep(invocation, self._calls.pop(invocation.role_arn, 0))
        if sweep is not None:
            self._inbox.put((invocation.function_name, sweep))

    # --- what is told, on the caller's thread ---

    def _pass_on(self, name: str, *, silent: bool = False) -> None:
        """Take in what has happened since the last time, and tell it in order of cloud time."""
        news = self.news(name)
        for at, what in [] if silent else sorted(news, key=lambda each: each[0]):
            if isinstance(what, Sweep):
                self._screen.sweep(what)
            elif isinstance(what, TargetChange):
                self._screen.target(what)
            else:
                self._screen.happened(at, what)

    def news(self, name: str) -> list[tuple[datetime, Any]]:
        """What has happened since the last time, with its cloud time: sweeps, and what the group did in its words."""
        news: list[tuple[datetime, Any]] = []
        while not self._inbox.empty():
            function, sweep = self._inbox.get()
            if function == self.healer:
                self.sweeps.append(sweep)
                news.append((sweep.at, sweep))
        found = self._autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
        new = [each for each in found if each["ActivityId"] not in self._told]
        self._told |= {each["ActivityId"] for each in new}
        return [*news, *((each["StartTime"], each["Description"]) for each in new)]


def _sweep(invocation: Invocation, calls: int) -> Sweep | None:
    """What the healer answered, as the sweep that it was; None for a look after the group has changed."""
    if invocation.error:
        return Sweep(invocation.started, calls, error=invocation.error)
    answer = sweep_of(invocation.payload)
    if answer is None:
        return Sweep(invocation.started, calls, error="its answer is not a line of the healer's log")
    if answer.get("result") == "changed":
        return None
    reasons = {instance: reason for reason, ids in reasons_of(answer).items() for instance in ids}
    return Sweep(invocation.started, calls, reasons, trouble_of(answer) or None)
