"""AWS's own words for scaling activities, as they were seen in real accounts."""

from __future__ import annotations

import pytest
from support.healing.builders import ago

from tap_stack.healer.activities import parse
from tap_stack.healer.calls import Untrusted
from tap_stack.healer.model import ActivityKind, Cause, Outcome

ENTRY = {"StartTime": ago(), "Description": "Terminating EC2 instance: i-1", "Cause": "", "StatusCode": "Successful"}

OUT = "At 2021-04-01T21:48:35Z an instance was taken out of service in response to"
SHRUNK = f"{OUT} a difference between desired and actual capacity, shrinking the capacity from 3 to 2."
GROWN = (
    "At 2026-01-01T00:00:00Z a user request update of AutoScalingGroup constraints changing the desired capacity from "
    "1 to 2.  At 2026-01-01T00:00:10Z an instance was started in response to a difference between desired and actual "
    "capacity, increasing the capacity from 1 to 2."
)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (f"{OUT} a user health-check.", Cause.USER_MARK),
        (f"{OUT} an EC2 health check indicating it has been terminated or stopped.", Cause.HEALTH_CHECK),
        (f"{OUT} an EC2 instance status checks failure.", Cause.HEALTH_CHECK),
        (f"{OUT} an EC2 instance status check failure.", Cause.HEALTH_CHECK),
        (f"{OUT} an EC2 system status checks failure.", Cause.HEALTH_CHECK),
        (f"{OUT} EBS volume health check failure.", Cause.HEALTH_CHECK),
        (f"{OUT} an ELB system health check failure.", Cause.HEALTH_CHECK),
        (f"{OUT} a fault of its own.", Cause.UNKNOWN),
        ("", Cause.UNKNOWN),
        (f"{OUT} a user request, shrinking the capacity from 3 to 2.", Cause.OTHER),
        (SHRUNK, Cause.OTHER),
        (GROWN, Cause.OTHER),
        ("At 2026-01-01T00:00:00Z an instance was launched in response to an instance refresh.", Cause.OTHER),
        (
            (
                "At 2023-01-01T00:00:00Z an instance was launched in response to an unhealthy instance "
                "needing to be replaced."
            ),
            Cause.REPLACEMENT,
        ),
    ],
)
def test_causes(cause: str, expected: Cause) -> None:
    assert parse(ENTRY | {"Cause": cause}).cause is expected


@pytest.mark.parametrize(
    ("description", "kind", "instance_id"),
    [
        ("Launching a new EC2 instance: i-0b3728baa9692255a", ActivityKind.LAUNCH, "i-0b3728baa9692255a"),
        ("Terminating EC2 instance: i-04925c838b6438f14", ActivityKind.TERMINATE, "i-04925c838b6438f14"),
        (
            "Terminating EC2 instance: i-0132685d075728c82 - Waiting For ELB Connection Draining",
            ActivityKind.TERMINATE,
            "i-0132685d075728c82",
        ),
        (
            (
                "Launching a new EC2 instance: i-1.  Status Reason: Instance became unhealthy while waiting for "
                "instance to be in InService state. Termination Reason: Client.InstanceInitiatedShutdown of i-2"
            ),
            ActivityKind.LAUNCH,
            "i-1",
        ),
        ("Launching a new EC2 instance from warm pool: i-1", ActivityKind.LAUNCH, "i-1"),
        ("Launching a new EC2 instance into warm pool: i-1", ActivityKind.POOL_LAUNCH, "i-1"),
        ("Launching a new EC2 instance into warm pool", ActivityKind.POOL_LAUNCH, ""),
        ("Terminating EC2 instance from warm pool: i-1", ActivityKind.OTHER, "i-1"),
        ("Attaching an existing EC2 instance: i-1", ActivityKind.OTHER, "i-1"),
        ("Updating load balancers/target groups: Successful", ActivityKind.OTHER, ""),
        ("Ending EC2 instance: i-1", ActivityKind.TERMINATE, "i-1"),
    ],
)
def test_descriptions(description: str, kind: ActivityKind, instance_id: str) -> None:
    activity = parse(ENTRY | {"Description": description})

    assert (activity.kind, activity.instance_id) == (kind, instance_id)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("Successful", Outcome.SUCCESSFUL),
        ("Failed", Outcome.FAILED),
        ("Cancelled", Outcome.CANCELLED),
        ("InProgress", Outcome.UNDER_WAY),
        ("PreInService", Outcome.UNDER_WAY),
        ("WaitingForInstanceWarmup", Outcome.UNDER_WAY),
        ("SomethingNew", Outcome.UNDER_WAY),
    ],
)
def test_status_codes(status: str, outcome: Outcome) -> None:
    assert parse(ENTRY | {"StatusCode": status}).outcome is outcome


@pytest.mark.parametrize(
    ("details", "zone"),
    [
        ('{"Subnet ID":"subnet-1","Availability Zone":"us-west-2a"}', "us-west-2a"),
        ("{}", ""),
        ("no JSON", ""),
        ("[]", ""),
    ],
)
def test_the_zone_is_in_the_details(details: str, zone: str) -> None:
    assert parse(ENTRY | {"Details": details}).zone == zone


def test_words_for_what_was_done_that_are_unknown_are_taken_for_a_replacement_for_health() -> None:
    cause = "in response to a difference between desired and actual capacity"

    assert parse(ENTRY | {"Description": "Ending EC2 instance: i-1", "Cause": cause}).cause is Cause.UNKNOWN


def test_a_launch_that_failed_has_no_instance() -> None:
    description = "Launching a new EC2 instance.  Status Reason: The image id does not exist."

    assert parse(ENTRY | {"Description": description, "StatusCode": "Failed"}).instance_id == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"Description": "Terminating EC2 instance"},
        {"Description": "Launching a new EC2 instance"},
        {"Description": "Something new"},
        {"Description": ""},
        {"StartTime": "yesterday"},
        {"EndTime": 5},
    ],
)
def test_an_activity_that_cannot_be_read_is_not_trusted(changes: dict[str, object]) -> None:
    with pytest.raises(Untrusted):
        parse(ENTRY | changes)


@pytest.mark.parametrize("key", ["StartTime", "Description", "Cause", "StatusCode"])
def test_nor_is_one_that_lacks_what_every_activity_has(key: str) -> None:
    with pytest.raises(KeyError, match=key):
        parse({name: value for name, value in ENTRY.items() if name != key})
