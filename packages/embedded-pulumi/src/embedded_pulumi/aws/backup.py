"""AWS Backup: vaults, and plans that say when what is selected is backed up."""

from __future__ import annotations

from functools import partial
from typing import Any

from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, MapOf, SetOf, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.values import Properties, Value

_TAGGING = Tagging(service="backup", target="ResourceArn", by_arn=True, show="list_tags", keys="TagKeyList", pair=())
_PATIENCE = 600.0  # seconds


class BackupVault(ResourceType):
    """A vault; its name is its id. With `forceDestroy` its recovery points go before it.

    Source: terraform-provider-aws/internal/service/backup/vault.go (050ac11163ca, 2023), read on 2026-12-01.
    """

    type_ = "aws:backup/vault:Vault"
    inputs = {
        "name": Text(force_new=True, min_length=2, max_length=50, pattern=r"[a-zA-Z0-9_-]*", aws="BackupVaultName"),
        "forceDestroy": Flag(default=False),
        "kmsKeyArn": ArnText(computed=True, force_new=True, aws="EncryptionKeyArn"),
    }
    outputs = ("arn", "recoveryPoints")
    name = AutoName(max_length=50, unless=())
    tagging = _TAGGING

    def create(self, aws: Session, props: Properties) -> str:
        key = {"EncryptionKeyArn": props["kmsKeyArn"]} if props.get("kmsKeyArn") else {}
        tagged = {"BackupVaultTags": props["tagsAll"]} if props["tagsAll"] else {}
        aws.backup.create_backup_vault(BackupVaultName=props["name"], **key, **tagged)
        return str(props["name"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.backup.describe_backup_vault, BackupVaultName=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "arn": found["BackupVaultArn"],
            "kmsKeyArn": found.get("EncryptionKeyArn", ""),
            "name": found["BackupVaultName"],
            "recoveryPoints": found.get("NumberOfRecoveryPoints", 0),
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        """Only tags, and the provider's own switch, change in place."""

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("forceDestroy"):
            pages = aws.backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=id_)
            for arn in [each["RecoveryPointArn"] for page in pages for each in page["RecoveryPoints"]]:
                point = {"BackupVaultName": id_, "RecoveryPointArn": arn}
                aws.backup.delete_recovery_point(**point)
                wait_for(f"{arn} to be gone", partial(self._gone, aws, point), timeout=_PATIENCE)
        aws.backup.delete_backup_vault(BackupVaultName=id_)

    def _gone(self, aws: Session, point: dict[str, str]) -> bool | None:
        return None if unless_gone(aws.backup.describe_recovery_point, **point) else True


class _Lifecycle(Block):
    """When a recovery point moves to cold storage, and when it goes; 0 days is never."""

    def to_aws(self, value: Value) -> Any:
        """The value as the API takes it."""
        return {name: each for name, each in super().to_aws(value).items() if each}

    def from_aws(self, value: Any) -> Value:
        """The value as the property has it."""
        nothing = {"coldStorageAfter": 0, "deleteAfter": 0, "optInToArchiveForSupportedResources": False}
        return nothing | super().from_aws(value)


_LIFECYCLE = _Lifecycle(
    fields={
        "coldStorageAfter": Whole(aws="MoveToColdStorageAfterDays"),
        "deleteAfter": Whole(aws="DeleteAfterDays"),
        "optInToArchiveForSupportedResources": Flag(computed=True),
    }
)
_COPY = Block(
    fields={
        "destinationVaultArn": ArnText(required=True, aws="DestinationBackupVaultArn"),
        "lifecycle": _LIFECYCLE,
    }
)
_RULE = Block(
    fields={
        "completionWindow": Whole(default=180, aws="CompletionWindowMinutes"),
        "copyActions": SetOf(item=_COPY),
        "enableContinuousBackup": Flag(default=False),
        "lifecycle": _LIFECYCLE,
        "recoveryPointTags": MapOf(),
        "ruleName": Text(required=True, min_length=1, max_length=50, pattern=r"[0-9A-Za-z_.-]+"),
        "schedule": Text(computed=True, aws="ScheduleExpression"),
        "scheduleExpressionTimezone": Text(default="Etc/UTC"),
        "startWindow": Whole(default=60, aws="StartWindowMinutes"),
        "targetVaultName": Text(
            required=True, min_length=2, max_length=50, pattern=r"[0-9A-Za-z_-]+", aws="TargetBackupVaultName"
        ),
    },
    unsupported=("scanActions", "targetLogicallyAirGappedBackupVaultArn"),
)
_SETTING = Block(fields={"backupOptions": MapOf(required=True), "resourceType": Text(required=True, one_of=("EC2",))})


class BackupPlan(ResourceType):
    """A plan: rules by which what is selected is backed up. Its id is a UUID that AWS Backup makes.

    A rule without a schedule has AWS Backup's own, once a day, and that is no change.

    Source: terraform-provider-aws/internal/service/backup/plan.go (01f431114674, 2025), read on 2026-12-01.
    """

    type_ = "aws:backup/plan:Plan"
    inputs = {
        "name": Text(force_new=True, aws="BackupPlanName"),
        "advancedBackupSettings": SetOf(item=_SETTING),
        "rules": SetOf(required=True, item=_RULE),
    }
    outputs = ("arn", "version")
    renewed = {"version": ("advancedBackupSettings", "rules")}
    unsupported = ("scanSettings",)
    name = AutoName(unless=())
    tagging = _TAGGING

    def _document(self, props: Properties) -> dict[str, Any]:
        settings = props.get("advancedBackupSettings")
        return {
            "BackupPlanName": props["name"],
            "Rules": self.inputs["rules"].to_aws(props["rules"]),
            **({"AdvancedBackupSettings": self.inputs["advancedBackupSettings"].to_aws(settings)} if settings else {}),
        }

    def create(self, aws: Session, props: Properties) -> str:
        tagged = {"BackupPlanTags": props["tagsAll"]} if props["tagsAll"] else {}
        return str(aws.backup.create_backup_plan(BackupPlan=self._document(props), **tagged)["BackupPlanId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        pages = aws.backup.get_paginator("list_backup_plans").paginate()
        plans = (each for page in pages for each in page["BackupPlansList"])
        return next((str(each["BackupPlanId"]) for each in plans if each["BackupPlanName"] == props["name"]), None)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.backup.get_backup_plan, BackupPlanId=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            **response(self.inputs, found["BackupPlan"], ("name", "rules")),
            "advancedBackupSettings": self.inputs["advancedBackupSettings"].from_aws(
                found.get("AdvancedBackupSettings") or []
            ),
            "arn": found["BackupPlanArn"],
            "version": found["VersionId"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("advancedBackupSettings", "rules"):
            aws.backup.update_backup_plan(BackupPlanId=id_, BackupPlan=self._document(change.new))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.backup.delete_backup_plan(BackupPlanId=id_)


TYPES = (BackupVault, BackupPlan)
