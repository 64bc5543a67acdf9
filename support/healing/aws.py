"""The AWS of the healer's tests: the AWS in process, and changes to its group.

Ids and zones are short (`i-00001`, `zone-a`), the group is fifty days old, and it never replaces by itself. Nothing
takes time but what the test lets pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from embedded_aws.fleet import Check, GroupSettings, Park, Timings, Words
from embedded_aws.in_process import target_groups
from embedded_aws.in_process.account import Account, SeenCall
from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.pages import Pages
from embedded_aws.in_process.session import ANSWERS
from embedded_aws.in_process.world import build
from support.chance import stream

from .views import Instances, Streams, Suspended

START = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
AGE = timedelta(days=50)  # scaling activities are told for six weeks: the launches of the first members are forgotten
ZONES = ("zone-a", "zone-b", "zone-c")
NEVER = timedelta(days=3650)
TIMINGS = Timings(
    boot=timedelta(seconds=60),
    initializing=timedelta(0),
    shutdown=timedelta(seconds=40),
    mark_reaction=timedelta(seconds=10),
    native_delay=NEVER,
    rebalance_delay=NEVER,
)


class ShortIds(Park):
    """Machines with ids that a test can write: i-00000, i-00001, ..."""

    def launch(self, zone: str, template_version: str, now: datetime) -> str:
        """Start a machine."""
        own = super().launch(zone, template_version, now)
        short = f"i-{self.launched - 1:05}"
        self.running[short] = self.running.pop(own)
        return short


class Aws:
    """One account and region with one group.

    Args:
        name: The group's.
        words: How its activities are worded.
        given: Attributes of `GroupSettings`, as overrides, or `$Latest` as the template version. A warm pool is put
            later (`world.fleet.put_warm_pool`), or its instances take the first ids.

    Attributes:
        world: Its group.
        account: What AWS knows, and where it is interfered with.
        latency: What each call takes.
        before: Called with the operation before each call is answered; may change the world or raise.
        requests: Every call as (operation, parameters), those that fail included.
    """

    def __init__(self, name: str = "web", *, words: Words | None = None, **given: Any) -> None:
        settings = replace(GroupSettings(0, 1_000_000, 0, ZONES, "1"), **given)
        begin, rng = START - AGE, stream("group")
        self.world = build(settings, TIMINGS, rng, name=name, park=ShortIds(), begin=begin, words=words)
        self.world.zonal_shift_enabled = False
        self.account = Account(self.world, stream("api"), ApiFaults(latency_seconds=0), before=self._before)
        self.latency = timedelta(0)
        self.before: Callable[[str], None] = lambda _: None
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def _before(self, call: SeenCall) -> None:
        self.requests.append((call.action, call.params))
        if self.latency:
            self.advance(self.latency.total_seconds())
        self.before(call.action)

    # --- what a test does to the group ---

    def grow(self, number: int) -> None:
        """Add so many sound members in service, dealt out to three zones; those that a group begins with are old."""
        self.desired += number
        self.world.advance(max(START, self.now + TIMINGS.boot))

    def fail(self, instance_id: str, check: str = "system", since: datetime | None = None) -> None:
        """Let a check fail, from now on or since a given time."""
        self.instances[instance_id].faults[check] = since or self.now

    def balance(self, number: int = 1) -> tuple[str, ...]:
        """Give the group so many target groups; their ARNs."""
        target_groups.attach(self.world, number)
        return self.world.target_groups

    def fail_target(self, instance_id: str, reason: str = "Target.Timeout") -> None:
        """Have the load balancers call a member unhealthy from now on."""
        target_groups.fail(self.world, instance_id, reason)

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that the group does in it."""
        with self.account.lock:
            self.world.advance(self.now + timedelta(seconds=seconds))

    def misbehave(self, **faults: Any) -> None:
        """Let the API misbehave; arguments are attributes of ApiFaults."""
        self.account.faults = replace(self.account.faults, **faults)

    # --- what a test looks at ---

    def marked(self) -> list[str]:
        """Ids of all marks that were asked for, in order."""
        return [params["InstanceId"] for action, params in self.requests if action == "SetInstanceHealth"]

    def made(self) -> list[str]:
        """The operations called, in order."""
        return [action for action, _ in self.requests]

    def answer(self, action: str, **params: Any) -> dict[str, Any]:
        """What AWS would answer now, for a test to change."""
        return copy.deepcopy(ANSWERS[action](self.account, Pages(), params))

    @property
    def instances(self) -> Instances:
        """The members."""
        return Instances(self.world)

    @property
    def metrics(self) -> list[dict[str, float]]:
        """What was put into CloudWatch, by name, call by call."""
        return [values for _, values in self.account.metrics]

    @property
    def notices(self) -> list[dict[str, str]]:
        """What was published."""
        return self.account.notices

    @property
    def streams(self) -> Streams:
        """The names of the log streams in the healer's log group."""
        return Streams(self.account)

    # --- what it is ---

    @property
    def now(self) -> datetime:
        """AWS's time; setting it lets time pass, which never goes back."""
        return self.world.now

    @now.setter
    def now(self, moment: datetime) -> None:
        assert moment >= self.now
        self.advance((moment - self.now).total_seconds())

    @property
    def desired(self) -> int:
        """The desired capacity."""
        return self.world.fleet.settings.desired

    @desired.setter
    def desired(self, size: int) -> None:
        self.world.fleet.set_desired_capacity(size, self.now)

    @property
    def grace(self) -> int:
        """The health check grace period in seconds."""
        return int(self.world.fleet.settings.grace.total_seconds())

    @grace.setter
    def grace(self, seconds: int) -> None:
        self.world.fleet.update(self.now, grace=timedelta(seconds=seconds))

    @property
    def version(self) -> str:
        """The launch template version that the group launches from."""
        return self.world.fleet.settings.template_version

    @version.setter
    def version(self, version: str) -> None:
        self.world.fleet.update(self.now, template_version=version)

    @property
    def replacements_break(self) -> bool:
        """Whether what is launched from the group's version fails its system check."""
        return self._broken_version == self.version

    @replacements_break.setter
    def replacements_break(self, break_them: bool) -> None:
        if break_them:
            self.world.fleet.spoil_template(self.version, Check.SYSTEM, self.now)
        else:
            self.world.fleet.mend_template(self.version, self.now)
        self._broken_version = self.version if break_them else ""

    _broken_version = ""

    @property
    def suspended(self) -> Suspended:
        """The suspended processes."""
        return Suspended(self.world)

    @property
    def group_tags(self) -> dict[str, str]:
        """The group's tags."""
        return self.world.group_tags

    @property
    def instance_tags(self) -> dict[tuple[str, str], str]:
        """Value of each tag of an instance, by the instance and the key of the tag."""
        return self.world.instance_tags

    @property
    def strangers(self) -> Iterable[str]:
        """Ids of instances of the same account that fail their system check and are no members."""
        return self.world.strangers

    @strangers.setter
    def strangers(self, ids: Iterable[str]) -> None:
        self.world.strangers = tuple(ids)

    # --- what it answers ---

    @property
    def answers(self) -> dict[str, Callable[[], dict[str, Any]]]:
        """Operation to another answer than the group's own."""
        return self.account.answers

    def after(self, react: Callable[[str, dict[str, Any]], None]) -> None:
        """Let `react` have each operation and its reply before that leaves; it may change the reply, or raise."""
        self.account.after = lambda call: react(call.action, call.reply or {})

    @property
    def refreshes(self) -> list[dict[str, Any]]:
        """Instance refreshes in boto3's shape; setting them answers these instead of the group's own."""
        return list(self.answer("DescribeInstanceRefreshes")["InstanceRefreshes"])

    @refreshes.setter
    def refreshes(self, entries: list[dict[str, Any]]) -> None:
        self.answers["DescribeInstanceRefreshes"] = lambda: {"InstanceRefreshes": entries}

    @property
    def activities(self) -> list[dict[str, Any]]:
        """Scaling activities in boto3's shape; setting them answers these instead of the group's own."""
        return list(self.answer("DescribeScalingActivities")["Activities"])

    @activities.setter
    def activities(self, entries: list[dict[str, Any]]) -> None:
        self.answers["DescribeScalingActivities"] = lambda: {"Activities": entries}

    @property
    def shifts(self) -> list[dict[str, Any]] | None:
        """Zonal shifts in boto3's shape; None for a group that does not follow them."""
        return self.answer("GetManagedResource")["zonalShifts"] if self.world.zonal_shift_enabled else None

    @shifts.setter
    def shifts(self, entries: list[dict[str, Any]] | None) -> None:
        self.world.zonal_shift_enabled = entries is not None
        self.answers["GetManagedResource"] = lambda: {"zonalShifts": entries, "autoshifts": []}

    @property
    def page(self) -> int:
        """Entries in a page of any answer that comes in pages; 0 for AWS's own limits."""
        return self.account.faults.page_size

    @page.setter
    def page(self, size: int) -> None:
        self.misbehave(page_size=size)

    @property
    def dated(self) -> bool:
        """Whether answers carry AWS's time."""
        return not self.account.faults.undated

    @dated.setter
    def dated(self, dated: bool) -> None:
        self.misbehave(undated=0.0 if dated else 1.0)
