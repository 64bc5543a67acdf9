"""The policies that are compared: the healer as it is, and four that stand for what is done elsewhere.

`naive` and `seed` are the first attempt at this system and its correction, as its description tells them: whatever is
not `ok` is marked, at once, all of it, the grace period not respected; the correction tries each mark up to three
times. `percent-20` is the circuit breaker that Karpenter has shipped: all that is confirmed goes, or nothing if more
than 20 % (rounded up) is unhealthy. `native` is no healer at all: the group alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

from tap_cli.sim.checks import WINDOWS
from tap_cli.sim.function import SweepFunction
from tap_stack.healer import handler
from tap_stack.healer.clients import Clients
from tap_stack.healer.handler import Surroundings

MAX_RETRIES = 3  # the seed's
IDS_PER_CALL = 100  # DescribeInstanceStatus
BREAKER_PERCENT = 20
FAILURES = (ClientError, HTTPClientError)


class Ours:
    """The healer, unchanged."""

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:
        """One sweep of it."""
        return handler.sweep(event, context, around)


class Native:
    """No healer: the group replaces what it sees failing, after some minutes and a tenth at a time."""

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:
        """Nothing."""


class MarkAll:
    """Marks whatever is not `ok`, at once and without a limit."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:  # noqa: ARG002 - the protocol
        """One sweep: a failed read ends it, a failed mark does not."""
        _, serving = _group(around)
        for first in range(0, len(serving), IDS_PER_CALL):
            ids = serving[first : first + IDS_PER_CALL]
            for status in around.clients.ec2.describe_instance_status(InstanceIds=ids)["InstanceStatuses"]:
                if any(status[key]["Status"] != "ok" for key in ("InstanceStatus", "SystemStatus")):
                    self._mark(around.clients, status["InstanceId"])
        return None

    def _mark(self, clients: Clients, instance_id: str) -> None:
        for _ in range(self._attempts):
            try:
                _mark(clients, instance_id, respect_grace=False)
            except FAILURES:
                continue
            return


class Breaker:
    """Marks everything that is confirmed, or nothing while more than 20 % of the group is unhealthy."""

    def sweep(self, event: dict[str, str], context: Any, around: Surroundings) -> object:  # noqa: ARG002 - the protocol
        """One sweep: a failed read ends it, a failed mark does not."""
        now, serving = _group(around)
        unhealthy = [each for each in _impaired(around.clients) if each[0] in set(serving)]
        if len({instance_id for instance_id, _, _ in unhealthy}) > -(-len(serving) * BREAKER_PERCENT // 100):
            return None
        for instance_id in dict.fromkeys(each[0] for each in unhealthy if each[2] + WINDOWS[each[1]] <= now):
            try:
                _mark(around.clients, instance_id, respect_grace=True)
            except FAILURES:
                continue
        return None


def _group(around: Surroundings) -> tuple[datetime, list[str]]:
    """AWS's time, and the ids of the members in service that nobody has marked."""
    name = around.environ["GROUP_NAME"]
    reply = around.clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    members = reply["AutoScalingGroups"][0]["Instances"]
    serving = [
        each["InstanceId"]
        for each in members
        if each["LifecycleState"] == "InService" and each["HealthStatus"] == "Healthy"
    ]
    return parsedate_to_datetime(reply["ResponseMetadata"]["HTTPHeaders"]["date"]), serving


def _impaired(clients: Clients) -> list[tuple[str, str, datetime]]:
    """Id, check, and since when, of all that EC2 calls impaired."""
    found = []
    for name, key in (
        ("system-status.status", "SystemStatus"),
        ("instance-status.status", "InstanceStatus"),
        ("attached-ebs-status.status", "AttachedEbsStatus"),
    ):
        params: dict[str, Any] = {"Filters": [{"Name": name, "Values": ["impaired"]}], "MaxResults": 1000}
        while True:
            reply = clients.ec2.describe_instance_status(**params)
            for entry in reply["InstanceStatuses"]:
                since = entry[key]["Details"][0].get("ImpairedSince")
                found += [(entry["InstanceId"], key, since)] if since else []
            if not reply.get("NextToken"):
                break
            params["NextToken"] = reply["NextToken"]
    return found


def _mark(clients: Clients, instance_id: str, *, respect_grace: bool) -> None:
    clients.autoscaling.set_instance_health(
        InstanceId=instance_id, HealthStatus="Unhealthy", ShouldRespectGracePeriod=respect_grace
    )


POLICIES: dict[str, Callable[[], SweepFunction]] = {
    "ours": Ours,
    "native": Native,
    "percent-20": Breaker,
    "seed": lambda: MarkAll(MAX_RETRIES),
    "naive": lambda: MarkAll(1),
}
"""The policies by name, ours first."""
