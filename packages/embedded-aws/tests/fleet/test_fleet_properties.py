"""Whatever is done to a group, in any order: nobody is lost or counted twice, limits hold, and it comes to rest."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from embedded_aws.fleet import (
    Check,
    GroupSettings,
    Health,
    Lifecycle,
    MaintenancePolicy,
    Member,
    Override,
    Park,
    PoolState,
    Preferences,
    Process,
    Refused,
    ScalingGroup,
    Timings,
    Unmovable,
    WarmPool,
)
from embedded_aws.fleet.members import WARMED
from embedded_aws.fleet.roster import Index

ZONES = ("a", "b", "c")
VERSIONS = ("1", "2")
POLICIES = st.sampled_from([None, MaintenancePolicy(90, 110), MaintenancePolicy(100, 200), MaintenancePolicy(50, 100)])
POOLS = st.sampled_from(
    [
        None,
        WarmPool(),
        WarmPool(2, 20, reuse=True),
        WarmPool(3, 0, PoolState.RUNNING),
        WarmPool(state=PoolState.HIBERNATED),
    ]
)
TIMINGS = Timings(boot_jitter=timedelta(seconds=30), mark_reaction=timedelta(seconds=2))
LONG_ENOUGH = timedelta(hours=30)


class Group(RuleBasedStateMachine):
    """One group, at the mercy of an operator, of EC2 and of chance."""

    @initialize(
        desired=st.integers(0, 30), policy=POLICIES, grace=st.sampled_from([0, 300]), warmup=st.sampled_from([None, 60])
    )
    def create(self, desired: int, policy: MaintenancePolicy | None, grace: int, warmup: int | None) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.park = Park()
        self.detached: set[str] = set()
        self.natives = 0
        wished = GroupSettings(
            min_size=0,
            max_size=40,
            desired=desired,
            zones=ZONES,
            template_version="1",
            grace=timedelta(seconds=grace),
            warmup=None if warmup is None else timedelta(seconds=warmup),
            maintenance=policy,
        )
        self.fleet = ScalingGroup("g", wished, self.park, Random(0), self.now, timings=TIMINGS)  # noqa: S311 - a model

    def anyone(self, data: st.DataObject) -> Member | None:
        """A member, or an instance of the warm pool."""
        everyone = sorted([*self.fleet.members, *self.fleet.pool], key=lambda member: member.id)
        return data.draw(st.sampled_from(everyone)) if everyone else None

    def pick(self, data: st.DataObject) -> Member | None:
        members = sorted(self.fleet.members, key=lambda member: member.id)
        return data.draw(st.sampled_from(members)) if members else None

    @rule(seconds=st.sampled_from([1, 20, 45, 61, 300, 1000, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.fleet.advance(self.now)

    @rule(data=st.data(), check=st.sampled_from(Check))
    def a_check_fails(self, data: st.DataObject, check: Check) -> None:
        if member := self.anyone(data):
            self.fleet.break_instance(member.id, check, self.now)

    @rule(zone=st.sampled_from(ZONES))
    def a_zone_breaks(self, zone: str) -> None:
        for member in [member for member in self.fleet.members if member.zone == zone]:
            self.fleet.break_instance(member.id, Check.SYSTEM, self.now)

    @rule(data=st.data())
    def a_member_is_repaired(self, data: st.DataObject) -> None:
        if member := self.anyone(data):
            self.fleet.repair_instance(member.id, self.now)

    @rule(data=st.data(), status=st.sampled_from(Health), respect=st.booleans())
    def a_member_is_marked(self, data: st.DataObject, status: Health, respect: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        if member := self.anyone(data):
            self.attempt(lambda: self.fleet.set_instance_health(member.id, status, self.now, respect_grace=respect))

    @rule(data=st.data())
    def a_machine_stops(self, data: st.DataObject) -> None:
        if member := self.anyone(data):
            self.fleet.instance_stopped(member.id, self.now)

    @rule(desired=st.integers(0, 40))
    def capacity_is_set(self, desired: int) -> None:
        self.fleet.set_desired_capacity(desired, self.now)

    @rule(process=st.sampled_from(Process))
    def a_process_is_suspended(self, process: Process) -> None:
        self.fleet.suspend([process], self.now)

    @rule(process=st.sampled_from([None, *Process]))
    def a_process_is_resumed(self, process: Process | None) -> None:
        self.fleet.resume([process] if process else [], self.now)
        self.natives = self.fleet.natives_in_progress  # what a suspended Launch held back comes at once, as documented

    @rule(data=st.data(), decrement=st.booleans())
    def a_member_goes_to_standby(self, data: st.DataObject, decrement: bool) -> None:  # noqa: FBT001 - see above
        if member := self.pick(data):
            self.attempt(lambda: self.fleet.enter_standby([member.id], self.now, decrement=decrement))

    @rule(data=st.data())
    def a_member_comes_back(self, data: st.DataObject) -> None:
        if member := self.pick(data):
            self.attempt(lambda: self.fleet.exit_standby([member.id], self.now))

    @rule(data=st.data(), decrement=st.booleans())
    def a_member_is_detached(self, data: st.DataObject, decrement: bool) -> None:  # noqa: FBT001 - see above
        member = self.pick(data)
        if member and self.attempt(lambda: self.fleet.detach([member.id], self.now, decrement=decrement)):
            self.detached.add(member.id)

    @rule(data=st.data(), decrement=st.booleans())
    def a_member_is_terminated(self, data: st.DataObject, decrement: bool) -> None:  # noqa: FBT001 - see above
        if member := self.anyone(data):
            self.attempt(lambda: self.fleet.terminate_instance(member.id, self.now, decrement=decrement))

    @rule(data=st.data(), protected=st.booleans())
    def a_member_is_protected(self, data: st.DataObject, protected: bool) -> None:  # noqa: FBT001 - see above
        if member := self.pick(data):
            self.attempt(lambda: self.fleet.protect([member.id], self.now, protected=protected))

    @rule(zone=st.sampled_from(ZONES), dry=st.booleans())
    def a_zone_has_no_machines(self, zone: str, dry: bool) -> None:  # noqa: FBT001 - see above
        if dry:
            self.park.dry_up(zone, "We currently do not have sufficient capacity")
        else:
            self.park.refill(zone)

    @rule(zone=st.sampled_from(ZONES), away=st.booleans())
    def a_zone_is_shifted(self, zone: str, away: bool) -> None:  # noqa: FBT001 - see above
        self.fleet.shift_zone(zone, self.now, away=away)

    @rule(version=st.sampled_from(VERSIONS), check=st.sampled_from([None, *Check]))
    def a_template_is_bad(self, version: str, check: Check | None) -> None:
        self.fleet.spoil_template(version, check, self.now)

    @rule(version=st.sampled_from(VERSIONS), default=st.booleans())
    def a_template_version_is_published(self, version: str, default: bool) -> None:  # noqa: FBT001 - see above
        self.fleet.publish_template(version, self.now, default=default)

    @rule(
        overrides=st.sampled_from(
            [(), (Override("t3.micro"), Override("t4g.micro", "2"), Override("m7i.large", "$Latest"))]
        )
    )
    def the_overrides_change(self, overrides: tuple[Override, ...]) -> None:
        self.fleet.update(self.now, overrides=overrides)

    @rule(version=st.sampled_from([*VERSIONS, "$Latest", "$Default"]))
    def the_template_changes(self, version: str) -> None:
        self.fleet.update(self.now, template_version=version)

    @rule(zones=st.sampled_from([ZONES, ZONES[:2], ZONES[1:]]))
    def the_zones_change(self, zones: tuple[str, ...]) -> None:
        self.fleet.update(self.now, zones=zones)

    @rule(
        wanted=st.sampled_from([None, *VERSIONS]),
        skip=st.booleans(),
        rollback=st.booleans(),
        least=st.sampled_from([None, 0, 50, 100]),
    )
    def a_refresh_starts(self, wanted: str | None, skip: bool, rollback: bool, least: int | None) -> None:  # noqa: FBT001 - see above
        wishes = Preferences(
            min_healthy=least,
            skip_matching=skip,
            auto_rollback=rollback,
            protected=Unmovable.REPLACE,
            standby=Unmovable.IGNORE,
        )
        self.attempt(lambda: self.fleet.start_refresh(wishes, self.now, wanted))

    @rule(wait=st.booleans())
    def a_refresh_is_cancelled(self, wait: bool) -> None:  # noqa: FBT001 - see above
        self.attempt(lambda: self.fleet.cancel_refresh(self.now, wait=wait))

    @rule()
    def a_refresh_is_rolled_back(self) -> None:
        self.attempt(lambda: self.fleet.roll_back_refresh(self.now))

    @rule(data=st.data())
    def a_spot_instance_is_interrupted(self, data: st.DataObject) -> None:
        if member := self.pick(data):
            self.fleet.interrupt_spot(member.id, self.now)

    @rule(data=st.data())
    def a_spot_instance_is_at_risk(self, data: st.DataObject) -> None:
        if member := self.pick(data):
            self.fleet.recommend_rebalance(member.id, self.now)

    @rule(rebalances=st.booleans())
    def capacity_rebalancing_is_switched(self, rebalances: bool) -> None:  # noqa: FBT001 - see above
        self.fleet.update(self.now, capacity_rebalance=rebalances)

    @rule(data=st.data(), fails=st.booleans())
    def an_application_fails_or_recovers(self, data: st.DataObject, fails: bool) -> None:  # noqa: FBT001 - see above
        if member := self.pick(data):
            act = self.fleet.fail_application if fails else self.fleet.recover_application
            act(member.id, self.now)

    @rule(data=st.data(), minutes=st.sampled_from([None, 1, 30]))
    def application_checks_are_suppressed(self, data: st.DataObject, minutes: int | None) -> None:
        if member := self.pick(data):
            duration = None if minutes is None else timedelta(minutes=minutes)
            self.fleet.suppress_application(member.id, self.now, duration)

    @rule(data=st.data())
    def application_checks_are_resumed(self, data: st.DataObject) -> None:
        if member := self.pick(data):
            self.fleet.resume_application(member.id, self.now)

    @rule(pool=POOLS)
    def the_warm_pool_changes(self, pool: WarmPool | None) -> None:
        if pool is None:
            self.fleet.delete_warm_pool(self.now)
        else:
            self.fleet.put_warm_pool(pool, self.now)

    def attempt(self, act: object) -> bool:
        """Do it; whether it was accepted."""
        assert callable(act)
        try:
            act()
        except Refused:
            return False
        return True

    @invariant()
    def every_machine_is_a_members_or_waits_in_the_pool_or_is_detached(self) -> None:
        going = {Lifecycle.TERMINATING, Lifecycle.WARMED_TERMINATING}
        staying = {each.id for each in [*self.fleet.members, *self.fleet.pool] if each.lifecycle not in going}

        assert set(self.park.running) == staying | self.detached

    @invariant()
    def what_is_warmed_is_in_the_pool_only_and_never_serves(self) -> None:
        pool_only = {*WARMED, Lifecycle.WARMED_PENDING, Lifecycle.WARMED_TERMINATING}

        assert {member.lifecycle for member in self.fleet.pool} <= pool_only
        assert not {member.lifecycle for member in self.fleet.members} & pool_only
        assert not {member.id for member in self.fleet.pool} & {member.id for member in self.fleet.members}
        assert not [member for member in self.fleet.pool if member.serving or member.retiring or member.arrives_by]

    @invariant()
    def the_indices_say_what_the_members_say(self) -> None:
        roster = self.fleet.members
        indices: tuple[Index[Any], ...] = (
            roster.by_state,
            roster.capacity,
            roster.ready,
            roster.eligible,
            roster.unhealthy,
            roster.impaired,
            roster.down,
        )
        for index in indices:
            expected: dict[object, set[str]] = {}
            for member in roster:
                if (key := index.key(member)) is not None:
                    expected.setdefault(key, set()).add(member.id)
            actual = {key: {member.id for member in index.of(key)} for key in index.present()}
            assert actual == expected

    @invariant()
    def every_member_knows_the_version_it_was_launched_from(self) -> None:
        assert {member.template_version for member in [*self.fleet.members, *self.fleet.pool]} <= set(VERSIONS)

    @invariant()
    def no_more_natives_begin_than_ten_percent(self) -> None:
        allowed = max(1, self.fleet.settings.desired // 10)

        assert self.fleet.natives_in_progress <= max(allowed, self.natives)
        self.natives = self.fleet.natives_in_progress

    @invariant()
    def the_desired_capacity_is_within_its_limits(self) -> None:
        wished = self.fleet.settings

        assert wished.min_size <= wished.desired <= wished.max_size

    @invariant()
    def activities_end_with_their_members(self) -> None:
        under_way = {Lifecycle.PENDING, Lifecycle.TERMINATING, Lifecycle.WARMED_PENDING, Lifecycle.WARMED_TERMINATING}
        moving = {m.id for m in [*self.fleet.members, *self.fleet.pool] if m.lifecycle in under_way}
        in_progress = [each.instance_id for each in self.fleet.activities if each.end is None]

        assert set(in_progress) <= moving
        assert len(in_progress) == len(set(in_progress))

    def teardown(self) -> None:
        """Take every obstacle away and wait: the group comes to rest at what is desired."""
        if not hasattr(self, "fleet"):
            return
        self.undo_everything()
        self.now += LONG_ENOUGH
        self.fleet.advance(self.now)

        members = list(self.fleet.members)
        in_service = [member for member in members if member.lifecycle is Lifecycle.IN_SERVICE]
        assert len(in_service) == self.fleet.settings.desired
        assert [member for member in members if member.lifecycle not in {Lifecycle.IN_SERVICE, Lifecycle.STANDBY}] == []
        assert [member for member in in_service if member.health is Health.UNHEALTHY or member.retiring] == []
        assert {member.lifecycle for member in self.fleet.pool} <= WARMED
        assert len(self.fleet.pool) == self.expected_pool()
        sizes = Counter(dict.fromkeys(self.fleet.settings.zones, 0)) + Counter(member.zone for member in in_service)
        counted = [sizes[zone] for zone in set(sizes) | set(self.fleet.settings.zones)]
        assert max(counted) - min(sizes[zone] for zone in self.fleet.settings.zones) <= 1

    def expected_pool(self) -> int:
        wished = self.fleet.settings
        return wished.warm_pool.size(wished.max_size, wished.desired) if wished.warm_pool else 0

    def undo_everything(self) -> None:
        for zone in ZONES:
            self.park.refill(zone)
            self.fleet.shift_zone(zone, self.now, away=False)
        for version in VERSIONS:
            self.fleet.mend_template(version, self.now)
        for member in self.fleet.pool:
            self.fleet.repair_instance(member.id, self.now)
        for member in list(self.fleet.members):
            self.attempt(lambda member=member: self.fleet.protect([member.id], self.now, protected=False))
            if self.fleet.members.get(member.id):
                self.fleet.repair_instance(member.id, self.now)
                self.fleet.recover_application(member.id, self.now)
        self.attempt(lambda: self.fleet.cancel_refresh(self.now, wait=False))
        self.fleet.resume([], self.now)


TestGroup = pytest.mark.filterwarnings("error")(Group.TestCase)
TestGroup.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
