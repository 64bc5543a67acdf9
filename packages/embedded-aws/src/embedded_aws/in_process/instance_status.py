"""DescribeInstanceStatus as EC2 means it: its limits, its filters, and the shape of one answer.

Source: API DescribeInstanceStatus; EC2 user guide, "Status checks for Amazon EC2 instances".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedded_aws.fleet.health import NOT_APPLICABLE, Checks, CheckStatus
from embedded_aws.in_process import filters
from embedded_aws.in_process.errors import AwsError

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
class Status:
    """An instance and its checks."""

    instance: Instance
    checks: Checks


def _reachability(check: CheckStatus) -> list[str]:
    return [REACHABILITY[check.status]] if check.status in REACHABILITY else []


FACTS: filters.Facts[Status] = {
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


def check_limits(params: Mapping[str, Any]) -> None:
    """Refuse a request that asks for too much.

    Raises:
        AwsError: Too many ids, ids and a page size, or a page size that is none.
    """
    ids, size = params.get("InstanceIds", []), params.get("MaxResults")
    if ids and size is not None:
        both = "The parameter instancesSet cannot be used with the parameter maxResults"
        raise AwsError("InvalidParameterCombination", both)
    if len(ids) > MAX_IDS:
        raise AwsError("InvalidParameterValue", f"{len(ids)} instance IDs were given; at most {MAX_IDS} are allowed.")
    if size is not None and size not in PAGE_SIZES:
        bounds = f"Expecting a value between {PAGE_SIZES[0]} and {PAGE_SIZES[-1]}."
        raise AwsError("InvalidParameterValue", f"Value ( {size} ) for parameter maxResults is invalid. {bounds}")


def require_existing(ids: Sequence[str], known: Collection[str]) -> None:
    """Refuse ids that are none, or of no instance.

    Raises:
        AwsError: `InvalidInstanceID.Malformed`, `InvalidInstanceID.NotFound`.
    """
    for each in ids:
        if not re.fullmatch(r"i-([0-9a-f]{8}|[0-9a-f]{17})", each):
            raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{each}"')
    missing = [each for each in ids if each not in known]
    if len(missing) == 1:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{missing[0]}' does not exist")
    if missing:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(missing)}' do not exist")


def shape(status: Status) -> dict[str, Any]:
    """An InstanceStatus."""
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
    told: dict[str, Any] = {"Status": check.status}
    return told if check.impaired_since is None else told | {"ImpairedSince": check.impaired_since}


def _summary(check: CheckStatus) -> dict[str, Any]:
    if check.status not in REACHABILITY:
        return {"Status": check.status}
    detail: dict[str, Any] = {"Name": "reachability", "Status": REACHABILITY[check.status]}
    if check.impaired_since is not None:
        detail["ImpairedSince"] = check.impaired_since
    return {"Details": [detail], "Status": check.status}
