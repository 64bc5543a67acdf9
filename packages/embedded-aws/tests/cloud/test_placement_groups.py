"""Placement groups: made, told and deleted as EC2 does, and what launches into them are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud
from embedded_aws.services.ec2 import placement_groups, store


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made
        assert made.failures == []


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_a_group_is_made_found_tagged_and_deleted(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    tags = [{"ResourceType": "placement-group", "Tags": [{"Key": "Team", "Value": "a"}]}]
    made = ec2.create_placement_group(GroupName="apart", Strategy="spread", TagSpecifications=tags)["PlacementGroup"]

    (told,) = ec2.describe_placement_groups(Filters=[{"Name": "strategy", "Values": ["spread"]}])["PlacementGroups"]
    assert told == made
    assert (told["State"], told["SpreadLevel"], told["Tags"]) == ("available", "rack", [{"Key": "Team", "Value": "a"}])
    assert refusal(ec2.create_placement_group, GroupName="apart") == "InvalidPlacementGroup.Duplicate"

    ec2.delete_placement_group(GroupName="apart")
    assert refusal(ec2.describe_placement_groups, GroupNames=["apart"]) == "InvalidPlacementGroup.Unknown"
    assert refusal(ec2.delete_placement_group, GroupName="apart") == "InvalidPlacementGroup.Unknown"


@pytest.mark.parametrize(
    "given",
    [
        {"Strategy": "partition", "PartitionCount": 8},
        {"Strategy": "cluster", "PartitionCount": 2},
        {"Strategy": "cluster", "SpreadLevel": "rack"},
    ],
)
def test_a_group_that_cannot_be_is_refused(cloud: Cloud, given: dict[str, Any]) -> None:
    asked = {"GroupName": "never", **given}

    assert refusal(cloud.client("ec2").create_placement_group, **asked) == "InvalidParameterValue"


def test_launches_that_a_group_does_not_allow_are_refused(cloud: Cloud) -> None:
    ec2, region = cloud.client("ec2"), cloud.region
    for strategy in placement_groups.STRATEGIES:
        ec2.create_placement_group(GroupName=strategy, Strategy=strategy)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=7, MaxCount=7, InstanceType="c7i.large")["Instances"]
    backend = store.backend(region)
    for each in made:
        placement_groups.put(region, backend.get_instance_by_id(each["InstanceId"]), {"GroupName": "spread"})
    zone, other = made[0]["Placement"]["AvailabilityZone"], "us-east-1f"

    def code(zone: str, kind: str, **placement: str) -> str:
        try:
            placement_groups.check_launch(region, zone, kind, placement)
        except Exception as refused:  # noqa: BLE001 - its code is looked at
            return str(getattr(refused, "code", refused))
        return ""

    assert code(zone, "c7i.large", GroupName="spread") == "InsufficientInstanceCapacity"
    assert code(other, "c7i.large", GroupName="spread") == ""
    assert code(zone, "t3.micro", GroupName="cluster") == "InvalidParameterCombination"
    assert code(zone, "c7i.large", GroupName="nowhere") == "InvalidPlacementGroup.Unknown"
    assert code(zone, "t2.micro", Tenancy="dedicated") == "Unsupported"
    assert refusal(ec2.delete_placement_group, GroupName="spread") == "InvalidPlacementGroup.InUse"
    told = ec2.describe_instances(InstanceIds=[made[0]["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert told["Placement"]["GroupName"] == "spread"
