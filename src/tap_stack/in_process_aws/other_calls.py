"""What zonal shift, CloudWatch and SNS answer to the calls that a healer may make.

Sources: the API references of GetManagedResource (ARC zonal shift), PutMetricData, Publish.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from tap_stack.in_process_aws.account import Account
from tap_stack.in_process_aws.errors import AwsError
from tap_stack.in_process_aws.pages import Entry, Pages
from tap_stack.in_process_aws.world import zone_id

Params: TypeAlias = dict[str, Any]


def get_managed_resource(account: Account, _: Pages, params: Params) -> Entry:
    """The zonal shifts of the group, by the ids of the zones."""
    arn = account.world.arn
    if params["resourceIdentifier"] != arn:
        raise AwsError("ResourceNotFoundException", "The resource is not registered with zonal shift.", 404)
    zones = account.look().facts().shifted
    shifts = [{"appliedStatus": "APPLIED", "awayFrom": zone_id(zone)} for zone in zones]
    return {"arn": arn, "zonalShifts": shifts, "autoshifts": [], "appliedWeights": {}}


def put_metric_data(account: Account, _: Pages, params: Params) -> Entry:
    """Keep the values by name."""
    values = {item["MetricName"]: item["Value"] for item in params["MetricData"]}
    account.metrics.append((account.world.now, values))
    return {}


def publish(account: Account, _: Pages, params: Params) -> Entry:
    """Keep the notice."""
    account.notices.append(params)
    return {"MessageId": f"message-{len(account.notices)}"}
