"""The provider registry: packages by name, and configured providers by the reference that resources hold.

Provider resources (`pulumi:providers:<package>`) are managed like other resources, by the built-in provider.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from embedded_pulumi.engine.builtin_providers import BuiltinProvider, UnconfiguredProvider
from embedded_pulumi.engine.properties import has_unknown
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.urn import ProviderRef, is_provider_type, package_of
from embedded_pulumi.errors import UserError
from embedded_pulumi.provider import VERSION_INPUT, ConfiguredProvider, Provider, ProviderError, settings_of
from embedded_pulumi.values import Properties, Secret
from embedded_pulumi.wire import signatures
from embedded_pulumi.wire.plain import plain

DISABLED_DEFAULTS = "pulumi:disable-default-providers"
"""The configuration key that lists packages without a default provider; `*` means all."""


OtherPackages: TypeAlias = Callable[[str], Provider]


class DefaultProviderDisabled(ProviderError):
    """The stack's configuration disables the default provider of a package."""


class Packages:
    """The provider packages, and the stack's configuration of each.

    Args:
        others: Makes the package of a name that none of them has; None where that is an error.

    Raises:
        UserError: the list of disabled default providers is malformed.
    """

    def __init__(
        self,
        packages: Sequence[Provider],
        config: Mapping[str, str],
        secret_keys: Iterable[str],
        others: OtherPackages | None = None,
    ) -> None:
        self._others = others
        self._without_default = _disabled_defaults(config.get(DISABLED_DEFAULTS, ""))
        self._packages = {package.package: package for package in packages}
        self._config = config
        self._secret_keys = frozenset(secret_keys)

    def get(self, name: str) -> Provider:
        """The package of this name.

        Raises:
            ProviderError: there is none.
        """
        if name not in self._packages and self._others is not None:
            return self._others(name)
        if name not in self._packages:
            there = ", ".join(sorted(name for name in self._packages if not name.startswith("pulumi")))
            raise ProviderError(f"no provider for package {name!r}; there are: {there}")
        return self._packages[name]

    def supports(self, type_: str) -> bool:
        """Whether a package has a resource type; or it is the type of a package's own provider resources."""
        package = self._packages.get(package_of(type_))
        if package is None and self._others is not None:
            return self._others(package_of(type_)).supports(type_)
        return package is not None and (is_provider_type(type_) or package.supports(type_))

    def check_default_enabled(self, name: str, subject: str) -> None:
        """Raise DefaultProviderDisabled if the default provider of a package is disabled, and the subject needs it.

        Source: shouldDenyRequest in pulumi/pkg/resource/deploy/default_providers.go.
        """
        if name != "pulumi" and {"*", name} & self._without_default:
            raise DefaultProviderDisabled(
                f"Default provider for '{name}' disabled. '{subject}' must use an explicit provider."
            )

    def default_inputs(self, name: str, version: str) -> Properties:
        """The inputs of a default provider: the configuration in the package's namespace, and the version."""
        inputs: Properties = {VERSION_INPUT: version} if version else {}
        for key, value in self._config.items():
            namespace, _, setting = key.partition(":")
            if namespace == name:
                inputs[setting] = Secret(value) if key in self._secret_keys else value
        return inputs


def _disabled_defaults(text: str) -> frozenset[str]:
    try:
        names = json.loads(text or "[]")
    except json.JSONDecodeError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UserError(f"{DISABLED_DEFAULTS} must be a list of packages, such as [aws] or ['*'], not {text!r}")
    return frozenset(name.strip() for name in names)


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
