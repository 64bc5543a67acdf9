"""What AWS answers to each operation that a healer may call, from the group as it stands in the simulation.

Sources: the API references of DescribeAutoScalingGroups, DescribeInstanceStatus (filters AND between names and OR
between values; 5 to 1,000 per page; at most 100 ids), DescribeScalingActivities (under way first, then newest first;
100 per page), DescribeInstanceRefreshes, SetInstanceHealth, DescribeTags, GetManagedResource (ARC zonal shift),
CreateLogStream, PutMetricData, Publish.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tap_stack.fleet import Activity, Check, Health, Refresh, Refused
from tap_stack.in_process_aws.account import Account, Pages, Rest
from tap_stack.in_process_aws.replica import CHECK_KEYS, OK, TEMPLATE, Entry, Replica, zone_id
from tap_stack.in_process_aws.world import GROUP_NAME

ARN = f"arn:aws:autoscaling:xx-sim-1:123456789012:autoScalingGroup:0:autoScalingGroupName/{GROUP_NAME}"
STATUS_FILTERS = {
    "system-status.status": Check.SYSTEM,
    "instance-status.status": Check.INSTANCE,
    "attached-ebs-status.status": Check.EBS,
}
MAX_IDS = 100  # DescribeInstanceStatus
LONGEST_PAGES = {
    "AutoScalingGroups": 100,
    "Activities": 100,
    "InstanceRefreshes": 100,
    "InstanceStatuses": 1000,
    "Tags": 1000,
}
RUNNING = {"Code": 16, "Name": "running"}
SKIP_TAG = "tap:healer-skip-until"

Params: TypeAlias = dict[str, Any]
Answer: TypeAlias = Callable[[Account, Pages, Params], dict[str, Any]]


# --- Auto Scaling ---


def describe_groups(account: Account, pages: Pages, params: Params) -> dict[str, Any]:
    """The group, if it is asked for; no name means all."""
    if GROUP_NAME not in params.get("AutoScalingGroupNames", [GROUP_NAME]):
        return {"AutoScalingGroups": []}
    group = _group(account, account.look())
    return _paged(account, pages, params, "AutoScalingGroups", lambda: [group])


def _group(account: Account, replica: Replica) -> Entry:
    facts, world = replica.facts(), account.world
    settings = world.fleet.settings
    return {
        "AutoScalingGroupName": GROUP_NAME,
        "AutoScalingGroupARN": ARN,
        "LaunchTemplate": TEMPLATE | {"Version": facts.template_version},
        "MinSize": settings.min_size,
        "MaxSize": settings.max_size,
        "DesiredCapacity": facts.desired,
        "AvailabilityZones": list(settings.zones),
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": facts.grace_seconds,
        "Instances": replica.entries(),
        "SuspendedProcesses": [{"ProcessName": name, "SuspensionReason": why} for name, why in facts.suspended],
        "Tags": [{"Key": key, "Value": value} for key, value in facts.tags],
        "AvailabilityZoneImpairmentPolicy": {"ZonalShiftEnabled": world.zonal_shift_enabled},
    }


def describe_activities(account: Account, pages: Pages, params: Params) -> dict[str, Any]:
    """Scaling activities, as far as the copy knows of them."""
    replica = account.look()
    return _paged(
        account,
        pages,
        params,
        "Activities",
        lambda: _known(account, replica),
        tell=lambda item: _activity(item, replica),
    )


def _known(account: Account, replica: Replica) -> list[Activity]:
    """What the copy knows of: under way first, as the copy sees it."""
    known = [item for item in account.world.fleet.activities if item.start <= replica.as_of]
    if replica.lag:
        known.sort(key=lambda item: item.end is not None and item.end <= replica.as_of)
    return known


def _activity(item: Activity, replica: Replica) -> Entry:
    ended = item.end is not None and item.end <= replica.as_of
    entry: Entry = {
        "ActivityId": item.id,
        "AutoScalingGroupName": GROUP_NAME,
        "Description": item.description,
        "Cause": item.cause,
        "StartTime": item.start,
        "StatusCode": item.status.value if ended or item.end is None else "InProgress",
        "Details": json.dumps({"Subnet ID": f"subnet-{item.zone}", "Availability Zone": item.zone}),
    }
    return entry | ({"EndTime": item.end} if ended else {})


def describe_refreshes(account: Account, pages: Pages, params: Params) -> dict[str, Any]:
    """Instance refreshes, newest first."""
    as_of = account.look().as_of
    refreshes = [one for one in account.world.fleet.refreshes if one.start <= as_of]
    return _paged(account, pages, params, "InstanceRefreshes", lambda: refreshes, tell=_refresh)


def _refresh(one: Refresh) -> Entry:
    return {
        "InstanceRefreshId": one.id,
        "AutoScalingGroupName": GROUP_NAME,
        "Status": one.status.value,
        "StartTime": one.start,
    }


def set_instance_health(account: Account, _: Pages, params: Params) -> dict[str, Any]:
    """Mark one member, or take a mark back."""
    world = account.world
    respect = params.get("ShouldRespectGracePeriod", True)
    world.fleet.set_instance_health(
        params["InstanceId"], Health(params["HealthStatus"]), world.now, respect_grace=respect
    )
    return {}


# --- EC2 ---


def describe_status(account: Account, pages: Pages, params: Params) -> dict[str, Any]:
    """Status checks, by ids or by filters; without either, of every instance of the account."""
    ids, filters = params.get("InstanceIds"), params.get("Filters", [])
    if ids and "MaxResults" in params:
        raise Refused("InvalidParameterCombination", "instancesSet cannot be used with maxResults")
    if ids and len(ids) > MAX_IDS:
        raise Refused("InvalidParameterValue", f"{len(ids)} instance IDs were given; at most {MAX_IDS} are allowed.")
    if ids:
        return {"InstanceStatuses": _by_ids(account, ids)}
    return _paged(account, pages, params, "InstanceStatuses", lambda: _by_filters(account, filters))


def _by_ids(account: Account, ids: list[str]) -> list[Entry]:
    """Unlike EC2 this leaves out ids that it does not know: they were terminated a moment ago."""
    replica = account.look()
    running = replica.running()
    return [_status(replica, each) for each in ids if each in running]


def _by_filters(account: Account, filters: list[Entry]) -> list[Entry]:
    replica = account.look()
    chosen = replica.failing() if filters else replica.running()
    known = [_status(replica, each) for each in chosen] + [_stranger(each) for each in account.world.strangers]
    return [entry for entry in known if all(_matches(entry, item) for item in filters)]


def _matches(entry: Entry, wanted: Mapping[str, Any]) -> bool:
    check = STATUS_FILTERS.get(wanted["Name"])
    if check is None:
        raise Refused("InvalidParameterValue", f"The filter '{wanted['Name']}' is invalid")
    return entry[CHECK_KEYS[check]]["Status"] in wanted["Values"]


def _status(replica: Replica, instance_id: str) -> Entry:
    health = replica.health[instance_id]
    entry: Entry = {
        "InstanceId": instance_id,
        "AvailabilityZone": health.zone,
        "AvailabilityZoneId": zone_id(health.zone),
        "InstanceState": RUNNING,
    }
    return entry | {key: replica.summary(instance_id, health, check) for check, key in CHECK_KEYS.items()}


def _stranger(instance_id: str) -> Entry:
    """An instance of the same account that is broken and belongs to nobody."""
    failing = {"Status": "impaired", "Details": [{"Name": "reachability", "Status": "failed"}]}
    entry: Entry = {"InstanceId": instance_id, "AvailabilityZone": "a", "InstanceState": RUNNING}
    return entry | {"SystemStatus": failing, "InstanceStatus": OK, "AttachedEbsStatus": OK}


def describe_tags(account: Account, pages: Pages, params: Params) -> dict[str, Any]:
    """The instances that carry the tag which spares them."""
    keys = [value for item in params.get("Filters", []) if item["Name"] == "key" for value in item["Values"]]
    skips = account.look().facts().skips if SKIP_TAG in keys else ()
    tags = [{"ResourceId": each, "ResourceType": "instance", "Key": SKIP_TAG, "Value": value} for each, value in skips]
    return _paged(account, pages, params, "Tags", lambda: tags)


def get_managed_resource(account: Account, _: Pages, params: Params) -> dict[str, Any]:
    """The zonal shifts of the group, by the ids of the zones."""
    if params["resourceIdentifier"] != ARN:
        raise Refused("ResourceNotFoundException", "The resource is not registered with zonal shift.")
    zones = account.look().facts().shifted
    shifts = [{"appliedStatus": "APPLIED", "awayFrom": zone_id(zone)} for zone in zones]
    return {"arn": ARN, "zonalShifts": shifts, "autoshifts": [], "appliedWeights": {}}


# --- the others ---


def create_log_stream(account: Account, _: Pages, params: Params) -> dict[str, Any]:
    """Atomic: of two callers with one name exactly one succeeds."""
    stream = params["logStreamName"]
    if stream in account.streams:
        raise Refused("ResourceAlreadyExistsException", "The specified log stream already exists")
    account.streams.add(stream)
    return {}


def put_metric_data(account: Account, _: Pages, params: Params) -> dict[str, Any]:
    """Keep the values by name."""
    values = {item["MetricName"]: item["Value"] for item in params["MetricData"]}
    account.metrics.append((account.world.now, values))
    return {}


def publish(account: Account, _: Pages, params: Params) -> dict[str, Any]:
    """Keep the notice."""
    account.notices.append(params)
    return {"MessageId": f"message-{len(account.notices)}"}


# --- pages ---


def _as_it_is(entry: Entry) -> Entry:
    return entry


def _paged(
    account: Account,
    pages: Pages,
    params: Params,
    key: str,
    find: Callable[[], list[Any]],
    *,
    tell: Callable[[Any], Entry] = _as_it_is,
) -> dict[str, Any]:
    """One page of what `find` finds, in the account's manner of giving pages."""
    faults, token = account.faults, params.get("NextToken")
    rest = Rest(find(), 0, tell) if token is None else pages.get(token)
    if rest is None or (token is not None and account.happens(faults.lost_page)):
        raise Refused("InvalidNextToken", "The token provided is invalid.")
    if token is None and rest.items and account.happens(faults.empty_page):
        return {key: [], "NextToken": pages.keep(rest)}
    longest = LONGEST_PAGES[key]
    wished: int = params.get("MaxResults") or params.get("MaxRecords") or longest
    size = min(faults.page_size or longest, wished)
    end = rest.position + size
    shown = [rest.tell(item) for item in rest.items[rest.position : end]]
    if rest.items and account.happens(faults.repeated_page):
        return {key: shown, "NextToken": token or pages.keep(rest)}
    if end >= len(rest.items):
        return {key: shown}
    again = 1 if size > 1 and account.happens(faults.overlapping_page) else 0
    return {key: shown, "NextToken": pages.keep(Rest(rest.items, end - again, rest.tell))}


ANSWERS: dict[str, Answer] = {
    "DescribeAutoScalingGroups": describe_groups,
    "DescribeScalingActivities": describe_activities,
    "DescribeInstanceRefreshes": describe_refreshes,
    "SetInstanceHealth": set_instance_health,
    "DescribeInstanceStatus": describe_status,
    "DescribeTags": describe_tags,
    "GetManagedResource": get_managed_resource,
    "CreateLogStream": create_log_stream,
    "PutMetricData": put_metric_data,
    "Publish": publish,
}

METHODS = {
    "describe_auto_scaling_groups": "DescribeAutoScalingGroups",
    "describe_scaling_activities": "DescribeScalingActivities",
    "describe_instance_refreshes": "DescribeInstanceRefreshes",
    "set_instance_health": "SetInstanceHealth",
    "describe_instance_status": "DescribeInstanceStatus",
    "describe_tags": "DescribeTags",
    "get_managed_resource": "GetManagedResource",
    "create_log_stream": "CreateLogStream",
    "put_metric_data": "PutMetricData",
    "publish": "Publish",
}
