"""A working model of the AWS that the healer talks to: one group, its instances, a clock, and things that go wrong.

It keeps state, checks every request against botocore's own service models, and answers in boto3's shapes. Each call
takes a moment of its clock, and may be throttled, denied or interrupted by whatever a test puts in its way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

START = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
ZONES = ("zone-a", "zone-b", "zone-c")
CHECKS = {
    "system-status.status": ("system", "SystemStatus"),
    "instance-status.status": ("instance", "InstanceStatus"),
    "attached-ebs-status.status": ("attached-ebs", "AttachedEbsStatus"),
}
REACTION = timedelta(seconds=10)  # from the mark to the termination
LEAVING = timedelta(seconds=40)  # from the termination to the launch
BOOTING = timedelta(seconds=60)  # from the launch to coming into service


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def refuse(action: str, code: str, message: str, status: int = 400, date: str = "") -> ClientError:
    """An error as boto3 raises it."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {"date": date} if date else {}}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, action)


@dataclass
class Instance:
    """One instance; `faults` has the checks that fail, and since when (None: EC2 does not tell)."""

    id: str
    zone: str
    version: str = "1"
    lifecycle: str = "InService"
    health: str = "Healthy"
    faults: dict[str, datetime | None] = field(default_factory=dict)
    in_service_at: datetime = START - timedelta(days=1)
    due: datetime = START


GROUP_ARN = "arn:aws:autoscaling:x:123456789012:autoScalingGroup:1:autoScalingGroupName"


@dataclass
class FakeAws:
    """One account and region.

    Attributes:
        name: The group's.
        now: Its clock; only `tick`, `advance` and the calls move it.
        latency: What each call takes.
        before: Called with the operation before each call is answered; may change the world or raise.
        requests: Every call as (operation, parameters), those that fail included.
        page: Entries in a page of DescribeInstanceStatus.
        replacements_break: Whether what is launched is launched broken.
        answers: Operation to another answer than the model's own.
    """

    name: str = "tap-web"
    now: datetime = START
    latency: timedelta = timedelta(0)
    before: Callable[[str], None] = lambda _: None
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    instances: dict[str, Instance] = field(default_factory=dict)
    strangers: dict[str, Instance] = field(default_factory=dict)
    desired: int = 0
    grace: int = 0
    version: str = "1"
    suspended: set[str] = field(default_factory=set)
    group_tags: dict[str, str] = field(default_factory=dict)
    instance_tags: dict[str, str] = field(default_factory=dict)
    refreshes: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    shifts: list[dict[str, Any]] | None = None
    streams: set[str] = field(default_factory=set)
    metrics: list[dict[str, float]] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    page: int = 1000
    replacements_break: bool = False
    dated: bool = True
    launched: int = 0
    answers: dict[str, Callable[[], dict[str, Any]]] = field(default_factory=dict)

    # --- the world, as a test changes it ---

    def grow(self, number: int) -> None:
        """Add so many sound members in service, dealt out to three zones."""
        for _ in range(number):
            self._add("InService")
        self.desired += number

    def fail(self, instance_id: str, check: str = "system", since: datetime | None = None) -> None:
        """Let a check fail, from now on or since a given time."""
        self.instances[instance_id].faults[check] = since or self.now

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that the group does in it."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now = min(end, self.now + timedelta(seconds=5))
            self._work()

    def marked(self) -> list[str]:
        """Ids of all marks that AWS took, in order."""
        return [params["InstanceId"] for action, params in self.requests if action == "SetInstanceHealth"]

    def made(self) -> list[str]:
        """The operations called, in order."""
        return [action for action, _ in self.requests]

    # --- how the group behaves ---

    def _add(self, lifecycle: str) -> Instance:
        instance = Instance(f"i-{self.launched:05}", ZONES[self.launched % 3], self.version, lifecycle)
        self.launched += 1
        self.instances[instance.id] = instance
        return instance

    def _work(self) -> None:
        """Replace the marked: terminate, then launch, as the group does by default."""
        for instance in list(self.instances.values()):
            if instance.lifecycle == "InService" and instance.health == "Unhealthy":
                self._terminate(instance)
            elif instance.lifecycle == "Terminating" and self.now >= instance.due:
                self._end(instance.id)
                del self.instances[instance.id]
                self._launch()
            elif instance.lifecycle == "Pending" and self.now >= instance.due:
                self._end(instance.id)
                instance.lifecycle, instance.in_service_at = "InService", self.now

    def _terminate(self, instance: Instance) -> None:
        if self.now < instance.due or self.suspended & {"Terminate", "ReplaceUnhealthy"}:
            return
        instance.lifecycle, instance.due = "Terminating", self.now + LEAVING
        cause = (
            f"At {self.now:%Y-%m-%dT%H:%M:%SZ} an instance was taken out of service in response to a user health-check."
        )
        self._record(f"Terminating EC2 instance: {instance.id}", cause, instance)

    def _launch(self) -> None:
        if "Launch" in self.suspended:
            return
        instance = self._add("Pending")
        instance.due = self.now + BOOTING
        if self.replacements_break:
            instance.faults["system"] = self.now
        why = "an instance was launched in response to an unhealthy instance needing to be replaced."
        self._record(
            f"Launching a new EC2 instance: {instance.id}", f"At {self.now:%Y-%m-%dT%H:%M:%SZ} {why}", instance
        )

    def _record(self, description: str, cause: str, instance: Instance) -> None:
        details = json.dumps({"Subnet ID": "subnet-1", "Availability Zone": instance.zone})
        entry: dict[str, Any] = {"ActivityId": f"activity-{len(self.activities)}", "Cause": cause}
        entry |= {"Description": description, "StartTime": self.now, "StatusCode": "InProgress", "Details": details}
        self.activities.insert(0, entry)

    def _end(self, instance_id: str) -> None:
        for entry in self.activities:
            if entry["StatusCode"] == "InProgress" and entry["Description"].endswith(instance_id):
                entry |= {"StatusCode": "Successful", "EndTime": self.now}

    # --- calls ---

    def call(self, service: str, action: str, params: dict[str, Any]) -> dict[str, Any]:
        """One call: check it as boto3 does, count it, let happen what happens, answer."""
        report = ParamValidator().validate(params, _model(service).operation_model(action).input_shape)
        assert not report.has_errors(), report.generate_report()
        self.requests.append((action, params))
        self.now += self.latency
        self.before(action)
        headers = {"date": format_datetime(self.now.replace(microsecond=0), usegmt=True)} if self.dated else {}
        try:
            answer = self.answers.get(action)
            reply: dict[str, Any] = answer() if answer else getattr(self, f"on_{action}")(params)
        except Refused as error:
            raise refuse(action, error.code, error.message, date=headers.get("date", "")) from error
        return reply | {"ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": headers}}

    def on_DescribeAutoScalingGroups(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """The group, if it is asked for or if nothing is: no name means all."""
        if self.name not in params.get("AutoScalingGroupNames", [self.name]):
            return {"AutoScalingGroups": []}
        group = {
            "AutoScalingGroupName": self.name,
            "AutoScalingGroupARN": f"{GROUP_ARN}/{self.name}",
            "DesiredCapacity": self.desired,
            "HealthCheckGracePeriod": self.grace,
            "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": self.version},
            "SuspendedProcesses": [{"ProcessName": name} for name in sorted(self.suspended)],
            "Tags": [{"Key": key, "Value": value} for key, value in self.group_tags.items()],
            "Instances": [_member(instance) for instance in self.instances.values()],
            "AvailabilityZoneImpairmentPolicy": {"ZonalShiftEnabled": self.shifts is not None},
        }
        return {"AutoScalingGroups": [group]}

    def on_DescribeInstanceStatus(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """Filters AND between names; no filter and no id means every instance of the account."""
        everyone = {**self.instances, **self.strangers}.values()
        wanted = [CHECKS[item["Name"]][0] for item in params.get("Filters", [])]
        found = [_status(instance) for instance in everyone if all(check in instance.faults for check in wanted)]
        start = int(params.get("NextToken", 0))
        more = {"NextToken": str(start + self.page)} if start + self.page < len(found) else {}
        return {"InstanceStatuses": found[start : start + self.page], **more}

    def on_DescribeScalingActivities(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """What is under way first, then back in time."""
        ordered = sorted(
            self.activities, key=lambda entry: (entry["StatusCode"] != "InProgress", -entry["StartTime"].timestamp())
        )
        start, size = int(params.get("NextToken", 0)), params["MaxRecords"]
        more = {"NextToken": str(start + size)} if start + size < len(ordered) else {}
        return {"Activities": ordered[start : start + size], **more}

    def on_DescribeInstanceRefreshes(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """All of them."""
        return {"InstanceRefreshes": self.refreshes}

    def on_DescribeTags(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """The instances' tags by key."""
        keys = [value for item in params["Filters"] if item["Name"] == "key" for value in item["Values"]]
        tags = [{"ResourceId": id_, "Key": keys[0], "Value": value} for id_, value in self.instance_tags.items()]
        return {"Tags": tags if keys == ["tap:healer-skip-until"] else []}

    def on_GetManagedResource(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """The group's shifts."""
        assert params["resourceIdentifier"].endswith(f"/{self.name}")
        return {"zonalShifts": self.shifts, "autoshifts": []}

    def on_SetInstanceHealth(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """Mark; refused on the way out and, unless told otherwise, within the grace period."""
        instance = self.instances.get(params["InstanceId"])
        if instance is None or instance.lifecycle not in {"InService", "Standby"}:
            raise Refused("ValidationError", f"The instance {params['InstanceId']} is not in InService or Standby.")
        age = (self.now - instance.in_service_at).total_seconds()
        if params.get("ShouldRespectGracePeriod", True) and age < self.grace:
            young = f"The age of the instance ({age:.0f} seconds) is less than"
            raise Refused("ValidationError", f"{young} the configured grace period of {self.grace} seconds")
        if instance.health != params["HealthStatus"]:
            instance.health, instance.due = params["HealthStatus"], self.now + REACTION
        return {}

    def on_CreateLogStream(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """Atomic: the second to come is told so."""
        if params["logStreamName"] in self.streams:
            raise Refused("ResourceAlreadyExistsException", "The specified log stream already exists")
        self.streams.add(params["logStreamName"])
        return {}

    def on_DescribeLogStreams(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """Streams by their prefix."""
        names = sorted(self.streams, reverse=params.get("descending", False))
        return {"logStreams": [{"logStreamName": name} for name in names if name.startswith("marked/")]}

    def on_PutMetricData(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """Keep the values by name."""
        assert params["Namespace"] == "tap/HealthCheck"
        self.metrics.append({item["MetricName"]: item["Value"] for item in params["MetricData"]})
        return {}

    def on_Publish(self, params: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        """Keep the notice."""
        self.notices.append(params)
        return {"MessageId": "1"}


class Refused(Exception):
    """AWS says no."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _member(instance: Instance) -> dict[str, Any]:
    return {
        "InstanceId": instance.id,
        "AvailabilityZone": instance.zone,
        "AvailabilityZoneId": f"id-of-{instance.zone}",
        "LifecycleState": instance.lifecycle,
        "HealthStatus": instance.health,
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": instance.version},
    }


def _status(instance: Instance) -> dict[str, Any]:
    entry: dict[str, Any] = {"InstanceId": instance.id, "AvailabilityZone": instance.zone}
    for check, key in CHECKS.values():
        since = instance.faults.get(check)
        detail = {"Name": "reachability", "Status": "failed"} | ({"ImpairedSince": since} if since else {})
        impaired = {"Status": "impaired", "Details": [detail]}
        entry[key] = impaired if check in instance.faults else {"Status": "ok", "Details": []}
    return entry


@dataclass(frozen=True)
class Client:
    """A boto3 client of one service: `describe_tags(...)` is the call DescribeTags."""

    aws: FakeAws
    service: str

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """The method of an operation."""
        action = "".join(word.capitalize() for word in name.split("_"))
        return lambda **params: self.aws.call(self.service, action, params)


class FakeClients:
    """The clients of one FakeAws."""

    def __init__(self, aws: FakeAws) -> None:
        self.autoscaling = Client(aws, "autoscaling")
        self.ec2 = Client(aws, "ec2")
        self.cloudwatch = Client(aws, "cloudwatch")
        self.sns = Client(aws, "sns")
        self.logs = Client(aws, "logs")
        self.zonal_shift = Client(aws, "arc-zonal-shift")
