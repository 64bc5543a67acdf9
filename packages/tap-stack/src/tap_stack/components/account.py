"""Questions about the account before anything is made: are its quotas enough, and which key encrypts its volumes?

A deployer need not be allowed to ask. What is not answered is not checked: AWS checks it once more, later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import pulumi
import pulumi_aws as aws

from tap_stack.components.nat import NatPlan
from tap_stack.components.policies import Place
from tap_stack.components.quotas import (
    ADDRESSES,
    CONCURRENCY,
    RULES,
    UNRESERVED,
    VPCS,
    NamedQuota,
    Room,
    may_reserve,
    vcpu_quota,
)
from tap_stack.config import InfraConfig
from tap_stack.errors import QuestionRefused

T = TypeVar("T")

MOST_LOOKED_AT = 50
"""So many instances or functions of others are looked at one by one. Of more, each instance counts as one vCPU, which
none has less of, and all functions together as having reserved everything."""

RUNNING = ["pending", "running"]
"""The states in which an instance counts against the quota on vCPUs."""

AWS_KEY = "alias/aws/ebs"
"""What EC2 says of a default key that nobody changed; it may also say the ARN of that key."""


class AccountQuestions:
    """One account and region, asked as the stack's own provider would be.

    Args:
        opts: Carries the parent, and with it the provider.
    """

    def __init__(self, config: InfraConfig, place: Place, opts: pulumi.InvokeOptions) -> None:
        self._config = config
        self._place = place
        self._opts = opts

    def check_instances(self, vcpus: int) -> None:
        """Refuse more instances than the account may run; say so if it has no place for more, or for a replacement.

        Args:
            vcpus: What one instance has.

        Raises:
            ConfigError: the first instances would not all launch.
        """
        config = self._config
        if config.instance_requirements:  # AWS chooses the type, and with it the quota
            return
        room = self._room(vcpu_quota(config.instance_type), lambda: self._vcpus_of_others(vcpus))
        if room is None or not vcpus:
            return
        fits = room.left // vcpus
        if config.is_mixed:  # another type, or a Spot Instance, counts against a quota of its own
            if lack := room.lacks(config.on_demand_at_first * vcpus):
                pulumi.log.warn(f"Only {fits} On-Demand Instances can be of {config.instance_type}: {lack}")
            return
        if lack := room.lacks(config.desired_capacity * vcpus):
            most = f"at most {fits}: {lack}; one {config.instance_type} has {vcpus}"
            raise config.refused("desired_capacity", most)
        if lack := room.lacks(max(config.max_size, config.desired_capacity + 1) * vcpus):
            what = f"The group can grow to {fits} of its {config.max_size} instances"
            if fits == config.desired_capacity:
                what = "No instance can be launched before the one that it replaces is gone"
            pulumi.log.warn(f"{what}: {lack}")

    def check_network(self, plan: NatPlan) -> None:
        """Refuse a network that the account has no room for; `plan` says how many elastic addresses are to be made.

        Raises:
            ConfigError: it may have no more VPCs, or too few elastic addresses.
        """
        config = self._config
        own = config.names.of("vpc")
        room = self._room(VPCS, lambda: self._others(lambda **only: aws.ec2.get_vpcs(**only, opts=self._opts).ids, own))
        if room is not None and (lack := room.lacks(1)):
            raise config.refused("region", f"a region in which there may be one more VPC: {lack}")
        if not (wanted := plan.new_addresses):
            return
        own = config.names.of("nat-?")
        room = self._room(
            ADDRESSES,
            lambda: self._others(lambda **only: aws.ec2.get_eips(**only, opts=self._opts).allocation_ids, own),
        )
        if room is not None and (lack := room.lacks(wanted)):
            fewer = "single or none" if room.left and wanted > 1 else "none"
            raise config.refused("nat_strategy", f"{fewer}: {lack}")

    def check_addresses(self, plan: NatPlan) -> None:
        """Refuse elastic addresses of the user's that do not exist, or that something else uses.

        Raises:
            ConfigError: one does not exist or is taken, if only by another of the stack's own NAT gateways: that one
                is given up too late.
            QuestionRefused: AWS does not answer.
        """
        holders: dict[str, str] = {}
        for address, part in plan.holders().items():
            try:
                found = needed(partial(aws.ec2.get_elastic_ip, id=address, opts=self._opts))
            except QuestionRefused as error:
                if "no matching" not in str(error):
                    raise
                most = f"elastic addresses that exist in {self._config.region}; {address} does not"
                raise self._config.refused("nat_allocation_ids", most) from error
            if not found.association_id:
                continue
            holders = holders or self._own_nat_gateways()
            if holders.get(address) != self._config.names.of(f"nat-{part}"):
                by = f"{holders[address]}, which gives it up later" if address in holders else "something else"
                most = f"elastic addresses that nothing else uses; {address} is taken by {by}"
                raise self._config.refused("nat_allocation_ids", most)

    def _own_nat_gateways(self) -> dict[str, str]:
        """Each address of the stack's own NAT gateways, with the gateway's name."""
        named = [aws.ec2.GetNatGatewaysFilterArgs(name="tag:Name", values=[self._config.names.of("nat-*")])]
        ids = answered(lambda: aws.ec2.get_nat_gateways(filters=named, opts=self._opts).ids) or []
        found = [answered(partial(aws.ec2.get_nat_gateway, id=each, opts=self._opts)) for each in ids]
        return {
            address: str((gateway.tags or {}).get("Name"))
            for gateway in found
            if gateway and gateway.state == "available"
            for address in _addresses_of(gateway)
        }

    def check_rules(self) -> None:
        """Refuse more ranges than a security group may have rules. Raises ConfigError."""
        ranges = len((*self._config.authorized_ip_ranges, *self._config.target_source_ranges))
        room = self._room(RULES, lambda: 0) if ranges > 1 else None
        if room is not None and (lack := room.lacks(ranges)):
            raise self._config.refused("authorized_ip_ranges", f"at most {room.left} ranges: {lack}")

    def reserves_concurrency(self) -> bool:
        """Whether one concurrent execution is reserved for the healer.

        Once it is, it stays. `auto` does without where the account has none to reserve, and says so.

        Raises:
            ConfigError: the user insists, and the account has none to reserve.
        """
        wanted = self._config.reserved_concurrency
        if wanted == "false":
            return False
        limit = answered(lambda: self._limit(CONCURRENCY))
        reserved = None if limit is None else answered(self._reserved_by_others)
        if limit is None or reserved is None:
            if wanted == "auto":
                self._say_unreserved("the deployer may not ask how much the account has")
            return wanted == "true"
        if may_reserve(limit, reserved):
            return True
        lack = (
            f"the account's quota is {limit:g}, others have reserved {reserved}, and Lambda keeps {UNRESERVED} "
            f"unreserved ({CONCURRENCY.service} {CONCURRENCY.code})"
        )
        if wanted == "true":
            raise self._config.refused("reserved_concurrency", f"auto or false: {lack}")
        self._say_unreserved(lack)
        return False

    def volume_key(self) -> str | None:
        """The customer's key that encrypts the volumes, or new volumes by default; None if it is AWS's own.

        Raises:
            ConfigError: the configured key does not exist, or encrypts nothing.
        """
        if self._config.volume_key_arn:
            self._check_volume_key(self._config.volume_key_arn)
            return self._config.volume_key_arn
        default = answered(lambda: aws.ebs.get_default_kms_key(opts=self._opts).key_arn)
        if not default or default.endswith(AWS_KEY):
            return None
        manager = answered(lambda: aws.kms.get_key(key_id=default, opts=self._opts).key_manager)
        return default if manager == "CUSTOMER" else None

    def _check_volume_key(self, arn: str) -> None:
        """Refuse a key that EBS cannot use, as far as the deployer may look at it."""
        try:
            key = needed(lambda: aws.kms.get_key(key_id=arn, opts=self._opts))
        except QuestionRefused as error:
            if "NotFoundException" not in str(error):
                pulumi.log.debug(f"not answered: {error}")  # the deployer need not be allowed to ask
                return
            raise self._config.refused("volume_key_arn", "a key that exists; this one does not") from error
        if not key.enabled or key.key_spec != "SYMMETRIC_DEFAULT":
            state = "is disabled" if not key.enabled else f"is of {key.key_spec}"
            raise self._config.refused("volume_key_arn", f"a symmetric key that is enabled; this one {state}")

    def _say_unreserved(self, why: str) -> None:
        pulumi.log.info(f"No concurrent execution is reserved for the healer: {why}. Two sweeps may overlap.")

    def _limit(self, quota: NamedQuota) -> float:
        found = aws.servicequotas.get_service_quota(service_code=quota.service, quota_code=quota.code, opts=self._opts)
        return found.value

    def _room(self, quota: NamedQuota, used: Callable[[], int]) -> Room | None:
        """What there is of a quota; None if the deployer may not ask."""
        limit = answered(lambda: self._limit(quota))
        others = None if limit is None else answered(used)
        return None if limit is None or others is None else Room(quota, limit, others)

    def _others(self, list_: Callable[..., Sequence[str]], own: str) -> int:
        """How many there are whose tag Name is not the stack's own, of which `own` is a pattern."""
        everything = list_()
        named = [{"name": "tag:Name", "values": [own]}]
        return len(set(everything) - set(list_(filters=named))) if everything else 0

    def _vcpus_of_others(self, vcpus: int) -> int:
        """The vCPUs of running instances that count against the same quota and are not of the stack's group."""
        quota = vcpu_quota(self._config.instance_type)
        group = {"aws:autoscaling:groupName": self._config.names.group}

        def running(tags: dict[str, str] | None) -> set[str]:
            found = aws.ec2.get_instances(instance_state_names=RUNNING, instance_tags=tags, opts=self._opts)
            return set(found.ids)

        everything = running(None)
        others = sorted(everything - running(group)) if everything else []
        if len(others) > MOST_LOOKED_AT:
            return len(others)
        types = [aws.ec2.get_instance(instance_id=each, opts=self._opts).instance_type for each in others]
        sizes = {self._config.instance_type: vcpus}
        for each in types:
            if each not in sizes and vcpu_quota(each) is quota:
                sizes[each] = aws.ec2.get_instance_type(instance_type=each, opts=self._opts).default_vcpus
        return sum(sizes.get(each) or 0 for each in types)

    def _reserved_by_others(self) -> int:
        """What other functions have reserved of the account's concurrency."""
        names = aws.lambda_.get_functions(opts=self._opts).function_names
        own = self._config.names.function
        if own in names and self._reserved(own):
            return 0  # it has it, and keeps it
        others = [each for each in names if each != own]
        if len(others) > MOST_LOOKED_AT:
            raise LookupError(f"{len(others)} functions are too many to look at")
        return sum(map(self._reserved, others))

    def _reserved(self, function: str) -> int:
        found = aws.lambda_.get_function(function_name=function, opts=self._opts)
        return max(0, found.reserved_concurrent_executions or 0)


def _addresses_of(gateway: Any) -> list[str]:
    regional = [each.allocation_id for each in gateway.regional_nat_gateway_addresses or ()]
    return [each for each in (gateway.allocation_id, *regional) if each]


def answered(question: Callable[[], T]) -> T | None:
    """The answer to a question, None if AWS does not answer it to this deployer."""
    try:
        return question()
    except Exception as error:  # noqa: BLE001 - the SDK raises a plain Exception for whatever AWS refuses
        pulumi.log.debug(f"not answered: {error}")
        return None


def needed(question: Callable[[], T]) -> T:
    """The answer to a question without which nothing can be built.

    Raises:
        QuestionRefused: AWS does not answer it; with AWS's words.
    """
    try:
        return question()
    except Exception as error:
        raise QuestionRefused(" ".join(str(error).split())) from error
