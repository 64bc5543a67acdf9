"""Asks the background process for an operation of its control channel."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from embedded_aws.daemon.errors import DaemonError, RequestRefused
from embedded_aws.daemon.folder import Running

TIMEOUT_SECONDS = 600.0  # an hour of cloud time holds sixty sweeps, each of which really runs


class ControlClient:
    """The control channel of an embedded AWS that runs. Connects to loopback and to nothing else."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Have an operation done, and return its result; `control.OPERATIONS` has them all.

        Raises:
            RequestRefused: it was refused; nothing was done.
            DaemonError: the process does not answer.
        """
        try:
            status, answer = self._post(operation, arguments)
        except (OSError, HTTPException, ValueError) as error:  # it has gone, or in the middle of its answer
            raise DaemonError(f"the local AWS at {self._running.control} does not answer: {error}") from error
        if status != HTTPStatus.OK:
            raise RequestRefused(str(answer["error"]))
        return answer

    def _post(self, operation: str, arguments: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        address = urlsplit(self._running.control)
        # http.client ignores the proxies of the environment.
        connection = HTTPConnection(str(address.hostname), address.port, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Authorization": f"Bearer {self._running.token}", "Content-Type": "application/json"}
            connection.request("POST", f"/{operation}", json.dumps(arguments), headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
            return response.status, answer
        finally:
            connection.close()
