"""Packages of components: a folder with `PulumiPlugin.yaml`, which runs as a process and constructs what is asked for.

A project names them in its Pulumi.yaml, as for the CLI:

    plugins:
      providers:
        - name: shop
          path: ../components

    packages:
      shop: ../components

A program registers such a component as remote. The process then makes it and its children, and registers all of them
with the engine, as the program itself would.

Source: pulumi/proto/pulumi/provider.proto (Construct); Project in pulumi/sdk/go/common/workspace/project.go;
RegisterResource in pulumi/pkg/resource/deploy/source_eval.go, as of 2026-08-21.
"""
# ruff: noqa: ARG002, D102 - a package implements a whole protocol, whose methods are described in embedded_pulumi.provider

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import grpc
from pulumi.runtime.proto import errors_pb2, provider_pb2, status_pb2

from embedded_pulumi import wire
from embedded_pulumi.engine import yaml_file
from embedded_pulumi.engine.program import passed_on
from embedded_pulumi.engine.provider_process import ProviderProcess
from embedded_pulumi.engine.virtualenv import activated, interpreter
from embedded_pulumi.errors import UserError
from embedded_pulumi.provider import (
    Checked,
    CheckRequest,
    Created,
    Diff,
    DiffRequest,
    Invoked,
    ProviderError,
    ReadResult,
    UpdateRequest,
)
from embedded_pulumi.values import Properties, Value

FILE = "PulumiPlugin.yaml"
_UNEXPECTED = "Unexpected <class 'Exception'>: "


@dataclass(frozen=True)
class ConstructSettings:
    """What the process is told of the deployment with each component.

    Attributes:
        monitor: The address of the resource monitor, which is the engine's address too.
    """

    project: str
    stack: str
    config: Mapping[str, str]
    secret_keys: Sequence[str]
    dry_run: bool
    parallel: int
    monitor: str


class ComponentPackage:
    """A package of components. Its process starts with the first component.

    Args:
        package: Its name.
        folder: With PulumiPlugin.yaml and `__main__.py`.
        environ: The program's environment variables, beside those that every program gets.

    Raises:
        UserError: the folder has no plugin for Python.
    """

    version = ""

    def __init__(self, package: str, folder: Path, environ: Mapping[str, str]) -> None:
        self.package = package
        self._folder = folder
        programs = {**activated(passed_on(), None), **environ}
        own = _virtual_environment(package, folder)
        self._environ = activated(programs, own) if own.is_dir() else programs
        self._lock = threading.Lock()
        self._process: ProviderProcess | None = None

    def supports(self, type_: str) -> bool:
        return True

    def check_config(self, news: Properties) -> Checked:
        return Checked(news)

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        return Diff()

    def configure(self, inputs: Mapping[str, Value]) -> ComponentPackage:
        return self

    def construct(self, request: Any, settings: ConstructSettings) -> Any:
        """Construct a component.

        Args:
            request: The RegisterResourceRequest of the program.
            settings: Of the deployment.

        Returns:
            The ConstructResponse: URN, state, and what the state depends on.

        Raises:
            ProviderError: the component refused its inputs, or failed.
        """
        with self._lock:
            if self._process is None:
                self._process = self._start(settings)
        asked = provider_pb2.ConstructRequest(
            project=settings.project,
            stack=settings.stack,
            config=settings.config,
            configSecretKeys=settings.secret_keys,
            dryRun=settings.dry_run,
            parallel=settings.parallel,
            monitorEndpoint=settings.monitor,
            type=request.type,
            name=request.name,
            parent=request.parent,
            inputs=request.object,
            inputDependencies={
                name: provider_pb2.ConstructRequest.PropertyDependencies(urns=needs.urns)
                for name, needs in request.propertyDependencies.items()
            },
            providers=request.providers,
            dependencies=request.dependencies,
            aliases=request.aliases,
            protect=request.protect if request.HasField("protect") else None,
            retainOnDelete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
            deleteBeforeReplace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            deletedWith=request.deletedWith,
            ignoreChanges=request.ignoreChanges,
            replaceOnChanges=request.replaceOnChanges,
            additionalSecretOutputs=request.additionalSecretOutputs,
            accepts_output_values=True,
        )
        try:
            return self._process.stub.Construct(asked)
        except grpc.RpcError as error:
            raise ProviderError(f"{request.type} {request.name}: {_reason(error)}") from error

    def _start(self, settings: ConstructSettings) -> ProviderProcess:
        command = [interpreter(self._environ), "-u", str(self._folder), settings.monitor]
        process = ProviderProcess(command, self._folder, self._environ, f"the package {self.package!r}")
        asked = provider_pb2.ConfigureRequest(args=wire.encode({}), acceptSecrets=True, acceptResources=True)
        process.stub.Configure(asked)
        return process

    def close(self) -> None:
        """End the process, if it has been started."""
        if self._process is not None:
            self._process.close()

    def _refuse(self, what: str) -> NoReturn:
        raise ProviderError(f"the package {self.package!r} has components alone: no {what}")

    def check(self, request: CheckRequest) -> Checked:
        self._refuse(f"resource of type {request.type}")

    def diff(self, request: DiffRequest) -> Diff:
        self._refuse(f"resource of type {request.type}")

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        self._refuse(f"resource of type {type_}")

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        self._refuse(f"resource of type {type_}")

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        self._refuse(f"resource of type {type_}")

    def update(self, request: UpdateRequest) -> Properties:
        self._refuse(f"resource of type {request.type}")

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        self._refuse(f"resource of type {type_}")

    def invoke(self, token: str, args: Properties) -> Invoked:
        self._refuse(f"function {token}")


def component_packages(project: Path, environ: Mapping[str, str]) -> list[ComponentPackage]:
    """The packages of components that the Pulumi.yaml in a folder names.

    Args:
        project: The folder, or a program without Pulumi.yaml.
        environ: The program's environment variables.

    Raises:
        UserError: Pulumi.yaml does not name them as the CLI wants it, or there is no such folder.
    """
    path = project / "Pulumi.yaml"
    if not path.is_file():
        return []
    data = yaml_file.load(path) or {}
    return [ComponentPackage(name, (project / where).resolve(), environ) for name, where in packages_of(path, data)]


def packages_of(path: Path, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and folder of each package that a project has in a folder; those of a registry are another provider's."""
    plugins = data.get("plugins") or {}
    for each in plugins.get("providers") or []:
        if not isinstance(each, dict) or not isinstance(each.get("name"), str) or not isinstance(each.get("path"), str):
            raise UserError(f"{path}: a provider under `plugins` must have a name and a path, not {each!r}")
        if (path.parent / each["path"] / FILE).is_file():  # else it is a binary, which the embedded providers replace
            yield each["name"], each["path"]
    for name, source in (data.get("packages") or {}).items():
        where = source.get("source") if isinstance(source, dict) else source
        if isinstance(where, str) and where.startswith((".", "/")):
            yield name, where


def _virtual_environment(package: str, folder: Path) -> Path:
    """Where the package's virtual environment is, if it has one. Raises UserError: it is no package for Python."""
    file = folder / FILE
    if not file.is_file():
        raise UserError(f"the package {package!r} has no {FILE} in {folder}")
    runtime = (yaml_file.load(file) or {}).get("runtime")
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if language != "python":
        raise UserError(f"{file}: runtime {language!r} is not supported; accepted: python")
    options = (runtime.get("options") if isinstance(runtime, dict) else None) or {}
    return folder / str(options.get("virtualenv", "venv"))  # where `pulumi install` makes one


def _reason(error: Any) -> str:
    """Why a component was not constructed, in the words of its author."""
    details = str(error.details() or "").removeprefix(_UNEXPECTED).strip()
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            failed = errors_pb2.InputPropertiesError()
            told = [each for detail in status.details if detail.Unpack(failed) for each in failed.errors]
            details = "; ".join([*([details] if details else []), *(f"{e.property_path}: {e.reason}" for e in told)])
    return details
