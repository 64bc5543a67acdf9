"""What can be done to a deployed fleet, and what can be seen of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from .conftest import Deployed

GROUP = "tap-fleet-try"


def eventually(look: Callable[[], Any]) -> Any:
    """What a look gives as soon as it gives anything, within twenty seconds."""
    deadline = time.monotonic() + 20
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def members(deployed: Deployed) -> list[str]:
    groups = deployed.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])
    return [each["InstanceId"] for each in groups["AutoScalingGroups"][0]["Instances"]]


def test_a_broken_instance_is_replaced_and_everything_about_it_can_be_seen(deployed: Deployed) -> None:
    place = deployed.place
    place.tap("local", "time", "--advance", "600")  # past the grace period
    broken = members(deployed)[0]
    told = place.tap("break", broken, "--kind", "ebs")

    assert told.out.endswith(f"{broken} fails its ebs status check from now on.\n")
    assert eventually(lambda: broken not in members(deployed))
    log = place.tap("logs", "healer", "--last", "0").out
    assert f"    marked: {broken}" in log
    assert f"    waiting_window: {broken}" in log
    events = [json.loads(line) for line in place.tap("logs", "healer", "--json", "--last", "0").out.splitlines()]
    assert any(each["message"].startswith("REPORT RequestId") for each in events)
    healers = place.tap("local", "calls", "--role", "tap-healer", "--last", "0", "--json").json
    assert "SetInstanceHealth" in {each["action"] for each in healers}
    assert {each["allowed"] for each in healers} == {True}


def test_a_repaired_instance_is_left_alone(deployed: Deployed) -> None:
    instance = members(deployed)[0]
    deployed.place.tap("break", instance, "--kind", "instance")
    repaired = deployed.place.tap("repair", instance, "--json").json

    status = deployed.client("ec2").describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]
    assert repaired["instance"] == instance
    assert status["InstanceStatus"]["Status"] == "ok"


def test_a_load_makes_the_group_grow(deployed: Deployed) -> None:
    before = len(members(deployed))
    told = deployed.place.tap("load", GROUP, "95")
    deployed.place.tap("local", "time", "--advance", "900")

    assert f"the instances of {GROUP} report 95 % CPU from now on" in told.out
    assert eventually(lambda: len(members(deployed)) > before)


def test_a_denied_call_is_shown_as_such(deployed: Deployed) -> None:
    outputs = deployed.place.tap("outputs", "--json").json
    credentials = deployed.client("sts").assume_role(RoleArn=outputs["ec2_role_arn"], RoleSessionName="try")
    assert credentials["Credentials"]["AccessKeyId"].startswith("ASIA")
    denied = deployed.place.tap("local", "calls", "--denied", "--last", "0")

    assert denied.code == 0


def test_notifications_are_shown(deployed: Deployed) -> None:
    sent = deployed.place.tap("local", "notifications", "--last", "0", "--json").json

    assert {each["endpoint"] for each in sent} == {"oncall@example.com"}
    assert sent[0]["kind"] == "SubscriptionConfirmation"
    assert "email:oncall@example.com" in deployed.place.tap("local", "notifications").out


def test_a_log_can_be_followed(deployed: Deployed) -> None:
    process = deployed.place.start("logs", "healer", "--follow", "--last", "1")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    process.terminate()
    process.communicate(timeout=10)

    assert [line.split()[1] for line in lines if line[:4].isdigit()] != []
    times = [line.split()[0] for line in lines if line[:4].isdigit()]
    assert times == sorted(set(times))


def test_the_clock_can_be_looked_at_moved_and_given_another_speed(deployed: Deployed) -> None:
    place = deployed.place
    stopped = place.tap("local", "time", "--speed", "0", "--json").json
    moved = place.tap("local", "time", "--advance", "60", "--json").json
    running = place.tap("local", "time", "--speed", "300", "--json").json

    assert (stopped["speed"], moved["speed"], running["speed"]) == (0, 0, 300)
    assert stopped["time"] < moved["time"] == running["time"]
