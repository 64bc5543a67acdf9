"""The check that a request is one that AWS would accept: against botocore's own service models, as boto3 does it."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from functools import cache
from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

REMEMBERED = 20_000
"""Requests that are known to be right. They repeat, and the check costs more than the rest of a simulated call."""


@cache
def _service_model(service: str) -> Any:
    # No session: it would read the profile of whoever runs this.
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


class RequestCheck:
    """Checks requests, and each kind of request only once."""

    def __init__(self) -> None:
        self._right: set[Hashable] = set()

    def check(self, service: str, operation: str, params: dict[str, Any]) -> None:
        """Check one request.

        Raises:
            ParamValidationError: As boto3 raises it: an unknown or missing parameter, a wrong type, out of range.
        """
        key = (service, operation, _kind(params))
        if key in self._right:
            return
        shape = _service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(params, shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())
        if len(self._right) < REMEMBERED:
            self._right.add(key)


@cache
def shared() -> RequestCheck:
    """One for the whole process: what is right in one history is right in all."""
    return RequestCheck()


def _kind(value: Any) -> Hashable:
    """What the check depends on: of figures and times only that they are figures and times."""
    if isinstance(value, dict):
        return tuple((name, _kind(item)) for name, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_kind, value))
    if isinstance(value, float | datetime):
        return type(value).__name__
    return type(value).__name__, value
