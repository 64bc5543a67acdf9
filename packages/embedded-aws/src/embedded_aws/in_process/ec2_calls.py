"""What EC2 answers to the calls that a healer may make.

Sources: the API references of DescribeInstanceStatus and DescribeTags.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from embedded_aws.fleet import Checks, CheckStatus
from embedded_aws.in_process import filters, instance_status
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.instance_status import OK, Instance, Status
from embedded_aws.in_process.pages import Entry, Pages, paged
from embedded_aws.in_process.replica import InstanceChecks, Replica
from embedded_aws.in_process.world import zone_id

RUNNING = ("running", 16)
IMPAIRED = ["impaired"]
BROKEN = Checks(CheckStatus("impaired"), OK, OK)
STRANGERS_ZONE = "a"

Params: TypeAlias = dict[str, Any]
Tag: TypeAlias = tuple[str, str, str]

TAG_FACTS: filters.Facts[Tag] = {
    "key": lambda tag: [tag[1]],
    "resource-id": lambda tag: [tag[0]],
    "resource-type": lambda _: ["instance"],
    "value": lambda tag: [tag[2]],
}


def describe_status(account: Account, pages: Pages, params: Params) -> Entry:
    """Status checks, by ids or by filters; without either, of every instance of the account."""
    instance_status.check_limits(params)
    return paged(
        account, pages, params, "InstanceStatuses", lambda: _statuses(account, params), tell=instance_status.shape
    )


def _statuses(account: Account, params: Params) -> list[Status]:
    """Those that pass the filters.

    Unlike EC2 this leaves out ids that it does not know: they were terminated a moment ago.
    """
    replica, wanted = account.look(), params.get("Filters", [])
    found = [
        Status(_running(each, health.zone), replica.checks(each, health))
        for each, health in _candidates(replica, params).items()
    ]
    if not params.get("InstanceIds"):  # instances of the same account that are broken and in no group
        found += [Status(_running(each, STRANGERS_ZONE), BROKEN) for each in account.world.strangers]
    return sorted(filters.select(found, wanted, instance_status.FACTS), key=lambda each: each.instance.id)


def _candidates(replica: Replica, params: Params) -> Mapping[str, InstanceChecks]:
    """The instances among which the wanted are: where only impaired ones are wanted, nobody looks at the others."""
    if ids := params.get("InstanceIds"):
        known = {**replica.running(), **replica.warmed()}
        return {each: known[each] for each in ids if each in known}
    only_impaired = any(item["Values"] == IMPAIRED for item in params.get("Filters", []))
    return {**(replica.failing() if only_impaired else replica.running()), **replica.warmed()}


def _running(instance_id: str, zone: str) -> Instance:
    return Instance(instance_id, *RUNNING, zone, zone_id(zone))


def describe_tags(account: Account, pages: Pages, params: Params) -> Entry:
    """The tags of instances."""
    tags = account.look().facts().instance_tags
    found = filters.select(tags, params.get("Filters", []), TAG_FACTS)

    def tell(tag: Tag) -> Entry:
        instance_id, key, value = tag
        return {"ResourceId": instance_id, "ResourceType": "instance", "Key": key, "Value": value}

    return paged(account, pages, params, "Tags", lambda: found, tell=tell)
