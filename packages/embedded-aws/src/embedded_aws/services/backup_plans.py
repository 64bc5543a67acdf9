"""AWS Backup's vaults and plans where moto's differ: what is refused, the update of a plan, and the end of one.

Nothing is ever backed up here: a plan backs up what is selected, and there are no selections. So a vault has no
recovery points. moto has no update of a plan, finds none by its id, and lets nobody use a plan's name again.

Source: API CreateBackupPlan, UpdateBackupPlan, BackupRuleInput, Lifecycle, CreateBackupVault; the words of the refusals
as in hashicorp/terraform-provider-aws issue 24960 and pull request 7350, lgallard/terraform-aws-backup issue 40.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.events.expression import InvalidScheduleError, parse_schedule

_COLD_DAYS = 90  # how long something is in cold storage at least
_MOST_DAYS = 36500
_LONGEST_CONTINUOUS = 35  # days
_DAILY = "cron(0 5 ? * * *)"
_WINDOWS = {"StartWindowMinutes": 480, "CompletionWindowMinutes": 10080}


def routes() -> Routes:
    """The calls that are looked at here and then left to moto, or answered here."""
    handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
        "CreateBackupPlan": _create,
        "DeleteBackupPlan": _delete,
        "GetBackupPlan": _get,
        "ListBackupPlans": _list,
        "ListRecoveryPointsByBackupVault": _no_recovery_points,
        "UpdateBackupPlan": _update,
    }
    return {("backup", action): handler for action, handler in handlers.items()}


def _backend(call: Call) -> Any:
    from moto.backup.models import backup_backends  # noqa: PLC0415 - with moto's Backup

    return backup_backends[call.caller.account][call.region]


def _create(call: Call) -> dict[str, Any]:
    _check(call.params["BackupPlan"])
    return call.forward()


def _plan(call: Call) -> Any:
    plan = _backend(call).plans.get(call.params["BackupPlanId"])
    if plan is None:
        raise AwsError("ResourceNotFoundException", f"Cannot find Backup plan with ID {call.params['BackupPlanId']}")
    return plan


def _told(plan: Any) -> dict[str, Any]:
    return {
        "BackupPlanId": plan.backup_plan_id,
        "BackupPlanArn": plan.backup_plan_arn,
        "VersionId": plan.version_id,
        "CreationDate": datetime.fromtimestamp(plan.creation_date, tz=UTC),
        "AdvancedBackupSettings": plan.advanced_backup_settings,
    }


def _get(call: Call) -> dict[str, Any]:
    """Answer in moto's place, which loses the id of the plan on the way."""
    plan = _plan(call)
    if call.params.get("VersionId", plan.version_id) != plan.version_id:
        raise AwsError("ResourceNotFoundException", "Failed reading Backup plan with provided version")
    return {**_told(plan), "BackupPlan": plan.backup_plan}


def _list(call: Call) -> dict[str, Any]:
    """Answer in moto's place, which cannot read the call."""
    plans = _backend(call).plans.values()
    return {
        "BackupPlansList": [{**_told(each), "BackupPlanName": each.backup_plan["BackupPlanName"]} for each in plans]
    }


def _update(call: Call) -> dict[str, Any]:
    plan = _plan(call)
    wished = call.params["BackupPlan"]
    _check(wished)
    ids = {each["RuleName"]: each["RuleId"] for each in plan.backup_plan["Rules"]}
    rules = [_complete(each, ids) for each in wished["Rules"]]
    plan.backup_plan = {**wished, "Rules": rules}
    plan.advanced_backup_settings = wished.get("AdvancedBackupSettings", [])
    plan.version_id = mock_random.get_random_string(length=48)
    return _told(plan)


def _complete(rule: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """A rule with what AWS Backup fills in; one of a name that was there is the same rule."""
    filled = {"ScheduleExpression": _DAILY, "ScheduleExpressionTimezone": "Etc/UTC", **_WINDOWS, **rule}
    return {**filled, "RuleId": ids.get(rule["RuleName"]) or str(mock_random.uuid4())}


def _delete(call: Call) -> dict[str, Any]:
    answer = call.forward()
    _backend(call).plans.pop(call.params["BackupPlanId"], None)
    return answer


def _no_recovery_points(call: Call) -> dict[str, Any]:
    name = call.params["BackupVaultName"]
    if name not in _backend(call).vaults:
        raise AwsError("ResourceNotFoundException", f"Backup vault {name} not found")
    return {"RecoveryPoints": []}


def _check(plan: Mapping[str, Any]) -> None:
    """See that the rules of a plan could be followed. Raises AwsError: InvalidParameterValueException."""
    names = [each["RuleName"] for each in plan["Rules"]]
    if len(set(names)) < len(names):
        raise AwsError("InvalidParameterValueException", "Rule names must be unique within a plan.")
    for rule in plan["Rules"]:
        reason = _wrong(rule)
        if reason:
            message = f"Error in rule {rule['RuleName']} : {reason}"
            raise AwsError("InvalidParameterValueException", message)


def _wrong(rule: Mapping[str, Any]) -> str | None:
    """What is wrong with a rule; None if nothing is."""
    try:
        parse_schedule(rule.get("ScheduleExpression", _DAILY))
    except InvalidScheduleError:
        return "Invalid cron expression"
    start, end = (rule.get(name, default) for name, default in _WINDOWS.items())
    if start < 60:  # noqa: PLR2004 - API BackupRuleInput, StartWindowMinutes
        return "Backup start window must be at least 60 minutes"
    if end < start + 60:
        return "Backup completion window must be at least 60 minutes longer than start window"
    lifecycles = [rule.get("Lifecycle") or {}, *(each.get("Lifecycle") or {} for each in rule.get("CopyActions", ()))]
    continuous = bool(rule.get("EnableContinuousBackup"))
    return next(filter(None, (_wrong_end(each, continuous=continuous) for each in lifecycles)), None)


def _wrong_end(lifecycle: Mapping[str, Any], *, continuous: bool) -> str | None:
    cold, gone = lifecycle.get("MoveToColdStorageAfterDays"), lifecycle.get("DeleteAfterDays")
    if continuous and cold is not None:
        return "Invalid lifecycle. MoveToColdStorageAfterDays is unavailable"
    if gone is not None and not 1 <= gone <= (_LONGEST_CONTINUOUS if continuous else _MOST_DAYS):
        most = _LONGEST_CONTINUOUS if continuous else _MOST_DAYS
        return f"Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than {most} days"
    if cold is not None and gone is not None and gone < cold + _COLD_DAYS:
        apart = f"{_COLD_DAYS} days apart from MoveToColdStorageAfterDays"
        return f"Invalid lifecycle. DeleteAfterDays cannot be less than {apart}"
    return None
