"""Serves a provider package as Pulumi's ResourceProvider: decodes a request, asks the provider, encodes its answer.

Methods that are not in the table answer UNIMPLEMENTED, which the engine understands.
Source: pulumi/proto/pulumi/provider.proto.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from embedded_pulumi import wire
from embedded_pulumi.plugin import messages
from embedded_pulumi.plugin.console import Console
from embedded_pulumi.plugin.messages import properties
from embedded_pulumi.plugin.statuses import as_statuses
from embedded_pulumi.provider import (
    ENGINES_OWN,
    Checked,
    CheckFailure,
    CheckRequest,
    ConfiguredProvider,
    DiffRequest,
    Provider,
    ProviderError,
    UpdateRequest,
    allowing,
    settings_of,
)
from embedded_pulumi.values import Properties


class ProviderService:
    """Answers an engine's RPCs.

    Args:
        package: The package's name.
        version: Its version.
        open_provider: Makes the provider; raises ProviderError without an embedded AWS.
        defaults: Inputs of the provider that neither the program nor the configuration sets.
        console: Logs messages to the user.
        cancel: Called when the engine wants the process to end.
    """

    def __init__(
        self,
        package: str,
        version: str,
        *,
        open_provider: Callable[[], Provider],
        defaults: Mapping[str, str],
        console: Console,
        cancel: Callable[[], None],
    ) -> None:
        self._package = package
        self._version = version
        self._open_provider = open_provider
        self._defaults = dict(defaults)
        self._console = console
        self._cancel = cancel
        self._lock = threading.Lock()
        self._opened: Provider | None = None
        self._configured: ConfiguredProvider | None = None

    # Requests to the plugin.

    def handshake(self, request: Any) -> Any:
        """Handshake: the answer declines secrets, resources and outputs as such; the engine marks secrets again."""
        self._console.connect(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(supports_autonaming_configuration=True)

    def attach(self, request: Any) -> Any:
        """Attach: an engine that did not start this process sends its address."""
        self._console.connect(request.address)
        return empty_pb2.Empty()

    def plugin_info(self, _: Any) -> Any:
        """GetPluginInfo."""
        return plugin_pb2.PluginInfo(version=self._version)

    def schema(self, _: Any) -> Any:
        """GetSchema: only name and version, because programs bring their SDK."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": self._package, "version": self._version}))

    def cancel(self, _: Any) -> Any:
        """Cancel."""
        self._cancel()
        return empty_pb2.Empty()

    # Requests to the provider package.

    def check_config(self, request: Any) -> Any:
        """CheckConfig."""
        news = {**self._defaults, **properties(request.news)}
        try:
            checked = self._provider().check_config(settings_of(news))
        except ProviderError as error:
            return messages.check_response(Checked(news, (CheckFailure("", str(error)),)))
        own = {name: value for name, value in news.items() if name in ENGINES_OWN}
        return messages.check_response(Checked({**checked.inputs, **own}, checked.failures))

    def diff_config(self, request: Any) -> Any:
        """DiffConfig; the engine compares versions itself."""
        olds = properties(request.old_inputs if request.HasField("old_inputs") else request.olds)
        diff = self._provider().diff_config(settings_of(olds), settings_of(properties(request.news)))
        return messages.diff_response(diff)

    def configure(self, request: Any) -> Any:
        """Configure; an engine without Handshake learns here that the provider takes no secrets."""
        settings = settings_of(self._defaults | self._config_of(request))
        self._configured = self._provider().configure(settings)
        return provider_pb2.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    def _config_of(self, request: Any) -> Properties:
        if request.HasField("args"):
            return properties(request.args)
        prefix = f"{self._package}:config:"
        return {name.removeprefix(prefix): value for name, value in request.variables.items()}

    # Requests to the configured provider.

    def check(self, request: Any) -> Any:
        """Check."""
        asked = CheckRequest(
            messages.type_of(request),
            messages.name_of(request),
            properties(request.olds),
            properties(request.news),
            request.randomSeed,
            messages.autonaming(request),
        )
        return messages.check_response(self._ready().check(asked))

    def diff(self, request: Any) -> Any:
        """Diff. The engine sends only the hashes of assets."""
        states = (properties(request.old_inputs), properties(request.olds), properties(request.news))
        ignored = tuple(request.ignoreChanges)
        diff = self._ready().diff(DiffRequest(messages.type_of(request), request.id, *states, ignored))
        return messages.diff_response(diff)

    def create(self, request: Any) -> Any:
        """Create; in a preview, foresee the result."""
        inputs = properties(request.properties)
        with allowing(request.timeout):
            created = self._ready().create(messages.type_of(request), inputs, preview=request.preview)
        return provider_pb2.CreateResponse(id=created.id, properties=wire.encode(created.outputs))

    def read(self, request: Any) -> Any:
        """Read, for a refresh, an import or a `.get()`; the empty id means that it does not exist."""
        known = (properties(request.inputs), properties(request.properties))
        found = self._ready().read(messages.type_of(request), request.id, *known)
        if found is None:
            return provider_pb2.ReadResponse()
        outputs, inputs = wire.encode(found.outputs), wire.encode(found.inputs)
        return provider_pb2.ReadResponse(id=found.id, properties=outputs, inputs=inputs)

    def update(self, request: Any) -> Any:
        """Update; in a preview, foresee the result."""
        news = properties(request.news)
        inputs, outputs = (messages.with_content(properties(each), news) for each in (request.old_inputs, request.olds))
        type_ = messages.type_of(request)
        with allowing(request.timeout):
            states, ignored = (inputs, outputs, news), tuple(request.ignoreChanges)
            outputs = self._ready().update(UpdateRequest(type_, request.id, *states, ignored, preview=request.preview))
        return provider_pb2.UpdateResponse(properties=wire.encode(outputs))

    def delete(self, request: Any) -> Any:
        """Delete."""
        known = (properties(request.old_inputs), properties(request.properties))
        with allowing(request.timeout):
            self._ready().delete(messages.type_of(request), request.id, *known)
        return empty_pb2.Empty()

    def invoke(self, request: Any) -> Any:
        """Invoke: a data source."""
        answer = self._ready().invoke(request.tok, properties(request.args))
        result = {"return": wire.encode(answer.result)}
        return provider_pb2.InvokeResponse(**result, failures=messages.failures(answer.failures))

    def _provider(self) -> Provider:
        with self._lock:
            if self._opened is None:
                self._opened = self._open_provider()
            return self._opened

    def _ready(self) -> ConfiguredProvider:
        if self._configured is None:
            raise ProviderError("the provider has not been configured yet")
        return self._configured

    def handler(self) -> grpc.GenericRpcHandler:
        """The handler for a gRPC server."""
        pb = provider_pb2
        methods = {
            "Handshake": self._rpc(self.handshake, pb.ProviderHandshakeRequest),
            "Attach": self._rpc(self.attach, plugin_pb2.PluginAttach),
            "GetPluginInfo": self._rpc(self.plugin_info, empty_pb2.Empty),
            "GetSchema": self._rpc(self.schema, pb.GetSchemaRequest),
            "CheckConfig": self._rpc(self.check_config, pb.CheckRequest),
            "DiffConfig": self._rpc(self.diff_config, pb.DiffRequest),
            "Configure": self._rpc(self.configure, pb.ConfigureRequest),
            "Check": self._rpc(self.check, pb.CheckRequest),
            "Diff": self._rpc(self.diff, pb.DiffRequest),
            "Create": self._rpc(self.create, pb.CreateRequest),
            "Read": self._rpc(self.read, pb.ReadRequest),
            "Update": self._rpc(self.update, pb.UpdateRequest),
            "Delete": self._rpc(self.delete, pb.DeleteRequest),
            "Invoke": self._rpc(self.invoke, pb.InvokeRequest),
            "Cancel": self._rpc(self.cancel, empty_pb2.Empty),
        }
        return grpc.method_handlers_generic_handler("pulumirpc.ResourceProvider", methods)

    def _rpc(self, answer: Callable[[Any], Any], request_type: Any) -> grpc.RpcMethodHandler:
        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            with as_statuses(context, self._console):
                return answer(request)

        return grpc.unary_unary_rpc_method_handler(
            handle,
            request_deserializer=request_type.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
