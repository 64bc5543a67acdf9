"""Invocations: a function that is run once when a stack is made."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from embedded_pulumi.aws.fields import Changes, Text
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import MapOf, request
from embedded_pulumi.provider import CheckFailure, DiffKind, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

_ONCE, _ALWAYS = "CREATE_ONLY", "CRUD"


class LambdaInvocation(ResourceType):
    """One invocation of a function, or one for each create, update and delete.

    AWS keeps nothing of it: it is read as it is in the state. One whose answer was lost is made again.

    Source: terraform-provider-aws/internal/service/lambda/invocation.go (0133e9ef3555, 2026).
    """

    type_ = "aws:lambda/invocation:Invocation"
    inputs = {
        "functionName": Text(required=True, force_new=True),
        "input": Text(required=True),
        "lifecycleScope": Text(default=_ONCE, one_of=(_ONCE, _ALWAYS)),
        "qualifier": Text(default="$LATEST", force_new=True),
        "tenantId": Text(),
        "terraformKey": Text(default="tf"),
        "triggers": MapOf(force_new=True),
    }
    outputs = ("result",)
    renewed = {"result": ("input",)}

    def create(self, aws: Session, props: Properties) -> str:
        payload = self._payload(props, "create", None)
        props["result"] = self._invoke(aws, props, payload)
        return ",".join((props["functionName"], props["qualifier"], hashlib.md5(payload).hexdigest()))  # noqa: S324 - an id

    def locate(self, aws: Session, props: Properties) -> None:
        return None

    def _payload(self, props: Properties, action: str, before: str | None) -> bytes:
        """What the function gets: the input, and beyond `CREATE_ONLY` what happens and the input before."""
        if props["lifecycleScope"] == _ONCE:
            return str(props["input"]).encode()
        told = {"action": action, "prev_input": json.loads(before) if before else None}
        return json.dumps({**json.loads(props["input"]), props["terraformKey"]: told}).encode()

    def _invoke(self, aws: Session, props: Properties, payload: bytes) -> str:
        asked = request(self.inputs, props, ("functionName", "qualifier", "tenantId"))
        answer = aws.lambda_.invoke(**asked, InvocationType="RequestResponse", Payload=payload)
        result = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise ProviderError(f"invoking Lambda Function ({props['functionName']}): {result}")
        return str(result)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return {"id": id_}

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        if state.get("functionName"):
            return {}
        function, _, rest = id_.partition(",")
        qualifier, _, digest = rest.partition(",")
        if not function or not qualifier or not digest:
            raise ProviderError(f"{id_!r} is no invocation's id; accepted: <function>,<qualifier>,<MD5 of the input>")
        return {"functionName": function, "qualifier": qualifier}

    def compare(self, state: Properties, news: Properties) -> Changes:
        same = state.get("input") == news.get("input")
        return {} if same or news.get("lifecycleScope") != _ONCE else {"input": DiffKind.UPDATE_REPLACE}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        payload = self._payload(change.new, "update", change.old.get("input"))
        change.new["result"] = self._invoke(aws, change.new, payload)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("lifecycleScope") == _ALWAYS:
            self._invoke(aws, state, self._payload(state, "delete", state["input"]))

    def check(self, inputs: Properties) -> list[CheckFailure]:
        text = inputs.get("input")
        if text in (None, UNKNOWN):  # an import has none
            return []
        try:
            value: Any = json.loads(text)
        except ValueError as error:
            return [CheckFailure("input", f"is not JSON: {error}")]
        if inputs.get("lifecycleScope") == _ALWAYS and not isinstance(value, dict):
            return [CheckFailure("input", f"must be a JSON object where lifecycleScope is {_ALWAYS}")]
        return []


TYPES = (LambdaInvocation,)
