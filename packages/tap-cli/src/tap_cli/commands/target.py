"""The stack that a command works on, in the local AWS that runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from embedded_aws import access
from embedded_aws.daemon.folder import Folder
from embedded_aws.daemon.process import find
from embedded_pulumi.aws import AwsProvider
from embedded_pulumi.engine.engine import ORGANIZATION, Engine, Launch
from embedded_pulumi.engine.events import Listener
from embedded_pulumi.engine.program import ChildProcess
from embedded_pulumi.engine.provider_registry import OtherPackages
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.stackfile import PASSPHRASE, read_stack_file, stack_settings
from embedded_pulumi.noted_packages import NotedPackage
from embedded_pulumi.provider import Provider, ProviderError
from embedded_pulumi.values import Properties
from pulumi_guardrails.analyzer import Guardrails
from tap_cli.commands import options, settings
from tap_cli.commands.house import SHOW_EXCEPTIONS, tap_house
from tap_cli.commands.project import ProjectFolder, checked_name, find_project
from tap_cli.commands.states import state_of
from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError


@dataclass(frozen=True)
class Target:
    """A stack, and where it is deployed to.

    Attributes:
        config: Full key to value, of the stack's file and of the command line.
        secret_keys: Those of them that are secret.
        provider: What the stack's resources are made with.
        others: Makes the packages of other providers.
        launch: What starts the program.
        passing: What to say of the values that hold for one run alone; empty if there are none.
    """

    project: ProjectFolder
    stack: str
    config: dict[str, str]
    secret_keys: tuple[str, ...]
    region: str
    endpoint: str
    provider: Provider
    others: OtherPackages
    launch: Launch
    passing: str = ""

    @property
    def shown_state(self) -> Path:
        """Where the stack's state is, seen from the project's folder."""
        return Folder(self.project.private).state(self.stack).relative_to(self.project.root)

    def resources(self) -> list[ResourceState]:
        """What the state has, in its order. Raises StateError: it cannot be read."""
        return state_of(self.project, self.stack).load().resources

    def engine(self, listen: Listener) -> Engine:
        """What deploys the stack; `listen` is told of everything it does."""
        return Engine(
            project=self.project.name,
            stack=self.stack,
            program=self.project.root,
            providers=[self.provider],
            state=state_of(self.project, self.stack),
            config=self.config,
            secret_keys=self.secret_keys,
            on_event=listen,
            environ=access.environment(self.endpoint, self.region, os.environ),
            launch=self.launch,
            analyzer=Guardrails(datetime.now(UTC).date().isoformat(), tap_house(), SHOW_EXCEPTIONS),
            stack_outputs=self._outputs_of,
            others=self.others,
        )

    def _outputs_of(self, name: str) -> Properties:
        """The outputs of another stack of this project, named `organization/<project>/<stack>` or `<stack>`."""
        stack = name.removeprefix(f"{ORGANIZATION}/{self.project.name}/")
        known = Folder(self.project.private).stack_names()
        if stack not in known:
            there = ", ".join(known) or "none"
            raise ProviderError(
                f"unknown stack {name!r}: stack references reach the stacks of this project that are deployed here; "
                f"there are: {there}"
            )
        return state_of(self.project, stack).load().outputs


def open_target(
    stack: str, options_: Iterable[str], launch: Launch = ChildProcess, *, notes_unmodelled: bool = False
) -> Target:
    """The stack that a command is about.

    Args:
        stack: Its name.
        options_: `KEY=VALUE` options, over what its file says.
        launch: What starts the program.
        notes_unmodelled: Whether resources of types that are not modelled are noted, and not refused.

    Raises:
        UsageError: the stack, a setting or the configuration is not accepted, or no local AWS is running.
    """
    project = find_project()
    kept = stack_settings(project.root, checked_name(stack)).config
    given = settings.given(options_, project.name, project.root, kept)
    file = read_stack_file(project.root, stack, given, os.environ.get(PASSPHRASE))
    for warning in [*file.warnings, *settings.read_by_nobody(kept, project.name, project.root)]:
        options.warn(warning)
    config = {**file.config, **given}
    try:
        region = InfraConfig.load(config, os.environ, given).region
    except ConfigError as error:
        raise settings.advised(error, project.name, stack) from error
    endpoint = find(project.private).endpoint
    provider = AwsProvider(endpoint_url=endpoint, region=region, notes_unmodelled=notes_unmodelled)
    others = partial(NotedPackage, notes=notes_unmodelled)
    provider.warm()  # while the program, in a process of its own, is still importing
    new = {key: value for key, value in given.items() if file.config.get(key) != value and key not in file.secret_keys}
    passing = settings.for_this_run(new, project.name, stack)
    return Target(project, stack, config, file.secret_keys, region, endpoint, provider, others, launch, passing)
