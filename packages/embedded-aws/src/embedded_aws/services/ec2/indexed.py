"""moto's EC2 with look-ups in place of its scans, so that a call costs the same however much there is.

moto 5.2.5 looks through every tag of the region for the tags of one resource, through every reservation for one
instance, and through every rule of every group for one rule. Answers are the same; only the way to them is shorter.
Slow to import, as moto's EC2 is; see `services.indexed`.

Source: https://github.com/getmoto/moto/tree/5.2.5/moto/ec2/models, tags.py, instances.py and security_groups.py; read
2026-11-30.
"""

from __future__ import annotations

import copy
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError, InvalidInstanceIdError, InvalidSecurityGroupNotFoundError
from moto.ec2.models import EC2Backend
from moto.ec2.utils import (
    EC2_PREFIX_TO_RESOURCE,
    generic_filter,
    get_prefix,
    passes_filter_dict,
    simple_aws_filter_to_re,
)

from embedded_aws.services.ec2.ipv6 import give_address

SHOWN_WHEN_TERMINATED = timedelta(hours=1)
"""API TerminateInstances: "Terminated instances remain visible after termination (for approximately one hour)"."""

ENDING = frozenset({"shutting-down", "terminated"})

WILDCARDS = re.compile(r"[*?\\]")


class IndexedEc2(EC2Backend):
    """EC2 in one region.

    Attributes:
        launches: How often instances were launched.
        power_changes: How often instances were started, stopped, rebooted or terminated.
        switched: When each of them was last started, stopped, rebooted or terminated since its launch (naive UTC).
    """

    __module__ = EC2Backend.__module__  # moto looks for the service's URLs beside it

    def __init__(self, region_name: str, account_id: str) -> None:
        self.launches = 0
        self.power_changes = 0
        self.switched: dict[str, datetime] = {}
        self._terminated: deque[tuple[datetime, str]] = deque()
        self._places: dict[str, tuple[Any, Any]] = {}
        self._subnets_of: dict[str, dict[str, Any]] = {}
        self._security_groups: dict[str, Any] = {}
        self._rules: dict[str, Any] = {}
        super().__init__(region_name, account_id)

    # What is made

    def create_default_vpc(self) -> Any:
        """Make the region's default VPC, with the way to the internet that moto leaves out.

        Source: VPC user guide, "Default VPC components".
        """
        made = super().create_default_vpc()
        gateway = self.create_internet_gateway()
        self.attach_internet_gateway(gateway.id, made.id)
        (table,) = (each for each in self.route_tables.values() if each.vpc_id == made.id)
        self.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)
        return made

    def create_network_interface(self, subnet: Any, *args: Any, **kwargs: Any) -> Any:
        """Make a network interface, with an IPv6 address if its subnet hands some out."""
        made = super().create_network_interface(subnet, *args, **kwargs)
        give_address(self, made.subnet, made)
        return made

    # Tags

    def describe_tags(self, filters: Mapping[str, Sequence[str]] | None = None) -> list[dict[str, str]]:
        """The tags that match each filter; a filter that moto does not know counts for nothing, as with moto."""
        asked = filters or {}
        keys, values = (_patterns(asked.get(name, ())) for name in ("key", "value"))
        kinds = asked.get("resource-type", ())
        found = []
        for identity in self._tagged(asked.get("resource-id", ())):
            kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(identity), "")
            if kinds and kind not in kinds:
                continue
            found += [
                {"resource_id": identity, "key": key, "value": value, "resource_type": kind}
                for key, value in self.tags[identity].items()
                if _matches(keys, key) and _matches(values, value)
            ]
        return found

    def _tagged(self, ids: Sequence[str]) -> Iterable[str]:
        """The resources with tags that a filter by id lets through, in the order in which they got them."""
        if not ids:
            return list(self.tags)
        if len(ids) == 1 and not WILDCARDS.search(ids[0]):
            return [ids[0]] if ids[0] in self.tags else []
        patterns = _patterns(ids)
        return [each for each in self.tags if _matches(patterns, each)]

    # Instances

    def run_instances(self, *args: Any, **kwargs: Any) -> Any:
        """Launch instances, as moto does it; in a subnet without an address moto only stops.

        Raises:
            EC2ClientError: The subnet has too few free addresses (EC2 API, "Error codes").
        """
        self._forget_terminated()
        self.launches += 1
        newest = next(reversed(self.reservations), None)
        try:
            reservation = super().run_instances(*args, **kwargs)
        except StopIteration:
            begun = next(reversed(self.reservations), None)
            if begun is not None and begun != newest:
                launched: list[Any] = self.reservations.pop(begun).instances
                for each in launched:
                    self.get_subnet(each.subnet_id).del_subnet_ip(each.private_ip)
                    each._private_ips.clear()  # noqa: SLF001 - it would free them again, once it is collected
            subnet = kwargs.get("subnet_id") or "of the default VPC"
            told = f"There are not enough free addresses in subnet '{subnet}' to satisfy the requested number"
            raise EC2ClientError("InsufficientFreeAddressesInSubnet", f"{told} of instances.") from None
        self._places |= _places_in(reservation)
        return reservation

    def get_instance_by_id(self, instance_id: str) -> Any:
        """An instance, or None."""
        self._forget_terminated()
        if instance_id not in self._places and self.reservations:
            # moto asks for an instance while it launches it: it is in the newest reservation.
            self._places |= _places_in(next(reversed(self.reservations.values())))
        place = self._places.get(instance_id)
        return None if place is None else place[1]

    def get_instance(self, instance_id: str) -> Any:
        """An instance. Raises InvalidInstanceIdError: there is none."""
        return self.get_multi_instances_by_id([instance_id])[0]

    def get_multi_instances_by_id(self, instance_ids: Sequence[str], filters: Any = None) -> list[Any]:
        """Several instances, less those that the filters leave out. Raises InvalidInstanceIdError: one is missing."""
        found = [self.get_instance_by_id(each) for each in instance_ids]
        missing = [each for each, instance in zip(instance_ids, found, strict=True) if instance is None]
        if missing:
            raise InvalidInstanceIdError(missing)
        return [instance for instance in found if instance.applies(filters)]

    def get_reservations_by_instance_ids(self, instance_ids: Sequence[str], filters: Any = None) -> list[Any]:
        """The reservations of some instances, with no others in them. Raises InvalidInstanceIdError: one is missing."""
        wanted = dict.fromkeys(instance_ids)
        self.get_multi_instances_by_id([*wanted])
        reservations = dict.fromkeys(self._places[each][0] for each in wanted)
        return _chosen(reservations, lambda each: each.id in wanted and passes_filter_dict(each, filters or {}))

    def all_reservations(self, filters: Any = None) -> list[Any]:
        """Every reservation, or those with instances that match, with no others in them."""
        self._forget_terminated()
        reservations = list(self.reservations.values())
        return _chosen(reservations, lambda each: passes_filter_dict(each, filters)) if filters else reservations

    def start_instances(self, instance_ids: list[str]) -> list[tuple[Any, Any]]:
        """Start instances, as moto does it."""
        self._note_power(instance_ids)
        return super().start_instances(instance_ids)

    def stop_instances(self, instance_ids: list[str]) -> list[tuple[Any, Any]]:
        """Stop instances, as moto does it."""
        self._note_power(instance_ids)
        return super().stop_instances(instance_ids)

    def terminate_instances(self, instance_ids: list[str]) -> list[tuple[Any, Any]]:
        """Terminate instances, as moto does it; EC2 shows them for an hour more. Those that end already go on so."""
        chosen = self.get_multi_instances_by_id(instance_ids)
        before = {each.id: copy.copy(each._state) for each in chosen}  # noqa: SLF001 - moto has no reader
        ending = [each.id for each in chosen if each.state not in ENDING]
        if ending or not instance_ids:
            self._note_power(ending)
            super().terminate_instances(ending)
            self._terminated += [(utcnow(), each) for each in ending]
        return [(each, before[each.id]) for each in chosen]

    def _note_power(self, instance_ids: Iterable[str]) -> None:
        self.power_changes += 1
        self.switched |= dict.fromkeys((each for each in instance_ids if each in self._places), utcnow())

    def _forget_terminated(self) -> None:
        while self._terminated and self._terminated[0][0] < utcnow() - SHOWN_WHEN_TERMINATED:
            _, instance_id = self._terminated.popleft()
            self.switched.pop(instance_id, None)
            if instance_id in self._places:
                reservation, instance = self._places.pop(instance_id)
                reservation.instances.remove(instance)
                self.tags.pop(instance_id, None)
                if not reservation.instances:
                    del self.reservations[reservation.id]

    def reboot_instances(self, instance_ids: list[str]) -> list[Any]:
        """Reboot instances, as moto does it; one that was stopped runs then."""
        self._note_power(instance_ids)
        return super().reboot_instances(instance_ids)

    # What instances are made of

    def describe_volumes(self, volume_ids: list[str] | None = None, filters: Any = None) -> list[Any]:
        """The volumes with these ids that match the filters. Raises InvalidVolumeIdError: one is missing."""
        if not volume_ids:
            return super().describe_volumes(volume_ids, filters)
        return generic_filter(filters or {}, [self.get_volume(each) for each in dict.fromkeys(volume_ids)])

    def describe_images(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Images; the one with an id is not looked for among all."""
        wanted = (kwargs.get("filters") or {}).get("image-id", ())
        ids = [wanted] if isinstance(wanted, str) else wanted
        if args or kwargs.keys() != {"filters"} or len(kwargs["filters"]) != 1 or len(ids) != 1:
            return super().describe_images(*args, **kwargs)
        if WILDCARDS.search(ids[0]):
            return super().describe_images(**kwargs)
        return [self.amis[ids[0]]] if ids[0] in self.amis else []

    # Subnets

    def create_subnet(self, *args: Any, **kwargs: Any) -> Any:
        """Make a subnet, as moto does it."""
        subnet = super().create_subnet(*args, **kwargs)
        self._subnets_of.setdefault(subnet.vpc_id, {})[subnet.id] = subnet
        return subnet

    def delete_subnet(self, subnet_id: str) -> Any:
        """Delete a subnet. Raises InvalidSubnetIdError: there is none."""
        subnet = super().delete_subnet(subnet_id)
        del self._subnets_of[subnet.vpc_id][subnet_id]
        return subnet

    def describe_subnets(self, subnet_ids: list[str] | None = None, filters: Any = None) -> list[Any]:
        """The subnets with these ids that match the filters; of all of them only where no VPC is named."""
        vpcs = (filters or {}).get("vpc-id", ())
        vpcs = [vpcs] if isinstance(vpcs, str) else vpcs
        if subnet_ids or not vpcs or any(WILDCARDS.search(each) for each in vpcs):
            return super().describe_subnets(subnet_ids, filters)
        found = [subnet for vpc in dict.fromkeys(vpcs) for subnet in self._subnets_of.get(vpc, {}).values()]
        return generic_filter(filters, found)

    # Security groups

    def create_security_group(self, *args: Any, **kwargs: Any) -> Any:
        """Make a group, as moto does it; it may come with rules."""
        group = super().create_security_group(*args, **kwargs)
        self._security_groups[group.id] = group
        self._index_rules([*group.egress_rules, *group.ingress_rules])
        return group

    def authorize_security_group_ingress(self, *args: Any, **kwargs: Any) -> tuple[list[Any], Any]:
        """Add rules, as moto does it."""
        rules, group = super().authorize_security_group_ingress(*args, **kwargs)
        return self._index_rules(rules), group

    def authorize_security_group_egress(self, *args: Any, **kwargs: Any) -> tuple[list[Any], Any]:
        """Add rules, as moto does it."""
        rules, group = super().authorize_security_group_egress(*args, **kwargs)
        return self._index_rules(rules), group

    def _index_rules(self, rules: list[Any]) -> list[Any]:
        self._rules |= {each.id: each for each in rules}
        return rules

    def get_rule(self, rule_id: str) -> Any:
        """A rule of whichever group, or None."""
        return self._rules.get(rule_id)

    def forget_rules(self, rules: Iterable[Any]) -> None:
        """Note that rules have gone from their groups; their tags go too."""
        for each in rules:
            self._rules.pop(each.id, None)
            self.tags.pop(each.id, None)

    def _delete_security_group(self, vpc_id: str | None, group_id: str) -> None:
        super()._delete_security_group(vpc_id, group_id)
        group = self._security_groups.pop(group_id)
        self.forget_rules([*group.egress_rules, *group.ingress_rules])

    def get_security_group_from_id(self, group_id: str) -> Any:
        """A security group, or None."""
        return self._security_groups.get(group_id)

    def describe_security_groups(
        self, group_ids: list[str] | None = None, groupnames: list[str] | None = None, filters: Any = None
    ) -> list[Any]:
        """The groups with these ids or names that match the filters. Raises InvalidSecurityGroupNotFoundError."""
        if not group_ids or groupnames:
            return super().describe_security_groups(group_ids, groupnames, filters)
        found = {each: self.get_security_group_from_id(each) for each in group_ids}
        missing = [each for each, group in found.items() if group is None]
        if missing:
            raise InvalidSecurityGroupNotFoundError("', '".join(missing))
        return [group for group in found.values() if not filters or group.matches_filters(filters)]


def _patterns(values: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(simple_aws_filter_to_re(each)) for each in values]


def _matches(patterns: Sequence[re.Pattern[str]], text: str) -> bool:
    """Whether a text matches one of the patterns, or there is none."""
    return not patterns or any(each.match(text) for each in patterns)


def _places_in(reservation: Any) -> dict[str, tuple[Any, Any]]:
    """Each instance of a reservation by its id, with the reservation."""
    return {each.id: (reservation, each) for each in reservation.instances}


def _chosen(reservations: Iterable[Any], wanted: Callable[[Any], bool]) -> list[Any]:
    """Copies of the reservations that have a wanted instance, with those alone."""
    chosen = []
    for each in reservations:
        if instances := [instance for instance in each.instances if wanted(instance)]:
            view = copy.copy(each)
            view.instances = instances
            chosen.append(view)
    return chosen
