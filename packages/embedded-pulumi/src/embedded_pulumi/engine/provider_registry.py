"""The provider registry: packages by name, and configured providers by the reference that resources hold.

Provider resources (`pulumi:providers:<package>`) are managed like other resources, by the built-in provider.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from embedded_pulumi.engine.builtin_providers import BuiltinProvider, UnconfiguredProvider
from embedded_pulumi.engine.properties import has_unknown
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import ProviderRef, is_provider_type, package_of
from embedded_pulumi.provider import VERSION_INPUT, ConfiguredProvider, Provider, ProviderError, settings_of
from embedded_pulumi.values import Properties, Secret
from embedded_pulumi.wire import signatures
from embedded_pulumi.wire.plain import plain


class Packages:
    """The provider packages, and the stack's configuration of each."""

    def __init__(self, packages: Sequence[Provider], config: Mapping[str, str], secret_keys: Iterable[str]) -> None:
        self._packages = {package.package: package for package in packages}
        self._config = config
        self._secret_keys = frozenset(secret_keys)

    def get(self, name: str) -> Provider:
        """The package of this name.

        Raises:
            ProviderError: there is none.
        """
        if name not in self._packages:
            raise ProviderError(f"no provider for package {name!r}; there are: {', '.join(sorted(self._packages))}")
        return self._packages[name]

    def default_inputs(self, name: str, version: str) -> Properties:
        """The inputs of a default provider: the configuration in the package's namespace, and the version."""
        inputs: Properties = {VERSION_INPUT: version} if version else {}
        for key, value in self._config.items():
            namespace, _, setting = key.partition(":")
            if namespace == name:
                inputs[setting] = Secret(value) if key in self._secret_keys else value
        return inputs


class ProviderRegistry:
    """Configured providers. Safe to call from many threads."""

    def __init__(self, packages: Packages, olds: Iterable[ResourceState]) -> None:
        self.packages = packages
        self._lock = threading.Lock()
        self._configured: dict[str, ConfiguredProvider] = {}
        self._inputs: dict[str, Properties] = {}
        for state in olds:
            if is_provider_type(state.type):
                self._inputs[reference_of(state)] = state.inputs

    def register(self, state: ResourceState) -> None:
        """Configure a provider with the inputs of its resource, and keep it under its reference.

        Raises:
            ProviderError: the package refuses the inputs.
        """
        configured = self._configure(state.type, state.inputs)
        with self._lock:
            self._inputs[reference_of(state)] = state.inputs
            self._configured[reference_of(state)] = configured

    def inputs(self, reference: str) -> Properties:
        """The inputs of a provider; empty if the reference is not known."""
        return self._inputs.get(reference, {})

    def provider_for(self, type_: str, reference: str) -> ConfiguredProvider:
        """The provider that manages a resource of this type.

        Raises:
            ProviderError: there is no such provider.
        """
        if is_provider_type(type_):
            return BuiltinProvider(self.packages.get(package_of(type_)))
        with self._lock:
            if reference not in self._configured:
                # A provider of the last deployment that the program has not registered, or not yet.
                if reference not in self._inputs:
                    raise ProviderError(f"unknown provider {reference!r}")
                type_of_provider = ProviderRef.parse(reference).urn.split("::")[-2].rpartition("$")[2]
                self._configured[reference] = self._configure(type_of_provider, self._inputs[reference])
            return self._configured[reference]

    def _configure(self, type_: str, inputs: Properties) -> ConfiguredProvider:
        package = self.packages.get(package_of(type_))
        if has_unknown(inputs):
            return UnconfiguredProvider()
        return package.configure(settings_of(plain(inputs)))


def reference_of(state: ResourceState) -> str:
    """The reference to a provider resource; in a preview its id may be unknown."""
    return str(ProviderRef(state.urn, state.id or signatures.UNKNOWN))


def default_name(version: str) -> str:
    """The name of the default provider of a version, such as `default_7_51_1`."""
    return "_".join(["default", *(version.replace("+", ".").replace("-", ".").split(".") if version else ())])
