"""Cases: databases and their subnets."""

from __future__ import annotations

from typing import Any

from support.provider.case import Case, With
from support.provider.world import World


def fresh_subnets(world: World) -> str:
    ids = [world.subnet, world.other_subnet]
    return str(world.make("aws:rds/subnetGroup:SubnetGroup", world.next_name(), subnetIds=ids)["name"])


def parameters(world: World) -> str:
    name = world.next_name()
    world.session.rds.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily="postgres17", Description="ours"
    )
    return name


def database(world: World) -> dict[str, Any]:
    return {
        "allocatedStorage": 20,
        "dbName": "app",
        "dbSubnetGroupName": fresh_subnets(world),
        "engine": "postgres",
        "engineVersion": "17",
        "instanceClass": "db.t4g.micro",
        "password": "only for tests",
        "skipFinalSnapshot": True,
        "storageType": "gp3",
        "tags": {"Name": "database"},
        "username": "owner",
        "vpcSecurityGroupIds": [world.group],
        "backupRetentionPeriod": 1,
        "backupWindow": "02:00-03:00",
        "maintenanceWindow": "mon:04:00-mon:05:00",
        "multiAz": False,
        "parameterGroupName": parameters(world),
        "port": 5432,
    }


CASES: dict[str, Case] = {
    "aws:rds/subnetGroup:SubnetGroup": Case(
        inputs=lambda w: {"subnetIds": [w.subnet, w.other_subnet], "tags": {"Name": "subnets"}},
        updates={
            "description": "another",
            "subnetIds": lambda w: [w.subnet, w.spare_subnet],
        },
        replaces={"name": "another", "namePrefix": With("some-", {"name": None})},
        plain=False,
    ),
    "aws:rds/instance:Instance": Case(
        inputs=database,
        updates={
            "allocatedStorage": 30,
            "allowMajorVersionUpgrade": True,
            "applyImmediately": True,
            "autoMinorVersionUpgrade": False,
            "backupRetentionPeriod": 7,
            "backupWindow": "06:00-07:00",
            "copyTagsToSnapshot": True,
            "deleteAutomatedBackups": False,
            "deletionProtection": True,
            "engineVersion": "17.9",
            "finalSnapshotIdentifier": "last",
            "iamDatabaseAuthenticationEnabled": True,
            "instanceClass": "db.t4g.small",
            "maintenanceWindow": "tue:04:00-tue:05:00",
            "maxAllocatedStorage": 100,
            "multiAz": True,
            "parameterGroupName": parameters,
            "password": "another one for tests",
            "port": 5433,
            "publiclyAccessible": True,
            "skipFinalSnapshot": With(value=False, also={"finalSnapshotIdentifier": "last"}),
            "storageType": "gp2",
            "vpcSecurityGroupIds": lambda w: [w.other_group],
        },
        replaces={
            "availabilityZone": "eu-west-1c",
            "dbName": "another",
            "dbSubnetGroupName": fresh_subnets,
            "engine": "mysql",
            "identifier": "another",
            "identifierPrefix": With("some-", {"identifier": None}),
            "kmsKeyId": lambda w: With(w.key["arn"], {"storageEncrypted": True}),
            "storageEncrypted": True,
            "username": "another",
        },
        unreadable=("password", "skipFinalSnapshot"),
        import_id="{identifier}",
        plain=False,
    ),
}
