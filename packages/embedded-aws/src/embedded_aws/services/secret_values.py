"""Secrets Manager where moto's differs: a name that waits for its deletion is taken, and times are the cloud's.

Source: API CreateSecret, DeleteSecret ("the name ... is not available until the recovery window ends"); the message is
AWS's own, as in hashicorp/terraform-provider-aws/internal/service/secretsmanager/secret.go, read on 2026-11-30.
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import AwsError, Call, Routes

_WAITS = "You can't create this secret because a secret with this name is already scheduled for deletion."


def routes() -> Routes:
    """The calls that are corrected here."""
    return {
        ("secretsmanager", "CreateSecret"): _create,
        ("secretsmanager", "PutSecretValue"): _put,
        ("secretsmanager", "UpdateSecret"): _put,
    }


def _secret(call: Call, id_: str) -> Any:
    return get_backend("secretsmanager")[call.caller.account][call.region].secrets.get(id_)


def _create(call: Call) -> dict[str, Any]:
    there = _secret(call, call.params["Name"])
    if there is not None and there.deleted_date is not None:
        raise AwsError("InvalidRequestException", _WAITS)
    answer = call.forward()
    if there is None:
        _secret(call, call.params["Name"]).created_date = call.time.timestamp()
    return _dated(call, answer)


def _put(call: Call) -> dict[str, Any]:
    return _dated(call, call.forward())


def _dated(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, after the secret and its new version have got the cloud's time; moto reads the wall clock."""
    now = call.time.timestamp()
    secret = _secret(call, answer["ARN"])
    if secret is not None:
        secret.last_changed_date = now
        version = secret.versions.get(answer.get("VersionId"))
        if version is not None:
            version["createdate"] = now
    return answer
