"""DynamoDB's tables: their class, an update of the encryption and a second stream, which moto drops or refuses.

Source: API CreateTable, UpdateTable, TableClassSummary, SSESpecification, SSEDescription.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from moto.backends import get_backend

from embedded_aws.calls import Call, Routes


def routes() -> Routes:
    """The calls that are corrected here."""
    classes: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def answered(call: Call) -> dict[str, Any]:
        if call.action == "UpdateTable":
            _free_stream(call)
        answer = call.forward()
        name = "Table" if call.action == "DescribeTable" else "TableDescription"
        table: Any = get_backend("dynamodb")[call.caller.account][call.region].tables.get(answer[name]["TableName"])
        if call.action != "DescribeTable" and call.params.get("TableClass"):
            classes[table] = call.params["TableClass"]
        if call.action == "UpdateTable" and call.params.get("SSESpecification"):
            _encrypt(call, table)
        told = {key: value for key, value in answer[name].items() if key != "SSEDescription"}
        if (table.sse_specification or {}).get("Enabled"):
            key = table.sse_specification.get("KMSMasterKeyId")
            told["SSEDescription"] = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}
        if table in classes:
            told["TableClassSummary"] = {"TableClass": classes[table]}
        return {name: told}

    return {("dynamodb", action): answered for action in ("CreateTable", "DescribeTable", "UpdateTable")}


def _free_stream(call: Call) -> None:
    """Let a table whose stream has ended have another, which moto refuses."""
    table = get_backend("dynamodb")[call.caller.account][call.region].tables.get(call.params["TableName"])
    if table is not None and not (table.stream_specification or {}).get("StreamEnabled"):
        table.latest_stream_label = None


def _encrypt(call: Call, table: Any) -> None:
    wish = dict(call.params["SSESpecification"])
    if wish.get("Enabled") and not wish.get("KMSMasterKeyId"):
        key = table._get_default_encryption_key(call.caller.account, call.region)  # noqa: SLF001 - as a create does
        wish["KMSMasterKeyId"] = key
    table.sse_specification = wish
