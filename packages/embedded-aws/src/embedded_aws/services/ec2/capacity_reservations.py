"""On-Demand Capacity Reservations, which moto has none of: what is reserved, and which launch uses it.

Source: API CreateCapacityReservation, DescribeCapacityReservations, ModifyCapacityReservation,
CancelCapacityReservation, CapacityReservationSpecification, error codes (InvalidCapacityReservationId.NotFound,
ReservationCapacityExceeded, whose words are from hashicorp/terraform-provider-aws 35745); EC2 User Guide, "On-Demand
Capacity Reservations": open ones take every matching instance that does not say otherwise, targeted ones only who names
them; instances go on when their reservation ends; a stopped instance uses none.

Assumed: of several open ones the oldest is used first; the error of a launch that wants a reservation and finds none
open is that of one that is full. Resource groups of reservations are not here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from moto.utilities.utils import get_partition

from embedded_aws.calls import AwsError, Call, Handler, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2 import store
from embedded_aws.services.ec2.templates import instance_types
from embedded_aws.services.ec2.zones import zone_ids

OPEN, TARGETED = "open", "targeted"
NONE, ONLY, FIRST = "none", "capacity-reservations-only", "capacity-reservations-first"
LINUX = "Linux/UNIX"
ACTIVE, CANCELLED, EXPIRED = "active", "cancelled", "expired"
USING = frozenset({"pending", "running"})
FULL = "The requested reservation does not have sufficient compatible and available capacity for this request."
FACTS: filters.Facts[dict[str, Any]] = {
    "instance-type": lambda one: [one["InstanceType"]],
    "availability-zone": lambda one: [one["AvailabilityZone"]],
    "state": lambda one: [one["State"]],
    "instance-match-criteria": lambda one: [one["InstanceMatchCriteria"]],
    "tenancy": lambda one: [one["Tenancy"]],
}


@dataclass(frozen=True)
class Wanted:
    """What a launch says of reservations.

    Attributes:
        preference: OPEN, NONE, ONLY or FIRST.
        ids: The reservations that it names; without any, every open one that matches.
    """

    preference: str = OPEN
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedLaunch:
    """Where a launch is to be, and of what kind."""

    region: str
    zone: str
    instance_type: str
    tenancy: str = "default"


def wanted(specification: Mapping[str, Any] | None) -> Wanted:
    """What a launch template or RunInstances says; none of them names a resource group here (`launch_form`)."""
    given = specification or {}
    target = given.get("CapacityReservationTarget") or {}
    if target.get("CapacityReservationId"):
        return Wanted(ONLY, (target["CapacityReservationId"],))
    return Wanted(given.get("CapacityReservationPreference") or OPEN)


def choose(launch: PlannedLaunch, now: datetime, wish: Wanted) -> str:
    """The reservation that a launch uses; "" for none.

    Raises:
        AwsError: it wants one, and there is none that is free and matches, or that has this id.
    """
    if wish.preference == NONE:
        return ""
    known = _reservations(launch.region)
    if wish.preference == ONLY:
        for each in wish.ids:
            _named(launch.region, each)
    found = [known[each] for each in wish.ids if each in known] if wish.ids else list(known.values())
    for one in found:
        if (wish.ids or one["InstanceMatchCriteria"] == OPEN) and _fits(launch, one, now):
            return str(one["CapacityReservationId"])
    if wish.preference == ONLY:
        raise AwsError("ReservationCapacityExceeded", FULL)
    return ""


def put(instance: Any, reservation: str) -> None:
    """Note which reservation an instance uses; "" for none."""
    instance.capacity_reservation = reservation


def _fits(launch: PlannedLaunch, one: Mapping[str, Any], now: datetime) -> bool:
    of_launch = launch.zone, launch.instance_type, launch.tenancy
    same = (one["AvailabilityZone"], one["InstanceType"], one["Tenancy"]) == of_launch
    return same and _available(launch.region, one, now) > 0


def routes() -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "CreateCapacityReservation"): _create,
        ("ec2", "DescribeCapacityReservations"): _describe,
        ("ec2", "ModifyCapacityReservation"): _modify,
        ("ec2", "CancelCapacityReservation"): _cancel,
    }


def using(handler: Handler) -> Handler:
    """Let single instances use reservations too."""

    def answer(call: Call) -> dict[str, Any]:
        params = call.params
        spot = (params.get("InstanceMarketOptions") or {}).get("MarketType") == "spot"
        if spot or not (_reservations(call.region) or params.get("CapacityReservationSpecification")):
            return handler(call)
        wish = wanted(params.get("CapacityReservationSpecification"))
        tenancy = params.get("Placement", {}).get("Tenancy") or "default"
        result = handler(call)
        ec2 = store.backend(call.region)
        instances = [ec2.get_instance(each["InstanceId"]) for each in result["Instances"]]
        try:
            for each in instances:
                launch = PlannedLaunch(call.region, each.availability_zone, each.instance_type, tenancy)
                put(each, choose(launch, call.time, wish))
        except AwsError:
            ec2.terminate_instances([each.id for each in instances])
            raise
        return result

    return answer


def _reservations(region: str) -> dict[str, dict[str, Any]]:
    """The reservations of a region by id, the oldest first, kept with moto's EC2 and gone with it."""
    kept: dict[str, dict[str, Any]] = vars(store.backend(region)).setdefault("capacity_reservations", {})
    return kept


def _named(region: str, identity: str) -> dict[str, Any]:
    found = _reservations(region).get(identity)
    if found is None:
        message = f"The specified Capacity Reservation ID '{identity}' does not exist."
        raise AwsError("InvalidCapacityReservationId.NotFound", message)
    return found


def _state(one: Mapping[str, Any], now: datetime) -> str:
    over = one["State"] == ACTIVE and "EndDate" in one and one["EndDate"] <= now
    return EXPIRED if over else str(one["State"])


def _users(region: str, identity: str) -> list[Any]:
    instances: Iterable[Any] = store.backend(region).all_instances()
    return [each for each in instances if getattr(each, "capacity_reservation", "") == identity and each.state in USING]


def _available(region: str, one: Mapping[str, Any], now: datetime) -> int:
    if _state(one, now) != ACTIVE:
        return 0
    return int(one["TotalInstanceCount"]) - len(_users(region, one["CapacityReservationId"]))


def _create(call: Call) -> dict[str, Any]:
    params, region, ids = call.params, call.region, zone_ids(call.region)
    by_id = {identity: zone for zone, identity in ids.items()}
    zone = params.get("AvailabilityZone") or by_id.get(params.get("AvailabilityZoneId", ""), "")
    if params["InstanceType"] not in instance_types():
        raise AwsError("InvalidParameterValue", f"Invalid value '{params['InstanceType']}' for InstanceType.")
    if zone not in ids:
        raise AwsError("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
    if params["InstancePlatform"] != LINUX:
        raise AwsError("NotImplemented", f"not part of the embedded AWS: {params['InstancePlatform']}", 501)
    if params["InstanceCount"] < 1:
        raise AwsError("InvalidParameterValue", "InstanceCount must be 1 or more.")
    _check_end(params)
    identity = f"cr-{token_hex(8)}0"
    partition = get_partition(region)
    _reservations(region)[identity] = {
        "CapacityReservationId": identity,
        "OwnerId": call.caller.account,
        "CapacityReservationArn": f"arn:{partition}:ec2:{region}:{call.caller.account}:capacity-reservation/{identity}",
        "AvailabilityZoneId": ids[zone],
        "InstanceType": params["InstanceType"],
        "InstancePlatform": params["InstancePlatform"],
        "AvailabilityZone": zone,
        "Tenancy": params.get("Tenancy", "default"),
        "TotalInstanceCount": params["InstanceCount"],
        "EbsOptimized": params.get("EbsOptimized", False),
        "EphemeralStorage": False,
        "State": ACTIVE,
        "StartDate": call.time,
        "CreateDate": call.time,
        "EndDateType": params.get("EndDateType", "unlimited"),
        **({"EndDate": params["EndDate"]} if "EndDate" in params else {}),
        "InstanceMatchCriteria": params.get("InstanceMatchCriteria", OPEN),
    }
    tags = {tag["Key"]: tag["Value"] for each in params.get("TagSpecifications", []) for tag in each.get("Tags", [])}
    store.backend(region).create_tags([identity], tags)
    return {"CapacityReservation": _told(call, _reservations(region)[identity])}


def _check_end(params: Mapping[str, Any]) -> None:
    if ("EndDate" in params) != (params.get("EndDateType", "unlimited") == "limited"):
        raise AwsError("InvalidParameterCombination", "EndDate is of the EndDateType limited, and needed there.")


def _told(call: Call, one: dict[str, Any]) -> dict[str, Any]:
    tags = store.backend(call.region).tags.get(one["CapacityReservationId"], {})
    counted = {"State": _state(one, call.time), "AvailableInstanceCount": _available(call.region, one, call.time)}
    return one | counted | {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _describe(call: Call) -> dict[str, Any]:
    named: Sequence[str] = call.params.get("CapacityReservationIds") or list(_reservations(call.region))
    told = [_told(call, _named(call.region, each)) for each in named]
    return {"CapacityReservations": filters.select(told, call.params.get("Filters", []), FACTS)}


def _modify(call: Call) -> dict[str, Any]:
    params, one = call.params, _named(call.region, call.params["CapacityReservationId"])
    if _state(one, call.time) != ACTIVE:
        message = f"The Capacity Reservation '{one['CapacityReservationId']}' is not in the state active."
        raise AwsError("InvalidCapacityReservationState", message)
    if "InstanceCount" in params:
        one["TotalInstanceCount"] = max(params["InstanceCount"], len(_users(call.region, one["CapacityReservationId"])))
    if params.get("EndDateType") or "EndDate" in params:
        _check_end(params)
        one.pop("EndDate", None)
        one |= {name: params[name] for name in ("EndDateType", "EndDate") if name in params}
    if params.get("InstanceMatchCriteria"):
        one["InstanceMatchCriteria"] = params["InstanceMatchCriteria"]
    return {"Return": True}


def _cancel(call: Call) -> dict[str, Any]:
    _named(call.region, call.params["CapacityReservationId"])["State"] = CANCELLED
    return {"Return": True}
