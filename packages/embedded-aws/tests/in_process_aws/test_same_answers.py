"""The AWS in process and the embedded one answer the same calls about the same history in the same keys and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.chance import stream

from embedded_aws.embedded import Cloud
from embedded_aws.fleet import Check, GroupSettings, Preferences, Process, ScalingGroup, Timings
from embedded_aws.in_process.account import Account
from embedded_aws.in_process.faults import ApiFaults
from embedded_aws.in_process.session import ClientSession
from embedded_aws.in_process.world import GROUP_NAME, START, build

ZONES = ("us-east-1a", "us-east-1b")
LOG_GROUP = "/aws/lambda/tap-healer"
SKIP_TAG = "app:skip-until"
SIZES = {"MinSize": 0, "MaxSize": 6, "DesiredCapacity": 3}
PATTERNS = {
    "instance": r"i-[0-9a-f]{17}",
    "id": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "subnet": r"subnet-[0-9a-z-]+",
    "template": r"lt-[0-9a-f]+|\bfleet\b",
    "zone id": r"use1-az\d|id-of-[0-9a-z-]+",
}
OWN = {
    "AutoScalingGroupARN",
    "LaunchTemplateName",
    "VPCZoneIdentifier",
    "arn",
    "comment",
    "expiryTime",
    "resourceIdentifier",
    "startTime",
    "zonalShiftId",
}
"""Keys whose values are each AWS's own."""


@dataclass
class Aws:
    """One of the two: its clients, its group, what moves its time, and what tags an instance."""

    client: Callable[[str], Any]
    fleet: ScalingGroup
    advance: Callable[[float], None]
    tag: Callable[[str, str], None]
    shift: Callable[[str, str], None]

    @property
    def now(self) -> datetime:
        return self.fleet.now


@pytest.fixture(scope="module")
def embedded() -> Iterator[Aws]:
    with Cloud(start=START) as cloud:
        ec2, logs = cloud.client("ec2"), cloud.client("logs")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for number, zone in enumerate(ZONES)
        ]
        image = ec2.register_image(Name="fleet", RootDeviceName="/dev/xvda", Architecture="x86_64")["ImageId"]
        data = {"ImageId": image, "InstanceType": "t3.micro"}
        made = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        cloud.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=GROUP_NAME,
            LaunchTemplate={"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"},
            VPCZoneIdentifier=",".join(subnets),
            Tags=[{"Key": "tap:healer", "Value": "live", "PropagateAtLaunch": True}],
            AvailabilityZoneImpairmentPolicy={
                "ZonalShiftEnabled": True,
                "ImpairedZoneHealthCheckBehavior": "IgnoreUnhealthy",
            },
            **SIZES,
        )
        logs.create_log_group(logGroupName=LOG_GROUP)
        yield Aws(
            cloud.client,
            cloud.autoscaling.fleet(GROUP_NAME),
            cloud.clock.advance,
            lambda instance_id, until: ec2.create_tags(
                Resources=[instance_id], Tags=[{"Key": SKIP_TAG, "Value": until}]
            ),
            lambda arn, zone_id: cloud.client("arc-zonal-shift").start_zonal_shift(
                resourceIdentifier=arn, awayFrom=zone_id, expiresIn="2h", comment="-"
            ),
        )
        assert cloud.failures == []


@pytest.fixture(scope="module")
def in_process() -> Aws:
    settings = GroupSettings(SIZES["MinSize"], SIZES["MaxSize"], SIZES["DesiredCapacity"], ZONES, "1")
    world = build(settings, Timings(), stream("group"))
    world.group_tags["tap:healer"] = "live"
    session = ClientSession(Account(world, stream("api"), ApiFaults(latency_seconds=0)))
    return Aws(
        lambda name: getattr(session, name.replace("arc-zonal-shift", "zonal_shift")),
        world.fleet,
        lambda seconds: world.advance(world.now + timedelta(seconds=seconds)),
        lambda instance_id, until: world.instance_tags.__setitem__((instance_id, SKIP_TAG), until),
        lambda _, zone_id: world.fleet.shift_zone(zone_id.removeprefix("id-of-"), world.now, away=True),
    )


# --- one history ---


def play(aws: Aws) -> Iterator[tuple[str, dict[str, Any]]]:
    """Let the same things happen, and tell after each what is answered."""
    fleet = aws.fleet
    yield from asked(aws, "at the beginning")
    aws.advance(600)
    yield from asked(aws, "in service")
    (one, *_) = ill = [member.id for member in fleet.members]
    fleet.break_instance(one, Check.SYSTEM, aws.now)
    fleet.break_instance(ill[1], Check.EBS, aws.now)
    fleet.fail_application(ill[2], aws.now)
    fleet.suspend([Process.AZ_REBALANCE, Process.HEALTH_CHECK], aws.now)
    aws.tag(ill[1], "2026-01-02T00:00:00Z")
    yield from asked(aws, "ill")
    aws.client("autoscaling").set_instance_health(InstanceId=one, HealthStatus="Unhealthy")
    yield from asked(aws, "marked")
    aws.advance(100)
    yield from asked(aws, "replaced")
    fleet.start_refresh(Preferences(min_healthy=50, skip_matching=False), aws.now)
    aws.advance(10)
    yield from asked(aws, "refreshing")
    fleet.cancel_refresh(aws.now)
    (group,) = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    (zone_id, *_) = {
        entry["AvailabilityZoneId"] for entry in group["Instances"] if entry["AvailabilityZone"] == ZONES[0]
    }
    aws.shift(group["AutoScalingGroupARN"], zone_id)
    aws.advance(600)
    yield from asked(aws, "cancelled")


def asked(aws: Aws, when: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the calls answer now that read the group."""
    autoscaling, ec2 = aws.client("autoscaling"), aws.client("ec2")
    named = {"AutoScalingGroupName": GROUP_NAME}
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP_NAME])["AutoScalingGroups"]
    yield f"{when}: group", group
    yield f"{when}: activities", autoscaling.describe_scaling_activities(**named)
    since = [{"Name": "StartTimeLowerBound", "Values": [f"{aws.now - timedelta(seconds=50):%Y-%m-%dT%H:%M:%SZ}"]}]
    yield f"{when}: late activities", autoscaling.describe_scaling_activities(**named, Filters=since)
    yield f"{when}: refreshes", autoscaling.describe_instance_refreshes(**named)
    yield f"{when}: statuses", ec2.describe_instance_status(IncludeAllInstances=False)
    for name in ("system-status", "instance-status", "attached-ebs-status", "application-status"):
        wanted = [{"Name": f"{name}.status", "Values": ["impaired"]}]
        yield f"{when}: {name}", ec2.describe_instance_status(Filters=wanted, MaxResults=1000)
    tagged = [{"Name": "resource-type", "Values": ["instance"]}, {"Name": "key", "Values": [SKIP_TAG]}]
    yield (
        f"{when}: shifts",
        aws.client("arc-zonal-shift").get_managed_resource(resourceIdentifier=group["AutoScalingGroupARN"]),
    )
    yield f"{when}: tags", ec2.describe_tags(Filters=tagged, MaxResults=1000)


# --- what is the same ---


class Normal:
    """Answers with each AWS's own ids numbered in the order in which they are met."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def form(self, value: Any, key: str = "") -> Any:
        if key in OWN:
            return key
        if isinstance(value, dict):
            return {
                self.form(name): self.form(item, name)
                for name, item in sorted(value.items())
                if name != "ResponseMetadata"
            }
        if key == "InstanceStatuses":  # in the order of ids, which are random in one of the two
            return sorted((self.form(item) for item in value), key=lambda entry: str(entry["InstanceId"]))
        if isinstance(value, list):
            return [self.form(item) for item in value]
        if isinstance(value, datetime):
            return f"{(value - START).total_seconds():.0f} s"
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        for kind, pattern in PATTERNS.items():
            text = re.sub(pattern, lambda found, kind=kind: self._number(kind, found[0]), text)  # type: ignore[misc]
        return text

    def _number(self, kind: str, found: str) -> str:
        numbers = sum(name.startswith(kind) for name in self._known.values())
        return self._known.setdefault(found, f"{kind} {numbers + 1}")


def test_the_same_history_is_told_in_the_same_keys_and_words(embedded: Aws, in_process: Aws) -> None:
    one, other = Normal(), Normal()
    differing = {}
    for (what, here), (_, there) in zip(play(embedded), play(in_process), strict=True):
        if (left := one.form(here)) != (right := other.form(there)):
            differing[what] = {"embedded": left, "in process": right}

    assert differing == {}


LOG_CALLS: list[tuple[str, dict[str, Any]]] = [
    ("create_log_stream", {"logStreamName": "marked/2026-01-01T00-00-05/i-1,i-2"}),
    ("create_log_stream", {"logStreamName": "marked/2026-01-01T00-00-05/i-1,i-2"}),
    ("create_log_stream", {"logStreamName": "marked/a:b"}),
    ("create_log_stream", {"logStreamName": "marked/a*"}),
    ("create_log_stream", {"logStreamName": "n" * 512}),
    ("create_log_stream", {"logStreamName": "n" * 513}),
    *(("create_log_stream", {"logStreamName": f"told/{99 - number}"}) for number in range(60)),
    ("describe_log_streams", {"logStreamNamePrefix": "marked/"}),
    ("describe_log_streams", {"logStreamNamePrefix": "told/", "limit": 3}),
    ("describe_log_streams", {"logStreamNamePrefix": "told/", "limit": 3, "descending": True}),
    ("describe_log_streams", {"logStreamNamePrefix": "told/", "limit": 50}),
    ("describe_log_streams", {"logStreamNamePrefix": "told/"}),
    ("describe_log_streams", {"logStreamNamePrefix": "nothing/"}),
    ("describe_log_streams", {"logStreamNamePrefix": "told/", "limit": 51}),
    ("describe_log_streams", {"logStreamNamePrefix": "told/", "nextToken": "never given"}),
    ("describe_log_streams", {"logStreamNamePrefix": "told/", "orderBy": "LastEventTime"}),
]


def test_log_streams_are_made_refused_and_listed_alike(embedded: Aws, in_process: Aws) -> None:
    for method, params in LOG_CALLS:
        assert outcome(embedded, "logs", method, logGroupName=LOG_GROUP, **params) == outcome(
            in_process, "logs", method, logGroupName=LOG_GROUP, **params
        ), (method, params)


@pytest.mark.parametrize(
    ("service", "method", "params"),
    [
        ("autoscaling", "set_instance_health", {"InstanceId": "i-00000000000009999", "HealthStatus": "Unhealthy"}),
        ("autoscaling", "set_instance_health", {"InstanceId": "i-00000000000009999", "HealthStatus": "Ill"}),
        ("autoscaling", "describe_scaling_activities", {"AutoScalingGroupName": "nobody"}),
        ("autoscaling", "describe_instance_refreshes", {"AutoScalingGroupName": "nobody"}),
        ("autoscaling", "describe_scaling_activities", {"Filters": [{"Name": "Wrong", "Values": ["x"]}]}),
        ("autoscaling", "describe_scaling_activities", {"Filters": [{"Name": "StartTimeLowerBound", "Values": ["x"]}]}),
        ("ec2", "describe_instance_status", {"Filters": [{"Name": "wrong", "Values": ["x"]}]}),
        ("ec2", "describe_instance_status", {"MaxResults": 4}),
        ("ec2", "describe_instance_status", {"NextToken": "never given"}),
        ("arc-zonal-shift", "get_managed_resource", {"resourceIdentifier": "arn:nobody"}),
        ("elbv2", "describe_target_health", {"TargetGroupArn": "arn:nobody"}),
    ],
)
def test_what_aws_refuses_is_refused_with_the_same_code(
    embedded: Aws, in_process: Aws, service: str, method: str, params: dict[str, Any]
) -> None:
    assert outcome(embedded, service, method, **params) == outcome(in_process, service, method, **params)


def outcome(aws: Aws, service: str, method: str, **params: Any) -> Any:
    """The code of the refusal; or the names of the streams, and whether there are more."""
    try:
        reply = getattr(aws.client(service), method)(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    streams = [sorted(one) for one in reply.get("logStreams", [])]
    return [one["logStreamName"] for one in reply.get("logStreams", [])], streams, "nextToken" in reply
