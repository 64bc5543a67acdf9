"""The wire between the engine and the cloud, on which a call can be lost: before it reaches the cloud, or after.

Only calls that change something count. Each is named by its action and its number among those of the action, such as
`CreateSubnet#3`, which stays the same however the deployment orders its work.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

from moto.core.utils import get_service_model

from embedded_aws.httpd import LoopbackServer, WsgiApplication
from embedded_aws.wire import read_request, read_scope
from embedded_pulumi.aws.session import READS

BEFORE, AFTER = "before", "after"

Strike = Callable[[str, str], None]
"""Told BEFORE or AFTER and a call's name. To lose the call, or its answer, it raises ConnectionError."""


WAITED_FOR = frozenset({"DescribeAutoScalingGroups", "DescribeNatGateways", "GetFunction", "GetFunctionConfiguration"})
"""Looks that are repeated until something has come about."""


class Wire:
    """Passes requests on to `application` from a port of its own.

    Args:
        application: Answers them.
        strike: Is told of each change on its way.
        look: Called with each look at what takes its time, so that it comes about without anybody's waiting.
    """

    def __init__(self, application: WsgiApplication, *, strike: Strike, look: Callable[[], None]) -> None:
        self._application = application
        self._strike = strike
        self._look = look
        self._counts: Counter[str] = Counter()
        self.changes: list[str] = []
        self.server = LoopbackServer(self._pass_on)

    def _pass_on(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        action = _action({**environ, "wsgi.input": io.BytesIO(body)})
        environ["wsgi.input"] = io.BytesIO(body)
        if action in WAITED_FOR:
            self._look()
        if action.startswith(READS):
            return list(self._application(environ, start_response))
        self._counts[action] += 1
        name = f"{action}#{self._counts[action]}"
        self.changes.append(name)
        self._strike(BEFORE, name)
        # Nothing of the answer is sent before the blow has fallen: the server writes when this returns.
        answer: list[Any] = []
        chunks = list(self._application(environ, lambda *head: answer.extend(head)))
        self._strike(AFTER, name)
        start_response(*answer)
        return chunks


def _action(environ: dict[str, Any]) -> str:
    scope = read_scope(environ)
    return str(read_request(environ, scope, get_service_model(scope.service)).operation.name)
