"""The resource monitor: Pulumi's ResourceMonitor and Engine services on one loopback port.

It decodes a request, asks the deployment, and encodes the answer.

Source: pulumi/proto/pulumi/resource.proto and engine.proto.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import callback_pb2, engine_pb2, provider_pb2, resource_pb2

from embedded_pulumi import wire
from embedded_pulumi.engine import assets
from embedded_pulumi.engine.builtin_providers import UnknownResult
from embedded_pulumi.engine.deployment import Deployment, DeploymentStopped
from embedded_pulumi.engine.events import Diagnostic, Severity
from embedded_pulumi.engine.hooks import HookRefused, Hooks
from embedded_pulumi.engine.refusals import METHODS, RefusedRequest, refuse_unsupported
from embedded_pulumi.errors import EngineError
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.wire.callbacks import CallbackFailed, Callbacks
from embedded_pulumi.wire.channel import OPTIONS
from embedded_pulumi.wire.features import FEATURES
from embedded_pulumi.wire.objects import MalformedValue
from embedded_pulumi.wire.requests import decode_invoke, decode_read, decode_register
from embedded_pulumi.wire.transforms import Transforms

_SEVERITIES: Mapping[int, Severity] = {
    engine_pb2.DEBUG: Severity.DEBUG,
    engine_pb2.INFO: Severity.INFO,
    engine_pb2.WARNING: Severity.WARNING,
    engine_pb2.ERROR: Severity.ERROR,
}


class Monitor:
    """Answers a program's RPCs.

    Args:
        deployment: Carries out the requests.
        hooks: Keeps the program's hooks.
        tell: Takes the program's log messages.
        root: The program's working directory.
        construct: Constructs a remote component.
    """

    def __init__(
        self,
        deployment: Deployment,
        hooks: Hooks,
        tell: Callable[[Diagnostic], None],
        root: Path,
        construct: Callable[[Any], Any],
    ) -> None:
        self._deployment = deployment
        self._hooks = hooks
        self._transforms = Transforms(Callbacks())
        self._tell = tell
        self._root = root
        self._construct = construct

    def register(self, request: Any) -> Any:
        """RegisterResource."""
        refuse_unsupported(request)
        urn = self._deployment.urn_of(request.parent, request.type, request.name)
        request = self._transforms.register(request, urn)
        if request.remote:
            return self._register_remote(request)
        goal = decode_register(request)
        state = self._deployment.register(replace(goal, inputs=assets.resolve(goal.inputs, self._root)))
        return resource_pb2.RegisterResourceResponse(urn=state.urn, id=state.id, object=wire.encode(state.outputs))

    def _register_remote(self, request: Any) -> Any:
        """RegisterResource of a component that a package makes: the package registers it, and what it consists of."""
        self._deployment.use_package(request.type, request.version, request.name)
        made = self._construct(request)
        needs = {
            name: resource_pb2.RegisterResourceResponse.PropertyDependencies(urns=each.urns)
            for name, each in made.stateDependencies.items()
        }
        return resource_pb2.RegisterResourceResponse(urn=made.urn, object=made.state, propertyDependencies=needs)

    def read(self, request: Any) -> Any:
        """ReadResource."""
        refuse_unsupported(request)
        goal = decode_read(request)
        state = self._deployment.read(replace(goal, inputs=assets.resolve(goal.inputs, self._root)))
        return resource_pb2.ReadResourceResponse(urn=state.urn, id=state.id, properties=wire.encode(state.outputs))

    def register_outputs(self, request: Any) -> Any:
        """RegisterResourceOutputs."""
        self._deployment.register_outputs(request.urn, wire.decode(request.outputs))
        return empty_pb2.Empty()

    def invoke(self, request: Any) -> Any:
        """Invoke."""
        refuse_unsupported(request)
        try:
            answer = self._deployment.invoke(decode_invoke(self._transforms.invoke(request)))
        except UnknownResult:
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        failures = [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in answer.failures]
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.encode(answer.result)}, failures=failures)

    def deployment_info(self, _: Any) -> Any:
        """GetDeploymentInfo: the SDK reads only the features."""
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def register_stack_transform(self, callback: Any) -> Any:
        """RegisterStackTransform."""
        self._transforms.add_to_stack(callback)
        return empty_pb2.Empty()

    def register_invoke_transform(self, callback: Any) -> Any:
        """RegisterStackInvokeTransform."""
        self._transforms.add_to_invokes(callback)
        return empty_pb2.Empty()

    def register_hook(self, request: Any) -> Any:
        """RegisterResourceHook and RegisterErrorHook."""
        self._hooks.register(request)
        return empty_pb2.Empty()

    def shut_down(self, _: Any) -> Any:
        """SignalAndWaitForShutdown: a program with hooks waits for the deletions, which may call them."""
        if self._hooks:
            self._deployment.over.set()
            self._deployment.finished.wait()
        return empty_pb2.Empty()

    def log(self, request: Any) -> Any:
        """Engine.Log."""
        severity = _SEVERITIES[request.severity]
        if severity is not Severity.DEBUG:
            self._tell(Diagnostic(severity, request.message, request.urn))
        return empty_pb2.Empty()

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """The handlers for a gRPC server."""
        pb = resource_pb2
        monitor = {
            "GetDeploymentInfo": self._rpc(self.deployment_info, empty_pb2.Empty),
            "RegisterResource": self._rpc(self.register, pb.RegisterResourceRequest),
            "ReadResource": self._rpc(self.read, pb.ReadResourceRequest),
            "RegisterResourceOutputs": self._rpc(self.register_outputs, pb.RegisterResourceOutputsRequest),
            "Invoke": self._rpc(self.invoke, pb.ResourceInvokeRequest),
            "RegisterStackTransform": self._rpc(self.register_stack_transform, callback_pb2.Callback),
            "RegisterStackInvokeTransform": self._rpc(self.register_invoke_transform, callback_pb2.Callback),
            "RegisterResourceHook": self._rpc(self.register_hook, pb.RegisterResourceHookRequest),
            "RegisterErrorHook": self._rpc(self.register_hook, pb.RegisterErrorHookRequest),
            "SignalAndWaitForShutdown": self._rpc(self.shut_down, empty_pb2.Empty),
            **{name: _refusal(what) for name, what in METHODS.items()},
        }
        engine = {"Log": self._rpc(self.log, engine_pb2.LogRequest)}
        return [
            grpc.method_handlers_generic_handler("pulumirpc.ResourceMonitor", monitor),
            grpc.method_handlers_generic_handler("pulumirpc.Engine", engine),
        ]

    def _rpc(self, answer: Callable[[Any], Any], request_type: Any) -> grpc.RpcMethodHandler:
        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            with self._status(context):
                return answer(request)

        return grpc.unary_unary_rpc_method_handler(
            handle,
            request_deserializer=request_type.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    @contextmanager
    def _status(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Turn exceptions into statuses of gRPC."""
        try:
            yield
        except DeploymentStopped:
            # The SDK ends the program at this status, as it does when Pulumi's engine stops.
            context.abort(grpc.StatusCode.UNAVAILABLE, "the deployment has stopped")
        except ProviderError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except (RefusedRequest, MalformedValue, FileNotFoundError, CallbackFailed, HookRefused) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except EngineError as error:
            self._deployment.stop(error)
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        except Exception as error:  # noqa: BLE001 - the entry point of a request: a bug must stop the deployment
            self._deployment.stop(error)
            context.abort(grpc.StatusCode.UNAVAILABLE, repr(error))


def _refusal(what: str) -> grpc.RpcMethodHandler:
    def refuse(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{what} are not supported by the embedded engine")
        return b""

    return grpc.unary_unary_rpc_method_handler(refuse)


@contextmanager
def serve(monitor: Monitor, threads: int) -> Iterator[str]:
    """Serve a monitor; yields its address, `127.0.0.1:<port>`.

    Args:
        monitor: Answers the requests.
        threads: How many requests may be open at once; each needs a thread.
    """
    server = grpc.server(ThreadPoolExecutor(threads), handlers=monitor.handlers(), options=OPTIONS)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None).wait()
