"""Zonal shifts of Auto Scaling groups, which moto does not have.

A group is a managed resource for as long as its AvailabilityZoneImpairmentPolicy has ZonalShiftEnabled. Zonal
autoshift, which AWS begins by itself, and practice runs are not part of this cloud.

Source: ARC Zonal Shift API Reference (Get- and ListManagedResources, Start- and CancelZonalShift); EC2 Auto Scaling
User Guide, "Auto Scaling group zonal shift".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.clock import Clock
from embedded_aws.in_process import shapes
from embedded_aws.services.autoscaling import AutoScalingService
from embedded_aws.services.ec2.zones import zone_ids

_EXPIRES_IN = re.compile(r"([1-9]\d*)([mh])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
_LONGEST = timedelta(hours=72)


@dataclass
class Shift:
    """One zonal shift that is under way."""

    id: str
    resource: str
    zone_id: str
    start: datetime
    expiry: datetime
    comment: str

    def shape(self) -> dict[str, Any]:
        """What every answer says of it."""
        return {
            "zonalShiftId": self.id,
            "resourceIdentifier": self.resource,
            "awayFrom": self.zone_id,
            "startTime": self.start,
            "expiryTime": self.expiry,
            "comment": self.comment,
        }


class ZonalShifts:
    """The zonal shifts that are under way; a group has at most one."""

    def __init__(self, clock: Clock, lock: AbstractContextManager[Any], groups: AutoScalingService) -> None:
        self._clock = clock
        self._lock = lock
        self._groups = groups
        self._shifts: dict[str, Shift] = {}

    def routes(self) -> Routes:
        """The calls that are answered here."""
        return {
            ("arc-zonal-shift", "GetManagedResource"): self._get_managed_resource,
            ("arc-zonal-shift", "ListManagedResources"): self._list_managed_resources,
            ("arc-zonal-shift", "StartZonalShift"): self._start,
            ("arc-zonal-shift", "CancelZonalShift"): self._cancel,
        }

    def _get_managed_resource(self, call: Call) -> dict[str, Any]:
        arn = call.params["resourceIdentifier"]
        with self._lock:
            return {**self._managed(arn, self._zones(call, arn)), "zonalAutoshiftStatus": "DISABLED"}

    def _list_managed_resources(self, call: Call) -> dict[str, Any]:
        with self._lock:
            found = {arn: self._zones(call, arn) for arn in self._groups.shiftable(call.region)}
            items = [{**self._managed(arn, zones), "availabilityZones": list(zones)} for arn, zones in found.items()]
        return {"items": items}

    def _managed(self, arn: str, zones: Iterable[str]) -> dict[str, Any]:
        shifts = [shift.shape() for shift in self._shifts.values() if shift.resource == arn]
        return shapes.managed_resource((arn, _group_name(arn)), zones, shifts)

    def _start(self, call: Call) -> dict[str, Any]:
        params = call.params
        arn, zone_id = params["resourceIdentifier"], params["awayFrom"]
        with self._lock:
            zones = self._zones(call, arn)
            if zone_id not in zones:
                raise AwsError("ValidationException", f"The resource is not in the Availability Zone {zone_id}.")
            if any(shift.resource == arn for shift in self._shifts.values()):
                raise AwsError("ConflictException", "There is already an active zonal shift for the resource.", 409)
            given = _EXPIRES_IN.fullmatch(params["expiresIn"])
            length = int(given[1]) * _UNITS[given[2]] if given else timedelta()
            if not timedelta() < length <= _LONGEST:
                raise AwsError("ValidationException", f"expiresIn {params['expiresIn']!r} is not 1m to 72h")
            expiry = call.time + length
            shift = Shift(str(mock_random.uuid4()), arn, zone_id, call.time, expiry, params["comment"])
            self._shifts[shift.id] = shift
            self._groups.shift_group(call.region, _group_name(arn), zones[zone_id], away=True)
            self._clock.at(expiry, lambda: self._end(call.region, shift))
        return {**shift.shape(), "status": "ACTIVE"}

    def _cancel(self, call: Call) -> dict[str, Any]:
        with self._lock:
            shift = self._shifts.get(call.params["zonalShiftId"])
            if shift is None:
                raise AwsError("ResourceNotFoundException", "There is no such zonal shift under way.", 404)
            self._end(call.region, shift)
        return {**shift.shape(), "status": "CANCELED"}

    def _end(self, region: str, shift: Shift) -> None:
        with self._lock:
            if self._shifts.pop(shift.id, None) is not None:
                (zone,) = (name for name, zone_id in zone_ids(region).items() if zone_id == shift.zone_id)
                self._groups.shift_group(region, _group_name(shift.resource), zone, away=False)

    def _zones(self, call: Call, arn: str) -> dict[str, str]:
        """The zones of a managed resource, id to name. Raises AwsError: it is none."""
        zones = self._groups.shiftable(call.region).get(arn)
        if zones is None:
            raise AwsError("ResourceNotFoundException", f"The resource {arn} is not registered with ARC.", 404)
        ids = zone_ids(call.region)
        return {ids[name]: name for name in zones}


def _group_name(arn: str) -> str:
    return arn.rpartition("autoScalingGroupName/")[2]
