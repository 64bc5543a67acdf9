"""The zones of a region: Availability Zones, and Local and Wavelength Zones that are none and must not pass for one.

Availability Zones are moto's. Local and Wavelength Zones are a choice from AWS's public lists ("AWS Local Zones
locations", "AWS Wavelength locations"), enough that every kind is there in the regions that people use most. An account
sees a Local or Wavelength Zone without asking for all zones only after it opted in to its group, and so does this one.

Source: API DescribeAvailabilityZones and ModifyAvailabilityZoneGroup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2.conditions import ZoneConditions

LOCAL_ZONES: Mapping[str, tuple[str, ...]] = {
    "us-east-1": ("atl-1a", "bos-1a", "dfw-2a", "mci-1a", "mia-1a", "nyc-1a", "phl-1a"),
    "us-west-2": ("den-1a", "las-1a", "lax-1a", "lax-1b", "pdx-1a", "sea-1a"),
    "eu-central-1": ("ham-1a", "waw-1a"),
    "eu-north-1": ("cph-1a", "hel-1a"),
    "ap-northeast-1": ("tpe-1a",),
    "ap-south-1": ("ccu-1a", "del-1a"),
    "ap-southeast-1": ("bkk-1a", "mnl-1a"),
    "ap-southeast-2": ("akl-1a", "per-1a"),
    "af-south-1": ("los-1a",),
    "me-south-1": ("mct-1a",),
}
"""Region to its Local Zones, without the region's name in front."""

WAVELENGTH_ZONES: Mapping[str, tuple[str, ...]] = {
    "us-east-1": ("atl", "bos", "dfw", "mia", "nyc"),
    "us-west-2": ("den", "las", "lax", "phx", "sea"),
    "eu-central-1": ("ber", "dtm", "muc"),
    "eu-west-2": ("lon", "man"),
    "ap-northeast-1": ("kix", "nrt"),
    "ca-central-1": ("yto",),
}
"""Region to the cities of its Wavelength Zones."""

DEFAULT_OPT_INS = frozenset({"us-east-1-bos-1", "us-west-2-lax-1", "eu-central-1-ham-1"})
"""The zone groups that this account has opted in to, as accounts do that ever tried one: a program that asks for zones
without `opt-in-status = opt-in-not-required` gets a Local Zone among them, first in alphabetical order."""


@dataclass(frozen=True)
class Zone:
    """One zone, as DescribeAvailabilityZones tells it."""

    name: str
    id: str
    region: str
    type: str
    group: str
    border_group: str
    parent_name: str = ""
    parent_id: str = ""


FACTS: filters.Facts[Zone] = {
    "group-name": lambda zone: [zone.group],
    "group-long-name": lambda _: [],
    "message": lambda _: [],
    "parent-zone-id": lambda zone: [zone.parent_id],
    "parent-zone-name": lambda zone: [zone.parent_name],
    "region-name": lambda zone: [zone.region],
    "zone-id": lambda zone: [zone.id],
    "zone-name": lambda zone: [zone.name],
    "zone-type": lambda zone: [zone.type],
}


def zones_of(region: str) -> list[Zone]:
    """All zones of a region, Availability Zones first."""
    from moto.ec2.models.availability_zones_and_regions import (  # noqa: PLC0415 - slow to import
        RegionsAndZonesBackend,
    )

    plain = [
        Zone(zone.name, zone.zone_id, region, "availability-zone", f"{region}-zg-1", region)
        for zone in RegionsAndZonesBackend.zones.get(region, [])
    ]
    return plain + [_local_zone(region, name, plain[0]) for name in LOCAL_ZONES.get(region, ())] + _wavelength(plain)


@cache
def zone_ids(region: str) -> Mapping[str, str]:
    """The zones of a region, name to id, such as `use1-az1`."""
    return {zone.name: zone.id for zone in zones_of(region)}


def _local_zone(region: str, name: str, parent: Zone) -> Zone:
    """`lax-1b` of us-west-2: zone us-west-2-lax-1b, group us-west-2-lax-1, id usw2-lax1-az2."""
    city, number, letter = name[:3], name[4:-1], name[-1]
    group = f"{region}-{city}-{number}"
    zone_id = f"{parent.id.partition('-')[0]}-{city}{number}-az{ord(letter) - ord('a') + 1}"
    return Zone(f"{region}-{name}", zone_id, region, "local-zone", group, group, parent.name, parent.id)


def _wavelength(plain: list[Zone]) -> list[Zone]:
    """`bos` of us-east-1: zone us-east-1-wl1-bos-wlz-1, group us-east-1-wl1, id use1-wl1-bos-wlz1."""
    if not plain:
        return []
    parent, region = plain[0], plain[0].region
    prefix = parent.id.partition("-")[0]
    return [
        Zone(
            name=f"{region}-wl1-{city}-wlz-1",
            id=f"{prefix}-wl1-{city}-wlz1",
            region=region,
            type="wavelength-zone",
            group=f"{region}-wl1",
            border_group=f"{region}-wl1-{city}-wlz-1",
            parent_name=parent.name,
            parent_id=parent.id,
        )
        for city in WAVELENGTH_ZONES.get(region, ())
    ]


class Zones:
    """What the account sees of a region's zones.

    Args:
        opted_in: Zone groups that it has opted in to.
        conditions: The states of the zones.
    """

    def __init__(self, conditions: ZoneConditions, opted_in: Iterable[str] = DEFAULT_OPT_INS) -> None:
        self._opted_in = set(opted_in)
        self._conditions = conditions

    def routes(self) -> Routes:
        """The calls that this part answers."""
        return {
            ("ec2", "DescribeAvailabilityZones"): self._describe,
            ("ec2", "ModifyAvailabilityZoneGroup"): self._modify_group,
        }

    def opt_in_status(self, zone: Zone) -> str:
        """AWS's word for whether the account may use a zone."""
        if zone.type == "availability-zone":
            return "opt-in-not-required"
        return "opted-in" if zone.group in self._opted_in else "not-opted-in"

    def _describe(self, call: Call) -> dict[str, Any]:
        params = call.params
        visible = [
            zone
            for zone in zones_of(call.region)
            if params.get("AllAvailabilityZones") or self.opt_in_status(zone) != "not-opted-in"
        ]
        names, ids = params.get("ZoneNames", []), params.get("ZoneIds", [])
        _require("zone", names, {zone.name for zone in visible})
        _require("zone-id", ids, {zone.id for zone in visible})
        named = [zone for zone in visible if (not names or zone.name in names) and (not ids or zone.id in ids)]
        facts = {
            **FACTS,
            "opt-in-status": lambda zone: [self.opt_in_status(zone)],
            "state": lambda zone: [self._conditions.state(zone.name)],
        }
        chosen = filters.select(named, list(params.get("Filters", [])), facts)
        return {"AvailabilityZones": [self._tell(zone) for zone in chosen]}

    def _tell(self, zone: Zone) -> dict[str, Any]:
        told: dict[str, Any] = {
            "OptInStatus": self.opt_in_status(zone),
            "Messages": [],
            "RegionName": zone.region,
            "ZoneName": zone.name,
            "ZoneId": zone.id,
            "GroupName": zone.group,
            "NetworkBorderGroup": zone.border_group,
            "ZoneType": zone.type,
            "State": self._conditions.state(zone.name),
        }
        if zone.parent_name:
            told |= {"ParentZoneName": zone.parent_name, "ParentZoneId": zone.parent_id}
        return told

    def _modify_group(self, call: Call) -> dict[str, Any]:
        group, status = call.params["GroupName"], call.params["OptInStatus"]
        groups = {zone.group for zone in zones_of(call.region) if zone.type != "availability-zone"}
        if group not in groups:
            raise AwsError("InvalidParameterValue", f"Invalid availability zone group: [{group}]")
        if status != "opted-in":
            # API ModifyAvailabilityZoneGroup: "The only valid value is opted-in"; opting out goes through AWS Support.
            raise AwsError("InvalidParameterValue", f"Value ({status}) for parameter optInStatus is invalid.")
        self._opted_in.add(group)
        return {"Return": True}


def _require(what: str, wanted: Iterable[str], known: set[str]) -> None:
    if missing := [each for each in wanted if each not in known]:
        raise AwsError("InvalidParameterValue", f"Invalid availability {what}: [{', '.join(missing)}]")
