"""RDS's databases and their subnets, through the whole cloud: what AWS would refuse, and what hangs on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

NUMBERS = count()


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud(seed=3) as cloud:
        yield cloud
        assert cloud.failures == []


class Place:
    """A VPC with subnets in two zones, a security group, and a subnet group."""

    def __init__(self, cloud: Cloud) -> None:
        self.ec2, self.rds, self.name = cloud.client("ec2"), cloud.client("rds"), f"place-{next(NUMBERS)}"
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{at}.0/24", AvailabilityZone=f"us-east-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for at, zone in enumerate("ab")
        ]
        made = self.ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)
        self.group = made["GroupId"]
        self.rds.create_db_subnet_group(
            DBSubnetGroupName=self.name, DBSubnetGroupDescription="d", SubnetIds=self.subnets
        )

    def database(self, **changed: Any) -> dict[str, Any]:
        usual = {
            "DBInstanceIdentifier": f"db-{next(NUMBERS)}",
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "AllocatedStorage": 20,
            "MasterUsername": "owner",
            "MasterUserPassword": "only for tests",
            "DBSubnetGroupName": self.name,
            "VpcSecurityGroupIds": [self.group],
        }
        wished = {name: value for name, value in (usual | changed).items() if value is not None}
        made: dict[str, Any] = self.rds.create_db_instance(**wished)["DBInstance"]
        return made


@pytest.fixture
def place(cloud: Cloud) -> Place:
    return Place(cloud)


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_each_database_has_an_id_of_its_own_by_which_it_is_found(place: Place) -> None:
    one, other = place.database(), place.database()
    assert one["DbiResourceId"] != other["DbiResourceId"]

    filters = [{"Name": "dbi-resource-id", "Values": [other["DbiResourceId"]]}]
    (found,) = place.rds.describe_db_instances(Filters=filters)["DBInstances"]
    assert found["DBInstanceIdentifier"] == other["DBInstanceIdentifier"]


@pytest.mark.parametrize(
    "changed",
    [{"Engine": "oracle-se2"}, {"MasterUsername": None}, {"MasterUserPassword": "short"}, {"AllocatedStorage": None}],
)
def test_what_a_database_needs_is_asked_for(place: Place, changed: dict[str, Any]) -> None:
    assert refusal(place.database, **changed) == "InvalidParameterValue"


def test_a_database_keeps_its_subnets_and_its_security_group(place: Place) -> None:
    name = place.database()["DBInstanceIdentifier"]
    rds = place.rds
    assert refusal(rds.delete_db_subnet_group, DBSubnetGroupName=place.name) == "InvalidDBSubnetGroupStateFault"
    assert refusal(place.ec2.delete_security_group, GroupId=place.group) == "DependencyViolation"
    assert refusal(place.ec2.delete_subnet, SubnetId=place.subnets[0]) == "DependencyViolation"
    assert refusal(rds.delete_db_instance, DBInstanceIdentifier=name) == "InvalidParameterCombination"

    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    rds.delete_db_subnet_group(DBSubnetGroupName=place.name)
    place.ec2.delete_security_group(GroupId=place.group)


def test_a_subnet_group_has_two_zones_and_stands_after_a_change(place: Place) -> None:
    change = {"DBSubnetGroupName": place.name, "DBSubnetGroupDescription": "changed"}
    modify = place.rds.modify_db_subnet_group
    assert refusal(modify, **change, SubnetIds=place.subnets[:1]) == "DBSubnetGroupDoesNotCoverEnoughAZs"
    assert refusal(modify, **change, SubnetIds=["subnet-1"]) == "InvalidSubnet"

    modify(**change, SubnetIds=place.subnets)

    (found,) = place.rds.describe_db_subnet_groups(DBSubnetGroupName=place.name)["DBSubnetGroups"]
    assert found["DBSubnetGroupDescription"] == "changed"


def test_a_database_moves_to_another_port(place: Place) -> None:
    name = place.database()["DBInstanceIdentifier"]

    told = place.rds.modify_db_instance(DBInstanceIdentifier=name, DBPortNumber=5433)["DBInstance"]

    assert told["Endpoint"]["Port"] == 5433
    (found,) = place.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert found["Endpoint"]["Port"] == 5433
