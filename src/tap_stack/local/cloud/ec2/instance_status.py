"""DescribeInstanceStatus as EC2 means it: which instances, which checks, which filters, in which pages.

moto answers it with every check passed and ignores most filters and all paging. The checks come from whoever runs the
instances; an instance that nobody speaks for passes its checks while it runs.

Source: API DescribeInstanceStatus; EC2 user guide, "Status checks for Amazon EC2 instances".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tap_stack.fleet.health import NOT_APPLICABLE, Checks, CheckStatus
from tap_stack.local.cloud.calls import AwsError, Call, Routes
from tap_stack.local.cloud.ec2 import filters

ChecksOf: TypeAlias = Callable[[str], Checks | None]
"""Instance id to its status checks; None if this source does not know it."""

Instances: TypeAlias = Callable[[str], "Iterable[Instance]"]
"""Region to its instances, terminated ones included while EC2 still shows them."""

MAX_IDS = 100
"""Instances that may be asked for by id in one call."""

PAGE_SIZES = range(5, 1001)
"""What MaxResults may be, and with its last value the size of a page when nothing is said."""

OK = CheckStatus("ok")
REACHABILITY = {
    "ok": "passed",
    "impaired": "failed",
    "insufficient-data": "insufficient-data",
    "initializing": "initializing",
}
"""A check's summary to its one detail; `not-applicable` has none."""

EVENT_FILTERS = ("code", "description", "instance-event-id", "not-after", "not-before", "not-before-deadline")
"""Scheduled events do not happen here, so these filters are accepted and match nothing."""


@dataclass(frozen=True)
class Instance:
    """An EC2 instance, as far as its status goes."""

    id: str
    state: str
    state_code: int
    zone: str
    zone_id: str


@dataclass(frozen=True)
class _Status:
    instance: Instance
    checks: Checks


def _reachability(check: CheckStatus) -> list[str]:
    return [REACHABILITY[check.status]] if check.status in REACHABILITY else []


FACTS: filters.Facts[_Status] = {
    "availability-zone": lambda each: [each.instance.zone],
    "availability-zone-id": lambda each: [each.instance.zone_id],
    "instance-state-code": lambda each: [str(each.instance.state_code)],
    "instance-state-name": lambda each: [each.instance.state],
    "instance-status.status": lambda each: [each.checks.instance.status],
    "instance-status.reachability": lambda each: _reachability(each.checks.instance),
    "system-status.status": lambda each: [each.checks.system.status],
    "system-status.reachability": lambda each: _reachability(each.checks.system),
    "attached-ebs-status.status": lambda each: [each.checks.ebs.status],
    "application-status.status": lambda each: [_application(each.checks)["Status"]],
    "operator.managed": lambda _: ["false"],
    "operator.principal": lambda _: [],
} | {f"event.{name}": lambda _: [] for name in EVENT_FILTERS}


class InstanceStatus:
    """The status of a region's instances.

    Args:
        instances: What instances there are.
        sources: Who knows their checks; the first that does is believed.
    """

    def __init__(self, instances: Instances, sources: Sequence[ChecksOf] = ()) -> None:
        self._instances = instances
        self._sources = sources

    def routes(self) -> Routes:
        """The calls that this part answers."""
        return {("ec2", "DescribeInstanceStatus"): self._describe}

    def _describe(self, call: Call) -> dict[str, Any]:
        params = call.params
        _check_limits(params)
        chosen = self._choose(call.region, params)
        matching = filters.select(chosen, params.get("Filters", []), FACTS)
        size = params.get("MaxResults", PAGE_SIZES[-1])
        shown, token = filters.page(matching, lambda each: each.instance.id, size=size, token=params.get("NextToken"))
        result: dict[str, Any] = {"InstanceStatuses": [_tell(each) for each in shown]}
        return result if token is None else result | {"NextToken": token}

    def _choose(self, region: str, params: Mapping[str, Any]) -> Iterable[_Status]:
        instances = self._instances(region)
        if ids := params.get("InstanceIds"):
            by_id = {instance.id: instance for instance in instances}
            _require_existing(ids, by_id)
            instances = [by_id[each] for each in dict.fromkeys(ids)]
        every_state = params.get("IncludeAllInstances", False)
        return (
            _Status(instance, self._checks(instance))
            for instance in instances
            if every_state or instance.state == "running"
        )

    def _checks(self, instance: Instance) -> Checks:
        if instance.state != "running":
            return Checks(NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE)
        known = (source(instance.id) for source in self._sources)
        return next((checks for checks in known if checks is not None), Checks(OK, OK, OK))


def _check_limits(params: Mapping[str, Any]) -> None:
    ids, size = params.get("InstanceIds", []), params.get("MaxResults")
    if ids and size is not None:
        both = "The parameter instancesSet cannot be used with the parameter maxResults"
        raise AwsError("InvalidParameterCombination", both)
    if len(ids) > MAX_IDS:
        raise AwsError("InvalidParameterValue", f"{len(ids)} instance IDs were given; at most {MAX_IDS} are allowed.")
    if size is not None and size not in PAGE_SIZES:
        bounds = f"Expecting a value between {PAGE_SIZES[0]} and {PAGE_SIZES[-1]}."
        raise AwsError("InvalidParameterValue", f"Value ( {size} ) for parameter maxResults is invalid. {bounds}")


def _require_existing(ids: Sequence[str], known: Mapping[str, Instance]) -> None:
    for each in ids:
        if not re.fullmatch(r"i-([0-9a-f]{8}|[0-9a-f]{17})", each):
            raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{each}"')
    missing = [each for each in ids if each not in known]
    if len(missing) == 1:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{missing[0]}' does not exist")
    if missing:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(missing)}' do not exist")


def _tell(status: _Status) -> dict[str, Any]:
    instance, checks = status.instance, status.checks
    return {
        "AvailabilityZone": instance.zone,
        "AvailabilityZoneId": instance.zone_id,
        "InstanceId": instance.id,
        "InstanceState": {"Code": instance.state_code, "Name": instance.state},
        "InstanceStatus": _summary(checks.instance),
        "SystemStatus": _summary(checks.system),
        "AttachedEbsStatus": _summary(checks.ebs),
        "ApplicationStatus": _application(checks),
    }


def _application(checks: Checks) -> dict[str, Any]:
    """An ApplicationStatusSummary; its Status has no word for `suppressed`: such checks do not apply (assumed)."""
    check = checks.application
    if check.status not in REACHABILITY:
        return {"Status": NOT_APPLICABLE.status}
    shape: dict[str, Any] = {"Status": check.status}
    return shape if check.impaired_since is None else shape | {"ImpairedSince": check.impaired_since}


def _summary(check: CheckStatus) -> dict[str, Any]:
    if check.status not in REACHABILITY:
        return {"Status": check.status}
    detail: dict[str, Any] = {"Name": "reachability", "Status": REACHABILITY[check.status]}
    if check.impaired_since is not None:
        detail["ImpairedSince"] = check.impaired_since
    return {"Details": [detail], "Status": check.status}
