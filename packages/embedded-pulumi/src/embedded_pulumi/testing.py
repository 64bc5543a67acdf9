"""Deploys Pulumi programs into an embedded AWS, for tests: what the pytest fixtures in `pytest_plugin` hand out.

    with SharedAws() as aws:
        stack = aws.deploy(Path("app"), {"app:zones": "2"})
        assert stack.outputs["url"].startswith("https://")
        stack.boto3("ec2").describe_vpcs()
        stack.pass_time(minutes=10)

The stacks share one account. Its time runs fast while a stack is deployed, and
stands still between: then only `pass_time` moves it. The AWS is the distribution embedded-aws, which the extra
`embedded-pulumi[pytest]` installs.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from embedded_aws.embedded import Cloud
from embedded_aws.kinds import STANDARD, AccountKind
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.engine import yaml_file
from embedded_pulumi.engine.engine import Engine, Launch
from embedded_pulumi.engine.events import Diagnostic, Event, ProgramOutput, Severity, StepFailed, Summary
from embedded_pulumi.engine.nursery import Nursery
from embedded_pulumi.engine.program import ChildProcess
from embedded_pulumi.engine.project import FILE, full_key, read_project_file
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.stackfile import PASSPHRASE, StackFile, read_stack_file
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.engine.urn import Urn
from embedded_pulumi.errors import EngineError
from embedded_pulumi.services import modules, python_module
from embedded_pulumi.wire.plain import plain

SPEED = 60.0
"""Cloud seconds for each real second while a stack is deployed: a deployment waits for what AWS takes its time for."""

DEFAULT_REGION = "us-east-1"
SHOWN_LINES = 40
"""Of the program's output, below the error of a deployment that failed."""


class SharedAws:
    """An embedded AWS that stacks are deployed into; one at a time in a process.

    Args:
        region: Where programs are deployed that say no `aws:region`.
        kind: What kind of account it is.
        seed: What identifiers and other random choices follow from.

    Attributes:
        cloud: The AWS.
    """

    def __init__(self, region: str = DEFAULT_REGION, kind: AccountKind = STANDARD, seed: int = 0) -> None:
        self.cloud = Cloud(speed=SPEED, seed=seed, region=region, kind=kind)
        self.cloud.clock.stop()
        self._folder = tempfile.TemporaryDirectory(prefix="embedded-pulumi-")
        # Elsewhere a process that has threads, as gRPC makes them, may not survive a fork.
        self._nursery = Nursery([python_module(each) for each in modules()]) if sys.platform == "linux" else None

    def __enter__(self) -> Self:
        """The AWS itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End the AWS and everything in it."""
        if self._nursery:
            self._nursery.close()
        self.cloud.close()
        self._folder.cleanup()

    def deploy(
        self, program: Path, config: Mapping[str, Any] | None = None, *, stack: str = "dev", name: str | None = None
    ) -> DeployedStack:
        """Deploy a program, as `pulumi up` does.

        Args:
            program: A folder with `Pulumi.yaml` or `__main__.py`, or a Python file.
            config: Configuration over that of `Pulumi.<stack>.yaml`, if there is one; a key without a namespace is the
                project's own. A value may be a text, a number, a truth, or a list or mapping of these.
            stack: The stack's name.
            name: The project's name; that in `Pulumi.yaml` if it is not given.

        Returns:
            The stack, as it stands.

        Raises:
            UserError: the program or its configuration is wrong; nothing was made.
            DeploymentError: a step failed; what was made until then has been destroyed again.
        """
        __tracebackhide__ = True
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        deployed = DeployedStack(
            self.cloud, program, stack, project=name, folder=folder, launch=self._nursery or ChildProcess
        )
        try:
            deployed.up(config)
        except BaseException:
            deployed.abandon()
            raise
        return deployed


class DeployedStack:
    """A stack that is deployed into an embedded AWS.

    Attributes:
        project: The project's name.
        name: The stack's name.
        region: Where it is deployed.
        outputs: The stack's outputs, secrets in plain.
        said: What the program and the engine said in the last operation, a line each.
    """

    def __init__(
        self, cloud: Cloud, program: Path, stack: str, *, project: str | None, folder: Path, launch: Launch
    ) -> None:
        self._launch = launch
        self.cloud, self.name, self.region, self.said = cloud, stack, cloud.region, list[str]()
        self.program, self.project = program, project or _project_name(program)
        self.outputs: dict[str, Any] = {}
        self._config: dict[str, str] = {}
        self._state = StateFile(folder / f"{stack}.json", clock=cloud.clock.now)
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def resources(self) -> list[ResourceState]:
        """What the stack's state has, in its order."""
        return self._state.load().resources

    def resource(self, name: str, type_: str = "") -> ResourceState:
        """The resource of a name in the program.

        Args:
            name: Its name, such as `web`.
            type_: Its type, or the end of it, such as `Vpc`; needed if several have the name.

        Raises:
            LookupError: there is none, or more than one.
        """
        found = [each for each in self.resources if Urn.parse(each.urn).name == name and each.type.endswith(type_)]
        if len(found) != 1:
            there = ", ".join(sorted(f"{Urn.parse(each.urn).name} ({each.type})" for each in found or self.resources))
            raise LookupError(f"{len(found)} resources are called {name!r}; there are: {there}")
        return found[0]

    def boto3(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of the AWS that it is deployed into, in its own region if none is given."""
        key = service, region or self.region
        if key not in self._clients:
            self._clients[key] = self.cloud.client(*key)
        return self._clients[key]

    def pass_time(self, **duration: float) -> None:
        """Let cloud time pass, such as `minutes=10`: alarms, schedules, and health checks do what they do meanwhile.

        Args:
            duration: As of `datetime.timedelta`.
        """
        self.cloud.clock.advance(timedelta(**duration).total_seconds())

    def up(self, config: Mapping[str, Any] | None = None, *, program: Path | None = None) -> Summary:
        """Deploy it again, with what is given now over what was given before; raises as `SharedAws.deploy`."""
        __tracebackhide__ = True
        self._reconfigure(config, program)
        summary = self._run(lambda engine: engine.up())
        self.outputs = plain(summary.outputs)
        return summary

    def preview(self, config: Mapping[str, Any] | None = None, *, program: Path | None = None) -> Summary:
        """What `up` would do; nothing is kept of what is given."""
        __tracebackhide__ = True
        before = self._config, self.program
        self._reconfigure(config, program)
        try:
            return self._run(lambda engine: engine.preview())
        finally:
            self._config, self.program = before

    def refresh(self) -> Summary:
        """Record how each resource is."""
        return self._run(lambda engine: engine.refresh())

    def destroy(self) -> Summary:
        """Delete every resource. Raises DeploymentError: one is protected, or AWS refused."""
        return self._run(lambda engine: engine.destroy())

    def abandon(self) -> None:
        """Delete what can be deleted, of a deployment that failed; what cannot be stays."""
        try:
            self.destroy()
        except EngineError as error:
            self.said.append(f"not destroyed: {error}")

    def _reconfigure(self, config: Mapping[str, Any] | None, program: Path | None) -> None:
        self.program = program or self.program
        given = {
            full_key(key, self.project, self.program): yaml_file.text_of(value) for key, value in (config or {}).items()
        }
        self._config = self._config | given

    def _run(self, operation: Callable[[Engine], Summary]) -> Summary:
        """Run one operation of the engine while the cloud's time runs; an error has what was said."""
        __tracebackhide__ = True  # of pytest: its report begins in the test
        self.said = []
        file = _stack_file(self.program, self.name, self._config)
        config = {**file.config, **self._config}
        self.region = config.get("aws:region", self.cloud.region)
        engine = Engine(
            project=self.project,
            stack=self.name,
            program=self.program,
            config=config,
            secret_keys=file.secret_keys,
            providers=[AwsProvider(endpoint_url=self.cloud.endpoint_url, region=self.region)],
            state=self._state,
            environ=self.cloud.environment(os.environ),
            on_event=lambda event: self.said.extend(_words(event)),
            launch=self._launch,
        )
        try:
            with _running(self.cloud):
                return operation(engine)
        except EngineError as error:
            if self.said:
                error.add_note("\n".join(["The deployment said:", *self.said[-SHOWN_LINES:]]))
            raise error.with_traceback(None) from None  # where in the engine it was found helps nobody


@contextmanager
def _running(cloud: Cloud) -> Iterator[None]:
    cloud.clock.start()
    try:
        yield
    finally:
        cloud.clock.stop()


def _project_name(program: Path) -> str:
    """The name in Pulumi.yaml; without one, that of the program's folder or file."""
    return read_project_file(program).name if (program / FILE).is_file() else program.resolve().stem


def _stack_file(program: Path, stack: str, given: Mapping[str, str]) -> StackFile:
    """What `Pulumi.<stack>.yaml` says; a stack needs none."""
    folder = program if program.is_dir() else program.parent
    kept = folder / (read_project_file(folder).stack_folder if (folder / FILE).is_file() else "")
    if not (kept / f"Pulumi.{stack}.yaml").is_file():
        return StackFile({})
    return read_stack_file(folder, stack, given, os.environ.get(PASSPHRASE))


def _words(event: Event) -> Sequence[str]:
    match event:
        case ProgramOutput():
            return [event.line]
        case Diagnostic() if event.severity is not Severity.DEBUG:
            return [f"{event.severity.value}: {event.message}"]
        case StepFailed():
            return [f"{event.op.value} of {event.urn} failed: {event.reason}"]
    return []
