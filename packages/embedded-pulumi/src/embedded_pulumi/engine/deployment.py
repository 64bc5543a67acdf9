"""One deployment under way: answers the program's requests by deciding on steps and taking them.

Many requests come at once, each on a thread of its own. Decisions are made one at a time, in the order of arrival; the
steps that follow from them run side by side, as many as the deployment allows. The program orders its requests itself,
by awaiting what they need. Until it has been judged, no step is taken that touches anything outside of the state. After
the first failure, or an interruption, what runs is finished and nothing is begun.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace

from embedded_pulumi.engine import graph
from embedded_pulumi.engine.builtin_providers import VERSION, UnknownResult
from embedded_pulumi.engine.events import StackOutputs
from embedded_pulumi.engine.goal import Goal, InvokeRequest, ReadGoal
from embedded_pulumi.engine.provider_registry import ProviderRegistry, default_name, reference_of
from embedded_pulumi.engine.report import Report, StepResult
from embedded_pulumi.engine.resource import ResourceState
from embedded_pulumi.engine.snapshot import Snapshot
from embedded_pulumi.engine.step_executor import SnapshotPersister, StepExecutor
from embedded_pulumi.engine.step_generator import StepGenerator, StepsInProgress
from embedded_pulumi.engine.steps import DELETIONS, Op, Step
from embedded_pulumi.engine.urn import PROVIDER_PREFIX, STACK_TYPE, is_provider_type, package_of
from embedded_pulumi.errors import EngineError, ResourceFailed
from embedded_pulumi.provider import Invoked, ProviderError
from embedded_pulumi.values import Properties
from embedded_pulumi.wire.plain import plain

_GET_RESOURCE = "pulumi:pulumi:getResource"


class DeploymentStopped(Exception):
    """No more requests are taken: a step failed, or the deployment was interrupted."""


class Deployment:
    """Answers requests, each of which may come from any thread.

    Args:
        analysis: Comes when the program has been judged; if it is an error, the deployment stops with it.

    Attributes:
        stopped: Set when nothing is to be begun any more.
        over: Set then, and by whoever runs the program when that has ended: there will be no more requests.
        judged: Set when the analysis is heard, and what was kept until then is recorded and told; or it has stopped.
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
        self._parallel = parallel
        self._slots = threading.BoundedSemaphore(parallel)
        self._deciding = threading.Lock()
        self._defaulting = threading.Lock()
        self._defaults: dict[tuple[str, str], str] = {}
        # Old entry to the event that it has been deleted, or that what the program wants in its place stands.
        self._deletions: dict[int, threading.Event] = {}
        self._settled: dict[int, threading.Event] = {}
        self._requests = threading.Condition()
        self._open_requests = 0
        self.stopped = threading.Event()
        self.over = threading.Event()
        self.failure: Exception | None = None
        self.analyzed = threading.Event()
        analysis.add_done_callback(self._hear)

    def _hear(self, analysis: Future[None]) -> None:
        try:
            analysis.result()
            self._persister.catch_up()
            self._report.release()
        except Exception as error:  # noqa: BLE001 - on the judge's thread nobody else would hear of it
            self.stop(error)
        self.analyzed.set()

    def register(self, goal: Goal) -> ResourceState:
        """Have a resource as the program wants it; returns it as it then stands.

        Raises:
            DeploymentStopped: the deployment has stopped, because of this request or before.
        """
        with self._request():
            with self._deciding:
                goal = self._step_generator.inherit(goal)
            if is_provider_type(goal.type) and goal.version:
                goal = replace(goal, inputs={**goal.inputs, VERSION: goal.version})
            elif goal.custom and not is_provider_type(goal.type) and not goal.provider:
                goal = replace(goal, provider=self._default_provider(goal.type, goal.version))
            return self._register(goal)

    def read(self, goal: ReadGoal) -> ResourceState:
        """Read a resource that somebody else looks after; raises as `register`."""
        with self._request():
            with self._deciding:
                provider = goal.provider or self._step_generator.provider_of_parent(goal)
            goal = replace(goal, provider=provider or self._default_provider(goal.type, goal.version))
            return self._take_all(self._decide(goal, lambda: self._step_generator.read(goal)))

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """Record the outputs of a component, or of the stack; raises as `register`."""
        with self._request():
            before = self._snapshot.registered(urn)
            if before is None:
                raise ResourceFailed(urn, "register outputs", "the resource is not registered")
            if before.outputs != outputs:
                self._snapshot.put(replace(before, outputs=outputs))
                self._persister.commit()
            if before.type == STACK_TYPE:
                self._report.tell(StackOutputs(outputs))

    def invoke(self, call: InvokeRequest) -> Invoked:
        """Ask a data source.

        Raises:
            UnknownResult: it cannot be answered before something exists (preview).
            ProviderError: it could not be answered; the deployment goes on.
            DeploymentStopped: the deployment has stopped.
        """
        with self._request():
            if call.token == _GET_RESOURCE:
                return self._get_resource(call)
            if any(self._is_awaited(urn) for urn in call.depends_on):
                raise UnknownResult
            reference = call.provider or self._default_provider(call.token, call.version)
            provider = self._providers.provider_for(call.token, reference)
            with self._slots:
                return provider.invoke(call.token, plain(call.args))

    def _get_resource(self, call: InvokeRequest) -> Invoked:
        """What a program asks to turn a reference to a resource back into the resource."""
        state = self._snapshot.registered(str(call.args["urn"]))
        if state is None:
            raise ProviderError(f"{call.args['urn']} is not registered")
        return Invoked({"urn": state.urn, "id": state.id, "state": state.outputs})

    def _is_awaited(self, urn: str) -> bool:
        state = self._snapshot.registered(urn)
        return state is not None and state.custom and not state.id

    def _default_provider(self, token: str, version: str) -> str:
        """The reference of the provider that serves whatever names none, registered when first needed."""
        package, name = package_of(token), default_name(version)
        with self._defaulting:
            if (package, name) not in self._defaults:
                inputs = self._providers.packages.default_inputs(package, version)
                goal = Goal(type=f"{PROVIDER_PREFIX}{package}", name=name, custom=True, inputs=inputs, version=version)
                self._defaults[package, name] = reference_of(self._register(goal))
            return self._defaults[package, name]

    def _register(self, goal: Goal) -> ResourceState:
        steps = self._decide(goal, lambda: self._step_generator.register(goal))
        state = self._take_all(steps)
        if steps[-1].op in (Op.IMPORT, Op.IMPORT_REPLACEMENT) and state.id:
            state = self._take_all(self._decide(goal, lambda: self._step_generator.after_import(goal, state)))
        return state

    def _decide(self, goal: Goal | ReadGoal, question: Callable[[], list[Step]]) -> list[Step]:
        while True:
            try:
                return self._ask(goal, question)
            except StepsInProgress as early:
                question = early.again
                for settled in [self._settled[entry] for entry in early.others]:
                    settled.wait()

    def _ask(self, goal: Goal | ReadGoal, question: Callable[[], list[Step]]) -> list[Step]:
        with self._deciding:
            self._check_running()
            try:
                steps = question()
            except ProviderError as error:
                raise ResourceFailed(self._step_generator.urn_of(goal), "check", str(error)) from error
            except StepsInProgress as early:
                self._settled.setdefault(early.entry, threading.Event())
                raise
            for step in steps:
                if step.old is not None:
                    waits = self._deletions if step.op in DELETIONS else self._settled
                    waits.setdefault(step.old.entry, threading.Event())
        self._executor.announce_deletions(steps)
        return steps

    def _take_all(self, steps: Sequence[Step]) -> ResourceState:
        """Take steps one after the other; the last one's state is the answer."""
        states = [self._take(step) for step in steps]
        return states[-1]

    def _take(self, step: Step) -> ResourceState:
        entry = 0 if step.old is None else step.old.entry
        if entry in self._deletions and step.op not in DELETIONS:
            # Another resource's replacement deletes this one first, maybe at this moment.
            self._deletions[entry].wait()
        for other in step.after:
            self._deletions[other].wait()
        if step.resource.custom and not is_provider_type(step.resource.type):
            self.analyzed.wait()
        with self._slots:
            self._check_running()
            state = self._report.take(step, lambda: StepResult(self._executor.take(step), step.op, step.diff))
        done = self._deletions if step.op in DELETIONS else self._settled
        if entry in done:
            done[entry].set()
        return state

    def finish(self) -> None:
        """Delete what the program has not come to, in reverse dependency order.

        Raises:
            EngineError: a deletion failed, or one is not allowed; then none was tried.
            DeploymentStopped: the deployment was interrupted.
        """
        leftover = self._snapshot.base
        steps = {step.existing.entry: step for step in self._step_generator.deletes(leftover)}
        self._executor.announce_deletions(steps.values())
        self.walk(graph.dependents(leftover), lambda entry: self._delete(steps[entry]))

    def _delete(self, step: Step) -> None:
        self._report.take(step, lambda: StepResult(self._executor.take(step), step.op, step.diff))

    def walk(self, after: dict[int, set[int]], visit: Callable[[int], None]) -> None:
        """Work along an order with as much at once as the deployment allows; raises as `finish`."""
        graph.walk(after, visit, parallel=self._parallel, proceed=lambda: not self.stopped.is_set())
        self._check_running()

    def stop(self, failure: Exception | None = None) -> None:
        """Begin nothing any more; the first failure given is the one that counts."""
        with self._deciding:
            if self.failure is None:
                self.failure = failure
            self.stopped.set()
            self.analyzed.set()
            self.over.set()
            for event in (*self._deletions.values(), *self._settled.values()):
                event.set()

    def wait_idle(self) -> None:
        """Return when no request is being worked on."""
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
