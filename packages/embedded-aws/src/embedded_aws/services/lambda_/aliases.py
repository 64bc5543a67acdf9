"""Aliases of functions: what Lambda refuses of one, and which version an invocation through one goes to.

moto keeps any alias, and knows of no second version.

Source: Lambda API reference (CreateAlias, UpdateAlias, AliasRoutingConfiguration); AWS Lambda developer guide,
"Implement Lambda canary deployments using a weighted alias"; the words of the refusals as people report them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from moto.awslambda.utils import get_backend
from moto.moto_api._internal import mock_random

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.lambda_ import store
from embedded_aws.services.lambda_.store import FunctionId


def routes() -> Routes:
    """The calls that are looked at here, and then left to moto."""
    return {("lambda", "CreateAlias"): _create, ("lambda", "UpdateAlias"): _update}


def routed(wanted: FunctionId, draw: Callable[[], float] = mock_random.random) -> FunctionId:
    """The version that an invocation goes to; an alias may send a share of them to a second one.

    Args:
        wanted: As the call names it.
        draw: A number from 0 to 1.
    """
    alias = _aliases(wanted).get(wanted.qualifier or "")
    weights = _weights(alias.routing_config) if alias is not None else {}
    for version, weight in weights.items():
        if draw() < weight:
            return replace(wanted, qualifier=version)
    return wanted


def _aliases(function: FunctionId) -> Mapping[str, Any]:
    store.find(replace(function, qualifier=None))
    known: Mapping[str, Any] = get_backend(function.account, function.region)._lambdas._get_function_aliases(  # noqa: SLF001
        function.name
    )
    return known


def _weights(routing: Mapping[str, Any] | None) -> Mapping[str, float]:
    return (routing or {}).get("AdditionalVersionWeights") or {}


def _create(call: Call) -> dict[str, Any]:
    function = store.called(call)
    if call.params["Name"] in _aliases(function):
        arn = f"{store.definition(replace(function, qualifier=None)).unqualified_arn}:{call.params['Name']}"
        raise AwsError("ResourceConflictException", f"Alias already exists: {arn}", 409)
    _check(function, call.params["FunctionVersion"], call.params.get("RoutingConfig"))
    return call.forward()


def _update(call: Call) -> dict[str, Any]:
    function = store.called(call)
    alias = _aliases(function).get(call.params["Name"])
    if alias is not None:
        version = call.params.get("FunctionVersion", alias.function_version)
        _check(function, version, call.params.get("RoutingConfig", alias.routing_config))
        alias.revision_id = str(mock_random.uuid4())
    return call.forward()


def _check(function: FunctionId, version: str, routing: Mapping[str, Any] | None) -> None:
    weights = _weights(routing)
    for named in (version, *weights):
        store.find(replace(function, qualifier=named))
    if len(weights) > 1:
        raise _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for second, weight in weights.items():
        if store.LATEST in {version, second}:
            raise _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
        if second == version:
            raise _invalid(
                f"Invalid function version {second}. Function version {second} is already included in routing."
            )
        if not 0 <= weight <= 1:
            raise _invalid("Weight must be between 0.0 and 1.0")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
