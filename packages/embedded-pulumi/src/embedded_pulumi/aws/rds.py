"""RDS: databases in an instance of their own, and the subnets for them."""

from __future__ import annotations

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole, is_empty
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName, given_or_unique
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import SetOf, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

_TAGGING = Tagging(
    service="rds",
    target="ResourceName",
    by_arn=True,
    write="add_tags_to_resource",
    remove="remove_tags_from_resource",
    show="list_tags_for_resource",
    shown="TagList",
)
_PATIENCE = 40 * 60.0  # seconds; that of the real provider
_GROUP_NAME = r"[ .0-9a-z_-]+"


class SubnetGroup(ResourceType):
    """The subnets in which databases may be. Its name is its id.

    Source: terraform-provider-aws/internal/service/rds/subnet_group.go (01c08000ddb1, 2023), read on 2026-11-30, and
    pulumi-aws/provider/resource_overrides.go (015d34381285) for its description.
    """

    type_ = "aws:rds/subnetGroup:SubnetGroup"
    inputs = {
        "description": Text(default="Managed by Pulumi", aws="DBSubnetGroupDescription"),
        "name": Text(computed=True, force_new=True, max_length=255, pattern=_GROUP_NAME, aws="DBSubnetGroupName"),
        "namePrefix": Text(computed=True, force_new=True, max_length=229, pattern=_GROUP_NAME),
        "subnetIds": SetOf(required=True),
    }
    outputs = ("arn", "supportedNetworkTypes", "vpcId")
    name = AutoName()
    tagging = _TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props)
        asked = request(self.inputs, props, ("description", "subnetIds"))
        aws.rds.create_db_subnet_group(DBSubnetGroupName=name, **asked, Tags=tags.to_list(props["tagsAll"]))
        return name

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.rds.describe_db_subnet_groups, DBSubnetGroupName=id_)
        return dict(found["DBSubnetGroups"][0]) if found else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["DBSubnetGroupArn"],
            "description": found["DBSubnetGroupDescription"],
            "name": found["DBSubnetGroupName"],
            "subnetIds": [each["SubnetIdentifier"] for each in found["Subnets"]],
            "supportedNetworkTypes": found.get("SupportedNetworkTypes", []),
            "vpcId": found["VpcId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("description", "subnetIds"):
            asked = request(self.inputs, change.new, ("description", "subnetIds"))
            aws.rds.modify_db_subnet_group(DBSubnetGroupName=id_, **asked)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.rds.delete_db_subnet_group(DBSubnetGroupName=id_)


_IDENTIFIER = r"[a-z](-?[0-9a-z])*"
_PREFIX = r"[a-z](-?[0-9a-z])*-?"
_CHANGED = {
    "allocatedStorage": "AllocatedStorage",
    "autoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "backupRetentionPeriod": "BackupRetentionPeriod",
    "backupWindow": "PreferredBackupWindow",
    "copyTagsToSnapshot": "CopyTagsToSnapshot",
    "deletionProtection": "DeletionProtection",
    "engineVersion": "EngineVersion",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "instanceClass": "DBInstanceClass",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "maxAllocatedStorage": "MaxAllocatedStorage",
    "multiAz": "MultiAZ",
    "password": "MasterUserPassword",
    "port": "DBPortNumber",
    "publiclyAccessible": "PubliclyAccessible",
    "storageType": "StorageType",
    "parameterGroupName": "DBParameterGroupName",
    "vpcSecurityGroupIds": "VpcSecurityGroupIds",
}
"""A property that ModifyDBInstance changes to its name there."""


class Instance(ResourceType):
    """A database. Its id is the one that RDS gives it, which no change of its identifier changes.

    Only databases that begin empty, in the engines MariaDB, MySQL and PostgreSQL.

    Source: terraform-provider-aws/internal/service/rds/instance.go (00e4b2383885, 2023), read on 2026-11-30; the id is
    that of later versions (guide to version 5), the generated identifier that of
    pulumi-aws/provider/resource_overrides.go (015d34381285).
    """

    type_ = "aws:rds/instance:Instance"
    inputs = {
        "allocatedStorage": Whole(computed=True, at_least=1),
        "allowMajorVersionUpgrade": Flag(),
        "applyImmediately": Flag(),
        "autoMinorVersionUpgrade": Flag(default=True),
        "availabilityZone": Text(computed=True, force_new=True),
        "backupRetentionPeriod": Whole(computed=True, at_least=0, at_most=35),
        "backupWindow": Text(computed=True, pattern=r"\d\d:\d\d-\d\d:\d\d", aws="PreferredBackupWindow"),
        "copyTagsToSnapshot": Flag(default=False),
        "dbName": Text(computed=True, force_new=True, aws="DBName"),
        "dbSubnetGroupName": Text(computed=True, force_new=True, aws="DBSubnetGroupName"),
        "deleteAutomatedBackups": Flag(default=True),
        "deletionProtection": Flag(),
        "engine": Text(computed=True, force_new=True, canonical=str.lower),
        "engineVersion": Text(computed=True),
        "finalSnapshotIdentifier": Text(pattern=r"[A-Za-z](-?[0-9A-Za-z])*"),
        "iamDatabaseAuthenticationEnabled": Flag(aws="EnableIAMDatabaseAuthentication"),
        "identifier": Text(computed=True, force_new=True, pattern=_IDENTIFIER, aws="DBInstanceIdentifier"),
        "identifierPrefix": Text(computed=True, force_new=True, pattern=_PREFIX),
        "instanceClass": Text(required=True, pattern=r"db\..+", aws="DBInstanceClass"),
        "kmsKeyId": ArnText(computed=True, force_new=True),
        "maintenanceWindow": Text(computed=True, canonical=str.lower, aws="PreferredMaintenanceWindow"),
        "maxAllocatedStorage": Whole(at_least=0),
        "multiAz": Flag(computed=True, aws="MultiAZ"),
        "parameterGroupName": Text(computed=True, aws="DBParameterGroupName"),
        "password": Text(aws="MasterUserPassword"),
        "port": Whole(computed=True, at_least=0, at_most=65535),
        "publiclyAccessible": Flag(default=False),
        "skipFinalSnapshot": Flag(default=False),
        "storageEncrypted": Flag(force_new=True),
        "storageType": Text(computed=True, one_of=("standard", "gp2", "gp3", "io1", "io2")),
        "username": Text(computed=True, force_new=True, aws="MasterUsername"),
        "vpcSecurityGroupIds": SetOf(computed=True),
    }
    outputs = (
        *("address", "arn", "endpoint", "engineVersionActual", "hostedZoneId", "latestRestorableTime"),
        *("listenerEndpoints", "masterUserSecrets", "replicas", "resourceId", "status", "upgradeRolloutOrder"),
    )
    unsupported = (
        *("backupTarget", "blueGreenUpdate", "caCertIdentifier", "characterSetName", "customIamInstanceProfile"),
        *("customerOwnedIpEnabled", "databaseInsightsMode", "dedicatedLogVolume", "domain", "domainAuthSecretArn"),
        *("domainDnsIps", "domainFqdn", "domainIamRoleName", "domainOu", "enabledCloudwatchLogsExports"),
        *("engineLifecycleSupport", "iops", "licenseModel", "manageMasterUserPassword", "masterUserSecretKmsKeyId"),
        *("monitoringInterval", "monitoringRoleArn", "ncharCharacterSetName", "networkType", "optionGroupName"),
        *("passwordWo", "passwordWoVersion", "performanceInsightsEnabled", "performanceInsightsKmsKeyId"),
        *("performanceInsightsRetentionPeriod", "replicaMode", "replicateSourceDb", "restoreToPointInTime"),
        *("s3Import", "snapshotIdentifier", "storageThroughput", "timezone", "upgradeStorageConfig"),
        "warningEventCategories",
    )
    name = AutoName(property="identifier", unless=("identifierPrefix",))
    renewed = {"endpoint": ("port",), "engineVersionActual": ("engineVersion",)}
    tagging = _TAGGING
    _OWN = ("allowMajorVersionUpgrade", "applyImmediately", "deleteAutomatedBackups", "finalSnapshotIdentifier")
    _UNTOLD = (*_OWN, "skipFinalSnapshot", "password", "identifierPrefix")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """What the real provider says when it creates, or when it deletes: an end without a snapshot is said before."""
        missing = [name for name in ("engine", "username", "password", "allocatedStorage") if name not in inputs]
        failures = [CheckFailure(name, "is required for a database that begins empty") for name in missing]
        ends = inputs["skipFinalSnapshot"], inputs.get("finalSnapshotIdentifier")
        if ends[0] is False and is_empty(ends[1]):
            failures.append(CheckFailure("finalSnapshotIdentifier", "is required when skipFinalSnapshot is false"))
        storage, most = inputs.get("allocatedStorage"), inputs.get("maxAllocatedStorage")
        if UNKNOWN not in (storage, most) and storage and most and most < storage:
            failures.append(CheckFailure("maxAllocatedStorage", f"is less than allocatedStorage: {most} < {storage}"))
        return failures

    def create(self, aws: Session, props: Properties) -> str:
        name = given_or_unique(props, "identifier", "identifierPrefix")
        own = {*self._OWN, "skipFinalSnapshot", "identifier", "identifierPrefix"}
        asked = request(self.inputs, props, [each for each in self.inputs if each not in own])
        answer = aws.rds.create_db_instance(DBInstanceIdentifier=name, **asked, Tags=tags.to_list(props["tagsAll"]))
        props["status"] = answer["DBInstance"]["DBInstanceStatus"]
        props.setdefault("identifier", name)
        return str(answer["DBInstance"]["DbiResourceId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        found = self._look(aws, given_or_unique(props, "identifier", "identifierPrefix"))
        return str(found["DbiResourceId"]) if found else None

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        wait_for(f"the database {id_}", lambda: self._available(aws, id_), timeout=_PATIENCE)

    def _available(self, aws: Session, id_: str) -> Description | None:
        found = self.find(aws, id_, {})
        if found is None:
            raise ProviderError(f"the database {id_} is gone")
        return found if found["DBInstanceStatus"] == "available" else None

    def _look(self, aws: Session, identifier: str) -> Description | None:
        found = unless_gone(aws.rds.describe_db_instances, DBInstanceIdentifier=identifier)
        return dict(found["DBInstances"][0]) if found and found["DBInstances"] else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        """By RDS's own id, or, for an import, by its identifier."""
        filters = [{"Name": "dbi-resource-id", "Values": [id_]}]
        found = aws.rds.describe_db_instances(Filters=filters)["DBInstances"] if id_.startswith("db-") else []
        return dict(found[0]) if found else (None if state else self._look(aws, id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        told = response(self.inputs, found, [name for name in self.inputs if name not in self._UNTOLD])
        where, version = found.get("Endpoint", {}), found["EngineVersion"]
        said = state.get("engineVersion") or ""
        return {
            **told,
            "id": found["DbiResourceId"],
            "address": where.get("Address"),
            "arn": found["DBInstanceArn"],
            "dbSubnetGroupName": found.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
            "endpoint": f"{where.get('Address')}:{where.get('Port')}",
            "engineVersion": said if said and f"{version}.".startswith(f"{said}.") else version,
            "engineVersionActual": version,
            "hostedZoneId": where.get("HostedZoneId"),
            "iamDatabaseAuthenticationEnabled": found.get("IAMDatabaseAuthenticationEnabled", False),
            "listenerEndpoints": [],
            "masterUserSecrets": [],
            "parameterGroupName": found["DBParameterGroups"][0]["DBParameterGroupName"],
            "port": where.get("Port"),
            "replicas": found.get("ReadReplicaDBInstanceIdentifiers", []),
            "resourceId": found["DbiResourceId"],
            "status": found["DBInstanceStatus"],
            "vpcSecurityGroupIds": [each["VpcSecurityGroupId"] for each in found["VpcSecurityGroups"]],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        names = [name for name in _CHANGED if change.has(name)]
        asked = {_CHANGED[name]: self.inputs[name].to_aws(self._wished(change, name)) for name in names}
        if asked:
            aws.rds.modify_db_instance(
                DBInstanceIdentifier=change.old["identifier"],
                AllowMajorVersionUpgrade=bool(change.new.get("allowMajorVersionUpgrade")),
                ApplyImmediately=bool(change.new.get("applyImmediately")),
                **asked,
            )
            self.settle(aws, id_, change.new)

    def _wished(self, change: Change, name: str) -> Value:
        """What a property is to be. Taken away, a flag is off, and storage that does not grow ends at its size."""
        value = change.new.get(name)
        if name == "maxAllocatedStorage":
            return value or change.get("allocatedStorage")
        return value if value is not None or not isinstance(self.inputs[name], Flag) else False

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        skip = bool(state.get("skipFinalSnapshot"))
        named = {} if skip else {"FinalDBSnapshotIdentifier": state["finalSnapshotIdentifier"]}
        aws.rds.delete_db_instance(
            DBInstanceIdentifier=state["identifier"],
            DeleteAutomatedBackups=bool(state.get("deleteAutomatedBackups", True)),
            SkipFinalSnapshot=skip,
            **named,
        )
        wait_for(f"the database {id_} to be gone", lambda: None if self.find(aws, id_, state) else True)


TYPES = (SubnetGroup, Instance)
