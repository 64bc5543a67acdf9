"""Errors as gRPC statuses.

The engine takes the state of a resource for unknown after INTERNAL, DATA_LOSS and UNKNOWN, and for what it was after
any other (pulumi/pkg/resource/plugin/provider_plugin.go, resourceStateAndError).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from embedded_pulumi import wire
from embedded_pulumi.plugin.console import Console
from embedded_pulumi.provider import InitFailed, ProviderError
from embedded_pulumi.wire.objects import MalformedValue

_REFUSED = grpc.StatusCode.FAILED_PRECONDITION

_DETAILS = "grpc-status-details-bin"
"""The trailing metadata in which gRPC carries a `google.rpc.Status` (gRPC's error model)."""


@contextmanager
def as_statuses(context: grpc.ServicerContext, console: Console) -> Iterator[None]:
    """Turn exceptions into statuses of gRPC."""
    try:
        yield
    except InitFailed as failure:
        context.set_trailing_metadata(((_DETAILS, _half_made(failure)),))
        context.abort(_REFUSED, str(failure))
    except ProviderError as error:
        context.abort(_REFUSED, str(error))
    except (MalformedValue, FileNotFoundError) as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except Exception as error:  # noqa: BLE001 - the entry point of a request: any other error is a bug
        console.debug(traceback.format_exc())
        context.abort(grpc.StatusCode.INTERNAL, f"a defect in the provider: {error!r}")


def _half_made(failure: InitFailed) -> bytes:
    """The status of a resource that was created and whose initialization failed."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=failure.id, properties=wire.encode(failure.outputs), reasons=failure.reasons
    )
    status = status_pb2.Status(code=_REFUSED.value[0], message=str(failure))
    status.details.add().Pack(detail)
    encoded: Any = status.SerializeToString()
    return bytes(encoded)
