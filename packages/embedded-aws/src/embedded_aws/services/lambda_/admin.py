"""Lambda's control plane where moto is wrong or lacks something: checks before moto's work, complete answers after it.

Source: Lambda API reference (CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration, PutFunctionConcurrency,
PutFunctionEventInvokeConfig, GetAccountSettings) and the quotas of the developer guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from moto.awslambda.models import EventInvokeConfig
from moto.awslambda.utils import get_backend

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.lambda_ import store
from embedded_aws.services.lambda_.checks import check_configuration, check_source, check_zip
from embedded_aws.services.lambda_.role import RoleCalls
from embedded_aws.services.lambda_.store import FunctionId, moto_errors

UNRESERVED_MINIMUM = 100  # concurrent executions that no reservation may take away; all of a smaller limit's
MAX_ZIP_BYTES = 52_428_800  # 50 MB, a direct upload
MAX_UNZIPPED_BYTES = 262_144_000  # 250 MB, with layers
MAX_STORAGE_BYTES = 80_530_636_800  # 75 GB, all code of a region

MayAssume: TypeAlias = Callable[[str, str], bool]
"""(role ARN, function ARN) to whether the role trusts Lambda."""


class Admin:
    """The handlers.

    Args:
        role_calls: Whether a function's role may reach a destination.
        may_assume: Whether Lambda may assume a role for a function.
        may_trace: Whether a role (its ARN) may send segments to X-Ray.
        concurrency: The account's quota of concurrent executions.
    """

    def __init__(
        self,
        role_calls: RoleCalls,
        may_assume: MayAssume,
        may_trace: Callable[[str], bool],
        forget: Callable[[FunctionId], None],
        concurrency: int,
    ) -> None:
        self._concurrency = concurrency
        self._role_calls = role_calls
        self._may_assume = may_assume
        self._may_trace = may_trace
        self._forget = forget

    def routes(self) -> Routes:
        """Which API calls are answered here."""
        return {
            ("lambda", "CreateFunction"): self._create,
            ("lambda", "GetFunction"): self._get,
            ("lambda", "GetFunctionConfiguration"): self._get_configuration,
            ("lambda", "UpdateFunctionCode"): self._update_code,
            ("lambda", "UpdateFunctionConfiguration"): self._update_configuration,
            ("lambda", "DeleteFunction"): self._delete,
            ("lambda", "AddPermission"): self._add_permission,
            ("lambda", "PutFunctionConcurrency"): self._put_concurrency,
            ("lambda", "PutFunctionEventInvokeConfig"): self._set_event_invoke_config,
            ("lambda", "UpdateFunctionEventInvokeConfig"): self._set_event_invoke_config,
            ("lambda", "GetFunctionEventInvokeConfig"): self._get_event_invoke_config,
            ("lambda", "GetAccountSettings"): self._account_settings,
        }

    def _create(self, call: Call) -> dict[str, Any]:
        """The answer says Pending, as on AWS; every later one says Active."""
        function = store.called(call)
        check_configuration(call.params)
        check_source(call.params.get("Code", {}))
        if call.params.get("PackageType", "Zip") == "Zip":
            check_zip(call.params.get("Code", {}).get("ZipFile"))
        self._check_role(call.params["Role"], function)
        self._check_tracing(call.params.get("TracingConfig"), call.params["Role"])
        call.forward()
        record = store.find(function)
        store.change_settings(record, call.params)
        store.touch(record, call.time)
        created = store.configuration(record)
        del created["LastUpdateStatus"]
        reason = {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
        return created | {"State": "Pending"} | reason

    def _get(self, call: Call) -> dict[str, Any]:
        record = store.find(store.called(call))
        found: dict[str, Any] = call.forward()
        found["Configuration"] = self._get_configuration(call)
        reserved = store.reserved_concurrency(record)
        if reserved is not None:  # moto leaves a reservation of 0 out
            found["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
        return found

    def _get_configuration(self, call: Call) -> dict[str, Any]:
        function = store.called(call)
        found = store.configuration(store.find(function))
        if function.qualifier == store.LATEST:
            found["FunctionArn"] += f":{store.LATEST}"
        return found

    def _update_code(self, call: Call) -> dict[str, Any]:
        record = store.find(store.called(call))
        check_zip(call.params.get("ZipFile"))
        check_configuration({name: call.params[name] for name in ("Architectures",) if name in call.params})
        call.forward()
        if call.params.get("DryRun"):
            return store.configuration(record)
        if "Architectures" in call.params:
            record.architectures = call.params["Architectures"]
        return _updated(record, call)

    def _update_configuration(self, call: Call) -> dict[str, Any]:
        function = store.called(call)
        record = store.find(function)
        params = {name: value for name, value in call.params.items() if name not in {"FunctionName", "RevisionId"}}
        _check_revision(record, call.params.get("RevisionId"))
        check_configuration(params)
        if "Role" in params:
            self._check_role(params["Role"], function)
        if "Role" in params or "TracingConfig" in params:
            self._check_tracing(params.get("TracingConfig", record.tracing_config), params.get("Role", record.role))
        if "Environment" in params:  # an empty block takes all variables away; moto insists on the key
            params["Environment"] = {"Variables": params["Environment"].get("Variables", {})}
        with moto_errors():
            record.update_configuration(params)
            for name, attribute in UNKNOWN_TO_MOTO.items():
                if name in params:
                    setattr(record, attribute, params[name])
            if "EphemeralStorage" in params:
                record.ephemeral_storage = params["EphemeralStorage"]["Size"]
        store.change_settings(record, params)
        return _updated(record, call)

    def _delete(self, call: Call) -> dict[str, Any]:
        answer = call.forward()
        self._forget(store.called(call))
        return answer

    def _add_permission(self, call: Call) -> dict[str, Any]:
        record = store.find(store.called(call))
        sid = call.params["StatementId"]
        if any(statement["Sid"] == sid for statement in record.policy.statements):
            message = (
                f"The statement id ({sid}) provided already exists. "
                "Please provide a new statement id, or remove the existing statement."
            )
            raise AwsError("ResourceConflictException", message, 409)
        return call.forward()

    def _put_concurrency(self, call: Call) -> dict[str, Any]:
        function = store.called(call)
        wanted = call.params["ReservedConcurrentExecutions"]
        functions = get_backend(function.account, function.region).list_functions()
        others = sum(store.reserved_concurrency(each) or 0 for each in functions if each.function_name != function.name)
        minimum = min(UNRESERVED_MINIMUM, self._concurrency)
        if self._concurrency - others - wanted < minimum:
            message = (
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{minimum}]."
            )
            raise AwsError("InvalidParameterValueException", message)
        store.find(function).reserved_concurrency = wanted
        return {"ReservedConcurrentExecutions": wanted}

    def _set_event_invoke_config(self, call: Call) -> dict[str, Any]:
        """Keep one configuration; moto keeps the first of all that were ever put."""
        function = store.called(call)
        record = store.find(function)
        updates = call.action == "UpdateFunctionEventInvokeConfig"
        config: dict[str, Any] = dict(_stored_event_invoke_config(record).config) if updates else {}
        names = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
        config |= {name: call.params[name] for name in names if name in call.params}
        for side in config.get("DestinationConfig", {}).values():
            self._check_destination(function, side.get("Destination"))
        with moto_errors():
            stored = EventInvokeConfig(f"{record.function_arn}:{store.LATEST}", call.time.isoformat(), config)
        record.event_invoke_config = [stored]
        return _event_invoke_config(stored)

    def _get_event_invoke_config(self, call: Call) -> dict[str, Any]:
        return _event_invoke_config(_stored_event_invoke_config(store.find(store.called(call))))

    def _account_settings(self, call: Call) -> dict[str, Any]:
        functions = list(get_backend(call.caller.account, call.region).list_functions())
        reserved = sum(store.reserved_concurrency(record) or 0 for record in functions)
        return {
            "AccountLimit": {
                "TotalCodeSize": MAX_STORAGE_BYTES,
                "CodeSizeUnzipped": MAX_UNZIPPED_BYTES,
                "CodeSizeZipped": MAX_ZIP_BYTES,
                "ConcurrentExecutions": self._concurrency,
                "UnreservedConcurrentExecutions": self._concurrency - reserved,
            },
            "AccountUsage": {
                "TotalCodeSize": sum(record.code_size for record in functions),
                "FunctionCount": len(functions),
            },
        }

    def _check_role(self, role_arn: str, function: FunctionId) -> None:
        arn = f"arn:{role_arn.split(':')[1]}:lambda:{function.region}:{function.account}:function:{function.name}"
        if not self._may_assume(role_arn, arn):
            message = "The role defined for the function cannot be assumed by Lambda."
            raise AwsError("InvalidParameterValueException", message)

    def _check_tracing(self, config: Mapping[str, Any] | None, role_arn: str) -> None:
        """Source: the words as in serverless/serverless 6931 (read 2026-11-29)."""
        if (config or {}).get("Mode") == "Active" and not self._may_trace(role_arn):
            message = "The provided execution role does not have permissions to call PutTraceSegments on XRAY"
            raise AwsError("InvalidParameterValueException", message)

    def _check_destination(self, function: FunctionId, destination: str | None) -> None:
        if destination and not self._role_calls.may_deliver(store.definition(function), destination):
            message = (
                f"The destination ARN {destination} is invalid: nothing can be delivered there, or the function's "
                "execution role does not have the permission to."
            )
            raise AwsError("InvalidParameterValueException", message)


UNKNOWN_TO_MOTO = {"KMSKeyArn": "kms_key_arn", "TracingConfig": "tracing_config"}
"""Parameters of UpdateFunctionConfiguration that moto stores at creation only, with the attribute."""


def _updated(record: Any, call: Call) -> dict[str, Any]:
    """Describe a function whose update is under way; the next look finds it Successful."""
    store.touch(record, call.time)
    store.change_settings(record, {})
    reason = {
        "LastUpdateStatusReason": "The function is being created.",
        "LastUpdateStatusReasonCode": "Creating",
    }
    return store.configuration(record) | {"LastUpdateStatus": "InProgress"} | reason


def _check_revision(record: Any, wanted: str | None) -> None:
    if wanted and wanted != store.settings_of(record).revision:
        message = (
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction API to retrieve the latest Revision Id"
        )
        raise AwsError("PreconditionFailedException", message, 412)


def _stored_event_invoke_config(record: Any) -> Any:
    if not record.event_invoke_config:
        message = f"The function {record.function_arn}:{store.LATEST} doesn't have an EventInvokeConfig"
        raise AwsError("ResourceNotFoundException", message, 404)
    return record.event_invoke_config[0]


def _event_invoke_config(stored: Any) -> dict[str, Any]:
    destinations: dict[str, Any] = {"OnSuccess": {}, "OnFailure": {}}
    return {
        "FunctionArn": stored.arn,
        "LastModified": datetime.fromisoformat(stored.last_modified),
        **stored.config,
        "DestinationConfig": destinations | stored.config.get("DestinationConfig", {}),
    }
