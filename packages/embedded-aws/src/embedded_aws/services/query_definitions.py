"""Saved queries of CloudWatch Logs Insights, which moto lacks.

Source: API PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition.
"""

from __future__ import annotations

import uuid
from typing import Any

from embedded_aws.calls import AwsError, Call, Routes

_PAGE = 1000


class QueryDefinitions:
    """The saved queries of all regions."""

    def __init__(self) -> None:
        self._regions: dict[str, dict[str, dict[str, Any]]] = {}
        self._made = 0

    def routes(self) -> Routes:
        """The calls that are answered here."""
        return {
            ("logs", "PutQueryDefinition"): self._put,
            ("logs", "DescribeQueryDefinitions"): self._describe,
            ("logs", "DeleteQueryDefinition"): self._delete,
        }

    def _put(self, call: Call) -> dict[str, Any]:
        kept, params = self._regions.setdefault(call.region, {}), call.params
        id_ = params.get("queryDefinitionId") or self._new_id(call)
        if params.get("queryDefinitionId") and id_ not in kept:
            raise _no_such()
        told = {name: params[name] for name in ("name", "queryString", "logGroupNames") if params.get(name)}
        language = params.get("queryLanguage", "CWLI")
        stamp = int(call.time.timestamp() * 1000)
        kept[id_] = {"queryDefinitionId": id_, "queryLanguage": language, "lastModified": stamp, **told}
        return {"queryDefinitionId": id_}

    def _new_id(self, call: Call) -> str:
        self._made += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{call.region} query definition {self._made}"))

    def _describe(self, call: Call) -> dict[str, Any]:
        prefix = call.params.get("queryDefinitionNamePrefix", "")
        kept = self._regions.get(call.region, {}).values()
        found = sorted((each for each in kept if each["name"].startswith(prefix)), key=lambda each: str(each["name"]))
        token = call.params.get("nextToken", "0")
        begin, size = int(token) if token.isdecimal() else len(found), call.params.get("maxResults", _PAGE)
        answer: dict[str, Any] = {"queryDefinitions": found[begin : begin + size]}
        return {**answer, "nextToken": str(begin + size)} if begin + size < len(found) else answer

    def _delete(self, call: Call) -> dict[str, Any]:
        if self._regions.get(call.region, {}).pop(call.params["queryDefinitionId"], None) is None:
            raise _no_such()
        return {"success": True}


def _no_such() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
