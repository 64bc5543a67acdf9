"""The engine: runs a Pulumi program, or its state alone, against the providers that it is given.

    preview   run the program; tell what would be done
    up        run the program; do it; delete what the program no longer has
    refresh   read everything anew; record how it is
    destroy   delete everything

Each of these reads the state, works on it as a `Deployment`, and leaves it so that the next can go on from there,
whatever happens in between.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from embedded_pulumi.engine.analyzer import AnalyzedProgram, Analyzer, no_analysis, start_analysis
from embedded_pulumi.engine.deployment import Deployment, DeploymentStopped
from embedded_pulumi.engine.events import Diagnostic, Event, Listener, ProgramOutput, Severity, Summary
from embedded_pulumi.engine.monitor import Monitor, serve
from embedded_pulumi.engine.program import ChildProcess, Program, ProgramExit, ProgramSettings
from embedded_pulumi.engine.project import Project, open_project
from embedded_pulumi.engine.provider_registry import Packages, ProviderRegistry
from embedded_pulumi.engine.recovery import Recovery
from embedded_pulumi.engine.refresh import Refresher
from embedded_pulumi.engine.report import Report
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.state import PreviewPersister, StateFile, StateFilePersister
from embedded_pulumi.engine.step_executor import Hands, PreviewHands, ProviderHands, SnapshotPersister, StepExecutor
from embedded_pulumi.engine.step_generator import StepGenerator
from embedded_pulumi.errors import Interrupted, ProgramFailed, ProgramRefused
from embedded_pulumi.provider import Provider

ORGANIZATION = "organization"
"""What Pulumi's own file backend calls the one organization there is."""

_SPARE_THREADS = 16
_THREADS_PER_STEP = 4

Launch = Callable[[Mapping[str, str], Callable[[ProgramOutput], None]], Program]
"""Starts a program, given its additional environment and what to do with its output."""


def _silent(_: Event) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class _Session:
    """One deployment and what it works on."""

    deployment: Deployment
    snapshot: Snapshot
    providers: ProviderRegistry
    persister: SnapshotPersister
    report: Report

    def conclude(self) -> Summary:
        """Sum up, and tell it."""
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
        state: Where the stack's state is.
        config: Full keys, such as `app:zones` or `aws:region`, to values; over what Pulumi.yaml declares.
        secret_keys: Which of them are secret.
        on_event: Is told what happens, one event at a time, from various threads.
        parallel: How many steps may run at once.
        environ: What the program finds in its environment, beside the bare necessities.
        launch: Starts the program.
        analyzer: Judges the program before any step is taken for it, in a preview and in an update.
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
    ) -> None:
        self._project = project
        self._stack = stack
        self._program = program
        self._providers = providers
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
        """Run the program and say what a deployment would do; nothing is changed, neither outside nor in the state.

        Raises:
            UserError: the program, or its configuration, is not in order.
            DeploymentError: something failed on the way.
        """
        return self._run_program(dry_run=True)

    def up(self) -> Summary:
        """Run the program and make things be as it says; raises as `preview`.

        Raises:
            Interrupted: a Ctrl-C came; what was running has been finished.
        """
        with self._state.locked():
            return self._run_program(dry_run=False)

    def destroy(self, *, dry_run: bool = False) -> Summary:
        """Delete everything that the state knows, without running the program; raises as `up`.

        Args:
            dry_run: Only tell what would be deleted.
        """
        with self._state.locked(), self._state_session(dry_run=dry_run) as session:
            session.deployment.finish()
            return session.conclude() if dry_run else self._close(session)

    def refresh(self, *, dry_run: bool = False) -> Summary:
        """Read everything that the state knows anew, and record it; raises as `up`.

        Args:
            dry_run: Look and tell, but leave the state as it is.
        """
        with self._state.locked(), self._state_session(dry_run=dry_run) as session:
            refresher = Refresher(session.providers, session.snapshot, session.persister, session.report)
            states = {state.entry: state for state in refresher.candidates()}
            session.deployment.walk({entry: set() for entry in states}, lambda entry: refresher.refresh(states[entry]))
            return session.conclude() if dry_run else self._close(session)

    def interrupt(self) -> None:
        """Do as upon a Ctrl-C: finish what runs, begin nothing. May be called from any thread."""
        if self._current is not None:
            self._current.stop(Interrupted())

    def _run_program(self, *, dry_run: bool) -> Summary:
        project = open_project(self._program, self._project)
        config = project.complete(self._config)
        report = Report(self._on_event)
        # First of all, as its imports take longest: all of our own preparation happens meanwhile.
        program = self._launch(self._environ, report.tell)
        try:
            analysis = self._start_analysis(program, config, report)
            with self._session(report, config, analysis, dry_run=dry_run) as session:
                if not dry_run:
                    self._state.warm()
                self._evaluate(program, session, project, config, analysis, dry_run=dry_run)
                session.deployment.finish()
                return session.conclude() if dry_run else self._close(session)
        finally:
            program.kill()

    def _start_analysis(self, program: Program, config: Mapping[str, str], report: Report) -> Future[None]:
        if self._analyzer is None:
            program.prepare(None)
            return no_analysis()
        analyzed = AnalyzedProgram(self._program, self._project, self._stack, config, self._environ)
        answer = program.prepare(self._analyzer.forked_call(analyzed))
        analysis = start_analysis(self._analyzer, analyzed, answer, report.tell)
        # Before anybody else hears of a refusal: the program would print that nobody answers it any more.
        analysis.add_done_callback(lambda done: program.kill() if done.exception() else None)
        return analysis

    def _state_session(self, *, dry_run: bool) -> AbstractContextManager[_Session]:
        """A session that runs no program."""
        return self._session(Report(self._on_event), self._config, no_analysis(), dry_run=dry_run)

    @contextmanager
    def _session(
        self, report: Report, config: Mapping[str, str], analysis: Future[None], *, dry_run: bool
    ) -> Iterator[_Session]:
        snapshot = self._state.load()
        providers = ProviderRegistry(Packages(self._providers, config, self._secret_keys), snapshot.base)
        persister: SnapshotPersister = (
            PreviewPersister() if dry_run else StateFilePersister(lambda: self._save(snapshot), analysis)
        )
        if snapshot.prior_pending:
            analysis.result()
            _recover(providers, snapshot, persister, report, dry_run=dry_run)
        hands: Hands = PreviewHands(providers) if dry_run else ProviderHands(providers)
        deployment = Deployment(
            step_generator=StepGenerator(
                self._project,
                self._stack,
                snapshot.base,
                providers,
                current=snapshot.current,
                preview=dry_run,
            ),
            executor=StepExecutor(hands, providers, snapshot, persister, self._state.now),
            providers=providers,
            snapshot=snapshot,
            persister=persister,
            report=report,
            parallel=self._parallel,
            analysis=analysis,
        )
        self._current = deployment
        try:
            with _stopped_by_ctrl_c(deployment):
                yield _Session(deployment, snapshot, providers, persister, report)
        except DeploymentStopped:
            raise deployment.failure or Interrupted() from None
        finally:
            self._current = None

    def _evaluate(
        self,
        program: Program,
        session: _Session,
        project: Project,
        config: Mapping[str, str],
        analysis: Future[None],
        *,
        dry_run: bool,
    ) -> None:
        """Run the program until it has ended and every request of it is answered."""
        deployment = session.deployment
        monitor = Monitor(deployment, session.report.tell, project.working_directory)
        with serve(monitor, self._parallel * _THREADS_PER_STEP + _SPARE_THREADS) as address:
            program.begin(self._settings(project, config, address, dry_run=dry_run), deployment.over.set)
            deployment.over.wait()
            deployment.wait_idle()
            deployment.analyzed.wait()
            if analysis.done():
                analysis.result()  # before what the program says itself: it says the same, or cannot know
            exited = program.wait()
        if deployment.stopped.is_set():
            raise DeploymentStopped
        _raise_if_failed(exited, session.report, changed=session.report.touched and not dry_run)

    def _settings(self, project: Project, config: Mapping[str, str], address: str, *, dry_run: bool) -> ProgramSettings:
        return ProgramSettings(
            program=str(project.program),
            working_directory=str(project.working_directory),
            root_directory=str(project.root),
            project=self._project,
            stack=self._stack,
            organization=ORGANIZATION,
            address=address,
            dry_run=dry_run,
            parallel=self._parallel,
            config=config,
            secret_keys=self._secret_keys,
        )

    def _close(self, session: _Session) -> Summary:
        """Bring the state up to date at a good end: by now nothing inherited is in doubt."""
        session.snapshot.clear_prior_pending()
        session.persister.commit()
        return session.conclude()

    def _save(self, snapshot: Snapshot) -> None:
        self._state.save(f"{ORGANIZATION}/{self._project}/{self._stack}", snapshot)


def _raise_if_failed(exited: ProgramExit, report: Report, *, changed: bool) -> None:
    """Raise what a program's end calls for; it has not failed for a reason of the deployment's."""
    if exited.code == 0:
        return
    if exited.refused and not changed:
        raise ProgramRefused(exited.message)
    if exited.detail:
        report.tell(Diagnostic(Severity.ERROR, exited.detail))
    raise ProgramFailed(exited.message or f"the program ended with exit code {exited.code}")


def _recover(
    providers: ProviderRegistry, snapshot: Snapshot, persister: SnapshotPersister, report: Report, *, dry_run: bool
) -> None:
    """Find out what became of what the last deployment was cut off in, and keep it."""
    refresher = Refresher(providers, snapshot, persister, report)
    Recovery(providers, snapshot, refresher, report, preview=dry_run).run()
    persister.commit()


@contextmanager
def _stopped_by_ctrl_c(deployment: Deployment) -> Iterator[None]:
    """Within, the first Ctrl-C stops the deployment in good order, and a second one has its usual effect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_interrupt(_: int, __: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        # Not here: this runs in the midst of whatever the main thread does, which may hold the locks that it takes.
        threading.Thread(target=deployment.stop, args=(Interrupted(),)).start()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
