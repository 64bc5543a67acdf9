"""Zonal shifts by ARC's API: which groups take part, how they begin and end, and who may read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Create = Callable[..., str]
TAKING_PART = {"AvailabilityZoneImpairmentPolicy": {"ZonalShiftEnabled": True}}


def arc(place: Any, **credentials: str) -> Any:
    return place.cloud.client("arc-zonal-shift", **credentials)


def group(place: Any, name: str) -> dict[str, Any]:
    found = place.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return dict(found[0])


def zone_id(place: Any, zone: str) -> str:
    (found,) = place.ec2.describe_availability_zones(ZoneNames=[zone])["AvailabilityZones"]
    return str(found["ZoneId"])


def start(place: Any, name: str, zone: str = "us-east-1a", expires: str = "2h") -> dict[str, Any]:
    arn = group(place, name)["AutoScalingGroupARN"]
    where = {"resourceIdentifier": arn, "awayFrom": zone_id(place, zone)}
    return dict(arc(place).start_zonal_shift(**where, expiresIn=expires, comment="gray failure"))


def read(place: Any, name: str) -> dict[str, Any]:
    return dict(arc(place).get_managed_resource(resourceIdentifier=group(place, name)["AutoScalingGroupARN"]))


def zones_launched_in(place: Any, name: str, capacity: int) -> set[str]:
    """The zones of the members that come when the group grows."""
    before = {each["InstanceId"] for each in group(place, name)["Instances"]}
    place.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=capacity)
    members = group(place, name)["Instances"]
    return {each["AvailabilityZone"] for each in members if each["InstanceId"] not in before}


def test_members_tell_their_zone_by_id_as_shifts_do(place: Any, create: Create) -> None:
    members = group(place, create())["Instances"]

    assert [each["AvailabilityZoneId"] for each in members] == [
        zone_id(place, each["AvailabilityZone"]) for each in members
    ]


def test_a_shift_keeps_new_members_out_of_its_zone_until_it_is_cancelled(place: Any, create: Create) -> None:
    name = create(**TAKING_PART)

    begun = start(place, name)

    assert (begun["status"], begun["awayFrom"]) == ("ACTIVE", zone_id(place, "us-east-1a"))
    (shift,) = read(place, name)["zonalShifts"]
    assert (shift["zonalShiftId"], shift["appliedStatus"]) == (begun["zonalShiftId"], "APPLIED")
    assert read(place, name)["appliedWeights"] == {zone_id(place, "us-east-1a"): 0, zone_id(place, "us-east-1b"): 1}
    listed = {each["name"]: each["zonalShifts"] for each in arc(place).list_managed_resources()["items"]}
    assert [each["zonalShiftId"] for each in listed[name]] == [begun["zonalShiftId"]]
    assert zones_launched_in(place, name, 3) == {"us-east-1b"}

    ended = arc(place).cancel_zonal_shift(zonalShiftId=begun["zonalShiftId"])

    assert ended["status"] == "CANCELED"
    assert read(place, name)["zonalShifts"] == []
    assert zones_launched_in(place, name, 4) == {"us-east-1a"}


def test_a_shift_ends_by_itself_when_it_expires(place: Any, create: Create) -> None:
    name = create(**TAKING_PART)
    start(place, name, expires="5m")

    place.cloud.clock.advance(299)
    assert len(read(place, name)["zonalShifts"]) == 1
    place.cloud.clock.advance(2)

    assert read(place, name)["zonalShifts"] == []


def refusal(call: Callable[..., Any], *arguments: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(*arguments, **params)
    return str(raised.value.response["Error"]["Code"])


def test_what_arc_would_refuse_is_refused(place: Any, create: Create) -> None:
    aside, taking_part = create(), create(**TAKING_PART)
    start(place, taking_part)

    assert refusal(start, place, aside) == "ResourceNotFoundException"
    assert refusal(read, place, aside) == "ResourceNotFoundException"
    assert refusal(start, place, taking_part, "us-east-1b") == "ConflictException"
    assert refusal(start, place, create(**TAKING_PART), "us-east-1c") == "ValidationException"
    assert refusal(start, place, create(**TAKING_PART), expires="73h") == "ValidationException"
    assert refusal(arc(place).cancel_zonal_shift, zonalShiftId="a-shift-that-is-none") == "ResourceNotFoundException"


def test_who_may_read_shifts_is_decided_by_the_condition_key(place: Any, create: Create) -> None:
    """A group is no resource type of the action: only the key can narrow it."""
    name, other = create(**TAKING_PART), create(**TAKING_PART)
    iam = place.cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    own = {"StringLike": {"arc-zonal-shift:ResourceIdentifier": f"*autoScalingGroupName/{name}"}}
    may = {"Effect": "Allow", "Action": "arc-zonal-shift:GetManagedResource", "Resource": "*", "Condition": own}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=_document(may))
    keys = place.cloud.iam.credentials_for(role, "s", "lambda.amazonaws.com")
    reader = arc(
        place,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )

    arns = {each: group(place, each)["AutoScalingGroupARN"] for each in (name, other)}
    assert reader.get_managed_resource(resourceIdentifier=arns[name])["zonalShifts"] == []
    assert refusal(reader.get_managed_resource, resourceIdentifier=arns[other]) == "AccessDeniedException"


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
