"""On-Demand Capacity Reservations: which launch uses one, and which fails for want of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import ZONES, Place, template_data
from .test_mixed_instances import Create, described, machines

FULL = "The requested reservation does not have sufficient compatible and available capacity for this request."
Reserve = Callable[..., str]


@pytest.fixture
def reserve(place: Place) -> Any:
    """Reserves for two instances of t3.micro in the first zone; arguments are those of CreateCapacityReservation."""
    made: list[str] = []

    def make(**given: Any) -> str:
        usual = {"InstanceType": "t3.micro", "InstancePlatform": "Linux/UNIX", "InstanceCount": 2}
        asked = usual | {"AvailabilityZone": ZONES[0]} | given
        made.append(place.ec2.create_capacity_reservation(**asked)["CapacityReservation"]["CapacityReservationId"])
        return made[-1]

    yield make
    for each in made:
        place.ec2.cancel_capacity_reservation(CapacityReservationId=each)


def told(place: Place, reservation: str) -> dict[str, Any]:
    (found,) = place.ec2.describe_capacity_reservations(CapacityReservationIds=[reservation])["CapacityReservations"]
    return dict(found)


def template(place: Place, **specification: Any) -> dict[str, str]:
    """A version of the template that says this of reservations."""
    image = place.image(f"reserved-{len(place.ec2.describe_images(Owners=['self'])['Images'])}")
    data = template_data(place.security_group, image) | {"CapacityReservationSpecification": specification}
    made = place.ec2.create_launch_template_version(LaunchTemplateId=place.template, LaunchTemplateData=data)
    return {"LaunchTemplateId": place.template, "Version": str(made["LaunchTemplateVersion"]["VersionNumber"])}


def used(place: Place, name: str) -> list[str]:
    return sorted(each.get("CapacityReservationId", "") for each in machines(place, name))


def messages(place: Place, name: str) -> set[str]:
    history = place.autoscaling.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    return {each["StatusMessage"] for each in history if each["StatusCode"] == "Failed"}


def test_an_open_reservation_takes_what_matches_and_gives_it_back(
    place: Place, create: Create, reserve: Reserve
) -> None:
    reservation = reserve(InstanceCount=3)
    name = create()

    assert used(place, name) == ["", reservation]  # the other one is in the other zone
    assert told(place, reservation)["AvailableInstanceCount"] == 2
    place.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, DesiredCapacity=0)
    place.cloud.clock.advance(120)
    assert told(place, reservation)["AvailableInstanceCount"] == 3


def test_who_wants_no_reservation_uses_none(place: Place, create: Create, reserve: Reserve) -> None:
    reservation = reserve()
    create(LaunchTemplate=template(place, CapacityReservationPreference="none"))

    assert told(place, reservation)["AvailableInstanceCount"] == 2


def test_a_targeted_reservation_takes_only_who_names_it(place: Place, create: Create, reserve: Reserve) -> None:
    reservation = reserve(InstanceMatchCriteria="targeted")
    assert used(place, create()) == ["", ""]

    target = {"CapacityReservationId": reservation}
    name = create(LaunchTemplate=template(place, CapacityReservationTarget=target))
    assert used(place, name) == [reservation, reservation]  # in its zone, and none in the other


def test_a_launch_into_a_full_reservation_fails_in_ec2s_words(place: Place, create: Create, reserve: Reserve) -> None:
    reservation = reserve(InstanceCount=1)
    target = {"CapacityReservationId": reservation}
    name = create(LaunchTemplate=template(place, CapacityReservationTarget=target))

    assert used(place, name) == [reservation]
    assert messages(place, name) == {f"{FULL} Launching EC2 instance failed."}

    place.ec2.modify_capacity_reservation(CapacityReservationId=reservation, InstanceCount=2)
    place.cloud.clock.advance(600)
    assert used(place, name) == [reservation, reservation]


def test_reservations_only_fails_where_there_is_none(place: Place, create: Create) -> None:
    name = create(LaunchTemplate=template(place, CapacityReservationPreference="capacity-reservations-only"))

    assert described(place, name)["Instances"] == []
    assert messages(place, name) == {f"{FULL} Launching EC2 instance failed."}


def test_a_reservation_that_is_not_there_is_named(place: Place, create: Create) -> None:
    target = {"CapacityReservationId": "cr-0123456789abcdef0"}
    name = create(LaunchTemplate=template(place, CapacityReservationTarget=target))

    assert messages(place, name) == {
        "The specified Capacity Reservation ID 'cr-0123456789abcdef0' does not exist. Launching EC2 instance failed."
    }


def test_a_group_may_take_reservations_first_and_one_in_each_zone(
    place: Place, create: Create, reserve: Reserve
) -> None:
    ids = [reserve(AvailabilityZone=zone, InstanceCount=1, InstanceMatchCriteria="targeted") for zone in ZONES]
    wanted = {
        "CapacityReservationPreference": "capacity-reservations-first",
        "CapacityReservationTarget": {"CapacityReservationIds": ids},
    }
    name = create(CapacityReservationSpecification=wanted, DesiredCapacity=3)

    assert used(place, name) == sorted(["", *ids])


def test_reserved_capacity_is_there_when_the_zone_has_none(place: Place, create: Create, reserve: Reserve) -> None:
    reservation = reserve()
    for zone in ZONES:
        place.cloud.zones.lack_capacity(zone, place.cloud.clock.now() + timedelta(minutes=3))
    name = create()
    place.cloud.clock.advance(120)

    assert used(place, name) == [reservation, reservation]


def test_a_reservation_that_has_expired_takes_nobody(place: Place, create: Create, reserve: Reserve) -> None:
    end = place.cloud.clock.now() + timedelta(minutes=1)
    reservation = reserve(EndDateType="limited", EndDate=end)
    place.cloud.clock.advance(61)

    assert used(place, create()) == ["", ""]
    assert (told(place, reservation)["State"], told(place, reservation)["AvailableInstanceCount"]) == ("expired", 0)


def test_a_single_instance_uses_one_too(place: Place, reserve: Reserve) -> None:
    reservation = reserve(InstanceCount=1, InstanceMatchCriteria="targeted")
    asked = {
        "ImageId": place.image("single"),
        "InstanceType": "t3.micro",
        "SubnetId": place.subnets[0],
        "MinCount": 1,
        "MaxCount": 1,
        "CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": reservation}},
    }
    (one,) = place.ec2.run_instances(**asked)["Instances"]
    assert told(place, reservation)["AvailableInstanceCount"] == 0
    with pytest.raises(ClientError, match="ReservationCapacityExceeded"):
        place.ec2.run_instances(**asked)

    place.ec2.terminate_instances(InstanceIds=[one["InstanceId"]])
    assert told(place, reservation)["AvailableInstanceCount"] == 1
