"""Cases: vaults and plans of backups."""

from __future__ import annotations

from support.provider.case import Case
from support.provider.world import World

DAILY = {"ruleName": "daily", "schedule": "cron(0 3 * * ? *)"}


def vault(world: World) -> str:
    """The name of a new vault."""
    return str(world.make("aws:backup/vault:Vault", world.next_name())["name"])


CASES: dict[str, Case] = {
    "aws:backup/vault:Vault": Case(
        inputs=lambda _: {"tags": {"Name": "vault"}},
        updates={"forceDestroy": True},
        replaces={"name": "another", "kmsKeyArn": lambda w: w.key["arn"]},
        plain=False,
    ),
    "aws:backup/plan:Plan": Case(
        inputs=lambda w: {"rules": [{**DAILY, "targetVaultName": vault(w)}], "tags": {"Name": "plan"}},
        updates={
            "advancedBackupSettings": [{"resourceType": "EC2", "backupOptions": {"WindowsVSS": "enabled"}}],
            "rules": lambda w: [
                {
                    "ruleName": "weekly",
                    "schedule": "cron(0 5 ? * 1 *)",
                    "scheduleExpressionTimezone": "Europe/Berlin",
                    "startWindow": 120,
                    "completionWindow": 360,
                    "enableContinuousBackup": False,
                    "lifecycle": {"coldStorageAfter": 30, "deleteAfter": 365},
                    "recoveryPointTags": {"kind": "weekly"},
                    "targetVaultName": vault(w),
                    "copyActions": [
                        {
                            "destinationVaultArn": f"arn:aws:backup:eu-west-1:123456789012:backup-vault:{vault(w)}",
                            "lifecycle": {"deleteAfter": 14},
                        }
                    ],
                },
                {"ruleName": "continuous", "enableContinuousBackup": True, "targetVaultName": vault(w)},
            ],
        },
        replaces={"name": "another"},
        plain=False,
    ),
}
