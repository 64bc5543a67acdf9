"""What zonal shift, CloudWatch and SNS answer to the calls that a healer may make.

Sources: the API references of GetManagedResource (ARC zonal shift), PutMetricData, Publish.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeAlias

from embedded_aws.in_process import shapes
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.pages import Entry, Pages
from embedded_aws.in_process.world import World, zone_id

LONGEST_SHIFT = timedelta(hours=72)

Params: TypeAlias = dict[str, Any]


def get_managed_resource(account: Account, _: Pages, params: Params) -> Entry:
    """The zonal shifts of the group, by the ids of the zones."""
    world = account.world
    arn, facts = world.arn, account.look().facts()
    if params["resourceIdentifier"] != arn or not world.zonal_shift_enabled:
        raise AwsError("ResourceNotFoundException", "The resource is not registered with zonal shift.", 404)
    shifts = [_shift(world, zone) for zone in facts.shifted]
    zones = [zone_id(zone) for zone in facts.settings.zones]
    resource = shapes.managed_resource((arn, world.fleet.name), zones, shifts)
    return resource | {"zonalAutoshiftStatus": "DISABLED"}


def _shift(world: World, zone: str) -> Entry:
    """A shift; the fleet does not know since when, nor until when."""
    return {
        "zonalShiftId": f"shift-away-from-{zone}",
        "resourceIdentifier": world.arn,
        "awayFrom": zone_id(zone),
        "startTime": world.began,
        "expiryTime": world.now + LONGEST_SHIFT,
        "comment": "",
    }


def put_metric_data(account: Account, _: Pages, params: Params) -> Entry:
    """Keep the values by name."""
    values = {item["MetricName"]: item["Value"] for item in params["MetricData"]}
    account.metrics.append((account.world.now, values))
    return {}


def publish(account: Account, _: Pages, params: Params) -> Entry:
    """Keep the notice."""
    account.notices.append(params)
    return {"MessageId": f"message-{len(account.notices)}"}
