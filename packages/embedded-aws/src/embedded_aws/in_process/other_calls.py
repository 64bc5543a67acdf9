"""What zonal shift, CloudWatch, CloudWatch Logs and SNS answer to the calls that a healer may make.

Sources: the API references of GetManagedResource (ARC zonal shift), PutMetricData, Publish, CreateLogStream and
DescribeLogStreams (by name, at most 50 in a page). Log streams have no events here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeAlias

from embedded_aws.account import ACCOUNT
from embedded_aws.in_process import log_streams, shapes
from embedded_aws.in_process.account import Account, Stream
from embedded_aws.in_process.errors import AwsError
from embedded_aws.in_process.pages import Entry, Pages, paged
from embedded_aws.in_process.rollout_calls import metrics_arrived
from embedded_aws.in_process.world import REGION, World, zone_id

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
    metrics_arrived(account)
    return {}


def publish(account: Account, _: Pages, params: Params) -> Entry:
    """Keep the notice."""
    account.notices.append(params)
    return {"MessageId": f"message-{len(account.notices)}"}


def create_log_stream(account: Account, _: Pages, params: Params) -> Entry:
    """Atomic: of two callers with one name exactly one succeeds."""
    stream = params["logGroupName"], params["logStreamName"]
    log_streams.check_name(stream[1])
    if stream in account.streams:
        raise log_streams.exists()
    account.streams[stream] = account.world.now
    return {}


def describe_log_streams(account: Account, pages: Pages, params: Params) -> Entry:
    """The streams of a log group, by name."""
    prefix = params.get("logStreamNamePrefix", "")
    by_time = params.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        message = "Cannot order by LastEventTime with a logStreamNamePrefix."
        raise AwsError("InvalidParameterException", message)
    as_of, group = account.look().as_of, _group(params)
    found = [
        stream
        for stream, created in account.streams.items()
        if stream[0] == group and stream[1].startswith(prefix) and created <= as_of
    ]
    found.sort(reverse=params.get("descending", False))  # without events there is no time of the last one
    return paged(account, pages, params, "logStreams", lambda: found, tell=lambda stream: _shape(account, stream))


def _group(params: Params) -> str:
    """The group, which may be named by its ARN."""
    name, identifier = params.get("logGroupName"), params.get("logGroupIdentifier")
    if bool(name) == bool(identifier):
        message = "Either logGroupName or logGroupIdentifier must be given, and not both."
        raise AwsError("InvalidParameterException", message)
    return str(name or identifier).partition(":log-group:")[2] or str(name or identifier)


def _shape(account: Account, stream: Stream) -> Entry:
    group, name = stream
    return {
        "logStreamName": name,
        "creationTime": int(account.streams[stream].timestamp() * 1000),
        "arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{name}",
        "storedBytes": 0,
    }
