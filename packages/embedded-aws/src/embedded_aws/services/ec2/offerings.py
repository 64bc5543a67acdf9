"""DescribeInstanceTypeOfferings: which instance types a region or zone offers.

moto carries AWS's own lists for thirty regions and has none for the newest, China and GovCloud; there this cloud offers
what nine in ten of the thirty offer. moto also matches regions by prefix and knows no pages.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, partial
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.in_process import filters
from embedded_aws.services.ec2.conditions import ZoneConditions
from embedded_aws.services.ec2.zones import zones_of

LOCATION_TYPES = ("region", "availability-zone", "availability-zone-id")
"""API: LocationType. `outpost` is left out: this account has none."""

PAGE_SIZES = range(5, 1001)

COMMON = 0.9
"""The share of regions that offer a type which counts as offered in a region that is not listed."""

FACTS: filters.Facts[dict[str, str]] = {
    "instance-type": lambda offering: [offering["InstanceType"]],
    "location": lambda offering: [offering["Location"]],
}


def routes(conditions: ZoneConditions) -> Routes:
    """The calls that this part answers; what a zone lacks is left out."""
    return {("ec2", "DescribeInstanceTypeOfferings"): partial(_describe, conditions)}


def offered(region: str, location_type: str) -> list[dict[str, str]]:
    """Every offering of a region, boto3-shaped."""
    known = _lists()[location_type].get(region)
    if known is not None:
        return [_offering(each["InstanceType"], location_type, each["Location"]) for each in known]
    zones = [zone for zone in zones_of(region) if zone.type == "availability-zone"]
    places = {
        "region": [region],
        "availability-zone": [zone.name for zone in zones],
        "availability-zone-id": [zone.id for zone in zones],
    }
    names = _offered_almost_everywhere()
    return [_offering(name, location_type, place) for place in places[location_type] for name in names]


def _describe(conditions: ZoneConditions, call: Call) -> dict[str, Any]:
    location_type = call.params.get("LocationType", "region")
    if location_type not in LOCATION_TYPES:
        raise AwsError("InvalidParameterValue", f"Value ({location_type}) for parameter locationType is invalid.")
    size = call.params.get("MaxResults", PAGE_SIZES[-1])
    if size not in PAGE_SIZES:
        raise AwsError("InvalidParameterValue", f"Value ( {size} ) for parameter maxResults is invalid.")
    names = {zone.id: zone.name for zone in zones_of(call.region)}
    found = [
        each
        for each in offered(call.region, location_type)
        if location_type == "region"
        or conditions.offers(names.get(each["Location"], each["Location"]), each["InstanceType"])
    ]
    matching = filters.select(found, call.params.get("Filters", []), FACTS)
    shown, token = filters.page(
        matching,
        lambda offering: f"{offering['InstanceType']} {offering['Location']}",
        size=size,
        token=call.params.get("NextToken"),
    )
    return {"InstanceTypeOfferings": shown} | ({} if token is None else {"NextToken": token})


def _offering(instance_type: str, location_type: str, location: str) -> dict[str, str]:
    return {"InstanceType": instance_type, "LocationType": location_type, "Location": location}


@cache
def _lists() -> Any:
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS  # noqa: PLC0415 - slow to import

    return INSTANCE_TYPE_OFFERINGS


@cache
def _offered_almost_everywhere() -> list[str]:
    regions = _lists()["region"].values()
    count = Counter(offering["InstanceType"] for region in regions for offering in region)
    return sorted(name for name, offering in count.items() if offering >= COMMON * len(regions))
