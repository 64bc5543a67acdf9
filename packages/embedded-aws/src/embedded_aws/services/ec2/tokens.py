"""Client tokens: a creation that is asked for again with its token is answered again, and nothing is made twice.

Botocore gives most of these calls a token of its own, which it repeats when it repeats the call. moto takes the tokens
and makes another thing.

Source: EC2 API reference, "Ensuring idempotency in Amazon EC2 API requests".
"""

from __future__ import annotations

import copy
from typing import Any

from embedded_aws.calls import AwsError, Call, Handler, Routes

CALLS = (
    "CreateFlowLogs",
    "CreateLaunchTemplate",
    "CreateLaunchTemplateVersion",
    "CreateNatGateway",
    "CreateRouteTable",
    "CreateVpcEndpoint",
    "RunInstances",
)
_TOKEN = "ClientToken"  # noqa: S105 - the parameter's name
_MISMATCH = (
    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s) for this token."
)


class Tokens:
    """What was answered to which token, in one account."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, str], tuple[dict[str, Any], dict[str, Any]]] = {}

    def over(self, routes: Routes) -> Routes:
        """The routes with every call in `CALLS` answered once for each token; those without a handler are moto's."""

        def forward(call: Call) -> dict[str, Any]:
            return call.forward()

        return routes | {("ec2", each): self._once(routes.get(("ec2", each), forward)) for each in CALLS}

    def _once(self, handler: Handler) -> Handler:
        def answer(call: Call) -> dict[str, Any]:
            token = call.params.get(_TOKEN)
            if not token:
                return handler(call)
            key = (call.region, call.action, token)
            asked = {name: copy.deepcopy(value) for name, value in call.params.items() if name != _TOKEN}
            if key not in self._answers:
                self._answers[key] = (asked, copy.deepcopy(handler(call)))
            before, answered = self._answers[key]
            if before != asked:
                raise AwsError("IdempotentParameterMismatch", _MISMATCH)
            return copy.deepcopy(answered)

        return answer
