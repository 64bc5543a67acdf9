"""The engine: deploys the resources that a Pulumi program registers, and keeps them in a state file.

An update (`up`) takes these stages, in `Engine._run_program`; behind each is the module that carries it out:

    launch      start the program's process, which imports what it needs              program, launcher
    analyze     let the analyzer judge the program, on a thread of its own            analyzer
    load        read the snapshot that the last deployment left                       state, snapshot
    recover     find out how the operations ended that it left pending                recovery
    evaluate    run the program and answer its requests                               monitor, deployment
        decide      which steps bring a resource to its goal state                    step_generator
        execute     call the provider, and record what it answers                     step_executor, provider_calls
    finish      delete what the program has not registered                            deployment
    conclude    save the snapshot, and sum up                                         report

A preview takes the same stages; the providers foresee their answers, and nothing is saved. `refresh` and `destroy` run
no program: they load, recover, read or delete every resource, and conclude.

Who decides changes nothing: step_generator, dependent_replacements, aliases. They turn goals and old states into steps,
which are values. Who has an effect decides nothing: step_executor, refresh and recovery call providers and change the
snapshot; state writes the file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedded_pulumi.engine.analyzer import AnalyzedProgram, Analyzer, no_analysis, start_analysis
from embedded_pulumi.engine.autonaming import Autonamer, read_autonaming
from embedded_pulumi.engine.component_packages import ComponentPackage, ConstructSettings, component_packages
from embedded_pulumi.engine.deployment import Deployment, DeploymentStopped
from embedded_pulumi.engine.dynamic_providers import DynamicPackage
from embedded_pulumi.engine.events import Diagnostic, Event, Listener, ProgramOutput, Severity, Summary
from embedded_pulumi.engine.hooks import Hooks
from embedded_pulumi.engine.monitor import Monitor, serve
from embedded_pulumi.engine.program import ChildProcess, ProgramExit, ProgramSettings, RunningProgram
from embedded_pulumi.engine.project import Project, open_project, virtual_environment
from embedded_pulumi.engine.provider_registry import OtherPackages, Packages, ProviderRegistry
from embedded_pulumi.engine.recovery import Recovery
from embedded_pulumi.engine.refresh import Refresher
from embedded_pulumi.engine.report import Report
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.stack_references import PulumiPackage, StackOutputs, no_other_stacks
from embedded_pulumi.engine.state import PreviewPersister, StateFile, StateFilePersister
from embedded_pulumi.engine.step_executor import SnapshotPersister, StepExecutor
from embedded_pulumi.engine.step_generator import StepGenerator
from embedded_pulumi.engine.urn import package_of
from embedded_pulumi.engine.virtualenv import activated
from embedded_pulumi.errors import Interrupted, ProgramFailed, ProgramRefused, ResourceFailed
from embedded_pulumi.provider import Provider, ProviderError
from embedded_pulumi.wire.callbacks import Callbacks

ORGANIZATION = "organization"
"""The only organization of Pulumi's file backend."""

_SPARE_THREADS = 16
_THREADS_PER_STEP = 4

_EXIT_SECONDS = 60
"""How long a program may take to end when nothing is to be done any more."""

Launch = Callable[[Mapping[str, str], Callable[[ProgramOutput], None]], RunningProgram]
"""Starts a program, with these environment variables, and with a function that takes its output."""


def _silent(_: Event) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class _StackUpdate:
    """One deployment, and what it works with."""

    deployment: Deployment
    snapshot: Snapshot
    providers: ProviderRegistry
    persister: SnapshotPersister
    report: Report
    hooks: Hooks

    def conclude(self) -> Summary:
        """Save the snapshot, in which nothing of the last deployment is pending any more; tell the summary."""
        self.snapshot.clear_prior_pending()
        self.persister.commit()
        summary = self.report.summary(self.snapshot.outputs)
        self.report.tell(summary)
        return summary


class Engine:
    """Deploys one stack.

    Args:
        project: The project's name.
        stack: The stack's name.
        program: A folder with Pulumi.yaml or `__main__.py`, or a Python file.
        providers: One for each package that the program uses.
        state: The file of the stack's state.
        config: Full keys, such as `app:zones` or `aws:region`, to values; over the defaults of Pulumi.yaml.
        secret_keys: The keys of secret values.
        on_event: Takes the events, one at a time, on various threads.
        parallel: How many steps may run at once.
        environ: The program's environment variables, beside those that every program gets.
        launch: Starts the program.
        analyzer: Accepts or refuses the program before its first step.
        stack_outputs: Reads the outputs of another stack, for stack references.
        others: Makes the package of a name that none of `providers` has; None where that is an error.
    """

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        program: Path,
        providers: Sequence[Provider],
        state: StateFile,
        config: Mapping[str, str] | None = None,
        secret_keys: Iterable[str] = (),
        on_event: Listener = _silent,
        parallel: int = 16,
        environ: Mapping[str, str] | None = None,
        launch: Launch = ChildProcess,
        analyzer: Analyzer | None = None,
        stack_outputs: StackOutputs = no_other_stacks,
        others: OtherPackages | None = None,
    ) -> None:
        self._others = others
        self._project = project
        self._stack = stack
        self._program = program
        self._providers = (*providers, PulumiPackage(stack_outputs))
        self._state = state
        self._config = dict(config or {})
        self._secret_keys = tuple(sorted(secret_keys))
        self._on_event = on_event
        self._parallel = parallel
        self._environ = dict(environ or {})
        self._launch = launch
        self._analyzer = analyzer
        self._current: Deployment | None = None

    def preview(self) -> Summary:
        """Run the program, and tell what an update would do; neither resources nor the state change.

        Raises:
            UserError: the program, or its configuration, is wrong.
            DeploymentError: the program, or a step, failed.
        """
        return self._run_program(dry_run=True)

    def up(self) -> Summary:
        """Run the program, and bring its resources to their goal states; raises as `preview`.

        Raises:
            Interrupted: by `interrupt`; the steps that ran have been finished.
        """
        with self._state.locked():
            return self._run_program(dry_run=False)

    def destroy(self, *, dry_run: bool = False) -> Summary:
        """Delete every resource in the state, without running the program; raises as `up`.

        Args:
            dry_run: Only tell what would be deleted.
        """
        with self._state.locked(), self._update_without_program(dry_run=dry_run) as update:
            update.deployment.finish()
            return update.conclude()

    def refresh(self, *, dry_run: bool = False) -> Summary:
        """Read every resource in the state, and record how it is; raises as `up`.

        Args:
            dry_run: Only tell how it is.
        """
        with self._state.locked(), self._update_without_program(dry_run=dry_run) as update:
            refresher = Refresher(update.providers, update.snapshot, update.persister, update.report)
            states = {state.entry: state for state in refresher.candidates()}
            update.deployment.walk({entry: set() for entry in states}, lambda entry: refresher.refresh(states[entry]))
            return update.conclude()

    def interrupt(self) -> bool:
        """Stop: no step begins any more, those that run are finished, and those that wait for others give up.

        May be called from any thread, and from a signal handler.

        Returns:
            Whether a deployment is under way, which then ends with `Interrupted`.
        """
        deployment = self._current
        if deployment is None:
            return False
        # On another thread, because the calling one may hold the locks that `stop` needs.
        threading.Thread(target=deployment.stop, args=(Interrupted(),), daemon=True).start()
        return True

    def _run_program(self, *, dry_run: bool) -> Summary:
        project = open_project(self._program, self._project)
        config = project.complete(self._config, self._stack)
        autonamer = read_autonaming(config, organization=ORGANIZATION, project=self._project, stack=self._stack)
        environ = activated(self._environ, virtual_environment(self._program))
        processes: list[DynamicPackage | ComponentPackage] = [
            DynamicPackage(self._project, project.working_directory, config, environ),
            *component_packages(project.root, environ),
        ]
        packages = Packages([*self._providers, *processes], config, self._secret_keys, self._others)
        report = Report(self._on_event)
        # First of all, because the program's imports take longest: the engine gets ready meanwhile.
        program = self._launch(environ, report.tell)
        try:
            analyzed = AnalyzedProgram(self._program, self._project, self._stack, config, environ, packages.supports)
            analysis = self._start_analysis(program, analyzed, report)
            with self._update(report, packages, analysis, autonamer=autonamer, dry_run=dry_run) as update:
                if not dry_run:
                    self._state.warm()
                settings = self._settings(project, config, dry_run=dry_run)
                self._evaluate(program, settings, update, analysis)
                update.deployment.finish()
                return update.conclude()
        finally:
            program.kill()
            for each in processes:
                each.close()

    def _start_analysis(self, program: RunningProgram, analyzed: AnalyzedProgram, report: Report) -> Future[None]:
        if self._analyzer is None:
            program.prepare(None)
            return no_analysis()
        answer = program.prepare(self._analyzer.forked_call(analyzed))
        analysis = start_analysis(self._analyzer, analyzed, answer, report.tell)
        # Before the deployment stops: the program would print that its resource monitor has terminated.
        analysis.add_done_callback(lambda done: program.kill() if done.exception() else None)
        return analysis

    @contextmanager
    def _update_without_program(self, *, dry_run: bool) -> Iterator[_StackUpdate]:
        folder = self._program if self._program.is_dir() else self._program.parent
        environ = activated(self._environ, virtual_environment(self._program))
        dynamic = DynamicPackage(self._project, folder, self._config, environ)
        components = component_packages(folder, environ)  # nothing is constructed: no process of theirs starts
        packages = Packages([*self._providers, dynamic, *components], self._config, self._secret_keys, self._others)
        report = Report(self._on_event)
        with (
            closing(dynamic),
            self._update(report, packages, no_analysis(), dry_run=dry_run) as update,
        ):
            yield update

    @contextmanager
    def _update(
        self,
        report: Report,
        packages: Packages,
        analysis: Future[None],
        *,
        autonamer: Autonamer | None = None,
        dry_run: bool,
    ) -> Iterator[_StackUpdate]:
        """Load the snapshot, recover it, and set up a deployment for it, which `interrupt` stops.

        Without an autonamer no program runs.
        """
        snapshot = self._state.load()
        providers = ProviderRegistry(packages, snapshot.base)
        persister: SnapshotPersister = PreviewPersister()
        if not dry_run:
            name = f"{ORGANIZATION}/{self._project}/{self._stack}"
            persister = StateFilePersister(lambda: self._state.record(name, snapshot), analysis)
        if snapshot.prior_pending:
            analysis.result()
            refresher = Refresher(providers, snapshot, persister, report)
            Recovery(providers, snapshot, refresher, report, preview=dry_run).run()
            persister.commit()
        hooks = Hooks(Callbacks(), report.tell, preview=dry_run, program_runs=autonamer is not None)
        deployment = Deployment(
            step_generator=StepGenerator(
                self._project,
                self._stack,
                snapshot.base,
                providers,
                current=snapshot.current,
                autonamer=autonamer or Autonamer(),
                tell=report.tell,
                preview=dry_run,
            ),
            executor=StepExecutor(
                providers, snapshot, persister, report, self._state.now, hooks=hooks, preview=dry_run
            ),
            providers=providers,
            snapshot=snapshot,
            persister=persister,
            report=report,
            parallel=self._parallel,
            analysis=analysis,
        )
        self._current = deployment
        try:
            yield _StackUpdate(deployment, snapshot, providers, persister, report, hooks)
        except (DeploymentStopped, ResourceFailed) as error:
            failure = deployment.failure or error
            if isinstance(failure, DeploymentStopped | Interrupted):
                raise Interrupted(recorded=report.recorded and not dry_run) from None
            raise failure from None
        finally:
            self._current = None
        if report.unheard is not None:
            raise report.unheard

    def _evaluate(
        self, program: RunningProgram, settings: ProgramSettings, update: _StackUpdate, analysis: Future[None]
    ) -> None:
        """Run the program until it has exited and every request of it is answered."""
        deployment = update.deployment

        def construct(request: Any) -> Any:
            package = update.providers.packages.get(package_of(request.type))
            if not isinstance(package, ComponentPackage):
                raise ProviderError(f"{request.type} is registered as a component of a package, and is a resource")
            return package.construct(request, self._construct_settings(settings, address))

        root = Path(settings.working_directory)
        monitor = Monitor(deployment, update.hooks, update.report.tell, root, construct)
        ended = threading.Event()

        def end() -> None:
            ended.set()
            deployment.over.set()

        with serve(monitor, self._parallel * _THREADS_PER_STEP + _SPARE_THREADS) as address:
            program.begin(replace(settings, address=address), end)
            deployment.over.wait()
            deployment.wait_idle()
            deployment.analyzed.wait()
            if not isinstance(deployment.failure, Interrupted):
                analysis.result()  # a refusal of the program is a better reason than what failed meanwhile
            if not ended.is_set() and not deployment.stopped.is_set():
                # It has hooks, which the deletions may call, and waits for their end.
                deployment.finish()
                ended.wait(_EXIT_SECONDS)
            exited = program.wait()
        if deployment.stopped.is_set():
            raise DeploymentStopped
        _raise_if_failed(exited, update.report, changed=update.report.touched and not settings.dry_run)

    def _construct_settings(self, settings: ProgramSettings, address: str) -> ConstructSettings:
        return ConstructSettings(
            project=self._project,
            stack=self._stack,
            config=settings.config,
            secret_keys=self._secret_keys,
            dry_run=settings.dry_run,
            parallel=self._parallel,
            monitor=address,
        )

    def _settings(self, project: Project, config: Mapping[str, str], *, dry_run: bool) -> ProgramSettings:
        return ProgramSettings(
            program=str(project.program),
            working_directory=str(project.working_directory),
            root_directory=str(project.root),
            project=self._project,
            stack=self._stack,
            organization=ORGANIZATION,
            address="",
            dry_run=dry_run,
            parallel=self._parallel,
            config=config,
            secret_keys=self._secret_keys,
        )


def _raise_if_failed(exited: ProgramExit, report: Report, *, changed: bool) -> None:
    """Raise the error for a program's exit code; the deployment itself has not failed."""
    if exited.code == 0:
        return
    if exited.refused and not changed:
        raise ProgramRefused(exited.message)
    if exited.detail:
        report.tell(Diagnostic(Severity.ERROR, exited.detail))
    raise ProgramFailed(exited.message or f"the program ended with exit code {exited.code}")
