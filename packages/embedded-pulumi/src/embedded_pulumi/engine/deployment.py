"""A deployment under way: answers the program's requests by deciding on steps and executing them.

A request goes through three stages:

    decide     the step generator compares the goal with the old state and decides on steps; one request at a time,
               in the order of arrival
    wait       until the analyzer has accepted the program, and other steps that must come first are done
    execute    the step executor calls the provider; as many steps at once as `parallel` allows

Requests arrive on many threads. The program orders them itself: it registers a resource only after those whose outputs
the resource needs. After a failure or an interruption the steps that run are finished, and no other step begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace

from embedded_pulumi.engine import graph
from embedded_pulumi.engine.builtin_providers import UnknownResult
from embedded_pulumi.engine.events import Diagnostic, Severity, StackOutputs
from embedded_pulumi.engine.provider_registry import (
    DefaultProviderDisabled,
    ProviderRegistry,
    default_name,
    reference_of,
)
from embedded_pulumi.engine.report import Report
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.step_executor import SnapshotPersister, StepExecutor
from embedded_pulumi.engine.step_generator import StepGenerator, StepsInProgress
from embedded_pulumi.engine.steps import DELETIONS, IMPORTS, Step
from embedded_pulumi.engine.urn import PROVIDER_PREFIX, STACK_TYPE, is_provider_type, package_of
from embedded_pulumi.errors import EngineError, Interrupted, ResourceFailed
from embedded_pulumi.provider import Invoked, ProviderError
from embedded_pulumi.values import Properties
from embedded_pulumi.wire.plain import plain
from embedded_pulumi.wire.requests import Goal, InvokeRequest, ReadGoal

_GET_RESOURCE = "pulumi:pulumi:getResource"


class DeploymentStopped(Exception):
    """The deployment takes no more requests: a step failed, or the deployment was interrupted."""


class Deployment:
    """Answers requests, each of which may come from any thread.

    Args:
        step_generator: Decides.
        executor: Executes.
        providers: Answer data sources.
        snapshot: The resources as they stand.
        persister: Saves the snapshot.
        report: Is told of the stack's outputs.
        parallel: How many steps may run at once.
        analysis: Ends when the analyzer accepts the program, or with the error with which the deployment then stops.

    Attributes:
        stopped: Set when no step may begin any more.
        over: Set when no request will come any more: the deployment has stopped, or the program has ended.
        analyzed: Set when the analyzer has accepted the program and everything that waited for this is saved and told;
            or when the deployment has stopped.
        finished: Set when what the program has not registered is deleted; or when the deployment has stopped.
        failure: Why it has stopped.
    """

    def __init__(
        self,
        *,
        step_generator: StepGenerator,
        executor: StepExecutor,
        providers: ProviderRegistry,
        snapshot: Snapshot,
        persister: SnapshotPersister,
        report: Report,
        parallel: int,
        analysis: Future[None],
    ) -> None:
        self._step_generator = step_generator
        self._executor = executor
        self._providers = providers
        self._snapshot = snapshot
        self._persister = persister
        self._report = report
        self._made_up: dict[str, InvokeRequest] = {}  # by token: the request at which it was told
        self._parallel = parallel
        self._slots = threading.BoundedSemaphore(parallel)
        self._deciding = threading.Lock()
        self._registering_default = threading.Lock()
        self._default_providers: dict[tuple[str, str], str] = {}
        # Entry of an old state to the event that its deletion, or another step that handles it, is done.
        self._deleted: dict[int, threading.Event] = {}
        self._handled: dict[int, threading.Event] = {}
        self._requests = threading.Condition()
        self._open_requests = 0
        self.stopped = threading.Event()
        self.over = threading.Event()
        self.finished = threading.Event()
        self.failure: Exception | None = None
        self.analyzed = threading.Event()
        analysis.add_done_callback(self._end_analysis)

    def _end_analysis(self, analysis: Future[None]) -> None:
        try:
            analysis.result()
            self._persister.catch_up()
            self._report.release()
        except Exception as error:  # noqa: BLE001 - this runs on the analyzer's thread, where nobody would notice it
            self.stop(error)
        self.analyzed.set()

    def urn_of(self, parent: str, type_: str, name: str) -> str:
        """The URN of a resource."""
        return self._step_generator.urn_of(Goal(type=type_, name=name, custom=True, parent=parent))

    def register(self, goal: Goal) -> ResourceState:
        """Bring a resource to its goal state; returns its new state.

        Raises:
            DeploymentStopped: the deployment has stopped, because of this request or before.
        """
        with self._request():
            with self._deciding:
                goal = self._step_generator.inherit(goal)
            if goal.custom and not is_provider_type(goal.type) and not goal.provider:
                goal = replace(goal, provider=self._default_provider_of(goal))
            steps = self._decide(goal, lambda: self._step_generator.register(goal))
            state = self._execute(steps)
            if steps[-1].op in IMPORTS and state.id:
                state = self._execute(self._decide(goal, lambda: self._step_generator.after_import(goal, state)))
            return state

    def read(self, goal: ReadGoal) -> ResourceState:
        """Read a resource that this stack does not manage; raises as `register`."""
        with self._request():
            with self._deciding:
                provider = goal.provider or self._step_generator.provider_of_parent(goal)
            goal = replace(goal, provider=provider or self._default_provider_of(goal))
            return self._execute(self._decide(goal, lambda: self._step_generator.read(goal)))

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Record the outputs of a component, or of the stack; raises as `register`."""
        with self._request():
            old = self._snapshot.registered(urn)
            if old is None:
                raise ResourceFailed(urn, "register outputs", "the resource is not registered")
            if old.outputs != outputs:
                self._snapshot.put(replace(old, outputs=outputs))
                self._persister.commit()
            if old.type == STACK_TYPE:
                self._report.tell(StackOutputs(outputs))

    def invoke(self, request: InvokeRequest) -> Invoked:
        """Ask a data source.

        Raises:
            UnknownResult: in a preview, it cannot be asked before some resource exists.
            ProviderError: the provider could not answer; the deployment goes on.
            DeploymentStopped: the deployment has stopped.
        """
        with self._request():
            if request.token == _GET_RESOURCE:
                return self._get_resource(str(request.args["urn"]))
            for urn in request.depends_on:
                state = self._snapshot.registered(urn)
                if state is not None and state.custom and not state.id:
                    raise UnknownResult
            reference = request.provider or self._default_provider(request.token, request.version, request.token)
            provider = self._providers.provider_for(request.token, reference)
            with self._slots:
                invoked = provider.invoke(request.token, plain(request.args))
            # `setdefault` is atomic: of two threads that ask for the same data source, one warns.
            if invoked.made_up and self._made_up.setdefault(request.token, request) is request:
                message = f"data source {request.token} is not modelled: its answer is made up"
                self._report.tell(Diagnostic(Severity.WARNING, message))
            return invoked

    def use_package(self, token: str, version: str, subject: str) -> None:
        """Have the default provider of a package registered, for a component that the package makes.

        Raises:
            DefaultProviderDisabled: the stack wants an explicit provider for the subject.
            ProviderError: there is no such package.
        """
        with self._request():
            self._providers.packages.get(package_of(token))
            self._default_provider(token, version, subject)

    def _get_resource(self, urn: str) -> Invoked:
        """Answer the data source by which the SDK turns a resource reference back into a resource."""
        state = self._snapshot.registered(urn)
        if state is None:
            raise ProviderError(f"{urn} is not registered")
        return Invoked({"urn": state.urn, "id": state.id, "state": state.outputs})

    def _default_provider_of(self, goal: Goal | ReadGoal) -> str:
        urn = self._step_generator.urn_of(goal)
        try:
            return self._default_provider(goal.type, goal.version, urn)
        except DefaultProviderDisabled as error:
            raise ResourceFailed(urn, "register", str(error)) from error

    def _default_provider(self, token: str, version: str, subject: str) -> str:
        """The reference of the default provider of a package, which is registered when it is first needed.

        Raises:
            DefaultProviderDisabled: the stack wants an explicit provider for the subject.
        """
        package, name = package_of(token), default_name(version)
        self._providers.packages.check_default_enabled(package, subject)
        with self._registering_default:
            if (package, name) not in self._default_providers:
                inputs = self._providers.packages.default_inputs(package, version)
                goal = Goal(type=f"{PROVIDER_PREFIX}{package}", name=name, custom=True, inputs=inputs, version=version)
                state = self._execute(self._decide(goal, lambda: self._step_generator.register(goal)))
                self._default_providers[package, name] = reference_of(state)
            return self._default_providers[package, name]

    def _decide(self, goal: Goal | ReadGoal, question: Callable[[], list[Step]]) -> list[Step]:
        """Ask the step generator, again and again while its answer depends on steps in progress."""
        while True:
            try:
                return self._decide_now(goal, question)
            except StepsInProgress as early:
                question = early.again
                for handled in [self._handled[entry] for entry in early.others]:
                    handled.wait()

    def _decide_now(self, goal: Goal | ReadGoal, question: Callable[[], list[Step]]) -> list[Step]:
        with self._deciding:
            self._check_running()
            try:
                steps = question()
            except ProviderError as error:
                raise ResourceFailed(self._step_generator.urn_of(goal), "check", str(error)) from error
            except StepsInProgress as early:
                self._handled.setdefault(early.entry, threading.Event())
                raise
            for step in steps:
                if step.old is not None:
                    events = self._deleted if step.op in DELETIONS else self._handled
                    events.setdefault(step.old.entry, threading.Event())
        self._executor.announce_deletions(steps)
        return steps

    def _execute(self, steps: Sequence[Step]) -> ResourceState:
        """Execute steps one after the other; returns the state of the last one."""
        for step in steps:
            self._wait_for_turn(step)
            with self._slots:
                self._check_running()
                state = self._executor.execute(step)
            events = self._deleted if step.op in DELETIONS else self._handled
            if step.old is not None and step.old.entry in events:
                events[step.old.entry].set()
        return state

    def _wait_for_turn(self, step: Step) -> None:
        if step.op not in DELETIONS and step.old is not None and step.old.entry in self._deleted:
            # To replace another resource, this one is deleted first, maybe at this moment.
            self._deleted[step.old.entry].wait()
        for entry in step.after:
            self._deleted[entry].wait()
        if step.resource.custom and not is_provider_type(step.resource.type):
            self.analyzed.wait()

    def finish(self) -> None:
        """Delete what the program has not registered, in reverse dependency order, unless this is done already.

        Raises:
            EngineError: a deletion failed; or one is not allowed, and none was tried.
            DeploymentStopped: the deployment was interrupted.
        """
        if self.finished.is_set():
            return
        leftover = self._snapshot.base
        steps = {step.existing.entry: step for step in self._step_generator.deletes(leftover)}
        self._executor.announce_deletions(steps.values())
        self.walk(graph.dependents(leftover), lambda entry: self._executor.execute(steps[entry]))
        self.finished.set()

    def walk(self, after: dict[int, set[int]], visit: Callable[[int], object]) -> None:
        """Visit entries in an order, as many at once as `parallel` allows; raises as `finish`."""
        graph.walk(after, visit, parallel=self._parallel, proceed=lambda: not self.stopped.is_set())
        self._check_running()

    def stop(self, failure: Exception | None = None) -> None:
        """Let no step begin any more; the first failure given is the reason."""
        with self._deciding:
            if self.failure is None:
                self.failure = failure
            if isinstance(failure, Interrupted):
                self._report.hurry.set()
            self.stopped.set()
            self.analyzed.set()
            self.over.set()
            self.finished.set()
            for event in (*self._deleted.values(), *self._handled.values()):
                event.set()

    def wait_idle(self) -> None:
        """Return when every request that has come is answered."""
        with self._requests:
            self._requests.wait_for(lambda: self._open_requests == 0)

    @contextmanager
    def _request(self) -> Iterator[None]:
        with self._requests:
            self._check_running()
            self._open_requests += 1
        try:
            yield
        except EngineError as error:
            self.stop(error)
            raise DeploymentStopped from error
        finally:
            with self._requests:
                self._open_requests -= 1
                self._requests.notify_all()

    def _check_running(self) -> None:
        if self.stopped.is_set():
            raise DeploymentStopped
