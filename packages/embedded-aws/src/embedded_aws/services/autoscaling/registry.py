"""The groups of the embedded AWS, found by name or by member, always as they are at the time of the call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeAlias

from embedded_aws.calls import AwsError, Call
from embedded_aws.fleet import Member
from embedded_aws.services.autoscaling import stores
from embedded_aws.services.autoscaling.group import Group

Contained: TypeAlias = Callable[[str], AbstractContextManager[None]]


class Registry:
    """All groups, of all regions.

    Args:
        contained: Keeps a mistake in one group from the others: `Clock.contained`.

    Attributes:
        deleted: Groups that are gone; their activities stay readable.
        told_of_end: Told of each group that is gone, and when.
    """

    def __init__(self, contained: Contained) -> None:
        self._contained = contained
        self.told_of_end: list[Callable[[Group, datetime], None]] = []
        self._groups: dict[tuple[str, str], Group] = {}
        self.deleted: list[Group] = []

    def __iter__(self) -> Iterator[Group]:
        return iter(list(self._groups.values()))

    def add(self, group: Group) -> None:
        """Register a new group."""
        self._groups[group.region, group.name] = group

    def find(self, region: str, name: str) -> Group | None:
        """The group with this name, or None."""
        return self._groups.get((region, name))

    def of_region(self, region: str) -> list[Group]:
        """The groups of a region, by name."""
        return sorted((group for group in self if group.region == region), key=lambda group: group.name)

    def named(self, call: Call) -> Group:
        """The group that a call names, as it is now. Raises AwsError: `ValidationError`, there is none."""
        name = call.params.get("AutoScalingGroupName", "")
        group = self.find(call.region, name)
        if group is None:
            raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
        return group

    def of_instance(self, region: str | None, instance_id: str) -> tuple[Group, Member] | None:
        """The group and the member with this instance id, in one region or in any; its warm pool's count too."""
        for group in self:
            member = group.fleet.members.get(instance_id) or group.fleet.warmed(instance_id)
            if region in {None, group.region} and member is not None:
                return group, member
        return None

    def member(self, call: Call, instance_id: str) -> tuple[Group, Member]:
        """The group and member that a call means. Raises AwsError: `ValidationError`, it is a member of none."""
        found = self.of_instance(call.region, instance_id)
        if found is None:
            message = f"Instance Id not found - No managed instance found for instance ID: {instance_id}"
            raise AwsError("ValidationError", message)
        return found

    def advance(self, now: datetime) -> None:
        """Let time pass for every group, and take out those that are gone."""
        for group in self:
            with self._contained(f"the group {group.name} in {group.region}"):
                group.advance(now)
                if group.fleet.gone:
                    self._remove(group, now)

    def _remove(self, group: Group, now: datetime) -> None:
        del self._groups[group.region, group.name]
        self.deleted.append(group)
        backend = stores.groups(group.region)
        backend.autoscaling_groups.pop(group.name, None)
        for name in [name for name, each in backend.policies.items() if each.auto_scaling_group_name == group.name]:
            del backend.policies[name]
        for told in self.told_of_end:
            told(group, now)
