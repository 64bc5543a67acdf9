"""AWS Backup's vaults and plans, through the whole cloud: what is refused, and what an update and an end come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.embedded import Cloud

RULE = {"RuleName": "daily", "TargetBackupVaultName": "vault", "ScheduleExpression": "cron(0 3 * * ? *)"}


@pytest.fixture(scope="module")
def backup() -> Iterator[Any]:
    with Cloud(seed=3) as cloud:
        client = cloud.client("backup")
        client.create_backup_vault(BackupVaultName="vault")
        yield client
        assert cloud.failures == []


def document(*rules: dict[str, Any], name: str = "plan") -> dict[str, Any]:
    return {"BackupPlanName": name, "Rules": [{**RULE, **rule} for rule in rules]}


def test_an_update_changes_the_version_and_keeps_the_rules_that_stay(backup: Any) -> None:
    made = backup.create_backup_plan(BackupPlan=document({}))
    before = backup.get_backup_plan(BackupPlanId=made["BackupPlanId"])["BackupPlan"]["Rules"]
    changed = document({"StartWindowMinutes": 120}, {"RuleName": "weekly"})
    updated = backup.update_backup_plan(BackupPlanId=made["BackupPlanId"], BackupPlan=changed)
    after = backup.get_backup_plan(BackupPlanId=made["BackupPlanId"])
    backup.delete_backup_plan(BackupPlanId=made["BackupPlanId"])

    daily, weekly = after["BackupPlan"]["Rules"]
    assert updated["VersionId"] == after["VersionId"] != made["VersionId"]
    assert (daily["RuleId"], daily["StartWindowMinutes"]) == (before[0]["RuleId"], 120)
    assert weekly["ScheduleExpressionTimezone"] == "Etc/UTC"


def test_a_plan_that_is_deleted_is_gone_and_leaves_its_name(backup: Any) -> None:
    made = backup.create_backup_plan(BackupPlan=document({}, name="again"))["BackupPlanId"]
    backup.delete_backup_plan(BackupPlanId=made)

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        backup.get_backup_plan(BackupPlanId=made)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        backup.update_backup_plan(BackupPlanId=made, BackupPlan=document({}))
    assert backup.create_backup_plan(BackupPlan=document({}, name="again"))["BackupPlanId"] != made


def test_a_vault_has_no_recovery_points(backup: Any) -> None:
    assert backup.list_recovery_points_by_backup_vault(BackupVaultName="vault")["RecoveryPoints"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        backup.list_recovery_points_by_backup_vault(BackupVaultName="none")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([{"ScheduleExpression": "every day"}], "Error in rule daily : Invalid cron expression"),
        ([{"StartWindowMinutes": 30}], "start window must be at least 60 minutes"),
        ([{"StartWindowMinutes": 60, "CompletionWindowMinutes": 90}], "60 minutes longer than start window"),
        ([{"Lifecycle": {"DeleteAfterDays": 0}}], "cannot be less than 1 or more than 36500 days"),
        ([{"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 60}}], "less than 90 days apart"),
        (
            [{"EnableContinuousBackup": True, "Lifecycle": {"MoveToColdStorageAfterDays": 30}}],
            "MoveToColdStorageAfterDays is unavailable",
        ),
        ([{"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 84}}], "more than 35 days"),
        ([{}, {}], "Rule names must be unique"),
    ],
)
def test_a_rule_that_nobody_could_follow_is_refused(backup: Any, rules: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        backup.create_backup_plan(BackupPlan=document(*rules, name="refused"))

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert message in refused.value.response["Error"]["Message"]
