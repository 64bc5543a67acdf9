"""A stack to try the engine on: real Pulumi programs, or scripts that speak the protocol from this process.

A script saves the third of a second that a Pulumi program takes to start; the engine sees no difference, as both come
in over gRPC. After every step the state file is checked by rules written down here once more, apart from the engine's.
"""

from __future__ import annotations

import shutil
import textwrap
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import alias_pb2, resource_pb2, resource_pb2_grpc

from embedded_pulumi import wire
from embedded_pulumi.engine.analyzer import Analyzer
from embedded_pulumi.engine.engine import Engine
from embedded_pulumi.engine.events import Diagnostic, Event, ProgramOutput, StepFinished, StepStarted, Summary
from embedded_pulumi.engine.journal import read_document
from embedded_pulumi.engine.passphrase import Crypter
from embedded_pulumi.engine.program import ChildProcess, ForkedCall, ProgramExit, ProgramSettings
from embedded_pulumi.engine.stack_references import StackOutputs, no_other_stacks
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.engine.steps import Op
from embedded_pulumi.values import Properties
from support.toy import THING, Cloud, Toy

PASSPHRASE = "correct horse battery staple"

PRELUDE = """\
import pulumi

class Thing(pulumi.CustomResource):
    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    value: pulumi.Output[object]

    def __init__(self, resource_name, opts=None, **props):
        every = {"arn": None, "name": None, "value": None, **props}
        super().__init__("toy:index/thing:Thing", resource_name, every, opts)

class Box(pulumi.ComponentResource):
    def __init__(self, name, opts=None, **props):
        super().__init__("toy:index:Box", name, props, opts)

"""

Act = Callable[["Client"], object]


@dataclass(frozen=True)
class Registered:
    """What the engine answers to a registration or a read."""

    urn: str
    id: str
    outputs: Properties


class Client:
    """Speaks ResourceMonitor as the SDK does; every resource is the stack's child if nothing else is said."""

    def __init__(self, settings: ProgramSettings) -> None:
        self.settings = settings
        self.channel = grpc.insecure_channel(settings.address)
        self.stub = resource_pb2_grpc.ResourceMonitorStub(self.channel)
        name = f"{settings.project}-{settings.stack}"
        self.stack = self.register(name, type_="pulumi:pulumi:Stack", custom=False, parent="").urn

    def register(
        self,
        name: str,
        props: Properties | None = None,
        *,
        type_: str = THING,
        parent: str | None = None,
        custom: bool = True,
        needs: Mapping[str, Iterable[Registered]] | None = None,
        aliases: Iterable[str | Mapping[str, Any]] = (),
        **options: Any,
    ) -> Registered:
        """Register a resource; `needs` says from which resources each property comes."""
        needs = {key: list(found) for key, found in (needs or {}).items()}
        by_property = {
            key: resource_pb2.RegisterResourceRequest.PropertyDependencies(urns=[item.urn for item in found])
            for key, found in needs.items()
        }
        request = resource_pb2.RegisterResourceRequest(
            type=type_,
            name=name,
            custom=custom,
            parent=self.stack if parent is None else parent,
            object=wire.encode(props or {}),
            dependencies=[*{item.urn for found in needs.values() for item in found}, *options.pop("dependencies", ())],
            propertyDependencies=by_property,
            aliases=[_alias(alias) for alias in aliases],
            deleteBeforeReplaceDefined="deleteBeforeReplace" in options,
            acceptSecrets=True,
            acceptResources=True,
            **options,
        )
        answer = self.stub.RegisterResource(request)
        return Registered(answer.urn, answer.id, wire.decode(answer.object))

    def read(self, name: str, id_: str, **options: Any) -> Registered:
        """Read a thing."""
        request = resource_pb2.ReadResourceRequest(type=THING, name=name, id=id_, parent=self.stack, **options)
        answer = self.stub.ReadResource(request)
        return Registered(answer.urn, answer.id, wire.decode(answer.properties))

    def invoke(self, token: str, args: Properties | None = None, **options: Any) -> Any:
        """Ask a data source."""
        return self.stub.Invoke(resource_pb2.ResourceInvokeRequest(tok=token, args=wire.encode(args or {}), **options))

    def export(self, outputs: Properties, urn: str | None = None) -> None:
        """Set the outputs of the stack, or of a component."""
        request = resource_pb2.RegisterResourceOutputsRequest(urn=urn or self.stack, outputs=wire.encode(outputs))
        self.stub.RegisterResourceOutputs(request)


def _alias(alias: str | Mapping[str, Any]) -> Any:
    if isinstance(alias, str):
        return alias_pb2.Alias(urn=alias)
    return alias_pb2.Alias(spec=alias_pb2.Alias.Spec(**alias))


class Script:
    """A program that runs on a thread of this process."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.error: BaseException | None = None
        self.thread: threading.Thread | None = None

    def prepare(self, forked_call: ForkedCall | None) -> Callable[[], Any]:
        assert forked_call is None, "a script has no process that could be forked"
        return lambda: None

    def begin(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        self.thread = threading.Thread(target=self._run, args=(settings, ended), daemon=True)
        self.thread.start()

    def _run(self, settings: ProgramSettings, ended: Callable[[], None]) -> None:
        client = None
        try:
            client = Client(settings)
            self.act(client)
        except (grpc.RpcError, AssertionError) as error:
            self.error = error
        finally:
            if client is not None:
                client.channel.close()
            ended()

    def wait(self) -> ProgramExit:
        if self.thread is not None:
            self.thread.join(5)
        if self.error is None:
            return ProgramExit(0)
        details = self.error.details() if isinstance(self.error, grpc.RpcError) else str(self.error)
        return ProgramExit(1, str(details))

    def kill(self) -> None:
        """It ends by itself when its monitor is gone."""


class State(StateFile):
    """The state of one of many stacks, all with the same salt, because deriving a key takes half a second."""

    def warm(self) -> None:
        self._new_crypter = partial(_new_crypter, self._passphrase)


_new_crypter = cache(Crypter.create)


@dataclass
class Stack:
    """One stack, its cloud, and the events of its deployments."""

    folder: Path
    cloud: Cloud = field(default_factory=Cloud)
    config: dict[str, str] = field(default_factory=lambda: {"toy:region": "here"})
    secret_keys: tuple[str, ...] = ()
    parallel: int = 8
    passphrase: str = PASSPHRASE
    environ: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    listener: Callable[[Event], None] = lambda _: None
    analyzer: Analyzer | None = None
    engine: Engine | None = None
    stack_outputs: StackOutputs = no_other_stacks

    @property
    def file(self) -> Path:
        return self.folder / "state.json"

    def prepare(self, program: str | Act) -> Engine:
        self.events = []
        launch: Any = ChildProcess
        if isinstance(program, str):
            # Python knows a changed file by its second and its size, which two programs of a test may share.
            shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
            (self.folder / "__main__.py").write_text(PRELUDE + textwrap.dedent(program))
        else:
            (self.folder / "__main__.py").touch()
            launch = lambda _, __: Script(program)  # noqa: E731 - what the engine calls to start it
        self.engine = Engine(
            project="shop",
            stack="dev",
            program=self.folder,
            providers=[Toy(self.cloud)],
            state=State(self.file, passphrase=self.passphrase),
            config=self.config,
            secret_keys=self.secret_keys,
            on_event=self.hear,
            parallel=self.parallel,
            environ=self.environ,
            launch=launch,
            analyzer=self.analyzer,
            stack_outputs=self.stack_outputs,
        )
        return self.engine

    def hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, StepFinished) and self.file.exists():
            check_integrity(read_document(self.file) or {})
        self.listener(event)

    def up(self, program: str | Act) -> Summary:
        return self.prepare(program).up()

    def preview(self, program: str | Act) -> Summary:
        return self.prepare(program).preview()

    def destroy(self) -> Summary:
        return self.prepare(lambda _: None).destroy()

    def refresh(self) -> Summary:
        return self.prepare(lambda _: None).refresh()

    def latest(self) -> dict[str, Any]:
        latest: dict[str, Any] = (read_document(self.file) or {})["checkpoint"]["latest"]
        return latest

    def resources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.latest()["resources"]
        return found

    def resource(self, name: str) -> dict[str, Any]:
        (found,) = (item for item in self.resources() if item["urn"].endswith(f"::{name}"))
        return found

    def names(self) -> list[str]:
        """Names of the things in the state, in its order."""
        return [item["urn"].rpartition("::")[2] for item in self.resources() if item["type"] == THING]

    def steps(self, *ops: Op) -> list[tuple[str, str]]:
        """(op, name) of the steps that were taken, in the order in which they finished; `same` only if asked for."""
        return [
            (event.op.value, event.urn.rpartition("::")[2])
            for event in self.events
            if isinstance(event, StepFinished) and (event.op in ops if ops else event.op is not Op.SAME)
        ]

    def started(self) -> list[tuple[str, str]]:
        return [
            (event.op.value, event.urn.rpartition("::")[2]) for event in self.events if isinstance(event, StepStarted)
        ]

    def messages(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Diagnostic)]

    def printed(self) -> list[str]:
        return [event.line for event in self.events if isinstance(event, ProgramOutput)]


def check_integrity(state: Mapping[str, Any], stack: str = "organization/shop/dev") -> None:
    """The rules of Pulumi's deployment format, on the raw JSON."""
    latest = state["checkpoint"]["latest"]
    # While a journal stands, the version is that of the file that it is on, whatever hooks have come or gone since.
    assert (state["version"], state.get("features")) in ((3, None), (4, ["hooks"]))
    assert state["checkpoint"]["stack"] == stack
    seen: dict[str, Mapping[str, Any]] = {}
    alive: set[str] = set()
    for item in latest["resources"]:
        needs = {*item.get("dependencies", ()), item.get("parent"), item.get("deletedWith")}
        needs.update(urn for urns in item.get("propertyDependencies", {}).values() for urn in urns)
        if item.get("provider"):
            provider, _, id_ = item["provider"].rpartition("::")
            assert seen[provider]["type"].startswith("pulumi:providers:")
            assert id_
            needs.add(provider)
        assert {urn for urn in needs if urn} <= seen.keys(), f"{item['urn']} comes before what it needs"
        assert item["custom"] or "id" not in item
        assert not (item["urn"] in alive and not item.get("delete")), f"{item['urn']} stands twice"
        seen[item["urn"]] = item
        if not item.get("delete"):
            alive.add(item["urn"])
